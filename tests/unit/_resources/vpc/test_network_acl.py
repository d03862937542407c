# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network ACLs of tiers: what a change lets through while it is under way, and when another ACL takes over."""

from __future__ import annotations

from graphlib import TopologicalSorter
from ipaddress import IPv4Address, IPv4Network
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Plan, Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import packet_filters
from ansible_collections.closednet.aws.plugins.module_utils._domain.vpc.network_acls import Tier
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc import (
    default_network_acl,
    network_acl,
    network_acl_association,
    network_acl_entry,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc.network_acl_rules import compiled
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

OWNER = "tiered_vpc/x"
OWNED = [{"Key": "closednet:managed", "Value": OWNER}, {"Key": "closednet:name", "Value": "app"}]
TIERS = {
    "public": Tier((IPv4Network("10.1.0.0/24"),)),
    "app": Tier((IPv4Network("10.1.1.0/24"),), (32768, 61000)),
    "data": Tier((IPv4Network("10.1.2.0/24"),)),
}


def wanting(flows, quota=20, tiers=None):
    inputs = {"tiers": tiers or TIERS, "flows": flows, "vpc": ["10.1.0.0/16"]}
    resources = {
        "network_acl": {"app": {"vpc": "vpc-1", "tags": {tag["Key"]: tag["Value"] for tag in OWNED}}},
        "network_acl_entry": {},
        "network_acl_association": {"app.az1": {"subnet": "subnet-1", "network_acl": Ref("network_acl.app")}},
        "default_network_acl": {},
        "gateway_prefix_list": {},
    }
    return declaring({"network_acls": {"flows": inputs, "quota": quota}, "handed_over": {}}, resources, OWNER)


def as_ec2(entries, **more):
    """Declared entries -> an ACL as DescribeNetworkAcls has it."""
    numbers = {"tcp": "6", "udp": "17", "all": "-1"}
    shown = []
    for entry in entries:
        ports = {}
        if entry["ports"] != "all":
            first, _dash, last = entry["ports"].partition("-")
            ports = {"PortRange": {"From": int(first), "To": int(last or first)}}
        shown.append(
            {
                "Egress": entry["direction"] == "outbound",
                "RuleNumber": entry["number"],
                "RuleAction": entry["action"],
                "Protocol": numbers[entry["protocol"]],
                "CidrBlock": entry["cidr"],
                **ports,
            }
        )
    acl = {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": False, "Tags": OWNED, "Entries": shown}
    return {**acl, "Associations": [{"SubnetId": "subnet-1", "NetworkAclAssociationId": "aclassoc-1"}], **more}


def read(declared, *acls):
    """What is found where these ACLs are there."""
    aws = SimpleNamespace(read=lambda operation, key, **arguments: list(acls))
    found = {
        "vpc": {"main": Actual("vpc-1", {})},
        "tagged": {},
        "gateway_prefix_list": {},
        "subnet": {"app.az1": Actual("subnet-1", {})},
    }
    for resource in (network_acl, network_acl_entry, network_acl_association, default_network_acl):
        found[resource.KIND.name] = resource.read(aws, declared, found)
    return found


def entries_of(flows):
    return compiled(wanting(flows), {"gateway_prefix_list": {}})["app"]


def planned(declared, found):
    return Plan(tuple(network_acl_entry.plan({}, found, declared)))


ends = st.sampled_from(["public", "data", "vpc", "internet", "10.0.0.0/8", "198.51.100.0/24"])
flows = st.lists(
    st.builds(
        lambda end, out, ports: {"from": "app" if out else end, "to": end if out else "app", "tcp": ports},
        ends,
        st.booleans(),
        st.lists(st.sampled_from(["443", "5432", "8000-9000", "3389"]), min_size=1, max_size=2),
    ),
    max_size=3,
)
FAR = [IPv4Address(a) for a in ("10.1.0.5", "10.1.2.5", "10.1.200.5", "10.9.9.9", "198.51.100.9", "8.8.8.8")]
PORTS = (22, 443, 3389, 5432, 8500, 2000, 40000)


def passing(entries):
    acl = as_ec2(entries)
    acl["Entries"] += [
        {"Egress": way, "RuleNumber": 32767, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
        for way in (True, False)
    ]
    here = IPv4Address("10.1.1.5")
    return {
        (egress, far, port)
        for egress in (False, True)
        for far in FAR
        for port in PORTS
        if packet_filters.network_acl(
            acl, packet_filters.Packet(*((here, far) if egress else (far, here)), "tcp", (port, port)), egress
        )[0]
    }


@settings(deadline=None)
@given(flows, flows)
def test_while_rules_change_nothing_is_cut_or_opened_that_is_not_before_and_after(before, after):
    there, declared = entries_of(before), wanting(after, quota=40)
    plan = planned(declared, read(declared, as_ec2(there)))
    steps = {step.address: step for step in plan.steps}
    at_first, at_last = passing(there), passing(entries_of(after))
    state = {(entry["direction"], entry["number"]): entry for entry in there}
    for address in TopologicalSorter(plan.prerequisites()).static_order():
        fields = {**(steps[address].before or {}), **(steps[address].after or {})}
        at = (fields["direction"], fields["number"])
        if steps[address].removes:
            del state[at]
        else:
            assert at not in state
            state[at] = fields
        now = passing(state.values())
        assert at_first & at_last <= now <= at_first | at_last
    assert now == at_last if steps else at_first == at_last


def many(block):
    return [{"from": f"198.{block}.{number}.0/24", "to": "app", "tcp": ["443"]} for number in range(0, 20, 2)]


def test_a_successor_is_filled_and_takes_the_subnets_where_the_quota_is_in_the_way():
    declared = wanting(many(51))
    found = read(declared, as_ec2(entries_of(many(18))))
    assert list(found["network_acl"]) == ["acl-1"]
    wanted = {
        kind: {name: {**fields} for name, fields in declared.resources[kind].items()}
        for kind in ("network_acl", "network_acl_association")
    }
    plan = Plan(
        (
            *network_acl.plan(wanted["network_acl"], found, declared),
            *network_acl_entry.plan({}, found, declared),
            *network_acl_association.plan(wanted["network_acl_association"], found, declared),
        )
    )
    needs = plan.prerequisites()
    moved = "network_acl_association.app.az1:network_acl"
    made = [step.address for step in plan.steps if step.address.startswith("network_acl_entry.")]
    assert len(made) == 20 and needs[moved] == {"network_acl.app", *made}
    assert needs["network_acl.acl-1"] == {moved}
    # Interrupted, it is gone on with: the one that is being filled is the declared one.
    both = read(
        declared,
        as_ec2(entries_of(many(18))),
        as_ec2(entries_of(many(51))[:7], NetworkAclId="acl-2", Associations=[]),
    )
    assert {name: there.id for name, there in both["network_acl"].items()} == {"app": "acl-2", "acl-1": "acl-1"}


def test_within_the_quota_it_is_changed_in_place():
    declared = wanting(many(51)[:5])
    found = read(declared, as_ec2(entries_of(many(18)[:5])))
    assert list(found["network_acl"]) == ["app"]
    assert [step.action for step in planned(declared, found).steps] == ["create"] * 10 + ["delete"] * 10


def test_a_default_acl_is_not_emptied_under_others_subnets():
    declared = wanting([])
    declared.resources["default_network_acl"]["main"] = emptied = {"inbound": [], "outbound": []}
    allowing = [e for entries in default_network_acl.INITIAL.values() for e in entries]
    default = as_ec2(allowing, IsDefault=True, Tags=[])
    for subnet, refused in (("subnet-1", False), ("subnet-9", True)):
        default["Associations"] = [{"SubnetId": subnet, "NetworkAclAssociationId": "aclassoc-9"}]
        found = read(declared, default)
        if refused:
            with pytest.raises(Conflict, match="subnet-9"):
                default_network_acl.plan({"main": emptied}, found, declared)
        else:
            steps = default_network_acl.plan({"main": emptied}, found, declared)
            assert {step.operation for step in steps} == {"ec2.delete_network_acl_entry"}
            # First the tiers' subnets move away.
            assert all("network_acl_association.app.az1:network_acl" in step.needs for step in steps)
