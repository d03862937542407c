# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""make bench: a converge and a no-op of N spokes with this collection, beside the same with amazon.aws' modules and a
bare boto3 script that makes the no-op's reads. One emulator, one run, so the ratios hold where absolute times don't.

Writes bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
BIN = Path(sys.executable).parent
REGION, MANAGEMENT, HUB = "eu-central-1", "999999999999", "100000000000"
HUB_CIDR = "10.0.0.0/16"
ROLE = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"
TIERS = [("app", 24), ("data", 24), ("tgw", 28)]
KEY = {"AWS_ACCESS_KEY_ID": "AKIABENCHOPERATOR000", "AWS_SECRET_ACCESS_KEY": "not-a-secret-only-a-seed"}


@dataclass
class Measured:
    """Seconds of wall time and of CPU (client only), largest process in MB, calls by account."""

    wall: float
    cpu: float
    megabytes: float
    calls: Counter[str]
    writes: int

    @property
    def calls_per_spoke(self) -> float:
        spokes = [number for account, number in self.calls.items() if account not in (HUB, MANAGEMENT)]
        # AssumeRole is recorded on the caller's account.
        return (sum(spokes) + self.calls[MANAGEMENT]) / len(spokes) if spokes else 0

    @property
    def calls_on_hub(self) -> int:
        return self.calls[HUB]


class Bench:
    def __init__(self, spokes: int, forks: int, folder: Path):
        self.spokes = [
            {
                "name": f"spoke-{number:04}",
                "account_id": f"{200000000000 + number}",
                "cidr": f"10.{1 + number}.0.0/16",
                "assume_role_arn": ROLE.format(200000000000 + number),
                "hub_account_id": HUB,
            }
            for number in range(spokes)
        ]
        self.forks = forks
        self.folder = folder
        self.seed = folder / "seed.json"
        self.seed.write_text(json.dumps(self._seed()))
        self.inventory = folder / "hosts.json"
        self.inventory.write_text(json.dumps(self._inventory()))
        (folder / "spokes.json").write_text(json.dumps(self.spokes))
        self.extra: dict[str, Any] = {}

    def _seed(self) -> dict[str, Any]:
        ids = [MANAGEMENT, HUB] + [spoke["account_id"] for spoke in self.spokes]
        return {
            "organization": {"id": "o-bench12345", "management_account_id": MANAGEMENT, "ram_sharing": True},
            "accounts": [{"id": id_, "name": id_, "email": f"{id_}@example.com"} for id_ in ids],
            "access_keys": [
                {
                    "account_id": MANAGEMENT,
                    "access_key_id": KEY["AWS_ACCESS_KEY_ID"],
                    "secret_access_key": KEY["AWS_SECRET_ACCESS_KEY"],
                    "user_name": "operator",
                }
            ],
            "regions": [REGION],
        }

    def _inventory(self) -> dict[str, Any]:
        third = {"app": (0, 1), "data": (4, 5)}
        hosts = {
            spoke["name"]: {
                **spoke,
                "layout": [
                    {"tier": tier, "az": "ab"[i], "cidr": f"{spoke['cidr'][:-7]}.{n}.0/24"}
                    for tier, numbers in third.items()
                    for i, n in enumerate(numbers)
                ]
                + [{"tier": "tgw", "az": "ab"[i], "cidr": f"{spoke['cidr'][:-7]}.8.{16 * i}/28"} for i in range(2)],
            }
            for spoke in self.spokes
        }
        return {
            "all": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": sys.executable,
                    "region": REGION,
                    "hub_account_id": HUB,
                    "hub_cidr": HUB_CIDR,
                    "tiers": [{"name": name, "prefix": prefix} for name, prefix in TIERS],
                    "attachments": [
                        {
                            "name": s["name"],
                            "account_id": s["account_id"],
                            "segment": "customers",
                            "cidrs": [s["cidr"]],
                        }
                        for s in self.spokes
                    ],
                },
                "children": {
                    "hub": {"hosts": {"shared": {"account_id": HUB, "assume_role_arn": ROLE.format(HUB)}}},
                    "spokes": {"hosts": hosts},
                },
            }
        }

    def __enter__(self) -> Bench:
        self.emulator = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--port", "0", "--seed", str(self.seed), "--transition", "200"],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.emulator.stdout
        self.endpoint = self.emulator.stdout.readline().split()[-1]
        self.environment = {
            **os.environ,
            **KEY,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_URL": self.endpoint,  # amazon.aws' own name for it
            "AWS_REGION": REGION,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "ANSIBLE_HOST_KEY_CHECKING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
        }
        return self

    def __exit__(self, *_error: object) -> None:
        self.emulator.terminate()
        self.emulator.wait()

    def control(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.endpoint}/_emulator/{path}", method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def fresh(self) -> None:
        """Back to the seed, with no session left over."""
        self.control("POST", "reset")
        self.extra = {}
        subprocess.run(["rm", "-rf", str(self.folder / "cache")], check=True)

    def playbook(self, name: str) -> Measured:
        command = [str(BIN / "ansible-playbook"), "-i", str(self.inventory), "-f", str(self.forks)]
        return self.measure([*command, "-e", json.dumps(self.extra), str(HERE / name)])

    def floor(self, threads: int) -> Measured:
        return self.measure([sys.executable, str(HERE / "floor.py"), str(self.folder / "spokes.json"), str(threads)])

    def measure(self, command: list[str]) -> Measured:
        self.control("DELETE", "calls")
        print("  " + " ".join(Path(part).name for part in command[:1] + command[-1:]), end=" ", flush=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        with (self.folder / "output").open("w") as output:
            process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=subprocess.STDOUT)
            memory = Memory(process.pid)
            code = process.wait()
            megabytes = memory.stop()
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if code:
            sys.exit((self.folder / "output").read_text()[-4000:])
        log = self.control("GET", "calls")
        writes = [c for c in log if not c["operation"].startswith(("Describe", "Get", "List", "Search", "Assume"))]
        print(f"{wall:.1f} s", flush=True)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Measured(wall, cpu, megabytes, Counter(call["account"] for call in log), len(writes))

    def transit_gateway(self) -> str:
        """The id, from the output of closednet_hub.yml's last run: amazon.aws' modules must be told it."""
        command = [str(BIN / "ansible"), "-i", str(self.inventory), "hub", "--check", "-m", "closednet.aws.tgw_hub"]
        arguments = {
            "name": "hub",
            "region": REGION,
            "account_id": HUB,
            "assume_role_arn": ROLE.format(HUB),
            "segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
        }
        output = subprocess.run(
            [*command, "-a", json.dumps(arguments)], env=self.environment, capture_output=True, text=True, check=True
        ).stdout
        return json.loads(output[output.index("{") :])["transit_gateway_id"]


