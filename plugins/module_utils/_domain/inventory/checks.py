# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of a whole inventory of accounts, before any API call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..hub import segments
from ..values import cidrs, identifiers, ports, quotas
from . import attachments, egress_routes, environments, ipv6, pci, privatelink, vpc

# The host variables that `problems` reads.
READ = (
    *("account_id", "region", "vpc_id", "vpc_cidrs", "vpc_tiers", "vpc_availability_zone_ids", "vpc_az_slots"),
    *("vpc_flows", "vpc_network_acl_ranges", "vpc_network_acl_denied_ports", "vpc_network_acl_rules_quota"),
    *("network_plan", "network_scope", "network_stage"),
    *("spoke_segment", "spoke_attached", "spoke_tiers", "spoke_attachment_tier", "spoke_destinations"),
    *("spoke_from_hub", "hub_account_id", "hub_segments", "hub_segment", "hub_tiers", "hub_destinations"),
    *("hub_vpc_attachments", "hub_more_attachments", "hub_other_attachments", "privatelink_provider_services"),
    *("privatelink_consumer_endpoints", "vpc_same_account_as", "vpc_name", "spoke_name", "hub_name"),
    *("spoke_appliance_mode", "hub_appliance_mode", "egress_topology"),
    *("vpc_cidrs_quota", "hub_routes_quota", "spoke_routes_quota", "spoke_security_group_rules_quota"),
)


def problems(accounts: Mapping[str, Mapping[str, Any]]) -> list[Invalid]:
    """Return every problem of these hosts; each names host, variable and value (``option``: ``"<host>.<variable>"``).

    accounts: the variables of each host. It reads:
        account_id: 12 digits, as a string. Required, and used once per region.
        vpc_same_account_as: another host of the same account and region, in which this host is a further VPC; then
            each has vpc_cidrs, vpc_name and spoke_name of its own.
        region: optional here, since it can come from the environment.
        vpc_cidrs: list; required with spoke_segment, hub_segment and vpc_tiers.
        vpc_tiers, vpc_availability_zone_ids, vpc_az_slots: the subnets must fit into vpc_cidrs as lay_out places them.
        vpc_ipv6, vpc_ipv6_cidrs, spoke_ipv6_support, hub_ipv6_support: see ipv6.
        vpc_flows, vpc_network_acl_*: must fit into the quota of network ACLs as NetworkAcls compiles them; with flows,
            the network ACL of the attached tier must be open.
        network_plan, network_scope, network_stage: see environments; stages never reach each other.
        spoke_segment: segment of the host's attachment to the hub of its region; absent: no attachment.
        spoke_attached: False: no attachment either.
        hub_tiers, spoke_tiers, spoke_attachment_tier: must be among vpc_tiers, unless vpc_id adopts a VPC.
        hub_destinations, spoke_destinations, spoke_from_hub: valid CIDRs, ids and ports, within the quotas.
        hub_account_id: the hub's account if no host of the inventory is that hub, as in an AWX slice of the spokes.
        hub_segments: makes the host a hub; the declaration that segments.parse reads.
        hub_segment: segment of the attachment of the hub's own VPC; absent: no attachment.
        hub_other_attachments: attachments of other kinds than VPCs. Attachments of hub_vpc_attachments,
            hub_attachments and hub_more_attachments count as targets of static routes and in segments.check; the
            module checks the rest.
        privatelink_provider_services, privatelink_consumer_endpoints: as the roles accept them.
        pci_account_*, pci_people_*: see pci.py.
        spoke_destinations, hub_destinations with a default route, spoke_appliance_mode, hub_appliance_mode: see
            egress_routes.
    A region has one hub (a VPC can only be attached to a TGW of its own region). Overlapping CIDRs are a problem only
    if segments.check says so.
    """
    found = []
    sound = {}
    for host, variables in accounts.items():
        of_host = list(_problems_of_host(host, variables))
        found += of_host
        if not of_host:
            sound[host] = variables
    found += _accounts_declared_twice(sound)
    found += privatelink.problems(accounts)
    found += pci.problems(accounts)

    found += attachments.problems(accounts, sound)
    found += egress_routes.problems(sound)
    return found


def _problems_of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    invalid = refusal(_parse_account_id, f"{host}.account_id", variables.get("account_id"))
    if invalid:
        yield invalid
    region = variables.get("region")
    invalid = None if region is None else refusal(identifiers.region, f"{host}.region", region)
    if invalid:
        yield invalid
    attached = variables.get("spoke_attached")
    if attached is not None and not isinstance(attached, bool):
        yield Invalid(f"{host}.spoke_attached", attached, "is not a boolean", "true or false")
    of_cidrs = [*vpc.problems_of_cidrs(host, variables), *ipv6.problems_of_host(host, variables)]
    yield from of_cidrs
    yield from vpc.problems_of_names(host, variables)
    if variables.get("vpc_tiers") is not None and variables.get("vpc_cidrs") and not of_cidrs:
        yield from vpc.problems_of_tiers(host, variables)
    if not of_cidrs:
        yield from environments.problems_of_host(host, variables)
    yield from _problems_of_options(host, variables)
    hub_segments = variables.get("hub_segments")
    if hub_segments is None:
        if variables.get("hub_segment") is not None:
            yield Invalid(f"{host}.hub_segment", variables["hub_segment"], "has no hub_segments", "hub_segments too")
        return
    if variables.get("spoke_segment") is not None:
        yield Invalid(f"{host}.spoke_segment", variables["spoke_segment"], "is set on a hub", "hub_segment instead")
    invalid = refusal(segments.parse, hub_segments, f"{host}.hub_segments")
    if invalid:
        yield invalid


