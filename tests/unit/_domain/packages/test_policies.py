# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.packages import policies
from ansible_collections.closednet.aws.plugins.module_utils._domain.packages.policies import READ, TOKEN

DOMAIN = "arn:aws:codeartifact:eu-central-1:111111111111:domain/packages"
REPOSITORY = "arn:aws:codeartifact:eu-central-1:111111111111:repository/packages/python"


def test_without_readers_there_is_no_policy():
    assert policies.of_resource(TOKEN, {"organization_id": None, "account_ids": []}, "aws") == {}


def test_an_organization_and_accounts_each_get_a_statement():
    readers = {"organization_id": "o-abcdefghij", "account_ids": ["222222222222"]}
    organization, accounts = policies.of_resource(READ, readers, "aws-cn")["Statement"]
    assert organization["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    assert organization["Principal"] == "*" and accounts["Principal"] == {"AWS": "arn:aws-cn:iam::222222222222:root"}
    assert "Condition" not in accounts and organization["Action"] == accounts["Action"] == READ


def test_several_accounts_are_a_list_in_one_order():
    def principals(*account_ids):
        readers = {"organization_id": None, "account_ids": account_ids}
        return policies.of_resource(TOKEN, readers, "aws")["Statement"][0]["Principal"]["AWS"]

    assert principals("3" * 12, "2" * 12) == principals("2" * 12, "3" * 12, "3" * 12)
    assert len(principals("3" * 12, "2" * 12)) == 2


def test_a_reader_gets_a_token_of_the_domain_and_reads_its_repositories_only():
    token, bearer, read = policies.of_reader(DOMAIN, [REPOSITORY])["Statement"]
    assert (token["Action"], token["Resource"]) == ("codeartifact:GetAuthorizationToken", DOMAIN)
    assert bearer["Condition"] == {"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}}
    assert read["Resource"] == [REPOSITORY] and not any("*" in action for action in read["Action"])
