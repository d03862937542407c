# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that the doctor read, saved in the folder scope["save_snapshot_dir"], where one is given. No call of AWS."""

from __future__ import annotations

from pathlib import Path

from ..._core.errors import Invalid
from ..._core.reconcile import Actual, Kind
from ..._domain.doctor import facts_files
from ..shared import snapshot_folder

READ_AFTER = ("workload_facts", "vpc_facts", "workload_references")
PERMISSIONS = ()
KIND = Kind("saved_facts")


def read(aws, declared, found):
    """{"main": Actual} whose details are the facts, see _domain/doctor/diagnose.py and workload_diagnosis.py. Raises
    Invalid.
    """
    facts = {**found["vpc_facts"]["main"].details}
    # Those of a snapshot that weren't asked about.
    facts.pop("Targets", None)
    if "workload_facts" in found:
        facts |= found["workload_facts"]["main"].details
    if "workload_references" in found:
        facts["Access"] = found["workload_references"]["main"].details
    folder = declared.scope["save_snapshot_dir"]
    if folder is not None:
        _save(Path(folder), facts)
    return {"main": Actual(facts["vpc_id"], {}, False, facts)}


def _save(folder, facts):
    files = facts_files.files(facts)
    there = next(iter(files)).rpartition("/")[0]
    if (folder / there).exists():
        wrong = f"has {there} already, of another time or VPC"
        raise Invalid("save_snapshot_dir", str(folder), wrong, "a folder without it, such as one for each day")
    snapshot_folder.save(folder, files)
