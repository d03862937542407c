# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of egress groups for a Next Generation policy (CreateFirewallPolicyV2): those of its firewall engine.

The engine drops by default at each state of a connection (hook), and takes the first rule of a hook that matches. So
the groups `allow-1` to `allow-3` come first, and `deny` after them: its tails, which name the group in the log, then
the rules that let a connection go on to where its name is known.
https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-rule-groups-examples.html (carrier rules),
.../firewall-rule-app-layer-drop-prior-hooks.html (a drop needs the earlier hooks accepted), API_FirewallRule.html.

Not verified here: no engine of this generation runs in tests/rules. Suricata 8's firewall mode has other hooks than
AWS's. From the pages above are the form of the rules, that accept:flow holds for both directions, and that a rule
with an SNI or Host waits for it. Not known is whether these keywords, which classic rules have, do the same there:
app-layer-protocol, alert, dotprefix, flow. Before enforcing, run the policy in its monitor mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import parts, tails
from .groups import CIDR, HTTP, TLS, Egress, Entry

CARRY = "egress-carry"
HOOKS = {TLS: "tls:client_hello", HTTP: "http1:request_headers"}
# Hooks before those, which a connection must pass to reach them.
EARLIER = ("tls:client_started", "http1:request_started", "http1:request_line")
# Tails by kind: hook, and options where the classic ones don't fit. A hello without SNI, and a request without Host,
# have nothing to wait for: the default action drops them at the next hook.
TAILS = {
    "port": ("tcp:all", None),
    "tls-name": ("tls:client_hello", f"tls.sni; {tails.NAME}"),
    "tls-address": ("tls:client_hello", f"tls.sni; {tails.ADDRESS}"),
    "http-name": ("http1:request_headers", f"http.host; {tails.NAME}"),
    "http-address": ("http1:request_headers", f"http.host; {tails.ADDRESS}"),
    "tcp": ("tcp:all", None),
    "dns": ("udp:all", None),
    "quic": ("udp:all", None),
    "udp": ("udp:all", None),
    "icmp": ("icmp:all", None),
}


def lines(egress: Egress, mode: str, action: str) -> Iterator[parts.Line]:
    """Yield the rules without their ids. In mode monitor they only say so: the policy's mode is what stops nothing."""
    for group in parts.in_order(egress.groups):
        for entry in parts.entries_in_order(group):
            for part, text in allow(group.name, entry):
                for variable in parts.variables_of(group):
                    key, line = parts.key(variable, group.name, entry, part), text.replace("$SRC", f"${variable}")
                    yield parts.Line(parts.rule_group_of(group.name), key, variable, line)
    ports = parts.open_ports(egress)
    for name, variable in (*parts.sources(egress), (tails.NOBODY, "")):
        for kind, text in tail_lines(name, f"${variable}" if variable else "any", ports, mode, action):
            yield parts.Line(parts.DENY_GROUP, f"deny|{variable}|{name}|{kind}", variable, text)
    yield from _carriers(f"[{','.join(map(str, ports))}]")


def tail_lines(group: str, source: str, ports: Sequence[int], mode: str, action: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, rule without its id) of each tail, as `tails.lines` does for a classic policy."""
    for tail in tails.TAILS:
        if tail.kind in TAILS:
            yield tail.kind, _tail(tail, group, source, f"[{','.join(map(str, ports))}]", mode, action)


def allow(group: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield (part, rule without its id) of the rules that allow an entry; their source is $SRC."""
    ports, message = parts.write_ports(entry.ports), parts.message(group, entry)
    if entry.form == CIDR:
        yield "", f"accept:flow {entry.protocol}:all $SRC any -> {entry.cidr} {ports} ({message} alert;"
    else:
        header = f"accept:flow {HOOKS[entry.protocol]} $SRC any -> $EXTERNAL_NET {ports}"
        yield "", f"{header} ({message} {parts.name(entry)} alert;"


def _tail(tail: tails.Tail, group: str, source: str, ports: str, mode: str, action: str) -> str:
    hook, options = TAILS[tail.kind]
    verb = "reject" if action == parts.REJECT and tail.protocol in tails.REJECTABLE else "drop"
    word = tails.WOULD_DENY if mode == parts.MONITOR else tails.DENY
    message = f'msg:"{word} group={group} why={tail.kind}";'
    header = f"{verb}:flow {hook} {source} any -> $EXTERNAL_NET {tail.ports or f'!{ports}'}"
    return f"{header} ({message} {options or tail.options}"


def _carriers(ports: str) -> Iterator[parts.Line]:
    """Yield the rules that accept TCP in both directions, and the hooks of applications before those with a name."""
    there, back = f"$HOME_NET any -> $EXTERNAL_NET {ports}", f"$EXTERNAL_NET {ports} -> $HOME_NET any"
    for hook, ends in (("tcp:all", there), ("tcp:all", back), *((hook, there) for hook in EARLIER)):
        direction = "back" if ends is back else "there"
        text = f'accept:hook {hook} {ends} (msg:"{CARRY} {hook} {direction}";'
        yield parts.Line(parts.DENY_GROUP, f"carry|{hook}|{direction}", "", text)
