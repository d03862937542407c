# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A payment company: PCI and non-PCI accounts of three stages, whose people come from an identity account."""

from __future__ import annotations

import json
from collections import Counter

import reachability
from demo_stage import ROOT, DemoFailed, Stage, say

PLAYBOOKS = ("site",)
HUB = "shared-services"
STAGES = ("development", "staging", "production")
# Requirements that guard and tiers meet by themselves: data out of reach, people under their own names, passwords, MFA.
# The root user's MFA, logs and the default VPC are up to others, and the report says so.
GUARDED = ("1.4.4", "8.2.1", "8.2.2", "8.3.6", "8.5.1")
EVIDENCE = ROOT / ".cache" / "pci.json"
PAGE = ROOT / ".cache" / "pci.html"


def payments() -> int:
    """Show the payment company's accounts; return the number of hosts."""
    with Stage("pci") as stage:
        stage.run("first run: people, guards and tiers, then the network", PLAYBOOKS)
        again = stage.run_again(PLAYBOOKS)
        say("who reaches whom: each environment the shared services, and no other environment")
        show_reachability(stage)
        files = ("-e", f"pci_report={EVIDENCE}", "-e", f"pci_page={PAGE}")
        stage.run("what the PCI accounts show of PCI DSS v4.0.1; nothing is written there", ("pci_report",), files)
        show_evidence()
        return len(again)


def show_reachability(stage: Stage) -> None:
    """Print who reaches whom. Raises DemoFailed if two environments do, or if one and the hub don't."""
    names = [HUB, *(name for stage_name in STAGES for name in (f"pci-{stage_name}", stage_name))]
    network = reachability.read({name: stage.client(name) for name in names}, HUB)
    print(reachability.table(network, names), flush=True)
    for one in names:
        for other in names:
            wanted = HUB in (one, other)
            if one != other and network.reaches(one, other) != wanted:
                raise DemoFailed(f"{one} {'does not reach' if wanted else 'reaches'} {other}")


def show_evidence() -> None:
    """Print the number of verdicts of each kind. Raises DemoFailed unless the guards' own requirements pass."""
    for host, found in json.loads(EVIDENCE.read_text(encoding="utf-8")).items():
        verdicts = {item["requirement"]: item["verdict"] for item in found["requirements"]}
        counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(Counter(verdicts.values()).items()))
        print(f"{host}: {counted}", flush=True)
        for requirement in GUARDED:
            if verdicts[requirement] != "pass":
                raise DemoFailed(f"{requirement} of {host} is {verdicts[requirement]}")
    print(f"the evidence: {PAGE.relative_to(ROOT)}", flush=True)
