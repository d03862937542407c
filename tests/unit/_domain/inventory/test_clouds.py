# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each host is clearly of one cloud."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import clouds

PROJECT = {"cloud": "gcp", "project_id": "recruiting-b", "region": "asia-northeast1"}
ACCOUNT = {"account_id": "111111111111"}


def problems(variables, *groups):
    found = clouds.problems({"host": variables}, {group: ["host"] for group in groups})
    return [str(problem) for problem in found.get("host", [])]


@pytest.mark.parametrize(
    ("variables", "group"),
    [
        (ACCOUNT, "providers"),
        ({**ACCOUNT, "cloud": "aws"}, "spokes"),
        (PROJECT, "providers"),
        (PROJECT, "consumers"),
        (PROJECT, "team_recruiting"),
        # An AWS inventory may use the name for its own purposes.
        ({**ACCOUNT, "project_id": "PRJ-7", "project_number": 7}, "spokes"),
        ({}, "spokes"),
    ],
)
def test_a_clear_host(variables, group):
    assert problems(variables, group) == []


@pytest.mark.parametrize(
    ("variables", "group", "expected"),
    [
        (
            {**ACCOUNT, "cloud": "azure"},
            "providers",
            "host.cloud: 'azure' is no cloud of this collection; expected aws",
        ),
        (
            {**ACCOUNT, "cloud": "GCP"},
            "providers",
            "'GCP' is no cloud of this collection; expected aws or gcp",
        ),
        ({**ACCOUNT, "cloud": ["gcp"]}, "providers", "host.cloud: ['gcp'] is no cloud of this collection"),
        (
            {**PROJECT, **ACCOUNT},
            "providers",
            "host.account_id: '111111111111' is an account of AWS, and the host a project of Google Cloud; expected"
            " project_id in its place",
        ),
        (
            {"project_id": "recruiting-b"},
            "providers",
            "host.project_id: is of Google Cloud, and the host an account of AWS (did you mean cloud:"
            " gcp?); expected cloud: gcp, too",
        ),
        ({"psc_endpoints": [{"name": "a"}]}, "consumers", "(did you mean cloud: gcp?)"),
        (
            PROJECT,
            "spokes",
            "host.cloud: 'gcp' is in the group spokes, whose roles don't run on this cloud; expected providers or"
            " consumers",
        ),
        (PROJECT, "closed", "is in the group closed, whose roles don't run on this cloud"),
    ],
)
def test_an_unclear_host(variables, group, expected):
    (problem,) = problems(variables, group)
    assert expected in problem
