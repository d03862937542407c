# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import NAME_TAG
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared.ec2 import names


def item(id_, **fields):
    return {"Id": id_, "Tags": [{"Key": NAME_TAG, "Value": "a"}], **fields}


def test_the_first_has_the_name_and_the_other_is_called_by_its_id():
    assert {name: each["Id"] for name, each in names([item("nat-2"), item("nat-1")], "Id").items()} == {
        "a": "nat-1",
        "nat-2": "nat-2",
    }


@pytest.mark.parametrize("leaving", [{"State": "deleting"}, {"ServiceState": "Deleting"}])
def test_what_is_leaving_leaves_its_name_to_what_stays(leaving):
    """As after two runs that met: else the one that stays would be taken for one that isn't declared, and removed."""
    named = names([item("nat-1", **leaving), item("nat-9", State="available")], "Id")
    assert {name: each["Id"] for name, each in named.items()} == {"a": "nat-9", "nat-1": "nat-1"}
