# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about resources that a workload refers to: missing, unusable, or denied by policies of roles or resources.

Access, as read (a name missing from a dictionary wasn't read; None: the resource or policy doesn't exist):

    LogGroups, Secrets, Parameters, Keys       {name as the workload has it: answer of its Describe operation}
    SecretPolicies, RepositoryPolicies, BucketPolicies, KeyPolicies    {name: policy document}
    Buckets                                    {name: region}
    Simulations                                arguments of SimulatePrincipalPolicy, and EvaluationResults or Error
    denied, unread                             {one of these: IAM action that the credential lacks, or other reason}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..iam.policy_evaluation import Request
from . import role_permissions, roles, unread
from .facts import Facts, Item
from .findings import CAUSE, UNKNOWN, Finding
from .policies import admits_service, denial, own_request
from .role_permissions import PermissionNeed
from .roles import was_read
from .vpc import endpoint_of
from .workloads import Workload


def needs(workload: Workload, facts: Facts, profiles: Collection[str], access: Item) -> list[PermissionNeed]:
    """Return the permissions that the workload's roles need. profiles: besides the workload's own"""
    return role_permissions.needs(workload, facts, profiles, access)


def findings(
    workload: Workload, facts: Facts, profiles: Collection[str], access: Item, buckets: Collection[str]
) -> Iterator[Finding]:
    """Findings about everything that a workload refers to. buckets: further ones that the workload uses"""
    referred = _References(workload, facts, access)
    yield from referred.log_groups()
    yield from referred.secrets_and_parameters()
    yield from referred.keys()
    yield from referred.buckets(sorted({*workload.buckets, *buckets}))
    yield from roles.findings(needs(workload, facts, profiles, access), facts, access)
    yield from referred.policies(sorted({*workload.buckets, *buckets}))


