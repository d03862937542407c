# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What adopt found and what it couldn't say, for people: adoption.md, and lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from ..._core import escape
from .model import Network, Unexpressed

# kind -> (heading, what it means)
KINDS = {
    "difference": (
        "Differences",
        "The inventory says something else than what exists. With `adoption: observe` and `adoption: tags` a plan tells"
        " each as a finding and changes nothing. Without `adoption` a run would change it: correct one of the two.",
    ),
    "foreign": (
        "Owned by another tool",
        "Their tags say so. They are not in the inventory, and no phase touches them. To take one over, delete it from"
        " that tool's configuration without deleting the resource, then run adopt again with `adopt_release`: a list of"
        " ids or stack names.",
    ),
    "unread": (
        "Not read",
        "Nothing is known of these, so nothing is said about them. Read them, then run adopt again.",
    ),
    "unmanaged": (
        "Not in the inventory",
        "They stay as they are: no plan with this inventory shows them, and no run changes them.",
    ),
}
NOT_READ = (
    "Flow logs, rules of network ACLs and security groups, DNS, endpoints' policies, load balancers and firewalls are"
    " not turned into declarations. They stay as they are until you declare them."
)
PHASES = (
    "1. `ansible-playbook -i {folder} closednet.aws.plan`: zero steps. Read the findings, name the segments (rename"
    " them in `hub_segments`, `hub_segment`, `spoke_segment` and in `adopted_ids.yml`), correct the inventory.",
    "2. Set `adoption: tags` in `group_vars/all/main.yml`, plan, have the plan approved, and run `closednet.aws.site`:"
    " it only sets the tags `closednet:managed` and `closednet:name`.",
    "3. Delete `adoption` and `adopted_ids.yml`, and plan: zero steps again. From here on, what isn't declared in what"
    " is tagged is deleted after confirmation, as everywhere in this collection.",
)


def lines(network: Network) -> list[str]:
    """Return what was found and what isn't expressed, one line each, for a terminal."""
    told = [_summary(network)]
    for kind, (heading, _meaning) in KINDS.items():
        told += [f"{heading.lower()}: {_line(one)}" for one in network.unexpressed if one.kind == kind]
    return [escape.text(line) for line in told]


def _line(one: Unexpressed) -> str:
    return f"{one.where}: {one.object}: {one.why}"


def _summary(network: Network) -> str:
    hubs = sum("hub" in host.groups for host in network.hosts.values())
    segments = sum(len(host.variables.get("hub_segments") or ()) for host in network.hosts.values())
    attached = sum("spoke_segment" in host.variables for host in network.hosts.values())
    verdict = "a plan is zero steps, without a difference"
    differences, unread = (sum(o.kind == kind for o in network.unexpressed) for kind in ("difference", "unread"))
    if not network.hosts:
        verdict = "no network that an inventory can declare"
    elif differences:
        verdict = f"{differences} differences keep the network from being as the inventory says"
    elif unread:
        verdict = f"no difference in what was read, but {unread} things weren't read"
    return f"{len(network.hosts)} hosts, {hubs} hubs with {segments} segments, {attached} attached spokes: {verdict}"


def markdown(network: Network, folder: str = "DIR") -> str:
    """Return adoption.md."""
    parts = ["# Adoption", escape.markdown(_summary(network)) + "."]
    for kind, (heading, meaning) in KINDS.items():
        there = [one for one in network.unexpressed if one.kind == kind]
        parts += [f"## {heading} ({len(there)})", meaning if there else "None."]
        parts += ["\n".join(_items(there))] if there else []
    parts += ["## Not covered", NOT_READ, "## Next", "\n".join(PHASES).format(folder=escape.markdown(folder))]
    return "\n\n".join(parts) + "\n"


def _items(there: Iterable[Unexpressed]) -> list[str]:
    return [
        f"- {escape.markdown(one.where)}, {escape.markdown(one.object)}: {escape.markdown(one.why)}" for one in there
    ]
