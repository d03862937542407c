# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a whole inventory of accounts, found before any API call."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..hub import segments
from ..hub.segments import Attachment
from ..values import cidrs as cidr_plan
from ..values import identifiers
from . import environments, host_variables, pci, privatelink, relations

# What `problems` reads of a host's variables.
READ = (
    *("account_id", "region", "vpc_id", "vpc_cidrs", "vpc_tiers", "vpc_availability_zone_ids", "vpc_az_slots"),
    *("vpc_flows", "vpc_network_acl_ranges", "vpc_network_acl_denied_ports", "vpc_network_acl_rules_quota"),
    *("network_plan", "network_scope", "network_stage"),
    *("spoke_segment", "spoke_attached", "spoke_tiers", "spoke_attachment_tier", "spoke_destinations"),
    *("spoke_from_hub", "hub_account_id", "hub_segments", "hub_segment", "hub_tiers", "hub_destinations"),
    *("hub_vpc_attachments", "hub_other_attachments", "privatelink_provider_services"),
    *("privatelink_consumer_endpoints", "vpc_same_account_as", "vpc_name", "spoke_name", "hub_name"),
    *("vpc_cidrs_quota", "hub_routes_quota", "spoke_routes_quota", "spoke_security_group_rules_quota"),
)


def problems(accounts: Mapping[str, Mapping[str, Any]]) -> list[Invalid]:
    """Every problem of these hosts; each names host, variable and value (``option`` is ``"<host>.<variable>"``).

    accounts: for each host its variables, of which are read:
        account_id: 12 digits, as a string. Required, and used once per region.
        vpc_same_account_as: another host of the same account and region, of which this host is a further VPC; then each
            has vpc_cidrs, vpc_name and spoke_name of its own.
        region: optional here, since it can come from the environment.
        vpc_cidrs: list; required with spoke_segment, hub_segment and vpc_tiers.
        vpc_tiers, vpc_availability_zone_ids, vpc_az_slots: the subnets must fit into vpc_cidrs, as lay_out places them.
        vpc_ipv6, vpc_ipv6_cidrs, spoke_ipv6_support, hub_ipv6_support: see ipv6_check.
        vpc_flows, vpc_network_acl_*: must fit into the quota of network ACLs, as NetworkAcls compiles them; with them,
            the tier that is attached must let everything through.
        network_plan, network_scope, network_stage: see environments; stages never reach each other.
        spoke_segment: segment of the host's attachment to the hub of its region; absent: no attachment.
        spoke_attached: False: no attachment either.
        hub_tiers, spoke_tiers, spoke_attachment_tier: must be among vpc_tiers, unless vpc_id adopts a VPC.
        hub_destinations, spoke_destinations, spoke_from_hub: CIDRs, ids and ports that are some.
        hub_account_id: where no host is that hub, as in an AWX slice of the spokes, it stands for it.
        hub_segments: makes the host a hub; the declaration that segments.parse reads.
        hub_segment: segment of the attachment of the hub's own VPC; absent: no attachment.
        hub_other_attachments: attachments of other kinds than VPCs. Those of hub_vpc_attachments and hub_attachments
            are taken for what static routes can lead to, and otherwise left to the module.
        privatelink_provider_services, privatelink_consumer_endpoints: as the roles take them.
        pci_account_*, pci_people_*: see pci_inventory.
    A region has one hub (a VPC can only be attached to a TGW of its own region). Overlapping CIDRs are a problem only
    where segments.check says so.
    """
    found = []
    sound = {}
    for host, variables in accounts.items():
        of_host = list(host_variables.problems(host, variables))
        found += of_host
        if not of_host:
            sound[host] = variables
    found += _accounts_declared_twice(sound)
    found += privatelink.problems(accounts)
    found += pci.problems(accounts)

    hubs = {host: variables for host, variables in accounts.items() if variables.get("hub_segments") is not None}
    attachments: dict[str, list[Attachment]] = {host: [] for host in hubs}
    for host, variables in sound.items():
        for one in _attached(host, variables, hubs):
            if isinstance(one, Invalid):
                found.append(one)
            else:
                hub, attachment = one
                attachments[hub].append(attachment)
    of_environment = {host: place for host, variables in sound.items() if (place := environments.of_host(variables))}
    for hub, attached in attachments.items():
        if hub in sound:
            declared = hubs[hub]["hub_segments"]
            others = list(_other_attachments(hub, hubs[hub]))
            found += [invalid for invalid in others if isinstance(invalid, Invalid)]
            attached = [
                *(a for a in attached if hubs[hub].get(_variable_of(a, hub)) is None),
                *_listed(hubs[hub]),
                *(other for other in others if isinstance(other, Attachment)),
            ]
            given = _given(hub, hubs[hub])
            found += [_of_inventory(invalid, hubs.keys(), hub, given) for invalid in segments.check(declared, attached)]
            within = [attachment for attachment in attached if attachment.segment in declared]
            found += environments.problems_between(hub, declared, within, of_environment)
    return found