class _References:
    def __init__(self, workload: Workload, facts: Facts, access: Item) -> None:
        self.workload, self.facts, self.access = workload, facts, access
        self.here = facts["region"], facts["account_id"]

    def _read(self, kind: str, name: str) -> tuple[bool, Any]:
        return was_read(self.access, kind, name)

    def _unread(self, kind: str, name: str) -> Finding:
        return unread.of_reference(self.access, kind, name)

    def log_groups(self) -> Iterator[Finding]:
        for group in self.workload.log_groups:
            if group.region != self.facts["region"]:
                yield Finding(
                    "log_group_missing",
                    CAUSE,
                    group.name,
                    f"the log driver writes to {group.region}, which no endpoint here leads to",
                    f"awslogs-region: {self.facts['region']}",
                    {"logConfiguration.options.awslogs-region": group.region},
                )
                continue
            is_read, found = self._read("LogGroups", group.name)
            if not is_read:
                yield self._unread("LogGroups", group.name)
            elif found is None and not group.created_if_missing:
                yield Finding(
                    "log_group_missing",
                    CAUSE,
                    group.name,
                    "the log group doesn't exist, and the log driver doesn't create it",
                    "create the log group; or awslogs-create-group: true, and allow logs:CreateLogGroup",
                    {"logGroups[].logGroupName": None},
                )

    def secrets_and_parameters(self) -> Iterator[Finding]:
        named = [("Secrets", name) for name in self.workload.secrets]
        named += [("Parameters", name) for name in self.workload.parameters]
        for kind, name in named:
            parts = name.split(":")
            region = parts[3] if len(parts) > 5 else self.facts["region"]
            if region != self.facts["region"]:
                yield self._lost(name, f"is in {region}, and endpoints here lead to {self.facts['region']} only", {})
                continue
            is_read, found = self._read(kind, name)
            if not is_read:
                yield self._unread(kind, name)
            elif found is None:
                yield self._lost(name, "doesn't exist", {kind: None})
            elif found.get("DeletedDate"):
                yield self._lost(
                    name, "is scheduled for deletion, and can't be read", {"DeletedDate": found["DeletedDate"]}
                )

    @staticmethod
    def _lost(name: str, what: str, evidence: Mapping[str, Any]) -> Finding:
        fix = "create or restore it, or correct the ARN in what refers to it"
        return Finding("secret_or_parameter_missing", CAUSE, name, f"{name} {what}", fix, evidence)

    def keys(self) -> Iterator[Finding]:
        for name, what, by_logs in self._keys():
            is_read, key = self._read("Keys", name)
            if not is_read:
                yield self._unread("Keys", name)
            elif key is None or key["KeyState"] != "Enabled":
                state = key["KeyState"] if key else None
                yield Finding(
                    "kms_key_unusable",
                    CAUSE,
                    name,
                    f"the key of {what} is {state}" if key else f"the key of {what} doesn't exist",
                    "enable the key, or use another one",
                    {"KeyMetadata.KeyState": state},
                )
            elif by_logs and key.get("KeyManager") == "CUSTOMER":
                yield from self._key_of_logs(name)

    def _keys(self) -> Iterator[tuple[str, str, bool]]:
        """Yield (key, name of what it encrypts, true if CloudWatch Logs itself uses it)."""
        for kind, names, field in (
            ("Secrets", self.workload.secrets, "KmsKeyId"),
            ("Parameters", self.workload.parameters, "KeyId"),
            ("LogGroups", [group.name for group in self.workload.log_groups], "kmsKeyId"),
        ):
            for name in names:
                id_ = (self._read(kind, name)[1] or {}).get(field)
                if id_:
                    yield id_, name, kind == "LogGroups"
        yield from ((key, self.workload.label, False) for key in self.workload.keys)

    def _key_of_logs(self, name: str) -> Iterator[Finding]:
        """Yield a finding if the key's policy doesn't let CloudWatch Logs use it, as a log group's key must.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        is_read, document = self._read("KeyPolicies", name)
        principal = f"logs.{self.facts['region']}.amazonaws.com"
        if not is_read:
            yield self._unread("KeyPolicies", name)
            return
        if admits_service(document, principal, "kms:GenerateDataKey") is False:
            yield Finding(
                "kms_key_unusable",
                CAUSE,
                name,
                f"the key's policy doesn't let {principal} use it, which the log group needs",
                f"a statement that allows it, with the principal Service: {principal}",
                {"GetKeyPolicy.Policy": document},
            )

    def buckets(self, names: Collection[str]) -> Iterator[Finding]:
        for name in names:
            is_read, region = self._read("Buckets", name)
            if not is_read:
                yield self._unread("Buckets", name)
            elif region is None:
                message = "no bucket has this name, so its region isn't known"
                yield Finding(
                    "s3_cross_region_bucket",
                    UNKNOWN,
                    name,
                    message,
                    "correct the bucket's name",
                    {"NoSuchBucket": name},
                )
            elif region != self.facts["region"]:
                yield Finding(
                    "s3_cross_region_bucket",
                    CAUSE,
                    name,
                    f"the bucket is in {region}, and the gateway leads to S3 in {self.facts['region']} only",
                    f"a bucket in {self.facts['region']}, with replication to it",
                    {"LocationConstraint": region},
                    ("s3",),
                )

    # Resource policies

    def policies(self, buckets: Collection[str]) -> Iterator[Finding]:
        partition, (region, account) = self.facts["partition"], self.here
        for name in buckets:
            arn = f"arn:{partition}:s3:::{name}"
            asked = [("s3:ListBucket", arn), ("s3:GetObject", f"{arn}/any"), ("s3:PutObject", f"{arn}/any")]
            yield from self._policy("BucketPolicies", name, "s3", asked, self.workload.role)
        for image in self.workload.images:
            if (image.region, image.account) == self.here:
                arn = f"arn:{partition}:ecr:{region}:{account}:repository/{image.repository}"
                asked = [(action, arn) for action in role_permissions.PULL]
                role = self.workload.execution_role
                yield from self._policy("RepositoryPolicies", image.repository, "ecr.dkr", asked, role)
        for name in self.workload.secrets:
            asked = [("secretsmanager:GetSecretValue", role_permissions.secret_arn(name, self.access))]
            role = self.workload.execution_role or self.workload.role
            yield from self._policy("SecretPolicies", name, "secretsmanager", asked, role)

    def _policy(
        self, kind: str, name: str, service: str, asked: Collection[tuple[str, str]], role: str
    ) -> Iterator[Finding]:
        is_read, document = self._read(kind, name)
        endpoint = endpoint_of(service, self.facts)
        if not is_read and any(kind in self.access.get(why, {}) for why in ("denied", "unread")):
            yield self._unread(kind, name)
        if not document or not endpoint:
            return
        id_ = endpoint["VpcEndpointId"]
        context = {
            **own_request(service, id_, self.facts, role or None).context,
            "aws:securetransport": "true",
            "aws:viaawsservice": "false",
            # Calls through an endpoint don't have this key, but aws:VpcSourceIp:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
            "aws:sourceip": None,
        }
        for action, arn in asked:
            principals = (role,) if role else (self.here[1], f"arn:{self.facts['partition']}:iam::{self.here[1]}:root")
            denied, why = denial(document, Request(action, arn, principals, context))
            if denied is not False:
                yield Finding(
                    "resource_policy_source_vpce",
                    CAUSE if denied else UNKNOWN,
                    name,
                    f"the policy of {name} {'denies' if denied else 'may deny'} calls by {id_}: {why}",
                    f"{id_} or aws:SourceVpc {self.facts['vpc_id']} in the condition; aws:VpcSourceIp where it has"
                    " aws:SourceIp",
                    {"Policy": document, "VpcEndpointId": id_},
                    (service,),
                )
