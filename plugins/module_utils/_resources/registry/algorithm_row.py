# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of a registry: which endpoint serves which version of an algorithm, and whether the front may call it.

Every write has a condition on what was read: a new row must not exist, another must have its revision, which each
change counts up, and its owner. A row that somebody else wrote is never changed or deleted.
"""

from __future__ import annotations

from ..._core.plan import Address
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.registry import layout
from ..._domain.registry.layout import LIVE, PENDING, UNKNOWN
from . import algorithm_table, others

READ_AFTER = ("algorithm_table",)
INPUTS = ()
PERMISSIONS = ("dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Scan")
FIELDS = (
    *("algorithm", "version", "account_id", "endpoint", "port", "protocol", "weight", "health_path", "state", "reason"),
    "owner",
)
CHANGED = tuple(field for field in FIELDS if field not in (*layout.KEYS, "owner"))
# What was proven when a row became live, besides the addresses of its endpoint.
PROVEN = ("account_id", "endpoint", "port")


def read(aws, declared, found):
    """Return {ALGORITHM/VERSION: Actual} of all rows of the table, others' too. Fields: FIELDS, revision."""
    table = algorithm_table.readable(found, "main")
    items = aws.read("dynamodb.scan", "Items", TableName=table, ConsistentRead=True) if table else []
    rows = [layout.fields(item) for item in items]
    return {
        layout.row_name(row["algorithm"], row["version"]): Actual(
            layout.row_name(row["algorithm"], row["version"]),
            {**dict.fromkeys(FIELDS), "revision": None, **row, "table": table},
            # A row without a number of its revision can't be changed under a condition.
            row.get("owner") == declared.owner and isinstance(row.get("revision"), int),
        )
        for row in rows
    }


def plan(wanted, found, declared):
    there, table = found["algorithm_row"], declared.resources["algorithm_table"]["main"]["table_name"]
    for name in wanted:
        if name in there and not there[name].managed:
            owner = there[name].fields["owner"]
            raise Conflict(
                f"algorithm_row.{name}: a row that this module didn't write is in the way (its owner:"
                f" {owner or 'none'}). Delete it from the table {table}, or declare another version"
            )
    complete = {
        # A row that moves follows its new name, as a new row does.
        name: {**fields, "table": table, "needs": [Address("endpoint_record", fields["endpoint"])]}
        for name, fields in decided(wanted, found, declared).items()
    }
    return reconcile(KIND, complete, there)


def decided(declared_rows, found, declared):
    """Return the declared rows with a state. Where nothing is known, a new row is pending, and another keeps its state.

    But not live where it moves: nobody has proven that the front may call it there.
    """
    rows = {}
    for name, fields in declared_rows.items():
        if fields["state"] == UNKNOWN:
            live = _stays_live(found["algorithm_row"].get(name), fields, found, declared)
            fields = {**fields, "state": LIVE if live else PENDING, "reason": "" if live else fields["reason"]}
        elif fields["state"] == LIVE:
            fields = {**fields, "reason": ""}
        rows[name] = fields
    return rows


def _stays_live(there, fields, found, declared):
    if not there or not there.managed or there.fields["state"] != LIVE:
        return False
    record = found["endpoint_record"].get(fields["endpoint"])
    addresses = declared.resources["endpoint_record"][fields["endpoint"]]["addresses"]
    stays = bool(record) and record.managed and record.fields["addresses"] == addresses
    return stays and all(there.fields[key] == fields[key] for key in PROVEN)


def findings(wanted, found, declared):
    there, rows = found["algorithm_row"], decided(wanted, found, declared)
    lines = [
        f"algorithm {_words(row)} is pending, so that the front doesn't call it: {row['reason']}"
        for row in rows.values()
        if row["state"] == PENDING
    ]
    lines += [
        f"algorithm {_words(rows[name])} stays live, although it isn't known whether it may be: {fields['reason']}"
        for name, fields in wanted.items()
        if fields["state"] == UNKNOWN and rows[name]["state"] == LIVE
    ]
    return lines + [
        f"algorithm {_words(row.fields)} was written by {row.fields['owner'] or 'somebody without a name'}, not by"
        " this module, and stays: find out who wrote it, since the front may call it"
        for name, row in there.items()
        if not row.managed and name not in wanted
    ]


def _words(row):
    return f"{row['algorithm']} {row['version']}"


def refuse(wanted, found, declared):
    why = "They would be deleted with it: delete them first"
    others.refuse_deletion(found["algorithm_row"], declared, "the table has rows", why)


def after(declared, found):
    """Return the rows as they are after the run, a list of fields with their revisions."""
    there, rows = found["algorithm_row"], {}
    if not declared.absent:
        rows = decided(declared.resources["algorithm_row"], found, declared)
    listed = []
    for name, row in rows.items():
        was = there[name].fields if name in there else None
        same = was is not None and all(was[field] == row[field] for field in FIELDS)
        revision = was["revision"] + (not same) if was else 1
        listed.append({**{field: row[field] for field in FIELDS if field != "owner"}, "revision": revision})
    return listed


def withdrawn(found, steps):
    """Return {name of a row: what happens to it} for rows that are deleted, or no longer live, after the steps."""
    lost = {}
    for step in steps:
        if step.address.kind != KIND.name or step.before is None:
            continue
        was = found["algorithm_row"][step.address.name].fields
        if step.removes:
            lost[step.address.name] = f"{was['state']}, of account {was['account_id']}, would be deleted"
        elif was["state"] == LIVE and (step.after or {}).get("state", LIVE) != LIVE:
            reason = step.after.get("reason", was["reason"])
            lost[step.address.name] = f"live, of account {was['account_id']}, would be pending: {reason}"
    return lost


def _put(fields, revision, condition):
    row = {**{field: fields[field] for field in FIELDS}, "revision": revision}
    return Call("dynamodb.put_item", {"TableName": fields["table"], "Item": layout.item(row), **condition})


def _unless_changed(fields):
    """Return the condition that a row is as it was read. owner is a reserved word."""
    return {
        "ConditionExpression": "#revision = :revision AND #owner = :owner",
        "ExpressionAttributeNames": {"#revision": "revision", "#owner": "owner"},
        "ExpressionAttributeValues": {
            ":revision": {"N": str(fields["revision"])},
            ":owner": {"S": fields["owner"]},
        },
    }


def _delete(id_, fields):
    key = layout.item({key: fields[key] for key in layout.KEYS})
    return Call("dynamodb.delete_item", {"TableName": fields["table"], "Key": key, **_unless_changed(fields)})


KIND = ResourceType(
    "algorithm_row",
    create=lambda fields: _put(fields, 1, {"ConditionExpression": "attribute_not_exists(algorithm)"}),
    changes={
        CHANGED: lambda id_, before, after: [_put(after, before["revision"] + 1, _unless_changed(before))],
    },
    delete=_delete,
    # Who reads a row finds its name, and nobody reads it whom the table's policy keeps out.
    depends_on=("algorithm_table", "table_policy", "endpoint_record", "registry_zone"),
)