class Memory:
    """Peak of the summed proportional set size (PSS) of a process and all below it, in MB, sampled."""

    def __init__(self, pid: int):
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._sample)
        self.thread.start()

    def _sample(self) -> None:
        while not self.over.wait(0.2):
            self.peak = max(self.peak, sum(_pss(pid) for pid in _family(self.pid)))

    def stop(self) -> float:
        self.over.set()
        self.thread.join()
        return self.peak


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid] + [below for child in children for below in _family(int(child))]


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0)


def median(runs: list[Measured]) -> Measured:
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spokes", type=int, default=50)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=3, help="no-ops measured; the median counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Bench(options.spokes, options.forks, Path(folder)) as bench:
        print(f"closednet.aws, {options.spokes} spokes", flush=True)
        hub_first = bench.playbook("closednet_hub.yml")
        first = bench.playbook("closednet.yml")
        hub_accepts = bench.playbook("closednet_hub.yml")
        second = bench.playbook("closednet.yml")
        no_ops, floors, hubs = [], [], []
        for _time in range(options.repeat):
            # A run of its own has its own sessions: the floor assumes each role too.
            subprocess.run(["rm", "-rf", str(Path(folder) / "cache")], check=True)
            no_ops.append(bench.playbook("closednet.yml"))
            floors.append(bench.floor(threads=8))
            hubs.append(bench.playbook("closednet_hub.yml"))
        server = bench.control("GET", "stats")
        bench.fresh()
        print(f"amazon.aws, {options.spokes} spokes", flush=True)
        bench.playbook("closednet_hub.yml")
        bench.extra = {"transit_gateway_id": bench.transit_gateway()}
        amazon_first = bench.playbook("amazon_aws.yml")
        bench.playbook("closednet_hub.yml")
        amazon_second = bench.playbook("amazon_aws.yml")
        amazon_no_op = bench.playbook("amazon_aws.yml")
    rows = [
        ("closednet.aws: converge (spokes, twice; hub, twice)", [hub_first, first, hub_accepts, second]),
        ("closednet.aws: no-op, spokes", [median(no_ops)]),
        ("closednet.aws: no-op, hub", [median(hubs)]),
        ("floor: bare boto3, 8 threads, the no-op's reads", [median(floors)]),
        ("amazon.aws modules: converge (spokes, twice)", [amazon_first, amazon_second]),
        ("amazon.aws modules: no-op, spokes", [amazon_no_op]),
    ]
    text = report(options, rows, median(no_ops), median(floors), amazon_no_op, median(hubs), server)
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    print("\n" + text)


def report(options, rows, no_op, floor, amazon, hub, server) -> str:
    busy = sum(entry["ms_total"] for entry in server.values()) / 1000
    calls = sum(entry["calls"] for entry in server.values())
    lines = [
        "# What a run costs",
        "",
        f"Made by `make bench`: {options.spokes} spokes, {options.forks} forks, Python {platform.python_version()},"
        f" ansible-core {version('ansible-core')}, boto3 {version('boto3')}, {os.cpu_count()} cores,"
        " which the emulator shares.",
        "Read the ratios: absolute times are this machine's. CPU is the client's, memory is the proportional set size"
        " (PSS) of the client's processes together, calls are the emulator's log (AssumeRole included).",
        "",
        "| run | wall s | CPU s | MB | calls per spoke | calls on the hub | writes |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, runs in rows:
        lines.append(
            f"| {name} | {sum(r.wall for r in runs):.1f} | {sum(r.cpu for r in runs):.1f}"
            f" | {max(r.megabytes for r in runs):.0f} | {sum(r.calls_per_spoke for r in runs):.1f}"
            f" | {sum(r.calls_on_hub for r in runs)} | {sum(r.writes for r in runs)} |"
        )
    lines += [
        "",
        "| no-op of tiered_vpc + tgw_spoke | reached | to reach |",
        "|---|---|---|",
        f"| calls per spoke account, AssumeRole included | {no_op.calls_per_spoke:.1f} | 14 |",
        f"| write calls | {no_op.writes + hub.writes} | 0 |",
        f"| calls on the hub account by the spokes' run | {no_op.calls_on_hub} | 0 |",
        f"| faster than amazon.aws' modules (wall) | {amazon.wall / no_op.wall:.0f}x | 30x |",
        f"| slower than the floor (wall) | {no_op.wall / floor.wall:.1f}x | 4x |",
        f"| slower than the floor (CPU) | {no_op.cpu / floor.cpu:.1f}x | |",
        "",
        f"The emulator was busy for {busy:.1f} s with {calls} calls of closednet.aws and the floor"
        f" ({1000 * busy / calls:.1f} ms each): time that every client waits for alike.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
