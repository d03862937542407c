# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Benchmark of closednet.aws.site on a hub and growing numbers of spokes, from first converge to teardown (make
bench-fleet): how its costs grow, beside a bare boto3 script that makes the no-op's reads. EC2 is throttled as AWS
documents it. (make bench measures amazon.aws' modules, at a size that they finish.)

Writes a part of bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import BIN, HUB, REGION, ROLE, Harness, Measured, machine, publish

RUNS = ("first converge", "no-op", "one account changed", "one account new", "teardown, VPCs too")
FLOOR = "floor: bare boto3, 8 threads, the no-op's reads of the spokes"


class Fleet(Harness):
    def __init__(self, spokes: int, forks: int, folder: Path):
        self.spokes = {
            f"spoke-{number:04}": {
                "account_id": f"{200000000000 + number}",
                "vpc_cidrs": [f"10.{1 + number // 8}.{number % 8 * 32}.0/19"],
            }
            for number in range(spokes + 1)
        }
        accounts = [spoke["account_id"] for spoke in self.spokes.values()]
        super().__init__(accounts, folder, "--buckets", "documented")
        self.forks = forks
        self.newcomer = self.spokes.popitem()
        self.floors = self.write(
            "spokes.json",
            [
                {"name": name, "assume_role_arn": ROLE.format(spoke["account_id"]), "hub_account_id": HUB}
                for name, spoke in self.spokes.items()
            ],
        )

    def inventory(self) -> dict[str, Any]:
        return {
            "all": {
                "vars": {
                    "region": REGION,
                    "assume_role_arn": ROLE.format("{{ account_id }}"),
                    "vpc_availability_zone_ids": ["euc1-az1", "euc1-az2"],
                    "vpc_tiers": [{"name": name, "prefix": 24} for name in ("app", "data")]
                    + [{"name": "tgw", "prefix": 28}],
                },
                "children": {
                    "hub": {
                        "hosts": {
                            "shared-services": {
                                "account_id": HUB,
                                "vpc_cidrs": ["10.0.0.0/16"],
                                "hub_segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
                                "hub_segment": "shared",
                                "hub_destinations": ["10.0.0.0/8"],
                            }
                        }
                    },
                    "spokes": {
                        "vars": {
                            "spoke_segment": "customers",
                            "spoke_from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["443"]},
                        },
                        "hosts": self.spokes,
                    },
                },
            }
        }

    def playbook(self, title: str, name: str, *arguments: str) -> Measured:
        inventory = self.write("hosts.json", self.inventory())
        command = [BIN / "ansible-playbook", "-i", inventory, "-f", str(self.forks), f"closednet.aws.{name}"]
        return self.measure(title, [*command, *arguments])

    def all_runs(self) -> dict[str, Measured]:
        measured = {"first converge": self.playbook("first converge", "site")}
        # A separate run has no cached sessions: the floor assumes each role too.
        self.forget_sessions()
        measured["no-op"] = self.playbook("no-op", "site")
        measured[FLOOR] = self.floor(self.floors)
        self.spokes["spoke-0000"]["spoke_from_hub"] = {"sources": ["10.0.0.0/16"], "tcp": ["443", "8443"]}
        measured["one account changed"] = self.playbook("one account changed", "site")
        self.spokes |= [self.newcomer]
        measured["one account new"] = self.playbook("one account new", "site")
        word = f"yes-all-{len(self.spokes) + 1}-of-shared-services"
        measured["teardown, VPCs too"] = self.playbook(
            "teardown", "teardown", "-e", f"teardown_confirm={word}", "-e", "teardown_vpcs=true"
        )
        return measured


@dataclass(frozen=True)
class Size:
    spokes: int
    runs: dict[str, Measured]
    busy: float
    answered: int


def measured(spokes: int, forks: int) -> Size:
    print(f"{spokes} spokes", flush=True)
    with tempfile.TemporaryDirectory() as folder, Fleet(spokes, forks, Path(folder)) as fleet:
        runs = fleet.all_runs()
        return Size(spokes, runs, *fleet.busy())


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return (a, b) of the least squares line y = a + b * x."""
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _y in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    return mean_y - slope * mean_x, slope


def growth(sizes: Sequence[Size], run: str, what: Callable[[Measured], float]) -> str:
    fixed, each = line([(size.spokes, what(size.runs[run])) for size in sizes])
    return f"{fixed:.1f} + {each:.3f} N"


def report(sizes: Sequence[Size]) -> list[str]:
    lines = [
        "| run | spokes | wall s | CPU s | MB | calls per spoke | calls on the hub | writes | throttled |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in (*RUNS, FLOOR):
        lines += [
            f"| {run} | {size.spokes} | {r.wall:.1f} | {r.cpu:.1f} | {r.megabytes:.0f} | {r.calls_per_spoke:.1f}"
            f" | {r.calls_on_hub} | {r.writes} | {r.throttled} |"
            for size in sizes
            for r in [size.runs[run]]
        ]
    lines += ["", "| grows with N spokes as | wall s | CPU s | MB | calls on the hub |", "|---|---|---|---|---|"]
    for run in RUNS:
        grown = [
            growth(sizes, run, what)
            for what in (lambda r: r.wall, lambda r: r.cpu, lambda r: r.megabytes, lambda r: r.calls_on_hub)
        ]
        lines.append(f"| {run} | {' | '.join(grown)} |")
    largest = sizes[-1]
    no_op, floor = largest.runs["no-op"], largest.runs[FLOOR]
    peak = max(r.megabytes for run, r in largest.runs.items() if run != FLOOR)
    lines += [
        "",
        f"| {largest.spokes} spokes | reached | to reach |",
        "|---|---|---|",
        f"| no-op, slower than the floor (wall) | {no_op.wall / floor.wall:.1f}x | 4x |",
        f"| no-op, slower than the floor (CPU) | {no_op.cpu / floor.cpu:.1f}x | |",
        f"| memory of the controller, no-op | {no_op.megabytes:.0f} MB | 400 MB |",
        f"| memory of the controller, all runs | {peak:.0f} MB | 400 MB |",
        f"| calls on the hub, no-op | {no_op.calls_on_hub} | pages only |",
        "",
        "The emulator was busy for "
        + ", ".join(
            f"{size.busy:.0f} s with {size.answered} calls at {size.spokes} spokes"
            f" ({1000 * size.busy / size.answered:.2f} ms each)"
            for size in sizes
        )
        + ": time that every client waits for alike.",
    ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spokes", type=int, nargs="+", default=[1000, 300, 100])
    parser.add_argument("--forks", type=int, default=5, help="as is Ansible's default")
    options = parser.parse_args()
    sizes: list[Size] = []
    for spokes in options.spokes:
        sizes = sorted([*sizes, measured(spokes, options.forks)], key=lambda size: size.spokes)
        publish(
            "A fleet",
            [
                f"Made by `make bench-fleet`: `closednet.aws.site` and `teardown`, {options.forks} forks, {machine()}."
                " EC2 is throttled as AWS documents it, by account, region and API; what was throttled is sent again.",
                "",
                *report(sizes),
            ],
        )


if __name__ == "__main__":
    main()
