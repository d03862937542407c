# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make picture`: draw the rooms of plugins/ and their imports of each other, into docs/rooms.dot and docs/rooms.svg.

A floor is a folder of plugins/ or of plugins/module_utils/, a room a folder in _resources or _domain. An arrow between
floors means that some file of one imports some file of the other.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

from tools.imports import OURS, imported

ROOT = Path(__file__).resolve().parents[1]
DOT, SVG = ROOT / "docs" / "rooms.dot", ROOT / "docs" / "rooms.svg"
UTILS = "plugins/module_utils/"
# (floor, room); the room is "" on a floor without rooms.
Room = tuple[str, str]
# From the top floor down; what a floor is for.
FLOORS = {
    "modules": "docs of modules",
    "action": "modules inside Ansible's worker",
    "filter": "for playbooks",
    "inventory": "accounts of an organization",
    "lookup": "for roles",
    "callback": "the summary of a run",
    "plugin_utils": "what plugins on the controller share",
    "_capabilities": "options of a module, and what they declare",
    "_resources": "one file for each kind: read and plan",
    "_domain": "knowledge: no I/O, no Ansible, no call",
    "_aws": "the way to AWS",
    "_gcp": "the way to Google Cloud",
    "_core": "the engine: plan, reconcile, apply",
}


def place(path: str) -> Room:
    """Return the (floor, room) of a file below plugins/."""
    floor, *rest = path.removeprefix(UTILS).removeprefix("plugins/").split("/")
    return floor, (rest[0] if len(rest) > 1 else Path(rest[0]).stem) if floor in ("_resources", "_domain") else ""


def rooms() -> tuple[set[Room], set[tuple[Room, Room]]]:
    """Return all (floor, room) pairs, and the pairs of them of which one imports the other."""
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "plugins").rglob("*.py"))
    known = {path.removesuffix(".py").replace("/", "."): path for path in files}
    found, arrows = set(), set()
    for path in files:
        text = (ROOT / path).read_text(encoding="utf-8")
        if not text.strip() or place(path)[0] not in FLOORS:
            continue
        found.add(place(path))
        for name in imported(ast.parse(text), path):
            inside = name.removeprefix(f"{OURS}.")
            other = known.get(inside) or known.get(inside.rpartition(".")[0])
            if other and place(other) != place(path):
                arrows.add((place(path), place(other)))
    return found, arrows


def dot() -> str:
    """Return the picture in Graphviz's language."""
    found, arrows = rooms()
    out = [
        "// Written by tools/picture.py.",
        "digraph rooms {",
        '  graph [rankdir=TB, compound=true, newrank=true, fontname="Helvetica", ranksep=0.45, nodesep=0.2];',
        '  node [shape=box, style="rounded,filled", fillcolor="#f4f6f8", color="#5b6b7b", fontname="Helvetica"];',
        '  edge [color="#5b6b7b", arrowsize=0.6];',
    ]
    for floor, purpose in FLOORS.items():
        of_floor = _rooms_of(found, floor)
        if not of_floor:
            out.append(f'  "{floor}" [label="{floor}\\n{purpose}"];')
            continue
        out.append(f'  subgraph "cluster_{floor}" {{')
        out.append(f'    label="{floor}: {purpose}"; style="rounded"; color="#5b6b7b";')
        out += [f'    "{floor}/{room}" [label="{room}"];' for room in of_floor]
        out.append("  }")
    out += [f'  "{"/".join(one)}" -> "{"/".join(other)}";' for one, other in sorted(arrows) if one[0] == other[0]]
    for floor, other in sorted({(one[0], other[0]) for one, other in arrows if one[0] != other[0]}):
        ends = [_anchor(found, floor), _anchor(found, other)]
        clusters = [
            f'{end}="cluster_{name}"' for end, name in (("ltail", floor), ("lhead", other)) if _rooms_of(found, name)
        ]
        out.append(f'  "{ends[0]}" -> "{ends[1]}" [{", ".join([*clusters, "penwidth=1.6"])}];')
    return "\n".join([*out, "}"]) + "\n"


def _rooms_of(found: set[Room], floor: str) -> list[str]:
    return sorted(room for one, room in found if one == floor and room)


def _anchor(found: set[Room], floor: str) -> str:
    """Node at which arrows of the floor start and end: the middle one of its rooms, or itself without rooms."""
    of_floor = _rooms_of(found, floor)
    return f"{floor}/{of_floor[len(of_floor) // 2]}" if of_floor else floor


def mark(text: str) -> str:
    """Comment by which the drawing names the text that it was drawn from."""
    return f"<!-- of rooms.dot {hashlib.sha256(text.encode()).hexdigest()} -->\n"


if __name__ == "__main__":
    source = dot()
    drawn = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=False)
    if drawn.returncode:
        sys.exit(f"make picture: {drawn.stderr}")
    DOT.write_text(source, encoding="utf-8")
    SVG.write_text(mark(source) + drawn.stdout[drawn.stdout.index("<svg") :], encoding="utf-8")
