# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DynamoDB tables of an algorithm registry, by their names: main has the algorithms, health their health."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Step, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType
from ..shared import in_transition, named, states
from ..shared.ec2 import pairs, tags_of
from ..shared.partial_reads import unless

READ_AFTER = ()
INPUTS = ("tables",)
PERMISSIONS = (
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
)
NONE = ("ResourceNotFoundException",)
# States of DescribeTable that end by themselves.
STATES = {"CREATING": "pending", "UPDATING": "modifying", "DELETING": "deleting"}
# The others, but for ACTIVE.
MEANINGS = {
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "its KMS key can't be used; this account has to see why",
    "ARCHIVING": "its KMS key can't be used; this account has to see why",
    "REPLICATION_NOT_AUTHORIZED": "it is replicated, which its owner has to look at",
    "ARCHIVED": "its KMS key couldn't be used for a week; this account has to restore the backup",
}
READABLE = ("ACTIVE", "modifying")


def read(aws, declared, found):
    """Return {name: Actual} of the tables in inputs.tables that exist.

    Fields: table_name, keys (names, the partition key first), billing_mode, deletion_protection,
    point_in_time_recovery, tags; details: state.
    """
    tables = declared.inputs.tables
    reads = [lambda table=table: _read(aws, table, declared.owner) for table in tables.values()]
    return {name: there for name, there in zip(tables, aws.gather(*reads)) if there}


def _read(aws, name, owner):
    there = unless(NONE, lambda: aws.call("dynamodb.describe_table", TableName=name)["Table"], None)
    if not there:
        return None
    arn, state = there["TableArn"], STATES.get(there["TableStatus"], there["TableStatus"])
    tags, backups = aws.gather(
        lambda: unless(NONE, lambda: aws.read("dynamodb.list_tags_of_resource", "Tags", ResourceArn=arn), []),
        lambda: _backups(aws, name),
    )
    tags = tags_of({"Tags": tags})
    return Actual(
        arn,
        {
            "table_name": name,
            "keys": [key["AttributeName"] for key in sorted(there["KeySchema"], key=lambda key: key["KeyType"])],
            # Left out for a table that never was on-demand.
            "billing_mode": there.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            "deletion_protection": there.get("DeletionProtectionEnabled", False),
            "point_in_time_recovery": backups == "ENABLED",
            "tags": tags,
        },
        tags.get(OWNER_TAG) == owner,
        {"state": state},
    )


def _backups(aws, name):
    operation, key = "dynamodb.describe_continuous_backups", "ContinuousBackupsDescription"
    found = unless(("TableNotFoundException", *NONE), lambda: aws.call(operation, TableName=name)[key], {})
    return found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")


def readable(found, name):
    """Return the name of a table of ours that has items which can be read; None if it doesn't exist yet."""
    there = found["algorithm_table"].get(name)
    return there.fields["table_name"] if there and there.managed and there.details["state"] in READABLE else None


def plan(wanted, found, declared):
    steps = in_transition.reconcile_with_waits(KIND, wanted, found["algorithm_table"], declared, _settled, _removed)
    steps = named.after_resource(steps)
    return [*_unprotected(steps), *steps]


def _unprotected(steps):
    """Return the steps that end the deletion protection of tables to be deleted."""
    return [
        Step(
            Address(KIND.name, step.address.name, "deletion_protection"),
            "dynamodb.update_table",
            {"TableName": step.before["table_name"], "DeletionProtectionEnabled": False},
            before={"deletion_protection": True},
            after={"deletion_protection": False},
            # Another run may have deleted the table meanwhile.
            wait=replace(_active(step.before["table_name"]), until=("ACTIVE", "DELETING"), gone=True),
        )
        for step in steps
        if step.removes and step.before["deletion_protection"]
    ]


def findings(wanted, found, declared):
    return states.findings(wanted, found["algorithm_table"], ("ACTIVE",), MEANINGS)


def _settled(arn):
    return _active(arn.rpartition("/")[2])


def _active(name):
    return Wait(
        "dynamodb.describe_table",
        {"TableName": name},
        "[Table.TableStatus]",
        until=("ACTIVE",),
        pending=("CREATING", "UPDATING"),
    )


def _removed(arn):
    return Wait(
        "dynamodb.describe_table",
        {"TableName": arn.rpartition("/")[2]},
        "[Table.TableStatus]",
        # Any status that it had before.
        pending=(*STATES, "ACTIVE", *MEANINGS),
        gone=True,
    )


def _create(fields):
    partition, sort = fields["keys"]
    return Call(
        "dynamodb.create_table",
        {
            "TableName": fields["table_name"],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in fields["keys"]],
            "KeySchema": [
                {"AttributeName": partition, "KeyType": "HASH"},
                {"AttributeName": sort, "KeyType": "RANGE"},
            ],
            "BillingMode": fields["billing_mode"],
            "DeletionProtectionEnabled": fields["deletion_protection"],
            "Tags": pairs(fields["tags"]),
        },
        id_path="TableDescription.TableArn",
        wait=_active(fields["table_name"]),
    )


def _update(id_, before, after):
    """Return the calls that change a table, one by one: UpdateTable refuses a table that is being updated."""
    members = {"billing_mode": "BillingMode", "deletion_protection": "DeletionProtectionEnabled"}
    name = after["table_name"]
    return [
        Call("dynamodb.update_table", {"TableName": name, member: after[field]}, wait=_active(name), suffix=field)
        for field, member in members.items()
        if before[field] != after[field]
    ]


def _back_up(id_, before, after):
    enabled = {"PointInTimeRecoveryEnabled": after["point_in_time_recovery"]}
    arguments = {"TableName": after["table_name"], "PointInTimeRecoverySpecification": enabled}
    return [Call("dynamodb.update_continuous_backups", arguments)]


KIND = ResourceType(
    "algorithm_table",
    create=_create,
    changes={("billing_mode", "deletion_protection"): _update, ("point_in_time_recovery",): _back_up},
    delete=lambda id_, fields: Call(
        "dynamodb.delete_table", {"TableName": fields["table_name"]}, wait=_removed(fields["table_name"])
    ),
    tag=lambda id_, tags: Call("dynamodb.tag_resource", {"ResourceArn": id_, "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("dynamodb.untag_resource", {"ResourceArn": id_, "TagKeys": list(tags)}),
    defaults={"point_in_time_recovery": False},
)
