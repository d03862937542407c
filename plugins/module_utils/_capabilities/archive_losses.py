# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan would take from an archive without deleting a resource: rows that queries find, days that objects stay.

A variable that is missing has the module's default, so the inventory may have lost it.
"""

from __future__ import annotations

RETENTION = "closednet-retention"


def of(owner, steps):
    """Return {name that confirm_removals expects: what is lost, in words}. owner: the archive's name."""
    lost = {}
    for step in steps:
        before, after = step.before or {}, step.after or {}
        if step.removes or step.action == "create":
            continue
        if step.address.kind == "log_table" and before.get("storage"):
            lost |= _rows(f"{owner}/{step.address.resource}", before["storage"], after["storage"])
        if step.address.kind == "archive_bucket" and before.get("lifecycle"):
            lost |= _days(f"{owner}/{step.address.resource}", before["lifecycle"], after["lifecycle"])
    return lost


def _rows(name, before, after):
    there, then = before.get("Location"), after["Location"]
    if there and there != then:
        return {f"{name}:location": f"rows in {there}: queries would read {then} alone"}
    types = {column["Name"]: column["Type"] for column in after["Columns"]}
    columns = [(column["Name"], column["Type"]) for column in before.get("Columns", ())]
    return {
        f"{name}:column.{column}": f"{column} as {type_}: files that are there have it so, and Athena would read it"
        f" as {types[column]}"
        if column in types
        else f"column {column}, which no query would find any more"
        for column, type_ in columns
        if types.get(column) != type_
    }


def _days(name, before, after):
    """Rules without one of ours are a bucket's that has just been created, or somebody's."""
    if not any(rule.get("ID", "").startswith("closednet-") for rule in before):
        return {}
    there, then = _kept(before), _kept(after)
    if not then or there and there <= then:
        return {}
    kept = f"kept for {there} days" if there else "kept for ever"
    return {f"{name}:lifecycle": f"objects older than {then} days: they were {kept}, and S3 would delete them"}


def _kept(rules):
    """Return the days that our rule keeps objects; None: for ever."""
    return next((rule["Expiration"]["Days"] for rule in rules if rule.get("ID") == RETENTION), None)
