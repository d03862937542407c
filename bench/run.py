# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Benchmark of a converge and a no-op of N spokes (make bench): this collection, amazon.aws' modules, and a bare boto3
script that makes the no-op's reads. One emulator, one run, so the ratios hold where absolute times don't.

Writes a part of bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3

from bench.harness import BIN, HERE, HUB, KEY, REGION, ROLE, Harness, Measured, machine, median, publish

HUB_CIDR = "10.0.0.0/16"
TIERS = [("app", 24), ("data", 24), ("tgw", 28)]


class Bench(Harness):
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
        super().__init__((spoke["account_id"] for spoke in self.spokes), folder)
        self.forks = forks
        self.inventory = self.write("hosts.json", self._inventory())
        self.floors = self.write("spokes.json", self.spokes)
        self.extra: dict[str, Any] = {}

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
                            # Each spoke has one VPC.
                            "vpc_id": f"{{{{ (vpcs | default({{}}))['{s['account_id']}'] | default(none) }}}}",
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

    def fresh(self) -> None:
        """Reset the emulator to its seed, and delete cached sessions."""
        self.control("POST", "reset")
        self.extra = {}
        self.forget_sessions()

    def playbook(self, name: str) -> Measured:
        if name == "closednet_hub.yml":
            # What the role hub knows from the spokes' phase.
            self.extra["vpcs"] = self.attached_vpcs()
        command = [BIN / "ansible-playbook", "-i", self.inventory, "-f", str(self.forks)]
        return self.measure(name, [*command, "-e", json.dumps(self.extra), HERE / name])

    def attached_vpcs(self) -> dict[str, str]:
        """Return {account id: VPC id} of the attachments that the hub's account sees."""
        session = boto3.Session(KEY["AWS_ACCESS_KEY_ID"], KEY["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
        sts = session.client("sts", endpoint_url=self.endpoint)
        keys = sts.assume_role(RoleArn=ROLE.format(HUB), RoleSessionName="bench")["Credentials"]
        ec2 = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION).client(
            "ec2", endpoint_url=self.endpoint
        )
        pages = ec2.get_paginator("describe_transit_gateway_attachments").paginate()
        return {a["ResourceOwnerId"]: a["ResourceId"] for page in pages for a in page["TransitGatewayAttachments"]}

    def transit_gateway(self) -> str:
        """Return the transit gateway's id, by tgw_hub in check mode: amazon.aws' modules need it."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spokes", type=int, default=10)
    parser.add_argument("--forks", type=int, default=5)
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
            # A separate run has no cached sessions: the floor assumes each role too.
            bench.forget_sessions()
            no_ops.append(bench.playbook("closednet.yml"))
            floors.append(bench.floor(bench.floors))
            hubs.append(bench.playbook("closednet_hub.yml"))
        busy, answered = bench.busy()
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
    no_op, floor, hub = median(no_ops), median(floors), median(hubs)
    publish(
        "Beside amazon.aws",
        [
            f"Made by `make bench`: {options.spokes} spokes, {options.forks} forks, {machine()}.",
            "",
            "| run | wall s | CPU s | MB | calls per spoke | calls on the hub | writes |",
            "|---|---|---|---|---|---|---|",
            *(
                f"| {name} | {sum(r.wall for r in runs):.1f} | {sum(r.cpu for r in runs):.1f}"
                f" | {max(r.megabytes for r in runs):.0f} | {sum(r.calls_per_spoke for r in runs):.1f}"
                f" | {sum(r.calls_on_hub for r in runs)} | {sum(r.writes for r in runs)} |"
                for name, runs in rows
            ),
            "",
            "| no-op of tiered_vpc + tgw_spoke | reached | to reach |",
            "|---|---|---|",
            f"| calls per spoke account, AssumeRole included | {no_op.calls_per_spoke:.1f} | 14 |",
            f"| write calls | {no_op.writes + hub.writes} | 0 |",
            f"| calls on the hub account by the spokes' run | {no_op.calls_on_hub} | 0 |",
            f"| faster than amazon.aws' modules (wall) | {amazon_no_op.wall / no_op.wall:.0f}x | 30x |",
            f"| slower than the floor (wall) | {no_op.wall / floor.wall:.1f}x | 4x |",
            f"| slower than the floor (CPU) | {no_op.cpu / floor.cpu:.1f}x | |",
            "",
            f"The emulator was busy for {busy:.1f} s with {answered} calls of closednet.aws and the floor"
            f" ({1000 * busy / answered:.1f} ms each): time that every client waits for alike.",
        ],
    )


if __name__ == "__main__":
    main()
