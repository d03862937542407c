# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import host_options

ACCOUNT, OTHER = "111111111111", "222222222222"
ROLE = "arn:aws:iam::{}:role/network-operator"


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"assume_role_arn": ROLE.format(ACCOUNT), "assume_role_external_id": "", "wait_timeout": "600"}, None),
        (
            {"assume_role_arn": ROLE.format(OTHER)},
            f"a.assume_role_arn: '{ROLE.format(OTHER)}' is a role of account {OTHER}",
        ),
        (
            {"assume_role_arn": "arn:aws:iam::111111111111:role/*"},
            "a.assume_role_arn: 'arn:aws:iam::111111111111:role/*' is no",
        ),
        ({"assume_role_external_id": "hidden\n"}, "a.assume_role_external_id: '(not shown)' is no external id"),
        (
            {"aws_profile": "x\ncredential_process = y"},
            "a.aws_profile: 'x\\ncredential_process = y' is no line of text",
        ),
        ({"wait_timeout": "0"}, "a.wait_timeout: '0' is no time to wait"),
        ({"wait_timeout": -1}, "a.wait_timeout: -1 is no time to wait"),
        (
            {
                "pci_account_management_account_id": OTHER,
                "pci_account_management_assume_role_arn": ROLE.format(ACCOUNT),
            },
            f"a.pci_account_management_assume_role_arn: '{ROLE.format(ACCOUNT)}' is a role of account {ACCOUNT}",
        ),
        ({"vpc_tags": {"aws:x": "y"}}, "a.vpc_tags['aws:x']: 'y' is a tag of AWS"),
        ({"vpc_tags": {"x": "a & b"}}, None),
        ({"pci_account_tags": {"x": "a & b"}}, "a.pci_account_tags['x']: 'a & b' has what AWS doesn't take here"),
        ({"hub_ignore_tags": {"keys": ["closednet:name"]}}, "a.hub_ignore_tags: "),
        (
            {"privatelink_provider_services": [{}, {"tags": {"x": "\n"}}]},
            "a.privatelink_provider_services[1].tags['x']: '\\n' has control characters",
        ),
        (
            {"pci_account_roles": [{"policy_arns": ["arn:aws:iam::aws:policy/*"]}]},
            "a.pci_account_roles[0].policy_arns[0]: 'arn:aws:iam::aws:policy/*' is no such ARN",
        ),
        (
            {"pci_account_roles": [{"policy_arns": [f"arn:aws:iam::{OTHER}:policy/x"]}]},
            f"is a policy of account {OTHER}; expected one of AWS or of account_id {ACCOUNT}",
        ),
        ({"pci_account_roles": [{"policy_arns": ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]}]}, None),
        (
            {"pci_account_break_glass_arns": ["arn:aws:iam::111111111111:role/*"]},
            "a.pci_account_break_glass_arns[0]: 'arn:aws:iam::111111111111:role/*' is no such ARN",
        ),
        (
            {"private_python_index_url": "https://a$(id)/simple/"},
            "a.private_python_index_url: 'https://a$(id)/simple/' is no",
        ),
        ({"private_python_index_repository": "x\nid"}, "a.private_python_index_repository: 'x\\nid' is no name"),
        ({"pci_people_source_profile": "x\ny"}, "a.pci_people_source_profile: 'x\\ny' is no line of text"),
    ],
)
def test_what_the_inventory_alone_tells_is_told_with_host_variable_and_value(variables, problem):
    found = [str(invalid) for invalid in host_options.problems("a", {"account_id": ACCOUNT, **variables})]
    assert found == [] if problem is None else [text for text in found if problem in text] == found != []
    assert "hidden" not in str(found)
    assert variables.keys() <= set(host_options.READS)