def _parse_account_id(option: str, account_id: Any) -> None:
    if account_id is None:
        raise Invalid(option, None, "is missing", "the 12 digits of the AWS account, in quotes")
    if isinstance(account_id, int):
        # YAML drops leading zeros, or reads the digits as octal: the id is certain only if it has all 12 digits.
        quoted = f'"{account_id}"' if len(str(account_id)) == 12 else "the 12 digits in quotes"
        raise Invalid(option, account_id, "is a number, which loses leading zeros", quoted)
    identifiers.account_id(option, account_id)


def _problems_of_options(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    if variables.get("hub_account_id") is not None:
        invalid = refusal(identifiers.account_id, f"{host}.hub_account_id", variables["hub_account_id"])
        if invalid:
            yield invalid
    for variable in ("hub_destinations", "spoke_destinations"):
        if variables.get(variable) is not None:
            yield from _each(f"{host}.{variable}", variables[variable], identifiers.destination)
    from_hub = variables.get("spoke_from_hub")
    if isinstance(from_hub, dict):
        yield from _problems_of_from_hub(host, variables, from_hub)
    for variable in ("hub_destinations", "spoke_destinations"):
        if isinstance(variables.get(variable), list):
            yield from _problems_of_count(host, variables, variable, "routes", _of_a_family(variables[variable]))


def _each(option: str, values: Any, check: Callable[[str, Any], Any]) -> Iterator[Invalid]:
    if not isinstance(values, list):
        yield Invalid(option, values, "is not a list", "a list")
        return
    for index, value in enumerate(values):
        invalid = refusal(check, f"{option}[{index}]", value)
        if invalid:
            yield invalid


def _problems_of_from_hub(host: str, variables: Mapping[str, Any], from_hub: Mapping[str, Any]) -> Iterator[Invalid]:
    option = f"{host}.spoke_from_hub"
    yield from _each(f"{option}.sources", from_hub.get("sources"), _check_source)
    for protocol in ("tcp", "udp"):
        yield from _each(f"{option}.{protocol}", from_hub.get(protocol, []), ports.parse)
    listed = [from_hub.get(key, []) for key in ("sources", "tcp", "udp")]
    if all(isinstance(one, list) for one in listed):
        sources, tcp, udp = listed
        count = _of_a_family(sources) * (len(tcp) + len(udp))
        yield from _problems_of_count(host, variables, "spoke_from_hub", "rules of a security group", count)


def _of_a_family(destinations: list[Any]) -> int:
    """Number of destinations that count as IPv4 or as IPv6, the larger one: quotas apply to each family apart."""
    of_ipv4 = sum(":" not in str(one) for one in destinations)
    of_ipv6 = sum(":" in str(one) or "/" not in str(one) for one in destinations)
    return max(of_ipv4, of_ipv6)


def _problems_of_count(
    host: str, variables: Mapping[str, Any], variable: str, what: str, count: int
) -> Iterator[Invalid]:
    """Yield a problem if the count exceeds its quota. Without AWS, a prefix list counts as one."""
    kind, default = ("routes", quotas.ROUTES) if what == "routes" else ("security_group_rules", quotas.RULES)
    quota_variable = f"{variable.partition('_')[0]}_{kind}_quota"
    quota = variables.get(quota_variable, default)
    if not isinstance(quota, int):
        yield Invalid(f"{host}.{quota_variable}", quota, "is not a number", f"{default} to {quotas.MOST}")
    elif count > quota:
        yield quotas.exceeded(f"{host}.{variable}", what, count, quota_variable, quota)


def _check_source(option: str, value: Any) -> None:
    identifiers.destination(option, value, ("pl", "sg"))


def _accounts_declared_twice(accounts: Mapping[str, Mapping[str, Any]]) -> Iterator[Invalid]:
    """Yield problems of hosts with the same account and region.

    Each further VPC needs vpc_same_account_as, since a typo in account_id looks the same.
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
    for overlap in cidrs.overlaps({other: others["vpc_cidrs"], host: variables["vpc_cidrs"]}):
        if overlap.owner_a != overlap.owner_b:
            mine, theirs = overlap.cidr_b, overlap.cidr_a
            if overlap.owner_a == host:
                mine, theirs = theirs, mine
            yield Invalid(f"{host}.vpc_cidrs", mine, f"overlaps {theirs} {same}", "ranges of its own")
