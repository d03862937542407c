# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoint policies: by default, one's own principals reach one's own resources, and AWS's objects that they need.

The pattern, and each exception, is that of AWS's data perimeter examples:
https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/vpc_endpoint_policies
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
) -> dict[str, Any]:
    """The policy of a service's endpoint.

    service: suffix; organization_id: whose principals and resources, None: the account's alone; place: partition and
    region; objects: ARNs of S3 objects that are AWS's own and may be read; unsigned_buckets: names of buckets that are
    read without a signature.

    The principal is "*" and narrowed by conditions, since gateway endpoints take no other ("Control access to VPC
    endpoints using endpoint policies").
    """
    if organization_id:
        who, whose = {"aws:PrincipalOrgID": organization_id}, {"aws:ResourceOrgID": organization_id}
    else:
        who, whose = {"aws:PrincipalAccount": account_id}, {"aws:ResourceAccount": account_id}
    statements = [
        _allow("OwnPrincipalsToOwnResources", StringEquals={**who, **whose}),
        _allow("ServicesOfAWS", Bool={"aws:PrincipalIsAWSService": "true"}),
    ]
    if service == "s3" and objects:
        # Who asks is no principal of ours: ECR's layers come by URLs that ECR has signed, packages without a signature.
        statements.append(_allow("ObjectsOfAWS", "s3:GetObject", list(objects)))
    if service == "s3" and unsigned_buckets:
        arns = [f"arn:{place['partition']}:s3:::{bucket}" for bucket in unsigned_buckets]
        reads = ["s3:GetObject", "s3:ListBucket"]
        statements.append(_allow("UnsignedReads", reads, [*arns, *(f"{arn}/*" for arn in arns)]))
    if service == "ssm":
        documents = [
            f"arn:{place['partition']}:ssm:{place['region']}::{kind}" for kind in ("parameter/aws/*", "document/*")
        ]
        reads = [
            "ssm:CreateAssociation",
            "ssm:Describe*",
            "ssm:Get*",
            "ssm:List*",
            "ssm:SendCommand",
            "ssm:StartSession",
        ]
        statements.append(_allow("OwnPrincipalsToDocumentsOfAWS", reads, documents, StringEquals=who))
    if service == "ec2":
        images = {**who, "ec2:Owner": "amazon"}
        statements.append(_allow("OwnPrincipalsToImagesOfAWS", "ec2:RunInstances", StringEquals=images))
    if service == "sts":
        # IAM roles for service accounts (EKS), SAML: who asks has no principal yet.
        federated = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
        statements.append(_allow("FederatedToOwnRoles", federated, StringEquals=whose))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, action: Any = "*", resource: Any = "*", **condition: Mapping[str, str]) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement
