# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of the attachments of an inventory's hosts to its hubs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..hub import segments
from ..hub.segments import Attachment
from ..values import identifiers
from . import environments, relations, ways_out


def problems(accounts: Mapping[str, Mapping[str, Any]], sound: Mapping[str, Mapping[str, Any]]) -> Iterator[Invalid]:
    """Yield problems of the attachments to each hub of the inventory. sound: hosts whose own variables are valid."""
    hubs = {host: variables for host, variables in accounts.items() if variables.get("hub_segments") is not None}
    attached: dict[str, list[Attachment]] = {host: [] for host in hubs}
    for host, variables in sound.items():
        try:
            yield from _attach(host, variables, hubs, attached)
        except Invalid as invalid:
            yield invalid
    of_environment = {host: place for host, variables in sound.items() if (place := environments.of_host(variables))}
    for hub in (hub for hub in hubs if hub in sound):
        attached[hub] += _firewalls(hubs[hub], sound)
        yield from _problems_of_hub(hub, hubs, attached[hub], of_environment)


def _firewalls(hub: Mapping[str, Any], sound: Mapping[str, Mapping[str, Any]]) -> list[Attachment]:
    """Return the attachments of firewalls at this hub's Transit Gateway, which the role hub adds."""
    if refusal(segments.parse, hub["hub_segments"]):
        return []
    return segments.others(ways_out.firewall_attachments(sound, hub["hub_segments"], hub.get("region")))


def _attach(
    host: str,
    variables: Mapping[str, Any],
    hubs: Mapping[str, Mapping[str, Any]],
    attached: Mapping[str, list[Attachment]],
) -> Iterator[Invalid]:
    """Yield problems of the host's attachment and add it to `attached` of its hub.

    Raises Invalid if the host's segment has no hub, several hubs, or isn't declared by its hub.
    """
    variable = "hub_segment" if host in hubs else "spoke_segment"
    segment = variables.get(variable)
    if segment is None or (host not in hubs and not relations.is_attached(variables)):
        return
    if host not in hubs and variables.get("hub_account_id"):
        listed = relations.hubs_of(variables, hubs)
        if not listed:
            return
        if variables["hub_account_id"] != (account_id := hubs[listed[0]].get("account_id")):
            problem = f"isn't the account of {listed[0]}, the hub of its region"
            yield Invalid(f"{host}.hub_account_id", variables["hub_account_id"], problem, str(account_id))
    hub = host if host in hubs else _hub_of(host, variables, hubs)
    _require_declared(f"{host}.{variable}", segment, hub, hubs[hub]["hub_segments"])
    ranges = (*variables["vpc_cidrs"], *relations.ipv6_cidrs(variables, variable.partition("_")[0]))
    attached[hub].append(Attachment(host, segment, ranges, variables["account_id"]))


def _problems_of_hub(
    hub: str,
    hubs: Mapping[str, Mapping[str, Any]],
    attached: list[Attachment],
    of_environment: Mapping[str, environments.Environment],
) -> Iterator[Invalid]:
    declared = hubs[hub]["hub_segments"]
    others = list(_other_attachments(hub, hubs[hub]))
    yield from (invalid for invalid in others if isinstance(invalid, Invalid))
    attached = [
        *(a for a in attached if hubs[hub].get(_variable_of(a, hub)) is None),
        *_listed(hubs[hub]),
        *(other for other in others if isinstance(other, Attachment)),
    ]
    given = _given(hub, hubs[hub])
    for invalid in (*segments.check(declared, attached), *segments.check_ways_out(declared, attached)):
        yield _of_inventory(invalid, hubs.keys(), hub, given)
    within = [attachment for attachment in attached if attachment.segment in declared]
    yield from environments.problems_between(hub, declared, within, of_environment)


def _other_attachments(hub: str, variables: Mapping[str, Any]) -> Iterator[Attachment | Invalid]:
    option, given = f"{hub}.hub_other_attachments", variables.get("hub_other_attachments")
    if given is None:
        return
    if not isinstance(given, list):
        yield Invalid(option, given, "is not a list", "a list of attachments")
        return
    for index, other in enumerate(given):
        invalid = refusal(_check_other, f"{option}[{index}]", other)
        yield invalid or segments.others([other])[0]