def _attached(
    host: str, variables: Mapping[str, Any], hubs: Mapping[str, Mapping[str, Any]]
) -> Iterator[Invalid | tuple[str, Attachment]]:
    """The attachment of a host's VPC, with its hub, where it declares one, and what is wrong with that."""
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
    try:
        hub = host if host in hubs else _hub_of(host, variables, hubs)
        _require_declared(f"{host}.{variable}", segment, hub, hubs[hub]["hub_segments"])
    except Invalid as invalid:
        yield invalid
    else:
        ranges = (*variables["vpc_cidrs"], *relations.ipv6_cidrs(variables, variable.partition("_")[0]))
        yield hub, Attachment(host, segment, ranges, variables["account_id"])


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
    """What stands for the attachments of the inventory's hosts where the hub has it."""
    return "hub_vpc_attachments" if attachment.name == hub else "hub_attachments"


def _listed(variables: Mapping[str, Any]) -> Iterator[Attachment]:
    """What is given in the module's own words, as far as it is complete; the module checks it."""
    for variable in ("hub_vpc_attachments", "hub_attachments"):
        given = variables.get(variable)
        for attachment in given if isinstance(given, list) else []:
            if isinstance(attachment, dict) and {"name", "segment", "cidrs"} <= attachment.keys():
                account = attachment.get("account_id", variables["account_id"])
                yield Attachment(attachment["name"], attachment["segment"], tuple(attachment["cidrs"]), account)


def _given(hub: str, variables: Mapping[str, Any]) -> dict[str, str]:
    """Where the hub's own variables have the attachment of a name."""
    return {
        str(attachment["name"]): f"{hub}.{variable}[{index}]"
        for variable in ("hub_vpc_attachments", "hub_attachments", "hub_other_attachments")
        for index, attachment in enumerate(variables.get(variable) or ())
        if isinstance(attachment, dict) and "name" in attachment
    }


def _of_inventory(invalid: Invalid, hubs: Collection[str], hub: str, given: Mapping[str, str]) -> Invalid:
    """segments.check names an attachment; here that is the host of that name, or one of the hub's `given`."""
    if re.match(r"segments\.[^.]+\.static_routes\[", invalid.option):
        return Invalid(f"{hub}.hub_{invalid.option}", invalid.value, invalid.problem, invalid.expected)
    host, dot, option = invalid.option.rpartition(".")
    if host in given:
        option = f"{given[host]} ({host}).{option.removeprefix('vpc_')}"
        return Invalid(option, invalid.value, invalid.problem, invalid.expected)
    if option != "segment":
        return invalid
    variable = "hub_segment" if host in hubs else "spoke_segment"
    return Invalid(f"{host}{dot}{variable}", invalid.value, invalid.problem, invalid.expected)


def _accounts_declared_twice(accounts: Mapping[str, Mapping[str, Any]]) -> Iterator[Invalid]:
    """An account has one host in a region, or says that several are a VPC each (vpc_same_account_as), since a slip in
    account_id looks just like that.
    """
    earlier: dict[tuple[str, str | None], list[str]] = {}
    for host, variables in accounts.items():
        account_id, region = variables["account_id"], variables.get("region")
        others = earlier.setdefault((account_id, region), [])
        first = variables.get("vpc_same_account_as")
        if first is not None and (
            first == host or not isinstance(first, str) or accounts.get(first, variables)["account_id"] != account_id
        ):
            yield Invalid(f"{host}.vpc_same_account_as", first, "isn't another host of this account", "its name")
        for other in others:
            if accounts[other].get("vpc_same_account_as", other) != (first or host):
                where = f"{other} in {region}" if region else other
                expected = (
                    f"one host per account and region, or vpc_same_account_as: {others[0]} for a further VPC of it"
                )
                yield Invalid(f"{host}.account_id", account_id, f"is also the account of {where}", expected)
                break
            yield from _same_vpc(host, variables, other, accounts[other])
        others.append(host)


def _same_vpc(host: str, variables: Mapping[str, Any], other: str, others: Mapping[str, Any]) -> Iterator[Invalid]:
    same = f"of {other}, a VPC of the same account and region"
    for one, of_one in ((host, variables), (other, others)):
        if of_one.get("hub_segments") is not None or not of_one.get("vpc_cidrs"):
            yield Invalid(f"{host}.vpc_same_account_as", one, "is a hub, or has no vpc_cidrs", "hosts with a VPC each")
            return
    # The defaults are those of the roles.
    for variable, of_host, of_other in (("vpc_name", host, other), ("spoke_name", host, other), ("vpc_id", None, None)):
        value = variables.get(variable, of_host)
        if value is not None and value == others.get(variable, of_other):
            yield Invalid(f"{host}.{variable}", value, f"is also that {same}", "one of its own")
    for overlap in cidr_plan.overlaps({other: others["vpc_cidrs"], host: variables["vpc_cidrs"]}):
        if overlap.owner_a != overlap.owner_b:
            mine, theirs = overlap.cidr_b, overlap.cidr_a
            if overlap.owner_a == host:
                mine, theirs = theirs, mine
            yield Invalid(f"{host}.vpc_cidrs", mine, f"overlaps {theirs} {same}", "ranges of its own")


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
    # hub_segments that are wrong themselves are reported once, at the hub.
    if (
        isinstance(hub_segments, dict)
        and hub_segments
        and (not isinstance(segment, str) or segment not in hub_segments)
    ):
        known = ", ".join(map(str, hub_segments))
        raise Invalid(option, segment, f"is not a segment that {hub} declares", f"one of {known}")
