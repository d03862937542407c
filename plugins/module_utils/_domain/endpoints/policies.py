# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoint policies: by default, own principals reach own resources, and AWS's objects that they need.

Own means of the organization, or of the account without one. The pattern and each exception come from AWS's data
perimeter examples:
https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/vpc_endpoint_policies
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# The policy of an endpoint that is created without one ("Default endpoint policy").
FULL_ACCESS: dict[str, Any] = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def own(
    service: str,
    organization_id: str | None,
    account_id: str,
    place: Mapping[str, str],
    objects: Sequence[str] = (),
    unsigned_buckets: Sequence[str] = (),
    accounts: Sequence[str] = (),
) -> dict[str, Any]:
    """Build the policy of a service's endpoint.

    service: suffix; organization_id: allow its principals and resources, None: the account's only; place: partition and
    region; objects: ARNs of S3 objects that are AWS's own and may be read; unsigned_buckets: names of buckets that are
    read without a signature; accounts: those whose principals may use an endpoint that accounts share, and of the
    organization no others.

    The principal is "*", restricted by conditions, since gateway endpoints accept no other ("Control access to VPC
    endpoints using endpoint policies").
    """
    who: dict[str, Any]
    whose: dict[str, Any]
    if organization_id:
        who, whose = {"aws:PrincipalOrgID": organization_id}, {"aws:ResourceOrgID": organization_id}
    else:
        own_accounts = sorted({account_id, *accounts}) if accounts else account_id
        who, whose = {"aws:PrincipalAccount": own_accounts}, {"aws:ResourceAccount": own_accounts}
    if organization_id and accounts:
        who = {**who, "aws:PrincipalAccount": sorted({account_id, *accounts})}
    statements = [
        _allow("OwnPrincipalsToOwnResources", StringEquals={**who, **whose}),
        _allow("ServicesOfAWS", Bool={"aws:PrincipalIsAWSService": "true"}),
        *_besides(service, who, whose, place, objects, unsigned_buckets),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _besides(
    service: str,
    who: Mapping[str, Any],
    whose: Mapping[str, Any],
    place: Mapping[str, str],
    objects: Sequence[str],
    unsigned_buckets: Sequence[str],
) -> Iterator[dict[str, Any]]:
    """Yield the statements that a service needs besides those for own principals on own resources."""
    if service == "s3" and objects:
        # The caller is no own principal: URLs of ECR's layers are signed by ECR, requests for packages are unsigned.
        yield _allow("ObjectsOfAWS", "s3:GetObject", list(objects))
    if service == "s3" and unsigned_buckets:
        arns = [f"arn:{place['partition']}:s3:::{bucket}" for bucket in unsigned_buckets]
        reads = ["s3:GetObject", "s3:ListBucket"]
        yield _allow("UnsignedReads", reads, [*arns, *(f"{arn}/*" for arn in arns)])
    if service == "ssm":
        documents = [
            f"arn:{place['partition']}:ssm:{place['region']}::{kind}" for kind in ("parameter/aws/*", "document/*")
        ]
        uses = ("CreateAssociation", "Describe*", "Get*", "List*", "SendCommand", "StartSession")
        yield _allow("OwnPrincipalsToDocumentsOfAWS", [f"ssm:{use}" for use in uses], documents, StringEquals=who)
    if service == "ec2":
        images = {**who, "ec2:Owner": "amazon"}
        yield _allow("OwnPrincipalsToImagesOfAWS", "ec2:RunInstances", StringEquals=images)
    if service == "sts":
        # IAM roles for service accounts (EKS), SAML: the caller has no principal yet.
        federated = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
        yield _allow("FederatedToOwnRoles", federated, StringEquals=whose)


def _allow(sid: str, action: Any = "*", resource: Any = "*", **condition: Mapping[str, Any]) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement
