# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The networks of test_trace with IPv6 beside IPv4, one thing broken for IPv6 alone."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HUB,
    World,
    interface,
)

BLOCKS = {"alpha": "2a05:d014:1", "shared": "2a05:d014:2", "beta": "2a05:d014:3"}
EVERYWHERE = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
DNS = "2001:4860:4860::8888"


def block(cidr):
    return [{"Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": {"State": "associated"}}]


def six(to, **target):
    return {"DestinationIpv6CidrBlock": to, "State": "active", **target}


@pytest.fixture
def world():
    world = World()
    for kinds in world.files.values():
        for item in kinds["Vpcs"]:
            item["Ipv6CidrBlockAssociationSet"] = block(f"{BLOCKS[item['VpcId'][4:]]}::/56")
        for item in kinds["Subnets"]:
            third = int(item["CidrBlock"].split(".")[2])
            item["Ipv6CidrBlockAssociationSet"] = block(f"{BLOCKS[item['VpcId'][4:]]}:{third:x}::/64")
        for item in kinds["NetworkInterfaces"]:
            numbers = item["PrivateIpAddress"].split(".")
            name = item["VpcId"][4:]
            if item["InterfaceType"] == "interface":
                item["Ipv6Addresses"] = [{"Ipv6Address": f"{BLOCKS[name]}:{int(numbers[2]):x}::{numbers[3]}"}]
        for item in kinds["SecurityGroups"]:
            for key in ("IpPermissions", "IpPermissionsEgress"):
                item[key] = [*item[key], EVERYWHERE]
        for item in kinds["NetworkAcls"]:
            item["Entries"] = [
                *item["Entries"],
                *({**_of_six(e), "RuleNumber": e["RuleNumber"] + 1} for e in item["Entries"]),
            ]
        for item in kinds["RouteTables"]:
            item["Routes"].append(six(f"{BLOCKS[item['VpcId'][4:]]}::/56", GatewayId="local"))
    world.item("rtb-app")["Routes"] += [
        six(f"{BLOCKS['shared']}::/56", TransitGatewayId="tgw-1"),
        six(f"{BLOCKS['beta']}::/56", VpcPeeringConnectionId="pcx-1"),
        six("::/0", EgressOnlyInternetGatewayId="eigw-1"),
        six("64:ff9b::/96", NatGatewayId="nat-1"),
    ]
    world.item("rtb-public")["Routes"].append(six("::/0", GatewayId="igw-1"))
    world.item("rtb-shared", HUB)["Routes"].append(six(f"{BLOCKS['alpha']}::/56", TransitGatewayId="tgw-1"))
    world.item("rtb-beta", BETA)["Routes"].append(six(f"{BLOCKS['alpha']}::/56", VpcPeeringConnectionId="pcx-1"))
    return world


def _of_six(entry):
    found = {key: value for key, value in entry.items() if key != "CidrBlock"}
    return {**found, "Ipv6CidrBlock": "::/0"}


APP, DATA, WEB = f"{BLOCKS['alpha']}:1::10", f"{BLOCKS['alpha']}:2::10", f"{BLOCKS['alpha']}:3::10"

