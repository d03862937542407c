# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid

BILLING = {"account_id": "555555555555", "name": "billing"}
CONSUMER = {"account_id": "666666666666", "reason": "settlement", "requested_by": "finance"}


def test_it_declares_nothing_and_finds_what_privatelink_service_made(declare):
    declared = declare("privatelink_service_info", **BILLING, consumers=[CONSUMER])

    assert declared.owner == "privatelink_service/billing"
    assert not any(declared.resources.values())
    assert set(declared.inputs.ledger) == {"666666666666"}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "a/b"}, "name: 'a/b' is no name"),
        ({"consumers": [{**CONSUMER, "account_id": "6"}]}, "consumers[0].account_id: '6' is no AWS account id"),
        ({"consumers": [{**CONSUMER, "expires": "2026-13-01"}]}, "consumers[0].expires: '2026-13-01' is no date"),
    ],
)
def test_what_cannot_be_is_said_before_any_call(declare, options, text):
    with pytest.raises(Invalid) as error:
        declare("privatelink_service_info", **{**BILLING, **options})

    assert text in str(error.value)
