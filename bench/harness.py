# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Harness of the benchmarks: starts an emulator, measures commands on it, writes a benchmark's part of RESULTS.md."""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
RESULTS = HERE / "RESULTS.md"
BIN = Path(sys.executable).parent
REGION, MANAGEMENT, HUB = "eu-central-1", "999999999999", "100000000000"
ROLE = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"
KEY = {"AWS_ACCESS_KEY_ID": "AKIABENCHOPERATOR000", "AWS_SECRET_ACCESS_KEY": "not-a-secret-only-a-seed"}
READS = ("Describe", "Get", "List", "Search", "Assume")


@dataclass
class Measured:
    """Measurements of one command: seconds of wall time and of CPU (client only), peak memory of its processes in MB,
    calls by account, number of write calls and of throttled calls.
    """

    wall: float
    cpu: float
    megabytes: float
    calls: Counter[str]
    writes: int
    throttled: int

    @property
    def calls_per_spoke(self) -> float:
        spokes = [number for account, number in self.calls.items() if account not in (HUB, MANAGEMENT)]
        # AssumeRole is recorded on the caller's account.
        return (sum(spokes) + self.calls[MANAGEMENT]) / len(spokes) if spokes else 0

    @property
    def calls_on_hub(self) -> int:
        return self.calls[HUB]


class Harness:
    """Emulator with these accounts, to measure commands on. folder: the benchmark's files and the commands' caches."""

    def __init__(self, account_ids: Iterable[str], folder: Path, *emulator_options: str):
        self.folder = folder
        self.options = emulator_options
        ids = [MANAGEMENT, HUB, *account_ids]
        self.write(
            "seed.json",
            {
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
            },
        )

    def write(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def __enter__(self) -> Harness:
        command = [sys.executable, "-m", "emulator", "--port", "0", "--seed", str(self.folder / "seed.json")]
        self.emulator = subprocess.Popen(
            [*command, "--transition", "200", *self.options],
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
            "AWS_CONFIG_FILE": os.devnull,
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

    def forget_sessions(self) -> None:
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def measure(self, title: str, command: Sequence[str | Path]) -> Measured:
        self.control("DELETE", "calls")
        print(f"  {title}", end=" ", flush=True)
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
        print(f"{wall:.1f} s", flush=True)
        calls: Counter[str] = Counter()
        writes = throttled = 0
        for group in self.control("GET", "calls?count=account,operation,error"):
            calls[group["account"]] += group["calls"]
            writes += 0 if group["operation"].startswith(READS) else group["calls"]
            throttled += group["calls"] if group["error"] in ("RequestLimitExceeded", "Throttling") else 0
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Measured(wall, cpu, megabytes, calls, writes, throttled)

    def floor(self, spokes: Path, threads: int = 8) -> Measured:
        """Measure the no-op's reads by bare boto3. spokes: the file that floor.py reads."""
        return self.measure("floor", [sys.executable, HERE / "floor.py", spokes, str(threads)])

    def busy(self) -> tuple[float, int]:
        """Return the seconds that the emulator spent on answers, and the number of calls."""
        stats = self.control("GET", "stats").values()
        return sum(entry["ms_total"] for entry in stats) / 1000, sum(entry["calls"] for entry in stats)


class Memory:
    """Peak of the summed proportional set size (PSS) of a process and its descendants, in MB, sampled."""

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


def machine() -> str:
    return (
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}, boto3 {version('boto3')},"
        f" {os.cpu_count()} cores, which the emulator shares"
    )


def publish(title: str, lines: Iterable[str]) -> None:
    """Write the part of this title into RESULTS.md, in place of the last one."""
    text = RESULTS.read_text(encoding="utf-8")
    parts = [part for part in re.split(r"^(?=## )", text, flags=re.MULTILINE) if not part.startswith(f"## {title}\n")]
    part = "\n".join([f"## {title}", "", *lines]).rstrip("\n") + "\n"
    RESULTS.write_text("\n".join([*(each.rstrip("\n") + "\n" for each in parts), part]), encoding="utf-8")
    print("\n" + part)
