# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive's centralization rule: CloudWatch Logs of the organization are copied into log groups of this account."""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.logs import centralization
from ..iam.authorization_details import placed
from ..shared import states
from ..shared.partial_reads import unless

READ_AFTER = ()
INPUTS = ("rule_name",)
PERMISSIONS = (
    "observabilityadmin:CreateCentralizationRuleForOrganization",
    "observabilityadmin:DeleteCentralizationRuleForOrganization",
    "observabilityadmin:GetCentralizationRuleForOrganization",
    "observabilityadmin:ListTagsForResource",
    "observabilityadmin:TagResource",
    "observabilityadmin:UntagResource",
    "observabilityadmin:UpdateCentralizationRuleForOrganization",
)
_GET = "observabilityadmin.get_centralization_rule_for_organization"
# Code for a rule that does not exist (GetCentralizationRuleForOrganization).
NONE = ("ResourceNotFoundException",)


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the rule's ARN; details: state.

    Fields: rule_name, regions (sources'), scope, log_groups (selection criteria), encrypted (true: groups with a
    customer's key are copied, too), account_id and region (the destination's), pattern, kms_key_arn (None: AWS's own
    key), tags. state is Healthy, Provisioning, or the reason why the rule isn't healthy.
    """
    rule = unless(NONE, lambda: aws.call(_GET, RuleIdentifier=declared.inputs.rule_name), None)
    if not rule:
        return {}
    tags = aws.call("observabilityadmin.list_tags_for_resource", ResourceARN=rule["RuleArn"])["Tags"]
    state = rule["RuleHealth"]
    state = rule.get("FailureReason", state) if state == "Unhealthy" else state
    fields = {"rule_name": rule["RuleName"], **_fields(rule["CentralizationRule"]), "tags": tags}
    return {"main": Actual(rule["RuleArn"], fields, tags.get(OWNER_TAG) == declared.owner, {"state": state})}


def _fields(rule):
    source, destination = rule["Source"], rule["Destination"]
    of_source = source.get("SourceLogsConfiguration", {})
    of_destination = destination.get("DestinationLogsConfiguration", {})
    encryption = of_destination.get("LogsEncryptionConfiguration", {})
    return {
        "regions": sorted(source["Regions"]),
        "scope": source.get("Scope"),
        "log_groups": of_source.get("LogGroupSelectionCriteria"),
        "encrypted": of_source.get("EncryptedLogGroupStrategy") == "ALLOW",
        "account_id": destination.get("Account"),
        "region": destination["Region"],
        "pattern": of_destination.get("LogGroupNameConfiguration", {}).get("LogGroupNamePattern"),
        "kms_key_arn": encryption.get("KmsKeyArn"),
    }


def plan(wanted, found, declared):
    wanted = placed(wanted, declared)
    return reconcile(KIND, wanted, found[KIND.name], purge_tags=declared.purge_tags)


def findings(wanted, found, declared):
    return states.findings(wanted, found[KIND.name], ("Healthy",), centralization.HEALTH)


def _update(id_, before, after):
    rule = centralization.rule({**after, "kms_key_arn": after.get("kms_key_arn")})
    return [
        Call("observabilityadmin.update_centralization_rule_for_organization", {"RuleIdentifier": id_, "Rule": rule})
    ]


KIND = ResourceType(
    "centralization_rule",
    create=lambda fields: Call(
        "observabilityadmin.create_centralization_rule_for_organization",
        {
            "RuleName": fields["rule_name"],
            "Rule": centralization.rule({**fields, "kms_key_arn": fields.get("kms_key_arn")}),
            "Tags": dict(fields["tags"]),
        },
        id_path="RuleArn",
    ),
    changes={
        ("regions", "scope", "log_groups", "encrypted", "account_id", "region", "pattern", "kms_key_arn"): _update
    },
    delete=lambda id_, fields: Call(
        "observabilityadmin.delete_centralization_rule_for_organization", {"RuleIdentifier": id_}
    ),
    tag=lambda id_, tags: Call("observabilityadmin.tag_resource", {"ResourceARN": id_, "Tags": dict(tags)}),
    untag=lambda id_, tags: Call("observabilityadmin.untag_resource", {"ResourceARN": id_, "TagKeys": list(tags)}),
)
