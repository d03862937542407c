# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Central egress as AWS recommends it, as Describe calls show it: spokes behind a transit gateway, one way out through
Network Firewall's endpoints and NAT gateways, one of each per zone.

https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/
using-nat-gateway-with-firewall.html
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot

REGION = "eu-central-1"
HUB, EGRESS = "111111111111", "999999999999"
SPOKES = {"alpha": ("222222222222", "10.1.0.0/16"), "beta": ("333333333333", "10.2.0.0/16")}
ZONES = ("az1", "az2")
INSPECTION = "100.64.0.0/16"
INTERNET = "0.0.0.0/0"
INTERNAL = "10.0.0.0/8"
PUBLIC = "3.120.0.77"


def route(to, target, **more):
    key = {"tgw-": "TransitGatewayId", "nat-": "NatGatewayId", "eni-": "NetworkInterfaceId"}.get(
        target[:4], "GatewayId"
    )
    where = "DestinationPrefixListId" if to.startswith("pl-") else "DestinationCidrBlock"
    where = "DestinationIpv6CidrBlock" if ":" in to else where
    return {where: to, key: target, "State": "active", "Origin": "CreateRoute", **more}


def table(name, vpc, cidr, routes, subnets=(), **association):
    local = {"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}
    associations = [{"Main": False, "SubnetId": f"subnet-{subnet}"} for subnet in subnets]
    return {
        "RouteTableId": f"rtb-{name}",
        "VpcId": f"vpc-{vpc}",
        "Associations": associations or [association or {"Main": True}],
        "Routes": [local, *routes],
    }


def subnet(name, vpc, cidr, zone):
    return {"SubnetId": f"subnet-{name}", "VpcId": f"vpc-{vpc}", "CidrBlock": cidr, "AvailabilityZoneId": zone}


def to_attachment(cidr, name, kind="propagated", state="active"):
    targets = [{"TransitGatewayAttachmentId": f"tgw-attach-{name}", "ResourceType": "vpc"}] if state == "active" else []
    return {"DestinationCidrBlock": cidr, "Type": kind, "State": state, "TransitGatewayAttachments": targets}


def interface(name, vpc, subnet_name, address, public=None, kind="interface"):
    association = {"Association": {"PublicIp": public}} if public else {}
    return {
        "NetworkInterfaceId": f"eni-{name}",
        "VpcId": f"vpc-{vpc}",
        "SubnetId": f"subnet-{subnet_name}",
        "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True, **association}],
        "InterfaceType": kind,
        "Groups": [],
    }


def acl(vpc, subnets):
    """Return a network ACL of all the VPC's subnets that admits everything."""
    entry = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": INTERNET}
    return {
        "NetworkAclId": f"acl-{vpc}",
        "VpcId": f"vpc-{vpc}",
        "Associations": [{"SubnetId": item["SubnetId"]} for item in subnets],
        "Entries": [{**entry, "Egress": egress} for egress in (True, False)],
    }


class Network:
    """The files of a snapshot, symmetric until a test changes something."""

    def __init__(self):
        self.files = {HUB: self._hub(), EGRESS: self._egress()}
        for name, (account, cidr) in SPOKES.items():
            self.files[account] = self._spoke(name, account, cidr)

    def _hub(self):
        of = {"alpha": SPOKES["alpha"][0], "beta": SPOKES["beta"][0], "inspection": EGRESS}
        attachments = [
            {
                "TransitGatewayAttachmentId": f"tgw-attach-{name}",
                "TransitGatewayId": "tgw-1",
                "ResourceType": "vpc",
                "ResourceId": f"vpc-{name}",
                "ResourceOwnerId": owner,
                "State": "available",
                "Association": {
                    "State": "associated",
                    "TransitGatewayRouteTableId": f"tgw-rtb-{'inspection' if name == 'inspection' else 'spokes'}",
                },
            }
            for name, owner in of.items()
        ]
        names = ("spokes", "inspection")
        propagated = [to_attachment(cidr, name) for name, (_account, cidr) in SPOKES.items()]
        return {
            **{kind: [] for kind in ("Vpcs", "Subnets", "RouteTables", "NetworkInterfaces", "VpcEndpoints")},
            "TransitGatewayVpcAttachments": [],
            "TransitGatewayAttachments": attachments,
            "TransitGatewayRouteTables": [
                {"TransitGatewayRouteTableId": f"tgw-rtb-{name}", "TransitGatewayId": "tgw-1"} for name in names
            ],
            "TransitGatewayRoutes": [
                {
                    "TransitGatewayRouteTableId": "tgw-rtb-spokes",
                    "Routes": [to_attachment(INTERNET, "inspection", "static")],
                },
                {"TransitGatewayRouteTableId": "tgw-rtb-inspection", "Routes": propagated},
            ],
        }

    def _egress(self):
        subnets, tables, nats, endpoints = [], [], [], []
        for number, zone in enumerate(ZONES, 1):
            subnets += [
                subnet(f"itgw-{number}", "inspection", f"100.64.{number}.0/28", zone),
                subnet(f"ifw-{number}", "inspection", f"100.64.{number}.16/28", zone),
                subnet(f"ipub-{number}", "inspection", f"100.64.{number}.32/28", zone),
            ]
            out = {"itgw": f"vpce-{number}", "ifw": f"nat-{number}", "ipub": "igw-inspection"}
            back = {"itgw": None, "ifw": "tgw-1", "ipub": f"vpce-{number}"}
            for tier, target in out.items():
                routes = [route(INTERNET, target)] + ([route(INTERNAL, back[tier])] if back[tier] else [])
                name = f"{tier}-{number}"
                tables.append(table(name, "inspection", INSPECTION, routes, [name]))
            address = {"PrivateIp": f"100.64.{number}.40", "PublicIp": f"3.120.0.{number}", "IsPrimary": True}
            nats.append(
                {
                    "NatGatewayId": f"nat-{number}",
                    "VpcId": "vpc-inspection",
                    "SubnetId": f"subnet-ipub-{number}",
                    "State": "available",
                    "ConnectivityType": "public",
                    "NatGatewayAddresses": [{"NetworkInterfaceId": f"eni-nat-{number}", **address}],
                }
            )
            endpoints.append(
                {
                    "VpcEndpointId": f"vpce-{number}",
                    "VpcEndpointType": "GatewayLoadBalancer",
                    "VpcId": "vpc-inspection",
                    "SubnetIds": [f"subnet-ifw-{number}"],
                    "State": "available",
                    "RequesterManaged": True,
                    "Tags": [
                        {"Key": "AWSNetworkFirewallManaged", "Value": "true"},
                        {"Key": "Firewall", "Value": f"arn:aws:network-firewall:{REGION}:{EGRESS}:firewall/central"},
                    ],
                }
            )
        tables.append(table("inspection-main", "inspection", INSPECTION, []))
        return {
            "Vpcs": [{"VpcId": "vpc-inspection", "CidrBlock": INSPECTION, "OwnerId": EGRESS}],
            "Subnets": subnets,
            "RouteTables": tables,
            "NatGateways": nats,
            "VpcEndpoints": endpoints,
            "InternetGateways": [{"InternetGatewayId": "igw-inspection", "Attachments": [{"VpcId": "vpc-inspection"}]}],
            "NetworkInterfaces": [],
            "NetworkAcls": [acl("inspection", subnets)],
            "PrefixLists": [],
            "TransitGatewayVpcAttachments": [self._attached("inspection", "itgw", EGRESS, "enable")],
            "VpcPeeringConnections": [],
            "Reservations": [],
        }

    @staticmethod
    def _attached(name, tier, owner, appliance_mode="disable"):
        return {
            "TransitGatewayAttachmentId": f"tgw-attach-{name}",
            "TransitGatewayId": "tgw-1",
            "VpcId": f"vpc-{name}",
            "VpcOwnerId": owner,
            "State": "available",
            "SubnetIds": [f"subnet-{tier}-{number}" for number, _zone in enumerate(ZONES, 1)],
            "Options": {"ApplianceModeSupport": appliance_mode},
        }

    def _spoke(self, name, account, cidr):
        prefix = cidr.rpartition(".0.0/")[0]
        tiers = {"app": 10, "public": 20, "tgw": 30}
        subnets = [
            subnet(f"{name}-{tier}-{number}", name, f"{prefix}.{third + number}.0/24", zone)
            for tier, third in tiers.items()
            for number, zone in enumerate(ZONES, 1)
        ]
        names = {tier: [f"{name}-{tier}-{number}" for number in (1, 2)] for tier in tiers}
        public = [route(INTERNET, f"igw-{name}"), route(INTERNAL, "tgw-1")]
        tables = [
            table(f"{name}-app", name, cidr, [route(INTERNET, "tgw-1")], names["app"]),
            table(f"{name}-public", name, cidr, public, names["public"]),
            table(f"{name}-main", name, cidr, []),
        ]
        web = [interface("web", name, "alpha-public-1", "10.1.21.10", PUBLIC)] if name == "alpha" else []
        return {
            "Vpcs": [{"VpcId": f"vpc-{name}", "CidrBlock": cidr, "OwnerId": account}],
            "Subnets": subnets,
            "RouteTables": tables,
            "NetworkInterfaces": [*web, interface(f"app-{name}", name, f"{name}-app-1", f"{prefix}.11.10")],
            "InternetGateways": [{"InternetGatewayId": f"igw-{name}", "Attachments": [{"VpcId": f"vpc-{name}"}]}],
            "NatGateways": [],
            "VpcEndpoints": [],
            "NetworkAcls": [acl(name, subnets)],
            "PrefixLists": [],
            "TransitGatewayVpcAttachments": [self._attached(name, f"{name}-tgw", account)],
            "VpcPeeringConnections": [],
            "Reservations": [],
        }

    def item(self, id_, kind=None):
        """The item that has the id, in whichever account."""
        for kinds in self.files.values():
            for of_kind, items in kinds.items():
                found = [item for item in items if item.get(snapshot.KINDS[of_kind]) == id_]
                if found and kind in (None, of_kind):
                    return found[0]
        raise KeyError(id_)

    def routes(self, table_id):
        return self.item(table_id, "TransitGatewayRoutes" if table_id.startswith("tgw-") else "RouteTables")["Routes"]

    def point(self, table_id, destination, target, **more):
        """Let a route of a VPC's table lead elsewhere, or add it."""
        kept = [found for found in self.routes(table_id) if destination not in found.values()]
        self.routes(table_id)[:] = [*kept, route(destination, target, **more)]

    def drop(self, table_id, destination):
        self.routes(table_id)[:] = [found for found in self.routes(table_id) if destination not in found.values()]

    def parsed(self):
        return snapshot.parse(
            {
                f"accounts/{account}/{REGION}/{kind}.json": {kind: items}
                for account, kinds in self.files.items()
                for kind, items in kinds.items()
            }
        )
