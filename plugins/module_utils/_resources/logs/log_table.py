# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of a Glue database over an archive's objects. A table takes no tags, so a parameter of it names its owner."""

from __future__ import annotations

from collections.abc import Mapping

from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..iam.authorization_details import placed

READ_AFTER = ()
INPUTS = ("database",)
PERMISSIONS = ("glue:CreateTable", "glue:DeleteTable", "glue:GetTables", "glue:UpdateTable")
FIELDS = {
    "description": "Description",
    "table_type": "TableType",
    "partition_keys": "PartitionKeys",
    "storage": "StorageDescriptor",
    "parameters": "Parameters",
}


def read(aws, declared, found):
    """Return {name: Actual} of all tables of inputs.database; the id is DATABASE.TABLE.

    Fields: database, table, those of FIELDS in the form of TableInput, of a declared table only what is declared.
    """
    database = declared.inputs.database
    wanted = placed(declared.resources["log_table"], declared)
    listed = aws.read("glue.get_tables", "TableList", none_if="EntityNotFoundException", DatabaseName=database)
    return {
        table["Name"]: Actual(
            f"{database}.{table['Name']}",
            {
                "database": database,
                "table": table["Name"],
                **{
                    field: _declared(table.get(key), wanted.get(table["Name"], {}).get(field))
                    for field, key in FIELDS.items()
                },
            },
            (table.get("Parameters") or {}).get(OWNER_TAG) == declared.owner,
        )
        for table in listed
    }


def _declared(there, wanted):
    """Return what was read without the keys that aren't declared, at every depth: Glue adds its defaults."""
    if isinstance(wanted, Mapping) and isinstance(there, Mapping):
        return {key: _declared(there[key], value) for key, value in wanted.items() if key in there}
    if isinstance(wanted, list) and isinstance(there, list) and len(wanted) == len(there):
        return [_declared(one, value) for one, value in zip(there, wanted)]
    return there


def plan(wanted, found, declared):
    there = found["log_table"]
    complete = {}
    for name, fields in placed(wanted, declared).items():
        before = there.get(name)
        if before and not before.managed:
            raise Conflict(
                f"log_table.{name}: {before.id} is in the way and isn't managed by this resource. Remove it, declare a"
                f" table of another name, or hand it over: give it the parameter {OWNER_TAG}={declared.owner}"
            )
        grown = {**fields, "parameters": _grown(fields["parameters"], before.fields["parameters"] if before else {})}
        complete[name] = {**grown, "needs": ["log_database.main"]}
    return reconcile(KIND, complete, there)


def _grown(parameters, before):
    """Return the parameters; values of projected partitions, such as accounts, are only ever added.

    An account that isn't declared any more keeps its rows readable.
    """
    return {
        key: ",".join(sorted({*value.split(","), *filter(None, before.get(key, "").split(","))}))
        if key.startswith("projection.") and key.endswith(".values")
        else value
        for key, value in parameters.items()
    }


def _input(fields):
    return {"Name": fields["table"], **{key: fields[field] for field, key in FIELDS.items()}}


KIND = ResourceType(
    "log_table",
    create=lambda fields: Call("glue.create_table", {"DatabaseName": fields["database"], "TableInput": _input(fields)}),
    changes={
        tuple(FIELDS): lambda id_, before, after: [
            Call("glue.update_table", {"DatabaseName": after["database"], "TableInput": _input(after)})
        ]
    },
    delete=lambda id_, fields: Call("glue.delete_table", {"DatabaseName": fields["database"], "Name": fields["table"]}),
)
