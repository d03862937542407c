# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is in one VPC: the rules that decide, dict in, steps out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict, reconcile
from ansible_collections.closednet.aws.plugins.module_utils._resources.endpoints import common, subnet_user
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc import (
    default_security_group,
    flow_log,
    internet_gateway,
    nat_gateway,
    route_table_association,
    subnet,
    tier_security_group,
    vpc,
    vpc_dns,
    vpc_ipv6,
    vpc_ipv6_cidr,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc.security_group_rules import rule
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

VPC = {"cidrs": ["10.0.0.0/16", "10.1.0.0/16"], "dns_support": True, "dns_hostnames": True, "tags": {}}
SUBNET = {"vpc": "vpc-1", "cidr": "10.0.0.0/24", "az_id": "euc1-az1", "map_public_ip": False, "tags": {"Name": "a"}}


def there(**fields):
    associations = {cidr: f"vpc-cidr-assoc-{cidr}" for cidr in fields.get("cidrs", VPC["cidrs"])}
    return {"vpc": {"main": Actual("vpc-1", {**VPC, **fields}, details={"associations": associations})}}


def test_a_vpc_is_made_with_one_cidr_and_gets_the_others_before_subnets_in_them(planned):
    steps = planned(vpc, {"main": VPC}, {}, vpc_id=None).steps
    assert [step.address for step in steps] == [
        "vpc.main",
        "vpc.main:cidrs.add.10.1.0.0/16",
        "vpc.main:dns_hostnames",
    ]
    assert steps[0].params["CidrBlock"] == "10.0.0.0/16"
    resources = {"vpc": {"main": VPC}, "subnet": {"a": SUBNET}}
    (made,) = planned(subnet, {"a": SUBNET}, {}, resources).steps
    assert "vpc.main:cidrs.add.10.1.0.0/16" in made.needs


def test_a_cidr_goes_after_the_subnets_in_it(planned):
    found = {**there(cidrs=["10.0.0.0/16", "10.9.0.0/16"]), "subnet": {"old": Actual("subnet-1", SUBNET)}}
    add, remove = planned(vpc, {"main": VPC}, found, vpc_id=None).steps
    assert (add.operation, remove.operation) == ("ec2.associate_vpc_cidr_block", "ec2.disassociate_vpc_cidr_block")
    assert remove.params == {"AssociationId": "vpc-cidr-assoc-10.9.0.0/16"}
    assert "subnet.old" in remove.needs


def test_cidrs_are_exchanged_within_the_quota(planned):
    had = [f"10.{number}.0.0/16" for number in range(1, 6)]
    wanted = {**VPC, "cidrs": [had[0], "10.8.0.0/16", "10.9.0.0/16", *had[3:]]}
    found = {**there(cidrs=had), "subnet": {"old": Actual("subnet-1", SUBNET)}}
    steps = planned(vpc, {"main": wanted}, found, vpc_id=None).steps
    assert [step.address.removeprefix("vpc.main:cidrs.") for step in steps] == [
        "remove.10.2.0.0/16",
        "remove.10.3.0.0/16",
        "add.10.8.0.0/16",
        "add.10.9.0.0/16",
    ]
    # One after the other; with a raised quota none has to wait for a removal.
    assert [steps[index].address in steps[index + 1].needs for index in range(3)] == [True] * 3
    raised = planned(vpc, {"main": wanted}, found, vpc_id=None, cidrs_quota=7).steps
    assert raised[0].address == "vpc.main:cidrs.add.10.8.0.0/16"


@pytest.mark.parametrize(
    "off, first, second",
    [(True, "dns_hostnames", "dns_support"), (False, "dns_support", "dns_hostnames")],
    ids=["turned off", "turned on"],
)
def test_dns_hostnames_are_never_on_without_dns_support(planned, off, first, second):
    before, after = ({**VPC, "dns_support": on, "dns_hostnames": on} for on in (off, not off))
    steps = planned(vpc, {"main": after}, there(**before), vpc_id=None).steps
    needs = {step.address: step.needs for step in steps}
    assert needs == {f"vpc.main:{first}": (), f"vpc.main:{second}": (f"vpc.main:{first}",)}


def test_private_dns_of_an_endpoint_comes_after_the_dns_of_its_vpc():
    fields = {"type": "Interface", "private_dns": True, "needs": vpc_dns.ADDRESSES}
    off = Actual("vpce-1", {"type": "Interface", "private_dns": False})
    (change,) = reconcile(common.KIND, {"logs": fields}, {"logs": off})
    assert change.needs == ("vpc_dns.main:dns_support", "vpc_dns.main:dns_hostnames")


def test_another_primary_cidr_is_refused(planned):
    with pytest.raises(Conflict, match=r"primary CIDR of vpc-1 is 10\.5\.0\.0/16"):
        planned(vpc, {"main": VPC}, there(cidrs=["10.5.0.0/16"]), vpc_id=None)


def test_an_adopted_vpc_is_never_deleted_its_own_one_is(planned, lines):
    assert lines(planned(vpc, {"main": VPC}, there(), absent=True, vpc_id="vpc-1")) == []
    assert lines(planned(vpc, {"main": VPC}, there(), absent=True, vpc_id=None)) == ["delete vpc.main"]


def test_a_subnet_of_somebody_else_with_a_declared_cidr_is_in_the_way(planned):
    found = {"subnet": {"app.euc1-az1": Actual("subnet-9", SUBNET, managed=False)}}
    resources = {"vpc": {"main": VPC}, "subnet": {"app.euc1-az1": SUBNET}}
    with pytest.raises(Conflict, match="subnet-9 is in the way"):
        planned(subnet, {"app.euc1-az1": SUBNET}, found, resources)


def test_a_subnet_makes_room_before_another_takes_its_range(planned):
    found = {"subnet": {"old": Actual("subnet-1", SUBNET)}}
    made, removed = planned(subnet, {"new": SUBNET}, found, {"vpc": {"main": VPC}, "subnet": {"new": SUBNET}}).steps
    assert (made.action, removed.action) == ("create", "delete")
    assert removed.address in made.needs


class Reads:
    """Answers of describe calls, by the key of their result."""

    region = "eu-central-1"

    def __init__(self, **answers):
        self.answers = answers

    def read(self, operation, key, **params):
        return self.answers[key]


def read_subnets(wanted, *subnets):
    declared = SimpleNamespace(absent=False, resources={"subnet": wanted}, owner="module/x")
    zones = [{"ZoneId": "euc1-az1"}, {"ZoneId": "euc1-az2"}]
    return subnet.read(
        Reads(Subnets=list(subnets), AvailabilityZones=zones), declared, {"vpc": {"main": Actual("v", {})}}
    )


def described(id_, cidr, **tags):
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    zone = {"AvailabilityZoneId": "euc1-az1", "MapPublicIpOnLaunch": False, "State": "available"}
    return {"SubnetId": id_, "CidrBlock": cidr, "VpcId": "vpc-1", "Tags": pairs, **zone}


def test_an_unknown_zone_is_named_with_those_that_there_are():
    with pytest.raises(Conflict, match=r"'euc1-az9' isn't offered.*it has euc1-az1, euc1-az2"):
        read_subnets({"app.euc1-az9": {**SUBNET, "az_id": "euc1-az9"}})


def test_a_subnet_that_lost_its_name_is_known_by_its_range():
    found = read_subnets({"app": SUBNET}, described("subnet-1", "10.0.0.0/24", **{"closednet:managed": "module/x"}))
    assert (found["app"].id, found["app"].managed) == ("subnet-1", True)


def test_a_new_vpcs_default_group_is_looked_up_and_emptied(planned):
    plan = planned(default_security_group, {"main": {"ingress": [], "egress": []}}, {})
    assert [(step.address, step.action) for step in plan.steps] == [
        ("default_security_group.main", "look up"),
        ("default_security_group.main:ingress.remove", "change"),
        ("default_security_group.main:egress.remove", "change"),
    ]
    assert all(step.params["GroupId"] == Ref("default_security_group.main") for step in plan.changes)


def test_the_default_group_stays_as_it_is_with_absent(planned, lines):
    found = {"default_security_group": {"main": Actual("sg-1", {"ingress": [], "egress": []})}}
    assert lines(planned(default_security_group, {}, found, absent=True)) == []


def test_an_internet_gateway_of_somebody_else_is_in_the_way(planned):
    found = {"internet_gateway": {"main": Actual("igw-9", {"tags": {}}, managed=False)}}
    with pytest.raises(Conflict, match="igw-9 is in the way"):
        planned(internet_gateway, {"main": {"tags": {}}}, found)


LOG = {"resource": "vpc-1", "destination": "arn:aws:s3:::a", "destination_type": "s3", "max_aggregation_interval": 60}
LOG = {**LOG, "resource_type": "VPC", "traffic_type": "ALL", "tags": {}}


def test_a_flow_log_that_differs_is_replaced_the_old_one_first(planned):
    """AWS refuses a second one for the same resource, traffic and destination (FlowLogAlreadyExists)."""
    found = {"flow_log": {"main": Actual("fl-1", {**LOG, "traffic_type": "REJECT"})}}
    made, removed = planned(flow_log, {"main": LOG}, found).steps
    assert (made.address, removed.address, removed.removes) == ("flow_log.main", "flow_log.main:replaced", "fl-1")
    assert removed.address in made.needs


def nat(state):
    fields = {"subnet": "subnet-1", "address": "eipalloc-1", "tags": {}}
    return fields, {"nat_gateway": {"az1": Actual("nat-1", fields, details={"state": state})}}


def test_a_nat_gateway_on_its_way_out_is_waited_for_before_its_successor_is_made(planned):
    fields, found = nat("deleting")
    waits, made = planned(nat_gateway, {"az1": fields}, found).steps
    assert waits.reads_only and waits.wait.until == ("deleted",)
    assert made.action == "create" and waits.address in made.needs


def test_and_before_its_address_is_released(planned):
    _fields, found = nat("deleting")
    plan = planned(nat_gateway, {}, found, absent=True)
    (waits,) = plan.steps
    assert plan.changes == []
    assert "eipalloc-1" in waits.before.values()  # by which Plan.prerequisites puts the release after it


def test_a_subnet_is_moved_to_its_table_by_one_call(planned):
    found = {"route_table_association": {"app": Actual("rtbassoc-1", {"subnet": "subnet-1", "route_table": "rtb-2"})}}
    wanted = {"app": {"subnet": "subnet-1", "route_table": "rtb-1"}}
    (step,) = planned(route_table_association, wanted, found).steps
    assert step.operation == "ec2.replace_route_table_association"


def test_rules_are_added_before_others_go(planned):
    had = [rule("tcp", 22, 22, "10.0.0.0/8"), rule("tcp", 443, 443, "10.0.0.0/8", "old words")]
    wants = [rule("tcp", 80, 80, "10.0.0.0/8"), rule("tcp", 443, 443, "10.0.0.0/8")]
    found = {"default_security_group": {"main": Actual("sg-1", {"ingress": had, "egress": []})}}
    steps = planned(default_security_group, {"main": {"ingress": wants, "egress": []}}, found).steps
    assert [step.operation.removeprefix("ec2.") for step in steps] == [
        "authorize_security_group_ingress",
        "update_security_group_rule_descriptions_ingress",
        "revoke_security_group_ingress",
    ]
    assert [permission["FromPort"] for permission in steps[2].params["IpPermissions"]] == [22]
    assert steps[1].needs == (steps[0].address,) and steps[2].needs == (steps[1].address,)


def test_a_group_that_goes_has_lost_its_rules_and_those_that_name_it(planned):
    """AWS removes none that is named by another's rule, and takes no rule from one that is gone."""

    def group(id_, **rules):
        return Actual(id_, {"vpc": "vpc-1", "group_name": id_, "ingress": [], "egress": [], "tags": {}, **rules})

    found = {
        "app": group("sg-app", ingress=[rule("tcp", 80, 80, "sg-public")]),
        "public": group("sg-public", egress=[rule("tcp", 80, 80, "sg-app")]),
    }
    needed = planned(tier_security_group, {}, {"security_group": found}, absent=True).prerequisites()
    freed = {"security_group.app:ingress.remove", "security_group.public:egress.remove"}
    assert needed == {
        **{address: set() for address in freed},
        "security_group.app": freed,
        "security_group.public": freed,
    }


# ---- IPv6: AssociateVpcCidrBlock, VpcIpv6CidrBlockAssociation --------------------------------------------------------

BYOIP, IPAM = "ipv6pool-ec2-0123456789abcdef0", "ipam-pool-0123456789abcdef0"


def ipv6(pool_id=None, cidr=None, netmask_length=None):
    return {"vpc": "vpc-1", "pool_id": pool_id, "cidr": cidr, "netmask_length": netmask_length}


@pytest.mark.parametrize(
    ("wanted", "arguments"),
    [
        (ipv6(), {"AmazonProvidedIpv6CidrBlock": True}),
        (ipv6(BYOIP), {"Ipv6Pool": BYOIP}),
        (ipv6(BYOIP, "2001:db8::/56"), {"Ipv6Pool": BYOIP, "Ipv6CidrBlock": "2001:db8::/56"}),
        (ipv6(IPAM, netmask_length=52), {"Ipv6IpamPoolId": IPAM, "Ipv6NetmaskLength": 52}),
        (ipv6(IPAM, "fd00:1::/52"), {"Ipv6IpamPoolId": IPAM, "Ipv6CidrBlock": "fd00:1::/52"}),
    ],
)
def test_where_an_ipv6_block_comes_from(planned, wanted, arguments):
    (step,) = planned(vpc_ipv6, {"main": wanted}, {}).steps
    assert step.params == {"VpcId": "vpc-1", **arguments}
    (look_up,) = planned(vpc_ipv6_cidr, {"main": {}}, {}).steps
    assert look_up.reads_only and look_up.needs == ("vpc_ipv6.main",)


def block(cidr, pool):
    state = {"State": "associated"}
    return {"Ipv6CidrBlock": cidr, "Ipv6Pool": pool, "AssociationId": f"id-{pool}", "Ipv6CidrBlockState": state}


BLOCKS = [block("2600::/56", "Amazon"), block("2001:db8::/56", BYOIP), block("fd00:1::/52", "IPAM Managed")]


@pytest.mark.parametrize(
    ("wanted", "pool"),
    [
        (ipv6(), "Amazon"),
        (ipv6(BYOIP), BYOIP),
        (ipv6(IPAM, netmask_length=52), "IPAM Managed"),
        (ipv6(BYOIP, "2001:db8::/56"), BYOIP),
        (ipv6("ipv6pool-ec2-1"), None),
    ],
)
def test_which_of_several_blocks_is_the_declared_one(planned, wanted, pool):
    declared = declaring({"ipv6": "pool"}, {"vpc_ipv6": {"main": wanted}})
    found = vpc_ipv6.read(None, declared, {"vpc": {"main": Actual("vpc-1", {}, details={"ipv6": BLOCKS})}})
    assert {there.id for name, there in found.items() if name == "main"} == ({f"id-{pool}"} if pool else set())
    # Others are left alone.
    assert [there.id for there in found.values() if there.managed] == ([f"id-{pool}"] if pool else [])


def test_a_subnet_leaves_its_ipv6_range_before_it_gets_another(planned):
    had = {**SUBNET, "ipv6_cidr": "2001:db8::/64", "assign_ipv6": True}
    associations = {"ipv6_associations": {"2001:db8::/64": "subnet-cidr-assoc-1"}}
    found = {"subnet": {"a": Actual("subnet-1", had, details=associations)}}
    wanted = {"a": {**had, "ipv6_cidr": "2001:db8:0:4::/64"}}
    steps = planned(subnet, wanted, found, {"vpc": {"main": VPC}, "subnet": wanted}).steps
    assert [step.address.rpartition(".")[2] for step in steps] == ["off", "disassociate", "associate", "on"]
    assert all(later.needs == (earlier.address,) for earlier, later in zip(steps, steps[1:]))


def test_an_ipv6_block_goes_after_the_ranges_in_it(planned):
    had = {**SUBNET, "ipv6_cidr": "2001:db8::/64", "assign_ipv6": False}
    associations = {"ipv6_associations": {"2001:db8::/64": "subnet-cidr-assoc-1"}}
    found = {
        "subnet": {"a": Actual("subnet-1", had, details=associations)},
        "vpc_ipv6": {"2001:db8::/56": Actual("vpc-cidr-assoc-1", {"cidr": "2001:db8::/56"})},
    }
    wanted = {"a": {**had, "ipv6_cidr": ""}}
    (freed,) = planned(subnet, wanted, found, {"vpc": {"main": VPC}, "subnet": wanted}).steps
    (removed,) = planned(vpc_ipv6, {}, found, ipv6="none").steps
    assert freed.operation == "ec2.disassociate_subnet_cidr_block" and freed.address in removed.needs


class Answers:
    """Answers of describe calls, by operation; gathers."""

    def __init__(self, **answers):
        self.answers = answers

    def read(self, operation, key, **params):
        return self.answers.get(key, [])

    def gather(self, *reads):
        return [read() for read in reads]


def interface(kind, subnet_id, description=""):
    id_ = f"eni-{kind}-{subnet_id}"
    return {"NetworkInterfaceId": id_, "InterfaceType": kind, "SubnetId": subnet_id, "Description": description}


def test_of_interfaces_in_a_subnet_only_those_count_that_do_not_go_with_it():
    attachment = {"TransitGatewayAttachmentId": "tgw-attach-1", "State": "available", "SubnetIds": ["subnet-1"]}
    found = {
        "vpc": {"main": Actual("vpc-1", {})},
        "subnet": {"a": Actual("subnet-1", SUBNET), "b": Actual("subnet-2", SUBNET), "c": Actual("subnet-3", SUBNET)},
        "nat_gateway": {"z": Actual("nat-1", {"subnet": "subnet-1"})},
    }
    declared = SimpleNamespace(absent=False, resources={"subnet": {"c": SUBNET}, "nat_gateway": {}}, owner="module/x")
    aws = Answers(
        TransitGatewayVpcAttachments=[
            attachment,
            {**attachment, "TransitGatewayAttachmentId": "old", "State": "deleted"},
        ],
        NetworkInterfaces=[
            interface("transit_gateway", "subnet-1"),
            interface("nat_gateway", "subnet-1"),
            # That of somebody's NAT gateway, of a network load balancer, and of an attachment that isn't listed.
            interface("nat_gateway", "subnet-2"),
            interface("network_load_balancer", "subnet-1", "ELB net/x/1"),
            interface("transit_gateway", "subnet-2"),
        ],
    )
    users = subnet_user.read(aws, declared, found)
    assert list(users) == [
        "tgw-attach-1",
        "eni-nat_gateway-subnet-2",
        "eni-network_load_balancer-subnet-1",
        "eni-transit_gateway-subnet-2",
    ]
    with pytest.raises(Conflict, match=r"\(ELB net/x/1\) is in it; take the subnet off that load balancer"):
        subnet_user.plan({}, {**found, "subnet_user": users}, declared)
    # Nothing goes: no call.
    declared.resources["subnet"] = {"a": SUBNET, "b": SUBNET, "c": SUBNET}
    assert subnet_user.read(None, declared, found) == {}
