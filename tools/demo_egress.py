# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A platform team: several accounts whose traffic leaves by one firewall in a security account."""

from __future__ import annotations

import json

from demo_stage import ROOT, DemoFailed, Stage

PLAYBOOKS = ("site",)
HUB, SECURITY = "shared-services", "network-security"
PAGES = ROOT / ".cache" / "traffic"
ANSWER = ROOT / ".cache" / "why.json"
# (from, to, answer): allowed by an entry, denied by a tail, and without a route out.
QUESTIONS = (
    ("payments", "api.stripe.com:443", "allowed"),
    ("batch", "api.stripe.com:443", "denied"),
    (HUB, "api.stripe.com:443", "unrouted"),
)


def platform() -> int:
    """Show the platform team's accounts; return the number of hosts."""
    with Stage("egress") as stage:
        monitor = ("-e", "egress_mode=monitor")
        stage.run("first run, in monitor mode: what no entry allows is only logged", PLAYBOOKS, monitor)
        show_rules(stage, "alert")
        stage.run("from monitor to enforce: what that changes", ("plan",), ("--limit", SECURITY))
        stage.run("the firewall's account alone: enforce", ("egress",))
        show_rules(stage, "reject")
        again = stage.run_again(PLAYBOOKS)
        for sender, target, answer in QUESTIONS:
            show_answer(stage, sender, target, answer)
        stage.run("pages for application teams", ("traffic",), ("-e", f"traffic_dir={PAGES}"))
        print(f"how each account's traffic flows: {(PAGES / 'index.html').relative_to(ROOT)}", flush=True)
        return len(again)


def show_rules(stage: Stage, action: str) -> None:
    """Print the number of rules by action. Raises DemoFailed unless the denying rules have `action`."""
    firewall = stage.client(SECURITY, "network-firewall")
    counted: dict[str, int] = {}
    for group in firewall.list_rule_groups()["RuleGroups"]:
        content = firewall.describe_rule_group(RuleGroupArn=group["Arn"])["RuleGroup"]
        for line in content["RulesSource"]["RulesString"].splitlines():
            counted[line.split()[0]] = counted.get(line.split()[0], 0) + 1
    numbers = ", ".join(f"{number} {found}" for found, number in sorted(counted.items()))
    print(f"the firewall's rules: {numbers}", flush=True)
    if action not in counted or (action == "alert" and {"drop", "reject"} & counted.keys()):
        raise DemoFailed(f"the firewall's rules should {action} what no entry allows")


def show_answer(stage: Stage, sender: str, target: str, answer: str) -> None:
    """Print why the sender reaches the target, or doesn't. Raises DemoFailed unless that is `answer`."""
    options = ("-e", json.dumps({"from": sender, "to": target, "why_json": str(ANSWER)}))
    stage.run(f"does {sender} reach {target}?", ("why",), options)
    found = json.loads(ANSWER.read_text(encoding="utf-8"))["verdict"]
    if found != answer:
        raise DemoFailed(f"{sender} to {target} is {found}, expected {answer}")
