# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module network_path_info: how far a packet gets in AWS networks, and what decides that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .._aws.provider import AWS
from .._core import escape
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._domain.network import symmetry, trace
from .._domain.values import ports
from .._resources.facts import network_snapshot
from .._resources.shared import snapshot_folder

ARGUMENT_SPEC = {
    "snapshot_dir": {"type": "path"},
    "save_snapshot_dir": {"type": "path"},
    "source": {"type": "str"},
    "destination": {"type": "str"},
    "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp"]},
    "port": {"type": "str"},
    "source_ports": {"type": "str", "default": "1024-65535"},
    "one_way": {"type": "bool", "default": False},
    "symmetry": {"type": "bool"},
    "read_twice": {"type": "bool"},
}
FLOW = ("source", "destination", "protocol", "port", "one_way")


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    # what trace.trace takes besides the snapshot
    flow: Mapping[str, Any]
    snapshot_dir: str | None
    save_snapshot_dir: str | None
    symmetry: bool | None
    read_twice: bool | None


def desired(params):
    flow = {name: params[name] for name in FLOW}
    if flow["source"] is not None:
        trace.check_ends(flow["source"], flow["destination"])
    if flow["port"] is not None:
        flow["port"] = ports.parse("port", flow["port"])
    flow["source_ports"] = ports.parse("source_ports", params["source_ports"])
    return Declared("network_path_info", {"network_snapshot": {}}, Inputs.of(params, flow=flow))


def finish(declared, found):
    """Save what was read in the folder save_snapshot_dir, if given. Raises Invalid."""
    if declared.inputs.save_snapshot_dir is not None:
        files = found["network_snapshot"]["main"].details["files"]
        snapshot_folder.save(Path(declared.inputs.save_snapshot_dir), files)


def report(declared, found, ids, states):
    snapshot = found["network_snapshot"]["main"].details["snapshot"]
    asked = declared.inputs
    return _shown(
        {
            **(_path(snapshot, asked.flow) if asked.flow["source"] is not None else {}),
            **(_symmetry(snapshot) if asked.symmetry else {}),
            **(_unread(found["network_snapshot"]["main"].details["files"]) if asked.save_snapshot_dir else {}),
        }
    )


def _shown(value):
    """Return what is reported with names and ids of AWS, which may be anybody's text, as text."""
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    return escape.text(value) if isinstance(value, str) else value


def _path(snapshot, flow):
    verdict = trace.trace(snapshot, **flow)
    decided_by = verdict.decided_by
    return {
        "verdict": verdict.verdict,
        "path": list(verdict.path),
        "decided_by": {"by": decided_by.by, "ids": list(decided_by.ids), "says": decided_by.message},
        "not_judged": list(verdict.notes),
        "blockers": [{**asdict(blocker), "ids": list(blocker.ids)} for blocker in verdict.blockers],
    }


def _symmetry(snapshot):
    found = symmetry.check(snapshot)
    return {
        "asymmetric": [{**asdict(finding), "says": str(finding)} for finding in found.asymmetric],
        "symmetry_unknown": list(found.unknown),
        "symmetry_warnings": list(found.warnings),
        "flows": found.flows,
    }


def _unread(files):
    """Return what of the account couldn't be read, as Unread.json has it."""
    return {
        "unread": [
            {key.lower(): value for key, value in item.items()} for item in snapshot_folder.every(files, "Unread")
        ]
    }


CAPABILITY = Capability(
    "network_path_info",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (network_snapshot,),
    report,
    constraints={
        "required_one_of": [("account_id", "snapshot_dir"), ("source", "save_snapshot_dir", "symmetry")],
        "required_together": [("source", "destination")],
        "required_by": {"read_twice": "save_snapshot_dir"},
        "mutually_exclusive": [("account_id", "snapshot_dir"), ("save_snapshot_dir", "snapshot_dir")],
    },
    reads_only=True,
    finish=finish,
    offline="snapshot_dir",
)
