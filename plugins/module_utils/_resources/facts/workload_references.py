# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that workloads refer to (secrets, parameters, log groups, keys, images, buckets): read only.

With the policies of these resources, and with what the workloads' roles are allowed to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._aws.errors import code_of
from ..._core.reconcile import Actual, ResourceType
from ..._domain.doctor import references, role_permissions, roles, workloads
from ..shared.partial_reads import read_if_allowed, unless
from .vpc_facts import organization
from .workload_facts import plain

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # module.run says what is missing

READ_AFTER = ("workload_facts", "vpc_facts")
INPUTS = ("buckets", "role_arn", "workloads")
PERMISSIONS = (
    "ecr:GetRepositoryPolicy",
    "iam:SimulatePrincipalPolicy",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "logs:DescribeLogGroups",
    "organizations:DescribeOrganization",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicy",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "ssm:DescribeParameters",
)
POLICIES = ("BucketPolicies", "KeyPolicies", "RepositoryPolicies", "SecretPolicies")
# Reasons for a read without a result, see shared.partial_reads.read_if_allowed.
WHY = ("denied", "unread")
KIND = ResourceType("workload_references")
# Error codes of the services for a resource that doesn't exist or has no policy.
NONE = (
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NotFoundException",
    "RepositoryNotFoundException",
    "RepositoryPolicyNotFoundException",
    "ResourceNotFoundException",
)


def read(aws, declared, found):
    """Return {"main": Actual} whose details are Access, see _domain/doctor/references.py."""
    place = declared.place
    raws = found["workload_facts"]["main"].details["Targets"] if "workload_facts" in found else []
    known = [
        *(workloads.of(raw, place) for raw in raws),
        workloads.Workload("", "", role=declared.inputs.role_arn or ""),
    ]
    buckets = sorted({bucket for workload in known for bucket in workload.buckets} | set(declared.inputs.buckets))
    secrets = sorted({arn for workload in known for arn in workload.secrets if _is_here(arn, place)})
    images = [image for workload in known for image in workload.images]
    repositories = sorted({i.repository for i in images if (i.account, i.region) == (aws.account_id, aws.region)})
    groups = sorted({g.name for w in known for g in w.log_groups if g.name and g.region == aws.region})
    parameters = sorted({text for workload in known for text in workload.parameters if _is_here(text, place)})
    parts = aws.gather(
        *(_reading(aws, "LogGroups", "logs:DescribeLogGroups", name, _log_group) for name in groups),
        *(_reading(aws, "Secrets", "secretsmanager:DescribeSecret", arn, _secret) for arn in secrets),
        *(_reading(aws, "SecretPolicies", "secretsmanager:GetResourcePolicy", arn, _secret_policy) for arn in secrets),
        *(_reading(aws, "Parameters", "ssm:DescribeParameters", text, _parameter) for text in parameters),
        *(_reading(aws, "RepositoryPolicies", "ecr:GetRepositoryPolicy", name, _repository) for name in repositories),
        *(_reading(aws, "Buckets", "s3:GetBucketLocation", name, _location) for name in buckets),
        *(_reading(aws, "BucketPolicies", "s3:GetBucketPolicy", name, _bucket_policy) for name in buckets),
    )
    access = _merged({}, parts)
    keys = sorted(_keys(known, access))
    access = _merged(access, aws.gather(*(_reading(aws, "Keys", "kms:DescribeKey", id_, _key) for id_ in keys)))
    customers = [id_ for id_, key in access.get("Keys", {}).items() if key and key.get("KeyManager") == "CUSTOMER"]
    policies = (_reading(aws, "KeyPolicies", "kms:GetKeyPolicy", id_, _key_policy) for id_ in customers)
    access = _merged(access, aws.gather(*policies))
    facts = found["vpc_facts"]["main"].details
    if "Organization" not in facts and any("OrgID" in str(access.get(kind)) for kind in POLICIES):
        access = _merged(access, [organization(aws)])
        facts = {**facts, **{key: access[key] for key in ("Organization",) if key in access}}
    needs = {
        need: roles.question(need, facts)
        for workload in known
        for need in references.needs(workload, facts, declared.inputs.workloads, access)
    }
    answers = aws.gather(*(lambda question=question: _simulated(aws, question) for question in needs.values()))
    access["Simulations"] = [{key: value for key, value in answer.items() if key not in WHY} for answer in answers]
    access = _merged(access, [{why: answer.get(why, {}) for why in WHY} for answer in answers])
    return {"main": Actual("", {}, False, access)}


def _reading(aws, kind, action, name, reading):
    """Return a function that reads one resource.

    It returns {kind: {name: what was read, None where it doesn't exist}}, or what is denied.
    """

    def run():
        return unless(
            NONE,
            lambda: read_if_allowed(kind, action, lambda: {name: plain(reading(aws, name))}),
            otherwise={kind: {name: None}},
        )

    return run


def _merged(access: Mapping[str, Any], parts) -> dict[str, Any]:
    merged: dict[str, Any] = {**{why: {} for why in WHY}, **access}
    for part in parts:
        for kind, items in part.items():
            merged[kind] = {**merged.get(kind, {}), **items}
    return merged


def _is_here(text, place):
    """Return true for a name, and for an ARN of this account and region; other ARNs aren't read."""
    parts = text.split(":")
    return len(parts) < 6 or parts[3:5] == [place["region"], place["account_id"]]


def _keys(known, access):
    named = {key for workload in known for key in workload.keys}
    for kind, field in (("Secrets", "KmsKeyId"), ("Parameters", "KeyId"), ("LogGroups", "kmsKeyId")):
        named |= {(item or {}).get(field) for item in access.get(kind, {}).values()}
    return named - {None, ""}


def _log_group(aws, name):
    groups = aws.read("logs.describe_log_groups", "logGroups", logGroupNamePrefix=name)
    return next((group for group in groups if group["logGroupName"] == name), None)


def _secret(aws, arn):
    return aws.call("secretsmanager.describe_secret", SecretId=arn)


def _secret_policy(aws, arn):
    return aws.call("secretsmanager.get_resource_policy", SecretId=arn).get("ResourcePolicy")


def _parameter(aws, text):
    name = role_permissions.parameter_name(text)
    query = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    return next(iter(aws.read("ssm.describe_parameters", "Parameters", ParameterFilters=query)), None)


def _repository(aws, name):
    return aws.call("ecr.get_repository_policy", repositoryName=name)["policyText"]


def _location(aws, name):
    """Return the bucket's region: AWS answers None for us-east-1, and EU for eu-west-1.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    place = aws.call("s3.get_bucket_location", Bucket=name).get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if place == "EU" else place


def _bucket_policy(aws, name):
    return aws.call("s3.get_bucket_policy", Bucket=name)["Policy"]


def _key(aws, id_):
    return aws.call("kms.describe_key", KeyId=id_)["KeyMetadata"]


def _key_policy(aws, id_):
    return aws.call("kms.get_key_policy", KeyId=id_, PolicyName="default")["Policy"]


def _simulated(aws, question):
    try:
        part = read_if_allowed(
            "Simulations",
            "iam:SimulatePrincipalPolicy",
            lambda: plain(aws.read("iam.simulate_principal_policy", "EvaluationResults", **question)),
        )
    except ClientError as error:
        code = code_of(error)
        if code not in ("NoSuchEntity", "InvalidInput", "PolicyEvaluation"):
            raise
        return {**question, "Error": code}
    results = {"EvaluationResults": part.pop("Simulations")} if "Simulations" in part else {}
    return {**question, **results, **part}
