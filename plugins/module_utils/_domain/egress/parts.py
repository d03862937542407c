# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rules of both generations of policies are made of: variables, ports, names, and the order of groups."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import domains, limits
from .groups import CIDR, DEFAULT_PORTS, HTTP_PORT, TLS, Egress, Entry, Group

# What becomes of what no entry allows; how TCP clients are told; the generation of the policy.
ENFORCE, MONITOR = "enforce", "monitor"
REJECT, DROP = "reject", "drop"
STRICT_ORDER, V2 = "strict_order", "v2"
ALLOW = "egress-allow"
# Three hold 20,000 rules and more (AWS: 2,000,000 bytes each), and each is one more call of a run that changes nothing.
SHARDS = 3
DENY_GROUP = "deny"


@dataclass(frozen=True)
class Line:
    """Rule without its id. key: what the id is derived from; variable: of its sources, empty for any source."""

    rule_group: str
    key: str
    variable: str
    text: str


def rule_group_of(group: str) -> str:
    """Return the name of the rule group that has this group's allowing rules."""
    return f"allow-{int(hashlib.sha256(group.encode()).hexdigest(), 16) % SHARDS + 1}"


def variables_of(group: Group) -> dict[str, tuple[str, ...]]:
    """Return the IP sets of a group's sources: one, or as many as lines with them need to keep to AWS's limit."""
    base = variable_name(group.name)
    chunks = limits.chunks(group.cidrs)
    return {base if index == 0 else f"{base}__{index + 1}": chunk for index, chunk in enumerate(chunks)}


def variable_name(group: str) -> str:
    """Return the name of a group's IP set, of the 32 letters, digits and underscores that AWS allows."""
    plain = re.fullmatch(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", group) and len(group) <= 24
    if plain and not re.search(r"_[0-9a-f]{6}$", group):
        return f"SRC_{group}"
    clean = re.sub(r"[^A-Za-z0-9]+", "_", group)[:17].strip("_")
    return f"SRC_{clean}_{hashlib.sha256(group.encode()).hexdigest()[:6]}"


def sources(egress: Egress) -> list[tuple[str, str]]:
    """Return (group, variable) of all IP sets, in the order of the groups, in which what they deny is logged."""
    return [(group.name, variable) for group in egress.groups for variable in variables_of(group)]


def in_order(groups: Iterable[Group]) -> list[Group]:
    """Return the groups in the order in which their allowing rules are evaluated."""
    return sorted(groups, key=lambda group: (rule_group_of(group.name), group.name))


def entries_in_order(group: Group) -> list[Entry]:
    return sorted(group.entries, key=lambda entry: (entry.target, entry.protocol, entry.ports))


def write_ports(ports: Sequence[int]) -> str:
    return str(ports[0]) if len(ports) == 1 else f"[{','.join(map(str, ports))}]"


def message(group: str, entry: Entry) -> str:
    """Return the msg of a rule that allows an entry, which the log and `changes.read_back` read."""
    return f'msg:"{ALLOW} group={group} {"cidr" if entry.form == CIDR else "domain"}={entry.target}";'


def key(variable: str, group: str, entry: Entry, part: str = "") -> str:
    return f"allow|{variable}|{group}|{entry.protocol}|{entry.target}|{write_ports(entry.ports)}|{part}"


def name(entry: Entry) -> str:
    """Return the keywords that compare the name. http.host is in lower case, and refuses nocase."""
    buffer, nocase = ("tls.sni", " nocase;") if entry.protocol == TLS else ("http.host", "")
    # dotprefix puts a dot before the name, and must come before the content.
    content = {
        domains.EXACT: f'content:"{entry.domain}"; startswith; endswith;',
        domains.SUFFIX: f'dotprefix; content:".{entry.domain}"; endswith;',
        domains.SUBDOMAINS: f'content:".{entry.domain}"; endswith;',
    }[entry.form]
    return f"{buffer}; {content}{nocase}"


def open_ports(egress: Egress) -> list[int]:
    """Return the TCP ports on which a connection is judged by its name; on others it is denied at its first packet."""
    entries = [entry for group in egress.groups for entry in group.entries if entry.domain]
    return sorted({HTTP_PORT, *DEFAULT_PORTS, *(port for entry in entries for port in entry.ports)})
