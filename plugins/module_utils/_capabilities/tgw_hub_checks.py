# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the options of tgw_hub."""

from __future__ import annotations

from .._core.errors import Invalid
from .._domain.hub import openings, segments
from .._domain.values import identifiers, quotas
from .._domain.values.cidrs import parse_either


def check(params):
    """Check the options in themselves; segments.check compares segments with attachments. Raises Invalid."""
    identifiers.name("name", params["name"])
    quotas.check("routes_quota", params["routes_quota"], quotas.ROUTES)
    identifiers.amazon_side_asn("amazon_side_asn", params["amazon_side_asn"])
    for index, cidr in enumerate(params["cidr_blocks"]):
        # CreateTransitGateway: "a size /24 CIDR block or larger for IPv4, or a size /64 CIDR block or larger for IPv6".
        network = parse_either(f"cidr_blocks[{index}]", cidr)
        longest = 24 if network.version == 4 else 64
        if network.prefixlen > longest:
            raise Invalid(
                f"cidr_blocks[{index}]", cidr, "is too small for a Transit Gateway", f"a /{longest} or larger"
            )
    openings.parse(params["allow_opens"])
    if params["share_with"]:
        _check_share(params["share_with"])
    if params["flow_logs"]:
        identifiers.flow_logs("flow_logs", params["flow_logs"])
    for index, account in enumerate(params["detached"]):
        identifiers.account_id(f"detached[{index}]", account)
    for index, segment in enumerate(params["default_routes_in_use"]):
        if not segments.is_name(segment):
            raise Invalid(f"default_routes_in_use[{index}]", segment, "is not a segment name", segments.NAME)
    _check_attachments(*(_by_option(params, key) for key in ("vpc_attachments", "attachments", "other_attachments")))


def check_ways_out(params):
    """Check the hub's own VPC that is a way out. Raises Invalid.

    "To use this configuration, you must enable appliance mode on the transit gateway VPC attachment for any VPC where
    Network Firewall endpoints reside" (https://docs.aws.amazon.com/network-firewall/latest/developerguide/
    vpc-config-tgw-multi-az.html): else answers may meet the endpoint of another zone, which drops them.
    """
    declared = segments.parse(params["segments"])
    for option, vpc in _by_option(params, "vpc_attachments").items():
        if declared[vpc["segment"]].egress and not vpc["appliance_mode"]:
            problem = f"is off, but segment {vpc['segment']} is the way out (egress: true)"
            raise Invalid(f"{option}.appliance_mode", False, problem, "appliance_mode: true")


def _by_option(params, key):
    """Return {option: attachment}; option includes the attachment's name, a host's where the role hub gives it."""
    return {f"{key}[{index}] ({attachment['name']})": attachment for index, attachment in enumerate(params[key])}


def _check_share(share_with):
    accounts, units = share_with["accounts"], share_with["organizational_units"]
    if not (share_with["organization"] or units or accounts):
        expected = "organization: true, organizational_units or accounts; without share_with there is no share"
        raise Invalid("share_with", None, "names nobody", expected)
    for index, unit in enumerate(units):
        identifiers.organizational_unit(f"share_with.organizational_units[{index}]", unit)
    for index, account in enumerate(accounts):
        identifiers.account_id(f"share_with.accounts[{index}]", account)


def _check_attachments(own, spokes, others):
    """Check the attachments, each {option: attachment}; names, ids and VPCs have to be unique. Raises Invalid."""
    for option, attachment in {**own, **spokes, **others}.items():
        identifiers.name(f"{option}.name", attachment["name"])
    names = ((f"{option}.name", attachment["name"]) for option, attachment in {**own, **spokes, **others}.items())
    identifiers.distinct(names, "is the name of an earlier attachment too", "a name of its own")
    for option, vpc in own.items():
        identifiers.attached_vpc(f"{option}.", vpc)
        identifiers.route_targets(f"{option}.other_targets", vpc["other_targets"])
        for index, tier in enumerate(vpc["direct_tiers"]):
            identifiers.tier(f"{option}.direct_tiers[{index}]", tier)
    for option, other in others.items():
        if other["attachment_id"] is not None or other["resource_type"] != segments.FIREWALL:
            identifiers.resource_id(f"{option}.attachment_id", other["attachment_id"], "tgw-attach")
    ids = ((f"{option}.attachment_id", o["attachment_id"]) for option, o in others.items() if o["attachment_id"])
    identifiers.distinct(ids, "is that of an earlier attachment", "each attachment once")
    vpcs = ((option, vpc["vpc_id"] or vpc["vpc_name"] or vpc["name"]) for option, vpc in own.items())
    identifiers.distinct(vpcs, "is the VPC of an earlier attachment", "each VPC once")
    for option, spoke in spokes.items():
        identifiers.account_id(f"{option}.account_id", spoke["account_id"])
        if spoke["vpc_id"] is not None:
            identifiers.resource_id(f"{option}.vpc_id", spoke["vpc_id"], "vpc")
        for index, cidr in enumerate(spoke["actual_cidrs"] or []):
            identifiers.cidr(f"{option}.actual_cidrs[{index}]", cidr)
    ids = ((f"{option}.vpc_id", spoke["vpc_id"]) for option, spoke in spokes.items())
    identifiers.distinct(ids, "is the VPC of an earlier attachment", "each VPC once")
