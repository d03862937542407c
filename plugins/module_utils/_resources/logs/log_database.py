# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Glue database of an archive's tables. A parameter of it names its owner."""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..shared.partial_reads import unless

READ_AFTER = ("log_table",)
INPUTS = ("database",)
PERMISSIONS = ("glue:CreateDatabase", "glue:DeleteDatabase", "glue:GetDatabase")


def read(aws, declared, found):
    """Return {"main": Actual} with the field database; a database with a table of ours is ours."""
    name = declared.inputs.database
    if any(there.managed for there in found["log_table"].values()):
        return {"main": Actual(name, {"database": name})}
    missing = ("EntityNotFoundException",)
    there = unless(missing, lambda: aws.call("glue.get_database", Name=name)["Database"], None)
    if not there:
        return {}
    owner = (there.get("Parameters") or {}).get(OWNER_TAG)
    return {"main": Actual(name, {"database": name}, owner == declared.owner)}


def plan(wanted, found, declared):
    there = found["log_database"]
    if wanted and "main" in there and not there["main"].managed:
        raise Conflict(
            f"log_database.main: {there['main'].id} is in the way and isn't managed by this resource. Choose another"
            f" name, or hand it over: give it the parameter {OWNER_TAG}={declared.owner}"
        )
    # DeleteDatabase deletes all that is in it.
    return reconcile(_kind(declared.owner), wanted, {} if declared.absent and _of_others(found) else there)


def _of_others(found):
    return sorted(there.id for there in found["log_table"].values() if not there.managed)


def notes(wanted, found, declared):
    there, others = found["log_database"].get("main"), _of_others(found)
    if not (declared.absent and there and there.managed and others):
        return []
    return [f"{there.id} stays: others' tables are in it ({', '.join(others)})"]


def _kind(owner):
    return ResourceType(
        "log_database",
        create=lambda fields: Call(
            "glue.create_database", {"DatabaseInput": {"Name": fields["database"], "Parameters": {OWNER_TAG: owner}}}
        ),
        delete=lambda id_, fields: Call("glue.delete_database", {"Name": fields["database"]}),
        depends_on=("archive_key",),
    )


KIND = _kind("")
