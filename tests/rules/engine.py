# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Suricata as a judge: what it makes of rules, and what becomes of connections that it plays.

Network Firewall runs Suricata 7.0 with rules in strict order. Stock Suricata orders them by action. So a rule set is
played twice: with its actions (`play`), and with each action replaced by alert, after which the first rule in the order
of the file decides for a packet (`play_in_order`). Rules that don't depend on their order give the same answer.

`reject` is played as `drop`: Suricata would send its RST from this machine.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import pcap

VERSION = "7.0"
CONFIG = """%YAML 1.1
---
vars:
  address-groups:
{variables}
default-log-dir: {folder}
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types:
        - alert: {{tagged-packets: no}}
        - drop: {{alerts: no, flows: all}}
logging: {{default-log-level: warning}}
exception-policy: ignore
engine-analysis: {{rules: yes, rules-fast-pattern: no}}
stream: {{inline: yes, checksum-validation: no}}
flow: {{memcap: 256mb, hash-size: 65536, prealloc: 1000}}
detect: {{profile: low}}
pcap-file: {{checksum-checks: no}}
app-layer:
  protocols:
    tls: {{enabled: yes, ja3-fingerprints: no, detection-ports: {{dp: 443}}}}
    http: {{enabled: yes}}
    http2: {{enabled: yes}}
    quic: {{enabled: yes}}
    ssh: {{enabled: yes}}
    dns: {{tcp: {{enabled: yes}}, udp: {{enabled: yes}}}}
"""
MSG = re.compile(r'msg:"([^"]*)"')
SID = re.compile(r"\bsid:(\d+);")


def suricata() -> str:
    """Return the path of Suricata. Raises AssertionError if it isn't the version that Network Firewall runs."""
    path = shutil.which("suricata")
    assert path, "Suricata is not installed: `make suricata`"
    found = subprocess.run([path, "-V"], capture_output=True, text=True, check=False).stdout
    assert f"version {VERSION}." in found, f"Suricata {VERSION} is needed (`make suricata`), found: {found}"
    return path


@dataclass(frozen=True)
class Outcome:
    """What became of a connection. logged: messages in the order of the log, the first one decided."""

    passed: bool
    logged: tuple[str, ...]

    @property
    def first(self) -> str:
        return self.logged[0] if self.logged else ""


class Engine:
    """Rules and their variables, in a folder of their own."""

    def __init__(self, folder: Path, rules: Sequence[str], variables: Mapping[str, Sequence[str]]) -> None:
        self.folder = folder
        self.rules = list(rules)
        listed = "\n".join(f'    {name}: "[{",".join(cidrs)}]"' for name, cidrs in variables.items())
        (folder / "suricata.yaml").write_text(CONFIG.format(variables=listed, folder=folder))

    def _run(self, *arguments: str, rules: Iterable[str] | None = None) -> subprocess.CompletedProcess[str]:
        path = self.folder / "egress.rules"
        path.write_text("\n".join(self.rules if rules is None else rules) + "\n")
        for old in ("eve.json", "rules.json"):
            (self.folder / old).unlink(missing_ok=True)
        return subprocess.run(
            [suricata(), "-c", str(self.folder / "suricata.yaml"), "-l", str(self.folder), "-S", str(path), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def errors(self) -> str:
        """Return what Suricata refuses of the rules; nothing if it loads all of them."""
        done = self._run("-T")
        return "" if done.returncode == 0 else done.stderr

    def kinds(self) -> dict[int, str]:
        """Return the type of each rule as Suricata analyses it, such as ``app_tx``, by id."""
        done = self._run("--engine-analysis")
        assert done.returncode == 0, done.stderr
        lines = (self.folder / "rules.json").read_text().splitlines()
        return {rule["id"]: rule["type"] for rule in map(json.loads, lines)}

    def by_address(self) -> list[str]:
        """Return the rules that judge a connection by its first packet, from its addresses and ports alone."""
        kinds = self.kinds()
        return [rule for rule in self.rules if "ip_only" in kinds[int(SID.search(rule)[1])]]

    def _events(self, connections: list[pcap.Connection], rules: list[str]) -> list[dict]:
        path = self.folder / "connections.pcap"
        pcap.write(path, connections)
        done = self._run("-r", str(path), "-k", "none", "--simulate-ips", "--runmode", "single", rules=rules)
        assert done.returncode == 0, done.stderr
        assert "error" not in done.stderr.lower(), done.stderr
        return [json.loads(line) for line in (self.folder / "eve.json").read_text().splitlines()]

    def play(self, connections: list[pcap.Connection]) -> list[Outcome]:
        """Return what becomes of each connection, with the rules' own actions."""
        rules = [re.sub(r"^reject ", "drop ", rule) for rule in self.rules]
        events = self._events(connections, rules)
        outcomes = []
        for own in _by_connection(events, connections):
            logged = tuple(event["alert"]["signature"] for event in own if event["event_type"] == "alert")
            outcomes.append(Outcome(not any(event["event_type"] == "drop" for event in own), logged))
        return outcomes

    def play_in_order(self, connections: list[pcap.Connection]) -> list[Outcome]:
        """Return what becomes of each connection if the first rule of the file decides for a packet."""
        place = {int(SID.search(rule)[1]): index for index, rule in enumerate(self.rules)}
        actions = [rule.split()[0] for rule in self.rules]
        of_flow = [rule.split()[1] not in ("tcp", "udp", "icmp", "ip") for rule in self.rules]
        rules = [f"alert {rule.split(maxsplit=1)[1].replace(' alert;', '')}" for rule in self.rules]
        events = [event for event in self._events(connections, rules) if event["event_type"] == "alert"]
        outcomes = []
        for own in _by_connection(events, connections):
            by_packet: dict[int, list[int]] = {}
            for event in own:
                by_packet.setdefault(event["pcap_cnt"], []).append(place[event["alert"]["signature_id"]])
            outcomes.append(self._judge(by_packet, actions, of_flow))
        return outcomes

    def _judge(self, by_packet: dict[int, list[int]], actions: list[str], of_flow: list[bool]) -> Outcome:
        logged: list[str] = []
        for _packet, places in sorted(by_packet.items()):
            for index in sorted(set(places)):
                if actions[index] != "pass" or " alert;" in self.rules[index]:
                    logged.append(_message(self.rules[index]))
                if actions[index] in ("drop", "reject"):
                    return Outcome(False, tuple(logged))
                if actions[index] == "pass":
                    if of_flow[index]:
                        return Outcome(True, tuple(logged))
                    break
        return Outcome(True, tuple(logged))


def _message(rule: str) -> str:
    found = MSG.search(rule)
    return found[1] if found else rule


def _by_connection(events: list[dict], connections: list[pcap.Connection]) -> list[list[dict]]:
    by_ends: dict[frozenset, list[dict]] = {}
    for event in events:
        # Of ICMP the log has no ports.
        ends = frozenset((event[f"{end}_ip"], event.get(f"{end}_port", 0)) for end in ("src", "dest"))
        by_ends.setdefault(ends, []).append(event)
    return [by_ends.get(connection.ends, []) for connection in connections]
