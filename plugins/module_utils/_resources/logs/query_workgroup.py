# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Athena workgroup of an archive: what a query may scan, and results that AWS keeps, encrypted, for a day.

"Use managed query results": there is no bucket of results, which would hold copies of logs.
"""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..iam.authorization_details import placed
from ..shared import named
from ..shared.ec2 import pairs
from ..shared.partial_reads import unless

READ_AFTER = ()
INPUTS = ("workgroup",)
PERMISSIONS = (
    "athena:CreateWorkGroup",
    "athena:DeleteWorkGroup",
    "athena:GetWorkGroup",
    "athena:ListTagsForResource",
    "athena:TagResource",
    "athena:UntagResource",
    "athena:UpdateWorkGroup",
)
# GetWorkGroup's answer for a name that doesn't exist: InvalidRequestException, "WorkGroup NAME is not found".
NONE = ("InvalidRequestException",)


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the ARN.

    Fields: workgroup, description, state, bytes_limit (of a query, None), enforced (clients can't change settings),
    results_key (of managed results; "": AWS's own key, None: results aren't managed), tags.
    """
    name, place = declared.inputs.workgroup, declared.place
    there = unless(NONE, lambda: aws.call("athena.get_work_group", WorkGroup=name)["WorkGroup"], None)
    if not there:
        return {}
    arn = f"arn:{place['partition']}:athena:{place['region']}:{place['account_id']}:workgroup/{name}"
    listed = aws.read("athena.list_tags_for_resource", "Tags", ResourceARN=arn)
    tags = {tag["Key"]: tag.get("Value", "") for tag in listed}
    configuration = there.get("Configuration", {})
    results = configuration.get("ManagedQueryResultsConfiguration") or {}
    fields = {
        "workgroup": name,
        "description": there.get("Description", ""),
        "state": there["State"],
        "bytes_limit": configuration.get("BytesScannedCutoffPerQuery"),
        "enforced": configuration.get("EnforceWorkGroupConfiguration", False),
        "results_key": results.get("EncryptionConfiguration", {}).get("KmsKey", "") if results.get("Enabled") else None,
        "tags": tags,
    }
    return {"main": Actual(arn, fields, tags.get(OWNER_TAG) == declared.owner)}


def plan(wanted, found, declared):
    steps = reconcile(KIND, placed(wanted, declared), found["query_workgroup"], purge_tags=declared.purge_tags)
    return named.after_resource(steps)


def _results(fields):
    return {"Enabled": True, "EncryptionConfiguration": {"KmsKey": fields["results_key"]}}


def _settings(fields):
    return {
        "EnforceWorkGroupConfiguration": fields["enforced"],
        "BytesScannedCutoffPerQuery": fields["bytes_limit"],
        "PublishCloudWatchMetricsEnabled": True,
    }


def _update(id_, before, after):
    updates = {**_settings(after), "ManagedQueryResultsConfigurationUpdates": _results(after)}
    arguments = {"Description": after["description"], "State": after["state"], "ConfigurationUpdates": updates}
    return [Call("athena.update_work_group", {"WorkGroup": after["workgroup"], **arguments})]


KIND = ResourceType(
    "query_workgroup",
    # CreateWorkGroup answers nothing; the ARN is that of the account's workgroup of this name.
    create=lambda fields: Call(
        "athena.create_work_group",
        {
            "Name": fields["workgroup"],
            "Description": fields["description"],
            "Configuration": {**_settings(fields), "ManagedQueryResultsConfiguration": _results(fields)},
            "Tags": pairs(fields["tags"]),
        },
    ),
    changes={("description", "state", "bytes_limit", "enforced", "results_key"): _update},
    # With the named queries in it, also those of its users: who may run none can't use them.
    delete=lambda id_, fields: Call(
        "athena.delete_work_group", {"WorkGroup": fields["workgroup"], "RecursiveDeleteOption": True}
    ),
    tag=lambda id_, tags: Call("athena.tag_resource", {"ResourceARN": id_, "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("athena.untag_resource", {"ResourceARN": id_, "TagKeys": list(tags)}),
    defaults={"state": "ENABLED"},
)
