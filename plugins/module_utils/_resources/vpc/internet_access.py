# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Internet access that a region's VPCs and subnets would lose to VPC Block Public Access: read only.

NAT gateways and internet-facing load balancers use the VPC's internet gateway, too.
"""

from __future__ import annotations

from collections import Counter

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.vpc.block_public_access import Setting, lost
from ..shared.ec2 import filters
from .block_public_access import mode_after

READ_AFTER = ("block_public_access", "block_public_access_exclusion")
INPUTS = ("accept_cut_off",)
PERMISSIONS = (
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkInterfaces",
)
KIND = ResourceType("internet_access")
GATEWAYS = (
    ("ec2.describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2.describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"),
)


def read(aws, declared, found):
    """Return {VPC or subnet id: Actual} of those that would lose internet access.

    details: loses, gateways (ids), interfaces ({type: number}; None without a gateway).
    """
    before, after = _settings(declared, found)
    if before == after:
        return {}
    gateways: dict[str, list[str]] = {}
    for (_operation, _key, id_key), listed in zip(
        GATEWAYS,
        aws.gather(
            *(lambda operation=operation, key=key: aws.read(operation, key) for operation, key, _id in GATEWAYS)
        ),
    ):
        for gateway in listed:
            for attachment in gateway["Attachments"]:
                gateways.setdefault(attachment["VpcId"], []).append(gateway[id_key])
    losses = lost(before, after, gateways)
    vpcs = [id_ for id_ in losses if id_ in gateways]
    held = (
        aws.read("ec2.describe_network_interfaces", "NetworkInterfaces", Filters=filters(vpc_id=vpcs)) if vpcs else []
    )
    return {
        id_: Actual(
            None,
            {},
            False,
            {
                "loses": ways,
                "gateways": gateways.get(id_, []),
                "interfaces": Counter(item["InterfaceType"] for item in held if item["VpcId"] == id_)
                if id_ in gateways
                else None,
            },
        )
        for id_, ways in losses.items()
    }


def _settings(declared, found):
    """Return the Settings of Block Public Access before and after the run."""
    exclusions = {
        name: there for name, there in found["block_public_access_exclusion"].items() if there.details["enabled"]
    }
    wanted = {} if declared.absent else declared.resources["block_public_access_exclusion"]
    before = {name: there.fields["mode"] for name, there in exclusions.items()}
    others = {name: before[name] for name, there in exclusions.items() if not there.managed}
    after = {**{name: fields["mode"] for name, fields in wanted.items()}, **others}
    mode = found["block_public_access"]["main"].fields["mode"]
    return Setting(mode, before), Setting(mode_after(declared, found), after)


def plan(wanted, found, declared):
    """Return no step; raise Conflict for what would be cut off and isn't in accept_cut_off."""
    used = {id_: there for id_, there in found["internet_access"].items() if there.details["interfaces"] != Counter()}
    unnamed = [f"{id_} ({_words(used[id_].details)})" for id_ in used if id_ not in declared.inputs.accept_cut_off]
    if unnamed:
        raise Conflict(
            f"this would cut off {'; '.join(unnamed)}. Exclude it, or name it in accept_cut_off if that is meant"
        )
    return []


def notes(wanted, found, declared):
    return [f"{id_} is cut off: {_words(there.details)}" for id_, there in found["internet_access"].items()]


def _words(details):
    parts = [f"loses traffic {' and '.join(details['loses'])}"]
    if details["gateways"]:
        parts.append(f"has {', '.join(details['gateways'])}")
    if details["interfaces"] is not None:
        by_type = ", ".join(f"{number} {kind}" for kind, number in sorted(details["interfaces"].items()))
        parts.append(f"network interfaces: {by_type or 'none, so nothing in it is cut off'}")
    return "; ".join(parts)
