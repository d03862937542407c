# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An API shared across projects of Google Cloud by Private Service Connect; all three networks have the same CIDR."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any

from demo_stage import DemoFailed, Stage, say

PLAYBOOKS = ("privatelink",)
REGION = "asia-northeast1"
PROVIDER, CONSUMER, OTHER = "recruiting-b", "recruiting-a", "recruiting-c"
SERVICE, ENDPOINT = "matching-api", "matching"


def shared() -> int:
    """Show an API from apply to withdraw; return the number of hosts."""
    with Stage("google") as stage:
        nobody = {"matching_api_consumers": []}
        stage.run("both consumers apply; the provider has approved nobody", PLAYBOOKS, extra(nobody))
        show(stage, {CONSUMER: "PENDING", OTHER: "PENDING"})
        stage.run(f"the provider approves {CONSUMER}: one entry in its ledger", PLAYBOOKS)
        show(stage, {CONSUMER: "ACCEPTED", OTHER: "PENDING"})
        again = stage.run_again(PLAYBOOKS)
        ago = str(datetime.now(timezone.utc).date() - timedelta(days=2))
        stage.run(f"the approval of {CONSUMER} expires", PLAYBOOKS, extra({"recruiting_a_approved_until": ago}))
        show(stage, {CONSUMER: "PENDING", OTHER: "PENDING"})
        reject = {"matching_api_undeclared": "reject"}
        stage.run(f"{CONSUMER} is approved again, and {OTHER} rejected", PLAYBOOKS, extra(reject))
        show(stage, {CONSUMER: "ACCEPTED", OTHER: "REJECTED"})
        only, confirmed = ("--limit", PROVIDER), ("-e", f"teardown_confirm=yes-{PROVIDER}")
        stage.run("the provider withdraws the API, which ends both connections", ("teardown",), (*only, *confirmed))
        show(stage, {CONSUMER: "CLOSED", OTHER: "CLOSED"}, withdrawn=True)
        stage.run("it is published again: closed endpoints are created anew", PLAYBOOKS)
        show(stage, {CONSUMER: "ACCEPTED", OTHER: "PENDING"})
        return len(again)


def extra(variables: dict[str, Any]) -> tuple[str, str]:
    return "-e", json.dumps(variables)


def show(stage: Stage, wanted: dict[str, str], withdrawn: bool = False) -> None:
    """Print the connections, as the provider and each consumer sees them. Raises DemoFailed unless as `wanted`."""
    say("the connections, as Google tells the provider and each consumer; all are on 10.0.0.0/16")
    own = {project: get(stage, f"projects/{project}/regions/{REGION}/forwardingRules/{ENDPOINT}") for project in wanted}
    for project, rule in own.items():
        print(f"{project:>13}  {rule['IPAddress']:<10}  {rule['pscConnectionStatus']}", flush=True)
    told = {project: rule["pscConnectionStatus"] for project, rule in own.items()}
    if not withdrawn:
        attachment = get(stage, f"projects/{PROVIDER}/regions/{REGION}/serviceAttachments/{SERVICE}")
        of_provider = {
            one["endpoint"].split("/projects/")[1].split("/")[0]: one["status"]
            for one in attachment["connectedEndpoints"]
        }
        if of_provider != told:
            raise DemoFailed(f"the provider sees {of_provider}, the consumers {told}")
    if told != wanted:
        raise DemoFailed(f"expected {wanted}, found {told}")


def get(stage: Stage, name: str) -> dict[str, Any]:
    """Return a resource of Compute Engine by its relative name."""
    url = f"{stage.variables['GOOGLE_CLOUD_ENDPOINT_URL']}/compute/v1/{name}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {stage.variables['GCP_ACCESS_TOKEN']}"})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