def _check_other(option: str, other: Any) -> None:
    keys = {"name", "attachment_id", "resource_type", "segment", "cidrs"}
    if not isinstance(other, dict) or other.keys() != keys:
        raise Invalid(option, other, "is no such attachment", f"a mapping of {', '.join(sorted(keys))}")
    identifiers.name(f"{option}.name", other["name"])
    identifiers.resource_id(f"{option}.attachment_id", other["attachment_id"], "tgw-attach")
    if other["resource_type"] not in segments.OTHERS:
        known = ", ".join(segments.OTHERS)
        raise Invalid(f"{option}.resource_type", other["resource_type"], "is no such kind", f"one of {known}")
    if not isinstance(other["cidrs"], list):
        raise Invalid(f"{option}.cidrs", other["cidrs"], "is not a list", "a list of CIDRs")


def _variable_of(attachment: Attachment, hub: str) -> str:
    """Name of the hub's variable that, if set, replaces this attachment of an inventory host."""
    return "hub_vpc_attachments" if attachment.name == hub else "hub_attachments"


def _listed(variables: Mapping[str, Any]) -> Iterator[Attachment]:
    """Yield the complete attachments that the hub's variables list in the module's format; the module checks them."""
    for variable in ("hub_vpc_attachments", "hub_attachments", "hub_more_attachments"):
        given = variables.get(variable)
        for attachment in given if isinstance(given, list) else []:
            if isinstance(attachment, dict) and {"name", "segment", "cidrs"} <= attachment.keys():
                account = attachment.get("account_id", variables["account_id"])
                yield Attachment(attachment["name"], attachment["segment"], tuple(attachment["cidrs"]), account)


def _given(hub: str, variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the option path of each attachment that the hub's own variables list, by the attachment's name."""
    return {
        str(attachment["name"]): f"{hub}.{variable}[{index}]"
        for variable in ("hub_vpc_attachments", "hub_attachments", "hub_more_attachments", "hub_other_attachments")
        for index, attachment in enumerate(variables.get(variable) or ())
        if isinstance(attachment, dict) and "name" in attachment
    }


def _of_inventory(invalid: Invalid, hubs: Collection[str], hub: str, given: Mapping[str, str]) -> Invalid:
    """Return a problem of segments.check with the inventory's variable as its option.

    segments.check names an attachment: the host of that name, or one of the hub's `given`.
    """
    if re.match(r"segments\.[^.]+\.(static_routes\[|egress$|internet_of$|reaches$)", invalid.option):
        return Invalid(f"{hub}.hub_{invalid.option}", invalid.value, invalid.problem, invalid.expected)
    host, dot, option = invalid.option.rpartition(".")
    if host in given:
        option = f"{given[host]} ({host}).{option.removeprefix('vpc_')}"
        return Invalid(option, invalid.value, invalid.problem, invalid.expected)
    if option != "segment":
        return invalid
    variable = "hub_segment" if host in hubs else "spoke_segment"
    return Invalid(f"{host}{dot}{variable}", invalid.value, invalid.problem, invalid.expected)


def _hub_of(host: str, variables: Mapping[str, Any], hubs: Mapping[str, Mapping[str, Any]]) -> str:
    option, segment, region = f"{host}.spoke_segment", variables["spoke_segment"], variables.get("region")
    candidates = relations.hubs_of(variables, hubs)
    where = f" in {region}" if region else ""
    if not candidates:
        raise Invalid(option, segment, f"has no hub{where} that declares it", "a host with hub_segments in that region")
    if len(candidates) > 1:
        raise Invalid(option, segment, f"has several hubs{where}: {', '.join(candidates)}", "one hub per region")
    return candidates[0]


def _require_declared(option: str, segment: Any, hub: str, hub_segments: Any) -> None:
    # Invalid hub_segments are reported once, at the hub.
    if (
        isinstance(hub_segments, dict)
        and hub_segments
        and (not isinstance(segment, str) or segment not in hub_segments)
    ):
        known = ", ".join(map(str, hub_segments))
        raise Invalid(option, segment, f"is not a segment that {hub} declares", f"one of {known}")
