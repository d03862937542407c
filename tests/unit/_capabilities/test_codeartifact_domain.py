# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid


@pytest.fixture
def packages(declare):
    given = {"account_id": "111111111111", "name": "packages"}
    return lambda **options: declare("codeartifact_domain", **{**given, **options})


def test_nobody_reads_unless_declared(packages):
    declared = packages(repositories=[{"name": "python"}])
    assert declared.inputs.readers == {"organization_id": None, "account_ids": []}
    assert declared.resources["package_domain"]["main"]["encryption_key"] is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "Packages"}, "name: 'Packages' is no name of a domain"),
        ({"encryption_key": "alias/mine"}, "encryption_key: 'alias/mine' is no such ARN"),
        ({"repositories": [{"name": "-x"}]}, "repositories[0].name: '-x' is no name of a repository"),
        ({"repositories": [{"name": "xy"}] * 2}, "repositories[1].name: 'xy' is declared twice"),
        ({"repositories": [{"name": "xy", "upstreams": ["xy"]}]}, "upstreams[0]: 'xy' is the repository itself"),
        (
            {"repositories": [{"name": "xy", "upstreams": [f"r{i}" for i in range(11)]}]},
            "are too many; expected 10 at most",
        ),
        (
            {"repositories": [{"name": "xy", "upstreams": ["ab"], "external_connection": "public:pypi"}]},
            "repositories[0].external_connection: 'public:pypi' can't be where upstreams are",
        ),
        ({"repositories": [{"name": "xy", "external_connection": "pypi"}]}, "'pypi' is no external connection"),
        ({"readers": {"account_ids": ["1"]}}, "readers.account_ids[0]: '1' is no AWS account id"),
        ({"readers": {"organization_id": "mine"}}, "readers.organization_id: 'mine' is no id of an organization"),
    ],
)
def test_what_is_wrong_is_said_before_any_call(packages, options, text):
    with pytest.raises(Invalid) as invalid:
        packages(**options)
    assert text in str(invalid.value)
