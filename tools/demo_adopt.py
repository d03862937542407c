# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adoption of a network made by hand: an inventory of it, and a plan of zero steps."""

from __future__ import annotations

import json

import hand_made_network
import yaml
from demo_stage import REGION, DemoFailed, Stage, say

ACCOUNTS = ("shared-services", "alpha", "beta")


def adoption() -> int:
    """Show how a network made by hand gets an inventory; return the number of its hosts."""
    with Stage("demo") as stage:
        ids = {account: stage.account_id(account) for account in ACCOUNTS}
        say("a network that somebody made by hand: a transit gateway, three VPCs, no tag of this collection")
        hand_made_network.backbone(stage.client, stage.client("shared-services", "ram"), REGION, ids)
        accounts = stage.home / "accounts.yml"
        hosts = {
            account: {
                "account_id": id_,
                "region": REGION,
                "assume_role_arn": f"arn:aws:iam::{id_}:role/OrganizationAccountAccessRole",
            }
            for account, id_ in ids.items()
        }
        accounts.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
        folder, plan = stage.home / "adopted", stage.home / "plan.json"
        stage.inventory = str(accounts)
        stage.run("adopt: nothing but names and account ids", ("adopt",), ("-e", f"adopt_dir={folder}"))
        print((folder / "adoption.md").read_text(encoding="utf-8"), flush=True)
        stage.inventory = str(folder)
        stage.run("a plan with the inventory that adopt wrote", ("plan",), ("-e", f"plan_json={plan}"))
        planned = json.loads(plan.read_text(encoding="utf-8"))
        steps = [step for host in planned["accounts"].values() for one in host["results"].values() for step in one]
        if steps:
            raise DemoFailed(f"the plan of what adopt wrote has {len(steps)} steps")
        return len(hosts)
