# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hub and its spokes, each an account, as large as it gets: three tiers in two zones, isolated from each other."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    EVERYWHERE,
    REGION,
    acl,
    attachment,
    entry,
    group,
    interface,
    route,
    subnet,
    table,
    vpc,
    vpc_attachment,
)

HUB, HUB_CIDR = "100000000000", "10.0.0.0/16"
TIERS = ("app", "data", "tgw")
ZONES = ("az1", "az2")
KINDS = ("Reservations", "InternetGateways", "NatGateways", "VpcEndpoints", "VpcPeeringConnections", "LoadBalancers")


def spoke(name, account, number):
    """Return the files of a spoke: 4,096 of them have addresses of their own."""
    first = f"10.{16 + number // 16}.{number % 16 * 16}"
    base = int(first.rpartition(".")[2])
    cidr = f"{first}.0/20"
    subnets = {
        f"{name}-{tier}-{zone}": (tier, zone, f"10.{16 + number // 16}.{base + 2 * at + at_zone}")
        for at, tier in enumerate(TIERS)
        for at_zone, zone in enumerate(ZONES)
    }
    of_tier = {tier: [named for named, found in subnets.items() if found[0] == tier] for tier in TIERS}
    from_hub = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": HUB_CIDR}]}
    from_app = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    from_app["UserIdGroupPairs"] = [{"GroupId": f"sg-{name}-app", "VpcId": f"vpc-{name}"}]
    return {
        **{kind: [] for kind in KINDS},
        "Vpcs": [vpc(account, name, cidr)],
        "Subnets": [
            {
                **subnet(name, named, f"{prefix}.0/24", zone),
                "OwnerId": account,
                "Tags": [{"Key": "closednet:name", "Value": f"{tier}.{zone}"}],
            }
            for named, (tier, zone, prefix) in subnets.items()
        ],
        "RouteTables": [
            table(name, f"{name}-{tier}", [route("10.0.0.0/8", TransitGatewayId="tgw-1")], *of_tier[tier], cidr=cidr)
            for tier in TIERS
        ],
        "NetworkAcls": [
            acl(name, f"{name}-app", *of_tier["app"], *of_tier["tgw"]),
            acl(name, f"{name}-data", *of_tier["data"], entries=_entries(cidr)),
        ],
        "SecurityGroups": [group(name, f"{name}-app", [from_hub]), group(name, f"{name}-data", [from_app, from_hub])],
        "NetworkInterfaces": [
            {**interface(name, named, f"{named}-{host}", f"{prefix}.{host}", [f"{name}-{tier}"]), "OwnerId": account}
            for named, (tier, _zone, prefix) in subnets.items()
            if tier != "tgw"
            for host in (10, 11, 20)
        ],
        "TransitGatewayVpcAttachments": [vpc_attachment(name, *of_tier["tgw"])],
    }


def _entries(cidr):
    inside = [entry(100, protocol="6", ports=(5432, 5432), cidr=cidr), entry(110, "deny", "6", (22, 22))]
    return [*inside, entry(120, cidr=HUB_CIDR), entry(100, egress=True)]


def hub(spokes):
    """Return the hub's files. Spokes reach the hub, the hub reaches spokes, and no spoke another one."""
    subnets = [f"hub-{tier}-{zone}" for tier in ("shared", "dns") for zone in ZONES]
    to_hub = [to(HUB_CIDR, "propagated", "tgw-attach-hub"), to("10.0.0.0/8", "static", "")]
    to_spokes = [to(f"10.{16 + at // 16}.{at % 16 * 16}.0/20", "propagated", f"tgw-attach-s{at}") for at in spokes]
    associated = {f"s{at}": "spokes" for at in spokes} | {"hub": "hub"}
    accounts = {f"s{at}": f"{200000000000 + at}" for at in spokes} | {"hub": HUB}
    files = {
        **{kind: [] for kind in KINDS},
        "Vpcs": [vpc(HUB, "hub", HUB_CIDR)],
        "Subnets": [
            {
                **subnet("hub", named, f"10.0.{at}.0/24", named[-3:]),
                "OwnerId": HUB,
                "Tags": [{"Key": "closednet:name", "Value": f"{named.split('-')[1]}.{named[-3:]}"}],
            }
            for at, named in enumerate(subnets)
        ],
        "RouteTables": [table("hub", "hub", [route("10.0.0.0/8", TransitGatewayId="tgw-1")], cidr=HUB_CIDR)],
        "NetworkAcls": [acl("hub", "hub", *subnets)],
        "SecurityGroups": [group("hub", name, [EVERYWHERE]) for name in ("shared", "dns")],
        "NetworkInterfaces": [
            {**interface("hub", named, f"{named}-{host}", f"10.0.{at}.{host}", [named.split("-")[1]]), "OwnerId": HUB}
            for at, named in enumerate(subnets)
            for host in (10, 11)
        ],
        "TransitGatewayRouteTables": [
            {"TransitGatewayRouteTableId": f"tgw-rtb-{name}", "TransitGatewayId": "tgw-1"} for name in ("hub", "spokes")
        ],
        "TransitGatewayRoutes": [
            {"TransitGatewayRouteTableId": f"tgw-rtb-{name}", "Routes": routes}
            for name, routes in (("hub", to_spokes), ("spokes", to_hub))
        ],
    }
    files["TransitGatewayAttachments"] = [
        {
            **attachment(name, accounts[name]),
            "Association": {"State": "associated", "TransitGatewayRouteTableId": f"tgw-rtb-{of}"},
        }
        for name, of in associated.items()
    ]
    files["TransitGatewayVpcAttachments"] = [vpc_attachment("hub", "hub-shared-az1", "hub-shared-az2")]
    return files


def to(cidr, kind, target):
    found = {"DestinationCidrBlock": cidr, "Type": kind, "State": "active" if target else "blackhole"}
    return {**found, "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": target}] if target else []}


def network(size):
    """Return the snapshot of a hub and so many spokes."""
    accounts = {f"{200000000000 + at}": spoke(f"s{at}", f"{200000000000 + at}", at) for at in range(size)}
    accounts[HUB] = hub(range(size))
    return snapshot.parse(
        {
            f"accounts/{account}/{REGION}/{kind}.json": {kind: items}
            for account, found in accounts.items()
            for kind, items in found.items()
        }
    )
