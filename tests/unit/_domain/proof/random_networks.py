# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random networks of several accounts, dual stack, and random packets in them: what two engines must agree on."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    REGION,
    attachment,
    group,
    interface,
    route,
    subnet,
    table,
    vpc,
    vpc_attachment,
)

HUB = "100000000000"
ZONES = ("az1", "az2")
LISTS = {"pl-a": ["10.1.0.0/16", "10.2.1.0/24"], "pl-b": ["10.2.0.0/15", "10.0.0.0/24"], "pl-6": ["fd00:2::/32"]}
# What nobody read.
MISSING = "pl-missing"
PORTS = [(22, 22), (0, 65535), (443, 443), (1024, 65535), (50, 500)]


def cidr(number, one=None):
    return f"10.{number}.0.0/16" if one is None else f"10.{number}.{one}.0/24"


def cidr6(number, one=None):
    return f"fd00:{number}::/32" if one is None else f"fd00:{number}:0:{one}::/64"


class Network:
    """A network that a random generator decides on. files: as of a snapshot, by account and kind"""

    def __init__(self, rng):
        self.rng = rng
        self.names = [f"v{number}" for number in range(rng.randint(2, 4))]
        # Some VPCs have the same addresses.
        self.numbers = {name: rng.choice([at, at, at, 1]) for at, name in enumerate(self.names)}
        self.account = {name: rng.choice([HUB, f"{200000000000 + at}"]) for at, name in enumerate(self.names)}
        self.gateways = ["tgw-1"] + ["tgw-2"] * rng.choice([0, 0, 1])
        self.of_gateway = {name: rng.choice(self.gateways) for name in self.names}
        self.peered = [
            (one, other) for at, one in enumerate(self.names) for other in self.names[at + 1 :] if rng.random() < 0.3
        ]
        self.files = {account: self._empty() for account in {HUB, *self.account.values()}}
        self.interfaces = []
        for name in self.names:
            self._vpc(name)
        self._transit()
        self.snapshot = self._parsed()

    def _empty(self):
        kinds = (
            *("Vpcs", "Subnets", "RouteTables", "NetworkAcls", "SecurityGroups", "NetworkInterfaces", "Reservations"),
            *("InternetGateways", "NatGateways", "VpcEndpoints", "TransitGatewayVpcAttachments", "PrefixLists"),
            *("VpcPeeringConnections", "LoadBalancers", "VpnGateways"),
        )
        return {kind: [] for kind in kinds}

    # ---- VPCs

    def _vpc(self, name):
        number, rng = self.numbers[name], self.rng
        files = self.files[self.account[name]]
        six = [{"Ipv6CidrBlock": cidr6(number), "Ipv6CidrBlockState": {"State": "associated"}}]
        files["Vpcs"].append({**vpc(self.account[name], name, cidr(number)), "Ipv6CidrBlockAssociationSet": six})
        subnets = [f"{name}-{one}" for one in range(rng.randint(2, 3))]
        for one, named in enumerate(subnets):
            six = [{"Ipv6CidrBlock": cidr6(number, one), "Ipv6CidrBlockState": {"State": "associated"}}]
            made = subnet(name, named, cidr(number, one), rng.choice(ZONES))
            files["Subnets"].append({**made, "Ipv6CidrBlockAssociationSet": six, "OwnerId": self.account[name]})
        self._endpoints(name, subnets, files)
        explicit = [named for named in subnets if rng.random() < 0.7]
        for named in explicit:
            files["RouteTables"].append(self._table(name, named, named))
        files["RouteTables"].append(self._table(name, f"{name}-main"))
        files["NetworkAcls"] += [self._acl(name, named) for named in subnets]
        groups = [f"{name}-{at}" for at in range(2)]
        files["SecurityGroups"] += [self._group(name, named) for named in groups]
        for one, named in enumerate(subnets):
            for host in (10, 11):
                having = rng.choice([groups[:1], groups[1:], groups])
                made = interface(name, named, f"{named}-{host}", f"10.{number}.{one}.{host}", having)
                made["Ipv6Addresses"] = [{"Ipv6Address": f"fd00:{number}:0:{one}::{host}"}]
                files["NetworkInterfaces"].append({**made, "OwnerId": self.account[name]})
                self.interfaces.append(made["NetworkInterfaceId"])
        zones = {item["AvailabilityZoneId"]: item["SubnetId"][7:] for item in files["Subnets"][-len(subnets) :]}
        made = vpc_attachment(name, *zones.values())
        options = {"ApplianceModeSupport": rng.choice(["disable", "disable", "enable"])}
        options["Ipv6Support"] = rng.choice(["enable", "enable", "disable"])
        options["SecurityGroupReferencingSupport"] = rng.choice(["enable", "disable"])
        self._attach({**made, "TransitGatewayId": self.of_gateway[name], "Options": options}, files)
        for one, other in self.peered:
            if name in (one, other):
                sides = {"RequesterVpcInfo": {"VpcId": f"vpc-{one}"}, "AccepterVpcInfo": {"VpcId": f"vpc-{other}"}}
                made = {"VpcPeeringConnectionId": f"pcx-{one}-{other}", "Status": {"Code": "active"}, **sides}
                if made not in files["VpcPeeringConnections"]:
                    files["VpcPeeringConnections"].append(made)

    def _attach(self, made, files):
        files["TransitGatewayVpcAttachments"].append(made)
        if files is not self.files[HUB]:
            self.files[HUB]["TransitGatewayVpcAttachments"].append(made)

    def _endpoints(self, name, subnets, files):
        """Give a VPC perhaps a firewall's endpoint, and a private NAT gateway."""
        if self.rng.random() < 0.4:
            endpoint = {
                "VpcEndpointId": f"vpce-{name}",
                "VpcEndpointType": "GatewayLoadBalancer",
                "VpcId": f"vpc-{name}",
                "SubnetIds": [f"subnet-{subnets[-1]}"],
                "State": "available",
                "RequesterManaged": True,
            }
            files["VpcEndpoints"].append(endpoint)
        if self.rng.random() < 0.3:
            address = f"10.{self.numbers[name]}.0.99"
            nat = {"NatGatewayId": f"nat-{name}", "VpcId": f"vpc-{name}", "SubnetId": f"subnet-{subnets[0]}"}
            of_nat = [{"NetworkInterfaceId": f"eni-nat-{name}", "PrivateIp": address}]
            files["NatGateways"].append({**nat, "State": "available", "NatGatewayAddresses": of_nat})
            made = interface(name, subnets[0], f"nat-{name}", address, [], InterfaceType="nat_gateway")
            files["NetworkInterfaces"].append({**made, "OwnerId": self.account[name]})

    def _table(self, name, table_name, *subnets):
        number, rng = self.numbers[name], self.rng
        routes = [{"DestinationIpv6CidrBlock": cidr6(number), "GatewayId": "local", "State": "active"}]
        for _number in range(rng.randint(1, 4)):
            six = rng.random() < 0.3
            to = self._destination(six)
            if six:
                found = {"DestinationIpv6CidrBlock": to, "State": rng.choice(["active"] * 5 + ["blackhole"])}
            else:
                found = route(to)
                found["State"] = rng.choice(["active"] * 6 + ["blackhole"])
            found |= self._target(name)
            if to not in [self._of(one) for one in routes] and to not in (cidr(number), cidr6(number)):
                routes.append(found)
        return table(name, table_name, routes, *subnets, cidr=cidr(number))

    def _of(self, one):
        keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
        return next(one[key] for key in keys if key in one)

    def _destination(self, six=False):
        rng, number = self.rng, self.rng.choice(list(self.numbers.values()))
        if six:
            return rng.choice([cidr6(number), cidr6(number, rng.randint(0, 2)), "fd00::/16", "::/0"])
        plain = [cidr(number), cidr(number, rng.randint(0, 2)), "10.0.0.0/8", "0.0.0.0/0", "10.0.0.0/14"]
        return rng.choice([*plain, *plain, "pl-a", "pl-b"] + [MISSING] * (rng.random() < 0.05))

    def _target(self, name):
        rng = self.rng
        files = self.files[self.account[name]]
        mine = [{"TransitGatewayId": self.of_gateway[name]}] * 4
        mine += [{"VpcPeeringConnectionId": f"pcx-{a}-{b}"} for a, b in self.peered if name in (a, b)] * 2
        mine += [{"GatewayId": one["VpcEndpointId"]} for one in files["VpcEndpoints"] if one["VpcId"] == f"vpc-{name}"]
        mine += [{"NatGatewayId": one["NatGatewayId"]} for one in files["NatGateways"] if one["VpcId"] == f"vpc-{name}"]
        mine += [{"NetworkInterfaceId": "eni-elsewhere"}] * (rng.random() < 0.05)
        return rng.choice(mine)

    # ---- filters

    def _acl(self, name, subnet_name):
        rng, entries = self.rng, []
        for number in range(rng.randint(0, 3)):
            entries.append(self._entry(100 + number))
        if rng.random() < 0.85:
            for egress in (False, True):
                for key, everywhere in (("CidrBlock", "0.0.0.0/0"), ("Ipv6CidrBlock", "::/0")):
                    allow = {"RuleNumber": 200, "RuleAction": "allow", "Protocol": "-1", "Egress": egress}
                    entries.append({**allow, key: everywhere})
        ids = {"NetworkAclId": f"acl-{subnet_name}", "VpcId": f"vpc-{name}"}
        return {**ids, "Associations": [{"SubnetId": f"subnet-{subnet_name}"}], "Entries": entries}

    def _entry(self, number):
        rng = self.rng
        protocol = rng.choice(["-1", "6", "17", "1", "58"])
        action = rng.choice(["allow", "deny"])
        found = {"RuleNumber": number, "RuleAction": action, "Protocol": protocol, "Egress": rng.random() < 0.5}
        found |= {"Ipv6CidrBlock": self._destination(True)} if rng.random() < 0.3 else {"CidrBlock": self._network()}
        if protocol in ("6", "17") and rng.random() < 0.8:
            first, last = rng.choice(PORTS)
            found["PortRange"] = {"From": first, "To": last}
        if protocol in ("1", "58"):
            found["IcmpTypeCode"] = {"Type": rng.choice([-1, 0, 8, 128, 129]), "Code": rng.choice([-1, 0])}
        return found

    def _network(self):
        number = self.rng.choice(list(self.numbers.values()))
        wide = ["10.0.0.0/8", "0.0.0.0/0", cidr(number)]
        return self.rng.choice([*wide, cidr(number, self.rng.randint(0, 2)), f"10.{number}.0.10/32"])

    def _group(self, name, group_name):
        both = [self._permission(name) for _number in range(3)]
        egress = [self._permission(name) for _number in range(2)]
        if self.rng.random() < 0.6:
            egress.append(
                {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
            )
        return group(name, group_name, both, egress)

    def _permission(self, name):
        rng = self.rng
        protocol = rng.choice(["-1", "tcp", "tcp", "udp", "icmp", "icmpv6"])
        found = {"IpProtocol": protocol}
        if protocol in ("tcp", "udp"):
            found["FromPort"], found["ToPort"] = rng.choice(PORTS)
        if protocol.startswith("icmp"):
            found["FromPort"], found["ToPort"] = rng.choice([(-1, -1), (8, 0), (8, -1), (128, 0), (0, 0)])
        kind = rng.random()
        if kind < 0.5:
            found["IpRanges"] = [{"CidrIp": self._network()}]
        elif kind < 0.65:
            found["Ipv6Ranges"] = [{"CidrIpv6": self._destination(True)}]
        elif kind < 0.8:
            other = rng.choice(self.names)
            found["UserIdGroupPairs"] = [{"GroupId": f"sg-{other}-{rng.randint(0, 1)}", "VpcId": f"vpc-{other}"}]
        else:
            found["PrefixListIds"] = [{"PrefixListId": rng.choice([*LISTS] * 4 + [MISSING])}]
        return found

    # ---- transit gateways

    def _transit(self):
        rng, hub = self.rng, self.files[HUB]
        tables = {id_: [f"{id_}-{at}" for at in range(2)] for id_ in self.gateways}
        attachments = [
            {**attachment(name, self.account[name]), "TransitGatewayId": self.of_gateway[name]} for name in self.names
        ]
        for at, id_ in enumerate(self.gateways):
            if len(self.gateways) > 1:
                other = self.gateways[1 - at]
                attachments.append(self._other(f"peer{at}", id_, "peering", other))
            if rng.random() < 0.4:
                attachments.append(self._other(f"fw{at}", id_, "network-function", f"firewall/fw{at}"))
            if rng.random() < 0.3:
                attachments.append(self._other(f"vpn{at}", id_, "vpn", f"vpn-{at}"))
        for one in attachments:
            named = rng.choice(tables[one["TransitGatewayId"]])
            one["Association"] = {"State": "associated", "TransitGatewayRouteTableId": f"tgw-rtb-{named}"}
            one["Association"] = rng.choice([one["Association"]] * 9 + [{}])
            one["State"] = rng.choice(["available"] * 12 + ["deleted"])
        hub["TransitGatewayAttachments"] = attachments
        hub["TransitGatewayRouteTables"] = [
            {"TransitGatewayRouteTableId": f"tgw-rtb-{named}", "TransitGatewayId": id_}
            for id_ in self.gateways
            for named in tables[id_]
        ]
        hub["TransitGatewayRoutes"] = [
            {"TransitGatewayRouteTableId": f"tgw-rtb-{named}", "Routes": self._routes(id_, attachments)}
            for id_ in self.gateways
            for named in tables[id_]
        ]
        hub["TransitGatewayPolicyTableEntries"] = []
        self.has_policies = rng.random() < 0.3
        if self.has_policies:
            self._policies(attachments, tables)
        hub["PrefixLists"] = [{"PrefixListId": id_, "Cidrs": cidrs} for id_, cidrs in LISTS.items()]

    def _other(self, name, gateway, kind, resource):
        found = {"TransitGatewayAttachmentId": f"tgw-attach-{name}", "TransitGatewayId": gateway, "ResourceType": kind}
        return {**found, "ResourceId": resource, "ResourceOwnerId": HUB, "State": "available"}

    def _routes(self, gateway, attachments):
        rng, found, seen = self.rng, [], set()
        mine = [one["TransitGatewayAttachmentId"] for one in attachments if one["TransitGatewayId"] == gateway]
        for one in attachments:
            if one["TransitGatewayId"] == gateway and one["ResourceType"] == "vpc" and rng.random() < 0.6:
                number = self.numbers[one["ResourceId"][4:]]
                for to in (cidr(number), cidr6(number)):
                    if to not in seen:
                        found.append(self._route(to, "propagated", one["TransitGatewayAttachmentId"]))
                        seen.add(to)
        for _number in range(rng.randint(0, 4)):
            to = self._destination(rng.random() < 0.3)
            if to in seen or to == MISSING or not mine:
                continue
            seen.add(to)
            static = self._route(to, "static", rng.choice(mine))
            static["State"] = rng.choice(["active"] * 6 + ["blackhole"] * 2 + ["pending", "deleted"])
            found.append(static)
        return found

    def _route(self, to, kind, target):
        key = "PrefixListId" if to.startswith("pl-") else "DestinationCidrBlock"
        ends = [{"TransitGatewayAttachmentId": target}]
        return {key: to, "Type": kind, "State": "active", "TransitGatewayAttachments": ends}

    def _policies(self, attachments, tables):
        """Associate an attachment with a policy table."""
        rng, one = self.rng, self.rng.choice(attachments)
        entries = []
        for number in range(rng.randint(1, 3)):
            rule = {
                "SourceCidrBlock": rng.choice(["*", self._network()]),
                "DestinationCidrBlock": rng.choice(["*", self._network()]),
                "Protocol": rng.choice(["*", "6", "17", "1"]),
                "SourcePortRange": "*",
                "DestinationPortRange": "*",
            }
            if rule["Protocol"] in ("6", "17") and rng.random() < 0.5:
                rule["DestinationPortRange"] = rng.choice(["443", "50-500"])
            target = f"tgw-rtb-{rng.choice(tables[one['TransitGatewayId']])}"
            entries.append({"PolicyRuleNumber": str(number), "PolicyRule": rule, "TargetRouteTableId": target})
        id_ = "tgw-ptb-1"
        one["Association"] = {"State": "associated", "TransitGatewayPolicyTableId": id_}
        found = {"TransitGatewayPolicyTableId": id_, "TransitGatewayPolicyTableEntries": entries}
        self.files[HUB]["TransitGatewayPolicyTableEntries"] = [found]

    def _parsed(self):
        return snapshot.parse(
            {
                f"accounts/{account}/{REGION}/{kind}.json": {kind: items}
                for account, found in self.files.items()
                for kind, items in found.items()
            }
        )