PATHS = {
    "one subnet": (APP, f"{BLOCKS['alpha']}:1::11", ["i-app", "eni-app2"]),
    "one VPC": (APP, DATA, ["i-app", "subnet-app", "vpc-alpha", "subnet-data", "eni-data"]),
    "out by the egress-only gateway": ("i-app", DNS, ["i-app", "subnet-app", "vpc-alpha", "eigw-1"]),
    "out by the internet gateway": ("eni-web", DNS, ["eni-web", "subnet-public", "vpc-alpha", "igw-1"]),
    "in by the internet gateway": (DNS, "eni-web", ["igw-1", "vpc-alpha", "subnet-public", "eni-web"]),
    "transit gateway": (
        *("i-app", f"{BLOCKS['shared']}:1::10"),
        ["i-app", "subnet-app", "vpc-alpha", "tgw-1", "vpc-shared", "subnet-dns", "eni-dns"],
    ),
    "peering": (
        *("i-app", f"{BLOCKS['beta']}:1::10"),
        ["i-app", "subnet-app", "vpc-alpha", "vpc-beta", "subnet-beta", "eni-beta"],
    ),
    "NAT64": (
        *("i-app", "64:ff9b::808:808"),
        ["i-app", "subnet-app", "vpc-alpha", "nat-1", "subnet-public", "vpc-alpha", "igw-1"],
    ),
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("options", [{"port": 443}, {"protocol": "udp", "port": 53}], ids=str)
def test_ipv6_delivers(world, name, options):
    source, destination, path = PATHS[name]
    verdict = world.trace(source, destination, **options)
    assert (verdict.verdict, list(verdict.path)) == ("delivered", path), verdict


def deny(acl_id, egress=False, account=ALPHA):
    denial = {"RuleNumber": 1, "RuleAction": "deny", "Protocol": "-1", "Ipv6CidrBlock": "::/0", "Egress": egress}
    return lambda world: world.rules(acl_id, denial, account=account)


def without_six(table_id, account=ALPHA):
    def mutate(world):
        table = world.item(table_id, account)
        local = [route for route in table["Routes"] if route.get("GatewayId") == "local"]
        table["Routes"] = [*local, *(r for r in table["Routes"] if "DestinationCidrBlock" in r and r not in local)]

    return mutate


def no_rules_of_six(group_id, key):
    return lambda world: world.item(group_id).update(
        {key: [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
    )


def no_support(world):
    for item in world.files[HUB]["TransitGatewayVpcAttachments"]:
        item["Options"] = {"Ipv6Support": "disable"}


BROKEN = {
    "ACL": (APP, DATA, deny("acl-data"), "denied", "acl-data"),
    "ACL, answers": (APP, DATA, deny("acl-data", egress=True), "denied", "acl-data"),
    "group": (APP, DATA, no_rules_of_six("sg-data", "IpPermissions"), "denied", "sg-data"),
    "group, egress": (APP, DATA, no_rules_of_six("sg-app", "IpPermissionsEgress"), "denied", "sg-app"),
    "no route": ("i-app", DNS, without_six("rtb-app"), "no_route", "rtb-app"),
    "no route back": ("i-app", f"{BLOCKS['beta']}:1::10", without_six("rtb-beta", BETA), "no_route", "rtb-beta"),
    "attachment": ("i-app", f"{BLOCKS['shared']}:1::10", no_support, "denied", "tgw-attach-alpha"),
    "in by the egress-only gateway": (DNS, "i-app", lambda world: None, "denied", "eigw-1"),
    "a NAT gateway takes no other IPv6": (
        *("i-app", DNS),
        lambda world: world.item("rtb-app")["Routes"].append(six(f"{DNS}/128", NatGatewayId="nat-1")),
        *("no_route", "nat-1"),
    ),
    "nobody": (APP, f"{BLOCKS['alpha']}:2::77", lambda world: None, "no_route", "subnet-data"),
    "a private IPv6 address at the internet gateway": (
        *("eni-web", "fd00:1::1", lambda world: None, "no_route", "igw-1"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_for_ipv6_decides(world, name):
    source, destination, mutate, expected, id_ = BROKEN[name]
    mutate(world)
    verdict = world.trace(source, destination, port=443)
    assert (verdict.verdict, verdict.decided_by.ids[0]) == (expected, id_), verdict


def test_ids_stand_for_the_addresses_of_both_versions(world):
    """One that delivers is enough; if none does, both are told."""
    world.rules(
        "acl-data", {"RuleNumber": 2, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "Egress": False}
    )
    verdict = world.trace("i-app", "eni-data", port=443)
    assert verdict.verdict == "delivered" and verdict.notes[0].startswith("by IPv6; by IPv4: inbound rule 2 denies")
    assert world.trace("10.1.1.10", "10.1.2.10", port=443).verdict == "denied"
    deny("acl-data")(world)
    verdict = world.trace("i-app", "eni-data", port=443)
    assert (verdict.verdict, [one.ids for one in verdict.blockers]) == ("denied", [("acl-data",)] * 2)
    world.files[ALPHA].pop("NetworkAcls")
    assert world.trace("i-app", "eni-data", port=443).verdict == "unknown"


def test_interfaces_with_ipv6_only(world):
    native = {"SubnetId": "subnet-six", "VpcId": "vpc-alpha", "AvailabilityZoneId": "az1", "Ipv6Native": True}
    native["Ipv6CidrBlockAssociationSet"] = block(f"{BLOCKS['alpha']}:6::/64")
    world.files[ALPHA]["Subnets"].append(native)
    world.item("acl-data")["Associations"].append({"SubnetId": "subnet-six"})
    world.item("rtb-app")["Associations"].append({"SubnetId": "subnet-six"})
    only = interface("alpha", "six", "six", "0.0.0.0", ["app"])
    only = {key: value for key, value in only.items() if not key.startswith("PrivateIp")}
    only["Ipv6Addresses"] = [{"Ipv6Address": f"{BLOCKS['alpha']}:6::5"}]
    world.files[ALPHA]["NetworkInterfaces"].append(only)
    assert world.trace("i-app", "eni-six", port=443).path[-1] == "eni-six"
    assert world.trace("eni-six", "64:ff9b::808:808", port=443).verdict == "delivered"


def test_a_delegated_prefix_is_of_its_interface(world):
    world.item("eni-data")["Ipv6Prefixes"] = [{"Ipv6Prefix": f"{BLOCKS['alpha']}:2:1::/80"}]
    verdict = world.trace("i-app", f"{BLOCKS['alpha']}:2:1::7", port=443)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "eni-data")


def test_an_interface_may_deny_all_traffic_of_internet_gateways(world):
    """As of an internal load balancer: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html"""
    world.item("eni-web")["DenyAllIgwTraffic"] = True
    verdict = world.trace(DNS, WEB, port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", ("eni-web",))
    assert world.trace(APP, WEB, port=443).verdict == "delivered"


def test_what_ipv6_denies_is_unknown_where_ipv4_is(world):
    deny("acl-data")(world)
    world.item("sg-data")["IpPermissions"] = [
        {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-gone"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    ]
    verdict = world.trace("i-app", "eni-data", port=443)
    assert verdict.verdict == "unknown"
    assert {(one.verdict, one.by) for one in verdict.blockers} == {("unknown", "snapshot"), ("denied", "network_acl")}


def test_an_id_stands_for_its_primary_address(world):
    secondary = {"PrivateIpAddress": "10.1.2.99", "Primary": False}
    world.item("eni-data")["PrivateIpAddresses"].insert(0, secondary)
    world.item("eni-data")["Ipv6Addresses"].insert(0, {"Ipv6Address": f"{BLOCKS['alpha']}:2::99"})
    world.item("eni-data")["Ipv6Addresses"][1]["IsPrimaryIpv6"] = True
    world.rules(
        "acl-data", {"RuleNumber": 1, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "10.0.0.0/8", "Egress": True}
    )
    world.item("sg-app")["IpPermissionsEgress"] = []
    verdict = world.trace("i-app", "eni-data", port=443)
    assert [one.says for one in verdict.blockers if one.by == "security_group"] == [
        "no egress rule allows tcp/443 from 10.1.1.10 to 10.1.2.10",
        f"no egress rule allows tcp/443 from {APP} to {DATA}",
    ]
