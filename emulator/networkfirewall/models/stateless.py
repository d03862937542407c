# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stateless rules and actions, and what Network Firewall refuses in them. All texts: [pf]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from emulator.networkfirewall.errors import invalid_request

STANDARD = ("aws:pass", "aws:drop", "aws:forward_to_sfe")


def check_actions(actions: list[str], custom: Iterable[str], name: str) -> None:
    """Refuse actions without exactly one standard one, and undefined custom ones. name: of the setting."""
    standard = [action for action in actions if action in STANDARD]
    if not standard:
        raise invalid_request(f"{name} cannot be null or empty", context=name)
    if len(standard) > 1:
        raise invalid_request(f"{name} cannot exist together", ", ".join(standard), name)
    for action in actions:
        if action not in STANDARD and action not in custom:
            raise invalid_request(f"{name} is invalid", action, name)


def custom_names(actions: list[dict[str, Any]] | None) -> list[str]:
    return [action["ActionName"] for action in actions or []]


def check_stateless(source: dict[str, Any]) -> None:
    """Refuse rules with the same priority, without addresses, or with ports of a protocol that has none."""
    custom = custom_names(source.get("CustomActions"))
    seen: set[int] = set()
    for number, rule in enumerate(source["StatelessRules"]):
        path = f"StatelessRulesAndCustomActions.StatelessRules[{number}]"
        if rule["Priority"] in seen:
            raise invalid_request("Priority has duplicate values", rule["Priority"], path)
        seen.add(rule["Priority"])
        definition = rule["RuleDefinition"]
        check_actions(definition["Actions"], custom, "Actions")
        attributes = definition.get("MatchAttributes") or {}
        path += ".RuleDefinition.MatchAttributes"
        if not attributes.get("Sources") and not attributes.get("Destinations"):
            raise invalid_request("Sources, Destinations cannot be null or empty", context=path)
        protocols = attributes.get("Protocols") or []
        for name in ("SourcePorts", "DestinationPorts"):
            if attributes.get(name) and protocols and not {6, 17} & set(protocols):
                raise invalid_request(f"{name}, Protocols cannot exist together", context=f"{path}.{name}")
