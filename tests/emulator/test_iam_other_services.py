# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authorization of services beside EC2 and IAM: resources, condition keys, permissions for tags on creation.

Sources: the pages of https://docs.aws.amazon.com/service-authorization/latest/reference/, and what a case names.
"""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from emulator.iam.asked import asked
from emulator.iam.reference import FOLDER, rows
from emulator.principals import Principal

from .conftest import MANAGEMENT, SPOKE, error_of
from .people import allow, deny, person, policy

REGION = "eu-central-1"
TAGS = [{"Key": "team", "Value": "cards"}]
REFUSED = {"AccessDenied", "AccessDeniedException"}
ZONE = "Z00000000000000000000"
CHANGE = {"Action": "UPSERT", "ResourceRecordSet": {"Name": "DB.a.example.", "Type": "A", "TTL": 9}}
CHANGE["ResourceRecordSet"]["ResourceRecords"] = [{"Value": "10.0.0.1"}]
RECORDS = {"HostedZoneId": ZONE, "ChangeBatch": {"Changes": [CHANGE]}}
NORMALIZED = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
NAMES = {"ForAllValues:StringLike": {NORMALIZED: ["*.a.example"]}}
OTHER_NAMES = {"ForAllValues:StringLike": {NORMALIZED: ["*.b.example"]}}
SHARE = {"name": "s", "principals": [MANAGEMENT], "allowExternalPrincipals": False}
GROUP = f"arn:aws:logs:{REGION}:{SPOKE}:log-group:"
LB = {"Name": "l", "Type": "network", "Scheme": "internal", "Subnets": ["subnet-0123456789abcdef0"]}


@pytest.fixture
def allowed(emulator: Any) -> Any:
    """Return a function that tells whether somebody with these statements may make a call.

    The call may fail for another reason. All calls are one user's, whose policy changes: so that a table takes seconds.
    """
    somebody = person(emulator, SPOKE, "alice")
    iam = emulator.client(SPOKE, "iam")
    clients: dict[str, Any] = {}

    def may(service: str, call: str, given: dict[str, Any], *statements: dict[str, Any]) -> bool:
        iam.put_user_policy(UserName="alice", PolicyName="may", PolicyDocument=policy(*statements))
        client = clients.setdefault(service, None) or somebody.client(service)
        clients[service] = client
        try:
            getattr(client, call)(**given)
        except ClientError as error:
            return error.response["Error"]["Code"] not in REFUSED
        return True

    return may


# (service, call, parameters, ARN of a resource of the call)
RESOURCES = [
    ("route53", "get_hosted_zone", {"Id": ZONE}, f"arn:aws:route53:::hostedzone/{ZONE}"),
    ("route53", "list_resource_record_sets", {"HostedZoneId": ZONE}, f"arn:aws:route53:::hostedzone/{ZONE}"),
    ("route53", "change_resource_record_sets", RECORDS, f"arn:aws:route53:::hostedzone/{ZONE}"),
    # With the end that https://github.com/aws-samples/amazon-eks-fluent-logging-examples/issues/15 has.
    ("logs", "put_retention_policy", {"logGroupName": "/a", "retentionInDays": 7}, f"{GROUP}/a:log-stream:"),
    ("logs", "describe_log_streams", {"logGroupName": "/a"}, f"{GROUP}/a:*"),
    ("logs", "create_log_stream", {"logGroupName": "/a", "logStreamName": "b"}, f"{GROUP}/a:log-stream:b"),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "/a"}, f"{GROUP}:log-stream:"),
    ("ssm", "get_parameter", {"Name": "/a/b"}, f"arn:aws:ssm:{REGION}:{SPOKE}:parameter/a/b"),
    ("ssm", "get_parameters", {"Names": ["x", "y"]}, f"arn:aws:ssm:{REGION}:{SPOKE}:parameter/y"),
    ("lambda", "get_function", {"FunctionName": "f"}, f"arn:aws:lambda:{REGION}:{SPOKE}:function:f"),
    ("lambda", "delete_function", {"FunctionName": "f"}, f"arn:aws:lambda:{REGION}:{SPOKE}:function:f"),
    ("ecs", "describe_services", {"services": ["s"]}, f"arn:aws:ecs:{REGION}:{SPOKE}:service/default/s"),
    ("ecs", "describe_clusters", {"clusters": ["c"]}, f"arn:aws:ecs:{REGION}:{SPOKE}:cluster/c"),
    ("ecr", "describe_repositories", {"repositoryNames": ["repo"]}, f"arn:aws:ecr:{REGION}:{SPOKE}:repository/*"),
    ("secretsmanager", "get_secret_value", {"SecretId": "s"}, f"arn:aws:secretsmanager:{REGION}:{SPOKE}:secret:s-*"),
    (
        "route53resolver",
        "get_resolver_rule",
        {"ResolverRuleId": "rslvr-rr-1"},
        f"arn:aws:route53resolver:{REGION}:{SPOKE}:resolver-rule/rslvr-rr-1",
    ),
    ("scheduler", "get_schedule", {"Name": "n"}, f"arn:aws:scheduler:{REGION}:{SPOKE}:schedule/default/n"),
    (
        "firehose",
        "describe_delivery_stream",
        {"DeliveryStreamName": "d"},
        f"arn:aws:firehose:{REGION}:{SPOKE}:deliverystream/d",
    ),
    ("elbv2", "create_load_balancer", LB, f"arn:aws:elasticloadbalancing:{REGION}:{SPOKE}:loadbalancer/net/l/*"),
    ("athena", "get_work_group", {"WorkGroup": "w"}, f"arn:aws:athena:{REGION}:{SPOKE}:workgroup/w"),
    ("codeartifact", "describe_domain", {"domain": "dom"}, f"arn:aws:codeartifact:{REGION}:{SPOKE}:domain/dom"),
]


def test_a_deny_of_one_resource(allowed: Any) -> None:
    for service, call, given, arn in RESOURCES:
        assert not allowed(service, call, given, allow("*"), deny("*", arn)), (call, arn)
        elsewhere = arn.replace(SPOKE, MANAGEMENT) if SPOKE in arn else f"{arn}0"
        assert allowed(service, call, given, allow("*"), deny("*", elsewhere)), (call, arn)


# (service, call, parameters, condition that holds, one that doesn't)
CONDITIONS = [
    ("route53", "change_resource_record_sets", RECORDS, NAMES, OTHER_NAMES),
    (
        "route53",
        "change_resource_record_sets",
        RECORDS,
        {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": ["A"]}},
        {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsActions": ["DELETE"]}},
    ),
    (
        "ram",
        "create_resource_share",
        SHARE,
        {"Bool": {"ram:RequestedAllowsExternalPrincipals": "false"}},
        {"ForAllValues:StringEquals": {"ram:Principal": [SPOKE]}},
    ),
    (
        "elbv2",
        "create_load_balancer",
        LB,
        {"StringEquals": {"elasticloadbalancing:Scheme": "internal"}},
        {"StringEquals": {"elasticloadbalancing:Scheme": "internet-facing"}},
    ),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "/a", "tags": {"team": "cards"}},
        {"StringEquals": {"aws:RequestTag/team": "cards"}},
        {"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}},
    ),
    (
        "secretsmanager",
        "create_secret",
        {"Name": "n", "SecretString": "-"},
        {"StringEquals": {"secretsmanager:Name": "n"}},
        {"StringEquals": {"secretsmanager:Name": "m"}},
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "n", "Value": "v", "Type": "String", "Overwrite": True},
        {"StringEquals": {"ssm:Overwrite": "true"}},
        {"StringEquals": {"ssm:Overwrite": "false"}},
    ),
]


def test_condition_keys(allowed: Any) -> None:
    """Route 53: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html"""
    for service, call, given, holds, fails in CONDITIONS:
        assert not allowed(service, call, given, allow("*", Condition=fails)), (call, fails)
        assert allowed(service, call, given, allow("*", Condition=holds)), (call, holds)


# (service, call, parameters with tags, action for the tags): sources in emulator/iam/asked.py at TAGGING.
TAGGED = [
    ("logs", "create_log_group", {"logGroupName": "/a", "tags": {"team": "cards"}}, "logs:TagResource"),
    ("iam", "create_user", {"UserName": "bob", "Tags": TAGS}, "iam:TagUser"),
    ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": policy(allow("*")), "Tags": TAGS}, "iam:TagPolicy"),
    ("elbv2", "create_load_balancer", LB | {"Tags": TAGS}, "elasticloadbalancing:AddTags"),
    ("ecr", "create_repository", {"repositoryName": "repo", "tags": TAGS}, "ecr:TagResource"),
    ("secretsmanager", "create_secret", {"Name": "n", "SecretString": "-", "Tags": TAGS}, "secretsmanager:TagResource"),
    ("ssm", "put_parameter", {"Name": "n", "Value": "v", "Type": "String", "Tags": TAGS}, "ssm:AddTagsToResource"),
]


def test_tags_on_creation_need_a_permission_of_their_own(allowed: Any) -> None:
    for service, call, given, action in TAGGED:
        assert not allowed(service, call, given, allow("*"), deny(action)), call
        untagged = {name: value for name, value in given.items() if name.lower() != "tags"}
        assert allowed(service, call, untagged, allow("*"), deny(action)), call


ZONE_OF_VPC = {
    "Name": "a.example",
    "CallerReference": "1",
    "VPC": {"VPCRegion": REGION, "VPCId": "vpc-0123456789abcdef0"},
}
# (service, call, parameters, dependent action)
DEPENDENT = [
    ("route53", "create_hosted_zone", ZONE_OF_VPC, "ec2:DescribeVpcs"),
    ("route53", "create_hosted_zone", ZONE_OF_VPC, "route53:AssociateVPCWithHostedZone"),
    (
        "route53",
        "list_hosted_zones_by_vpc",
        {"VPCId": "vpc-0123456789abcdef0", "VPCRegion": REGION},
        "ec2:DescribeVpcs",
    ),
    ("route53resolver", "list_resolver_rule_associations", {}, "ec2:DescribeVpcs"),
    ("route53resolver", "delete_resolver_endpoint", {"ResolverEndpointId": "rslvr-in-1"}, "ec2:DeleteNetworkInterface"),
    ("ram", "enable_sharing_with_aws_organization", {}, "organizations:EnableAWSServiceAccess"),
]


def test_dependent_actions(allowed: Any) -> None:
    """Pages in emulator/iam/dependent.py."""
    for service, call, given, action in DEPENDENT:
        assert allowed(service, call, given, allow("*")), call
        assert not allowed(service, call, given, allow("*"), deny(action)), (call, action)


def test_tags_of_a_resource(emulator: Any, allowed: Any) -> None:
    """aws:ResourceTag of resources whose own table of the reference lists it."""
    logs = emulator.client(SPOKE, "logs")
    logs.create_log_group(logGroupName="/a", tags={"team": "cards"})
    logs.create_log_group(logGroupName="/b", tags={"team": "loans"})
    own = allow("logs:*", Condition={"StringEquals": {"aws:ResourceTag/team": "cards"}})
    given = {"retentionInDays": 7}
    assert allowed("logs", "put_retention_policy", given | {"logGroupName": "/a"}, own)
    assert not allowed("logs", "put_retention_policy", given | {"logGroupName": "/b"}, own)


def test_path_in_the_organization(client: Any, allowed: Any) -> None:
    """aws:PrincipalOrgPaths, aws:ResourceOrgPaths: reference_policies_condition-keys; the path ends in a slash."""
    organizations = client(MANAGEMENT, "organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organization = organizations.describe_organization()["Organization"]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="u")["OrganizationalUnit"]["Id"]
    parent = organizations.list_parents(ChildId=SPOKE)["Parents"][0]["Id"]
    organizations.move_account(AccountId=SPOKE, SourceParentId=parent, DestinationParentId=unit)
    for key in ("aws:PrincipalOrgPaths", "aws:ResourceOrgPaths"):
        for path, may in ((f"{organization}/{root}/{unit}/", True), (f"{organization}/{root}/", False)):
            condition = {"ForAnyValue:StringEquals": {key: [path]}}
            found = allowed("logs", "describe_log_groups", {}, allow("logs:*", Condition=condition))
            assert found is may, (key, path)


def test_decoded_message(emulator: Any, client: Any) -> None:
    """API_DecodeAuthorizationMessage, its example, and sts_example_sts_DecodeAuthorizationMessage_section."""
    may = policy(allow("ec2:*"), deny("ec2:DeleteVpc", Condition={"StringEquals": {"aws:ResourceTag/team": "cards"}}))
    alice = person(emulator, SPOKE, "alice", may=may)
    spec = [{"ResourceType": "vpc", "Tags": TAGS}]
    vpc = client(SPOKE, "ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=spec)["Vpc"]["VpcId"]
    code, message = error_of(alice.client("ec2").delete_vpc, VpcId=vpc)
    text, encoded = message.split(" Encoded authorization failure message: ")
    assert (code, text[-1]) == ("UnauthorizedOperation", ".")
    assert error_of(alice.client("sts").decode_authorization_message, EncodedMessage=encoded)[0] == "AccessDenied"
    sts = client(SPOKE, "sts")
    found = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (found["allowed"], found["explicitDeny"]) == (False, True)
    assert found["context"]["principal"]["arn"] == alice.arn
    assert found["context"]["action"] == "ec2:DeleteVpc"
    assert found["context"]["resource"] == f"arn:aws:ec2:{REGION}:{SPOKE}:vpc/{vpc}"
    assert found["matchedStatements"]["items"][0]["effect"] == "DENY"
    keys = {item["key"]: item["values"]["items"][0]["value"] for item in found["context"]["conditions"]["items"]}
    assert keys["aws:resourcetag/team"] == "cards"
    wrong = error_of(sts.decode_authorization_message, EncodedMessage=encoded[:-4] + "AAAA")
    assert wrong == ("InvalidAuthorizationMessageException", "Message is not valid")


def test_a_key_that_is_not_evaluated_is_refused_by_name(emulator: Any) -> None:
    """RunInstances has ec2:ProductCode in the reference; to take it for absent would allow what AWS denies."""
    may = policy(allow("ec2:*"), deny("ec2:RunInstances", Condition={"StringEquals": {"ec2:ProductCode": "x"}}))
    ec2 = person(emulator, SPOKE, "alice", may=may).client("ec2")
    code, message = error_of(ec2.run_instances, ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)
    assert (code, "ec2:productcode" in message) == ("NotImplemented", True)
    assert ec2.describe_instances()["Reservations"] == []


BOTOCORE = {"elasticloadbalancing": "elbv2", "sso": "sso-admin"}
TEXTS = ("", "é*/::", "arn:aws:x", "vpc-0123456789abcdef0", "rtbassoc-0123456789abcdef0", f"arn:aws:ec2::{SPOKE}:vpc/v")
NOBODY = Principal(SPOKE, f"arn:aws:iam::{SPOKE}:user/a", None, "a", None, False)
# Their own resource_calls.py authorizes them.
WITH_POLICIES = ("s3", "kms", "dynamodb")


def filled(shape: Any, text: str, depth: int = 0) -> Any:
    """Return parameters with every member, each text of which is `text`."""
    if shape.type_name == "structure":
        return {name: filled(member, text, depth + 1) for name, member in shape.members.items()} if depth < 4 else {}
    if shape.type_name == "list":
        return [filled(shape.member, text, depth + 1)] if text else []
    if shape.type_name == "map":
        return {text: filled(shape.value, text, depth + 1)}
    return {"string": text, "boolean": True, "blob": b"x"}.get(shape.type_name, -1)


@pytest.mark.parametrize(
    "prefix", sorted(file.stem for file in FOLDER.glob("*.json") if file.stem not in WITH_POLICIES)
)
def test_every_operation_has_permissions_whatever_its_parameters_are(prefix: str) -> None:
    model = botocore.session.Session().get_service_model(BOTOCORE.get(prefix, prefix))
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        for text in TEXTS if shape else ():
            found = asked(NOBODY, f"{prefix}:{operation}", REGION, filled(shape, text))
            assert found[0].action == f"{prefix}:{operation}"
        assert asked(NOBODY, f"{prefix}:{operation}", REGION, {})


def test_the_reference_has_what_the_calls_of_the_modules_are_about() -> None:
    """Rows that a newer reference may not lose unseen."""
    assert {(row.type, row.required, row.is_new) for row in rows("ec2", "CreateSubnet") or ()} >= {
        ("subnet", True, True),
        ("vpc", True, False),
    }
    assert rows("ec2", "NoSuchAction") is None
    assert rows("no-such-service", "x") is None
