# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second opinion on symmetry: every flow between a few addresses of each subnet, hop by hop, in every way AWS may
pick. Written for tests, from AWS's rules alone: no code of the collection, no addresses that stand for others.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

STEPS = 14


class Simulator:
    def __init__(self, files):
        self.items = {}
        for kinds in files.values():
            for kind, items in kinds.items():
                self.items.setdefault(kind, []).extend(items)
        self.subnets = {item["SubnetId"]: item for item in self.items["Subnets"]}
        self.vpcs = {item["VpcId"]: ip_network(item["CidrBlock"]) for item in self.items["Vpcs"]}
        self.lists = {item["PrefixListId"]: item["Cidrs"] for item in self.items.get("PrefixLists", ())}
        self.nats = {item["NatGatewayId"]: item for item in self.items["NatGateways"]}
        self.endpoints = {item["VpcEndpointId"]: item for item in self.items["VpcEndpoints"]}
        self.attached = {i["TransitGatewayAttachmentId"]: i for i in self.items["TransitGatewayVpcAttachments"]}
        self.public = {}
        for item in self.items["NetworkInterfaces"]:
            address = item["PrivateIpAddresses"][0]
            if "Association" in address:
                self.public[item["VpcId"], ip_address(address["PrivateIpAddress"])] = item["SubnetId"]
        for nat in self.nats.values():
            address = ip_address(nat["NatGatewayAddresses"][0]["PrivateIp"])
            self.public[nat["VpcId"], address] = nat["SubnetId"]

    # ---- tables

    def table(self, subnet):
        tables = [t for t in self.items["RouteTables"] if t["VpcId"] == subnet["VpcId"]]
        own = [t for t in tables if any(a.get("SubnetId") == subnet["SubnetId"] for a in t["Associations"])]
        return (own or [t for t in tables if any(a.get("Main") for a in t["Associations"])])[0]

    def edge(self, gateway_id):
        tables = self.items["RouteTables"]
        return next((t for t in tables if any(a.get("GatewayId") == gateway_id for a in t["Associations"])), None)

    def chosen(self, table, address):
        """The target of the route that an address takes; None if there is none that works."""
        best = (-1, -1)
        target = None
        for route in table["Routes"]:
            cidrs = [route["DestinationCidrBlock"]] if "DestinationCidrBlock" in route else []
            rank = 1 if cidrs else 0
            for cidr in cidrs or self.lists.get(route.get("DestinationPrefixListId"), ()):
                if address in ip_network(cidr) and (ip_network(cidr).prefixlen, rank) > best:
                    best = (ip_network(cidr).prefixlen, rank)
                    target = next(v for k, v in route.items() if k.endswith("Id") and not k.startswith("Destination"))
                    target = target if route["State"] == "active" else None
        return target

    def in_transit(self, attachment_id, address):
        """The attachment that a transit gateway sends an address to; None: nowhere."""
        found = {item["TransitGatewayAttachmentId"]: item for item in self.items["TransitGatewayAttachments"]}
        table_id = found[attachment_id]["Association"]["TransitGatewayRouteTableId"]
        (table,) = (t for t in self.items["TransitGatewayRoutes"] if t["TransitGatewayRouteTableId"] == table_id)
        routes = [r for r in table["Routes"] if address in ip_network(r["DestinationCidrBlock"])]
        if not routes:
            return None
        best = max(routes, key=lambda r: (ip_network(r["DestinationCidrBlock"]).prefixlen, r["Type"] == "static"))
        targets = [to["TransitGatewayAttachmentId"] for to in best["TransitGatewayAttachments"]]
        return targets[0] if best["State"] == "active" else None

    # ---- walking. pins: {(attachment, both addresses): zone} of appliance mode

    def walk(self, subnet, source, destination, pins, passed=(), steps=0):
        """Yield (how it ends, subnet or gateway, firewalls passed, pins) for each pick of AWS."""
        if steps > STEPS:
            return
        vpc = self.vpcs[subnet["VpcId"]]
        if destination in ip_network(subnet["CidrBlock"]):
            yield "arrived", subnet, passed, pins
            return
        target = self.chosen(self.table(subnet), destination) or ""
        yield from self.to(target, subnet, vpc, source, destination, pins, passed, steps + 1)

    def to(self, target, subnet, vpc, source, destination, pins, passed, steps):
        if target == "local":
            inside = [
                other
                for other in self.subnets.values()
                if other["VpcId"] == subnet["VpcId"] and destination in ip_network(other["CidrBlock"])
            ]
            if inside:
                yield "arrived", inside[0], passed, pins
        elif target.startswith("vpce-"):
            endpoint = self.endpoints.get(target)
            if endpoint and endpoint["VpcId"] == subnet["VpcId"]:
                own = self.subnets[endpoint["SubnetIds"][0]]
                yield from self.walk(own, source, destination, pins, (*passed, target), steps)
        elif target.startswith("nat-"):
            nat = self.nats.get(target)
            if nat and nat["VpcId"] == subnet["VpcId"]:
                yield "nat", nat, passed, pins
        elif target.startswith("igw-"):
            gateways = {g["InternetGatewayId"]: g for g in self.items["InternetGateways"]}
            if gateways[target]["Attachments"][0]["VpcId"] == subnet["VpcId"] and destination.is_global:
                yield "internet", target, passed, pins
        elif target.startswith("tgw-"):
            yield from self.transit(subnet, source, destination, pins, passed, steps)

    def transit(self, subnet, source, destination, pins, passed, steps):
        zone = subnet["AvailabilityZoneId"]
        entry = next((a for a in self.attached.values() if a["VpcId"] == subnet["VpcId"]), None)
        if not entry or zone not in {self.subnets[id_]["AvailabilityZoneId"] for id_ in entry["SubnetIds"]}:
            return
        onward = self.attached.get(self.in_transit(entry["TransitGatewayAttachmentId"], destination))
        if not onward:
            return
        exits = [self.subnets[id_] for id_ in onward["SubnetIds"]]
        if onward["Options"]["ApplianceModeSupport"] == "enable":
            key = (onward["TransitGatewayAttachmentId"], frozenset({source, destination}))
            for way_out in exits:
                if pins.get(key, way_out["AvailabilityZoneId"]) == way_out["AvailabilityZoneId"]:
                    pinned = {**pins, key: way_out["AvailabilityZoneId"]}
                    yield from self.walk(way_out, source, destination, pinned, passed, steps)
            return
        for way_out in [e for e in exits if e["AvailabilityZoneId"] == zone] or exits:
            yield from self.walk(way_out, source, destination, pins, passed, steps)

    # ---- flows

    def flow_fails(self, subnet, source, destination, between, nats=()):
        """Whether some pick lets a firewall see one direction only, or loses an answer of the internet."""
        return any(
            self.leg_fails(subnet, source, destination, ends, between, nats)
            for ends in self.walk(subnet, source, destination, {})
        )

    def leg_fails(self, subnet, source, destination, ends, between, nats):
        how, where, passed, pins = ends
        if how == "nat":
            legs = self.beyond(where, destination, nats)
            if not any(self.delivers(*leg) for leg in legs):
                return False
            if any(self.leg_fails(*leg[:-1], between, leg[-1]) for leg in legs):
                return True
            # No answer passes anything that gets lost before it comes to the NAT gateway.
            if between and not any(self.answered(*leg) for leg in legs):
                return False
            own = self.subnets[where["SubnetId"]]
            return self.answer_fails(own, destination, source, subnet, passed, pins, between)
        if how == "internet":
            if (subnet["VpcId"], source) not in self.public:
                return False
            return self.inbound_fails(where, subnet, source, destination, passed)
        return self.answer_fails(where, destination, source, subnet, passed, pins, between)

    def beyond(self, nat, destination, nats):
        """(subnet, source, destination, how it ends, NAT gateways so far) of each way on from a NAT gateway, once."""
        if nat["NatGatewayId"] in nats:
            return []
        own, more = self.subnets[nat["SubnetId"]], (*nats, nat["NatGatewayId"])
        address = ip_address(nat["NatGatewayAddresses"][0]["PrivateIp"])
        return [(own, address, destination, ends, more) for ends in self.walk(own, address, destination, {})]

    def delivers(self, subnet, source, destination, ends, nats):
        how, where, _passed, _pins = ends
        if how == "nat":
            return any(self.delivers(*leg) for leg in self.beyond(where, destination, nats))
        return how == "arrived" or (subnet["VpcId"], source) in self.public

    def answered(self, subnet, source, destination, ends, nats):
        """Whether some answer comes back to the subnet."""
        how, where, _passed, pins = ends
        if how == "internet":
            return True
        if how == "nat":
            return any(self.answered(*leg) for leg in self.beyond(where, destination, nats))
        back = self.walk(where, destination, source, pins)
        return any(end[0] == "arrived" and end[1]["SubnetId"] == subnet["SubnetId"] for end in back)

    def answer_fails(self, start, source, destination, wanted, passed, pins, between):
        """Whether an answer from the start subnet reaches the wanted one by other firewalls, or not at all."""
        ends = list(self.walk(start, source, destination, pins))
        good = [end for end in ends if end[0] == "arrived" and end[1]["SubnetId"] == wanted["SubnetId"]]
        if any(end[2] != passed[::-1] for end in good):
            return True
        return not between and len(good) < max(len(ends), 1)

    def inbound_fails(self, gateway_id, subnet, address, outside, expected):
        """Whether packets from a gateway don't reach a public address by these firewalls, in reverse."""
        return [passed for _end, passed in self.from_gateway(gateway_id, subnet, outside, address)] != [expected[::-1]]

    def from_gateway(self, gateway_id, subnet, outside, address):
        table = self.edge(gateway_id)
        target = self.chosen(table, address) if table else "local"
        vpc = self.vpcs[subnet["VpcId"]]
        for how, where, passed, _pins in self.to(target or "", subnet, vpc, outside, address, {}, (), 0):
            if how == "arrived":
                yield where, passed

    def served_fails(self, subnet, address, outside):
        """Whether an answer of a public address doesn't leave by the gateway and firewalls that the packet came by."""
        gateways = [g for g in self.items["InternetGateways"] if g["Attachments"][0]["VpcId"] == subnet["VpcId"]]
        for gateway in gateways[:1]:
            for _where, passed in self.from_gateway(gateway["InternetGatewayId"], subnet, outside, address):
                ends = list(self.walk(subnet, address, outside, {}))
                if not ends or any(e[:3] != ("internet", gateway["InternetGatewayId"], passed[::-1]) for e in ends):
                    return True
        return False

    def asymmetric(self, sources, offsets, outside):
        """Whether any flow fails: from addresses (offsets) of the source subnets to each other and outside."""
        ends = [
            (self.subnets[id_], ip_network(self.subnets[id_]["CidrBlock"])[offset])
            for id_ in sources
            for offset in offsets
        ]
        if any(self.flow_fails(*end, ip_address(to), between=False) for end in ends for to in outside):
            return True
        for (vpc_id, address), subnet_id in self.public.items():
            subnet = self.subnets[subnet_id]
            if subnet_id in sources and vpc_id:
                for to in map(ip_address, outside):
                    if self.flow_fails(subnet, address, to, between=False) or self.served_fails(subnet, address, to):
                        return True
        return any(self.flow_fails(*one, other[1], between=True) for one in ends for other in ends if one is not other)
