# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import policies, profiles
from ansible_collections.closednet.aws.plugins.module_utils._domain.iam.policy_evaluation import Request, judge

PLACE = {"partition": "aws", "region": "eu-central-1"}
ACCOUNT, ORGANIZATION = "444444444444", "o-demo123456"
LAYERS = "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"


def statements(service, organization=ORGANIZATION, objects=(), unsigned_buckets=()):
    policy = policies.own(service, organization, ACCOUNT, PLACE, objects, unsigned_buckets)
    assert policy["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_own_principals_reach_own_resources_only():
    own = statements("kms")
    assert own["OwnPrincipalsToOwnResources"]["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}
    }
    assert set(own) == {"OwnPrincipalsToOwnResources", "ServicesOfAWS"}


def test_without_an_organization_it_is_the_account():
    condition = statements("kms", None)["OwnPrincipalsToOwnResources"]["Condition"]
    assert condition == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}


def test_layers_of_images_are_read_whoever_signed_the_url():
    """ECR signs it as itself, so a condition on the principal would stop every pull."""
    layers = statements("s3", objects=[LAYERS])["ObjectsOfAWS"]
    assert layers["Action"] == "s3:GetObject" and layers["Resource"] == [LAYERS] and "Condition" not in layers


@pytest.mark.parametrize(("service", "sid"), [("sts", "FederatedToOwnRoles"), ("ssm", "OwnPrincipalsToDocumentsOfAWS")])
def test_what_a_service_needs_of_aws_stays_reachable(service, sid):
    assert sid in statements(service) and sid not in statements("kms")


FEDERATED = {"aws:principalorgid": None, "aws:principalaccount": None, "aws:principalisawsservice": "false"}


@pytest.mark.parametrize("action", ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"])
@pytest.mark.parametrize(
    ("key", "own", "organization"),
    [("aws:resourceorgid", ORGANIZATION, ORGANIZATION), ("aws:resourceaccount", ACCOUNT, None)],
)
def test_who_has_no_principal_yet_takes_on_roles_of_ones_own_only(action, key, own, organization):
    """Callers of IRSA and SAML belong to no organization or account before they have the role."""
    policy = json.dumps(policies.own("sts", organization, ACCOUNT, PLACE))
    role = f"arn:aws:iam::{ACCOUNT}:role/pod"

    def allowed(asked, whose):
        return judge(policy, Request(asked, role, (), {**FEDERATED, key: whose}))[0]

    assert allowed(action, own) is True
    assert allowed(action, "another") is False
    assert allowed("sts:AssumeRole", own) is False


@pytest.mark.parametrize("service", sorted(profiles.KNOWN_SERVICES))
def test_every_policy_fits_and_goes_to_everybody_with_conditions(service):
    """At most 20,480 characters; a gateway's principal must be "*" (vpc-limits-endpoints, vpc-endpoints-access)."""
    objects = profiles.buckets(profiles.PROFILES)
    policy = policies.own(service, ORGANIZATION, ACCOUNT, PLACE, objects)
    assert len(json.dumps(policy)) < 20480
    for statement in policy["Statement"]:
        assert statement["Principal"] == "*"
        assert "Condition" in statement or statement["Resource"] != "*"


def test_buckets_that_are_read_without_a_signature_are_for_s3_alone():
    reads = statements("s3", unsigned_buckets=["an-index"])["UnsignedReads"]
    assert reads["Action"] == ["s3:GetObject", "s3:ListBucket"] and "Condition" not in reads
    assert reads["Resource"] == ["arn:aws:s3:::an-index", "arn:aws:s3:::an-index/*"]
    assert "UnsignedReads" not in statements("kms", unsigned_buckets=["an-index"])
