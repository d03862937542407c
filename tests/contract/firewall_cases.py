# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of network_firewall: a firewall in an inspection VPC, and one at a transit gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, ZONES, Case, Drift, tags
from tests.contract.world import NAME_TAG, OWNER_TAG, World
from tests.emulator.conftest import SPOKE

VPC_OWNER = "tiered_vpc/egress"
INSIDE = "10.0.0.0/8"
# The VPC has it, the firewall doesn't.
UNUSED_ZONE = "euc1-az3"
GROUPS = {
    "payments": {
        "owner": "team-payments",
        "sources": [{"name": "alpha", "cidrs": ["10.1.0.0/16"]}, {"name": "10.7.0.0/16", "cidrs": ["10.7.0.0/16"]}],
        "allow": [
            {"domain": "api.stripe.com", "reason": "card payments"},
            {"cidr": "203.0.113.0/24", "ports": [22], "reason": "the bank's SFTP"},
        ],
    },
    "everyone": {
        "sources": [{"name": "spokes", "cidrs": ["10.1.0.0/16", "10.2.0.0/16"]}],
        "allow": [{"domain": ".example-saas.com", "ports": [80, 443]}],
    },
}
ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16"]}


def tagged(kind: str, name: str) -> list[dict[str, Any]]:
    pairs = [{"Key": OWNER_TAG, "Value": VPC_OWNER}, {"Key": NAME_TAG, "Value": name}]
    return [{"ResourceType": kind, "Tags": pairs}]


def inspection_vpc(world: World) -> None:
    """Create the VPC as tiered_vpc does with tiers tgw, firewall and public, a route table for each subnet."""
    ec2 = world.ec2(SPOKE)
    vpc = ec2.create_vpc(CidrBlock="10.255.0.0/16", TagSpecifications=tagged("vpc", "main"))["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for number, zone in enumerate([*ZONES, UNUSED_ZONE]):
        subnets = {
            tier: ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"10.255.{10 * place + number}.0/24",
                AvailabilityZoneId=zone,
                TagSpecifications=tagged("subnet", f"{tier}.{zone}"),
            )["Subnet"]["SubnetId"]
            for place, tier in enumerate(("public", "firewall", "tgw"))
        }
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=subnets["public"], AllocationId=address)["NatGateway"]["NatGatewayId"]
        ways = {"public": {"GatewayId": gateway}, "firewall": {"NatGatewayId": nat}, "tgw": {}}
        for tier, subnet in subnets.items():
            table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", f"{tier}.{zone}"))
            table_id = table["RouteTable"]["RouteTableId"]
            ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet)
            if ways[tier]:
                ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", **ways[tier])


INSPECTION = {
    "name": "egress",
    "vpc_name": "egress",
    "internal_cidrs": [INSIDE],
    "availability_zone_ids": ZONES,
    "groups": GROUPS,
    "accounts": ACCOUNTS,
    "action": "reject",
    "managed_rule_groups": ["ThreatSignaturesBotnetStrictOrder"],
    "logs": [
        {"log_type": "ALERT", "destination_type": "cloud-watch-logs", "destination": "/egress/alert"},
        {"log_type": "FLOW", "destination_type": "s3", "destination": "arn:aws:s3:::log-archive/egress"},
    ],
    "tags": TAGS,
}
READS = ("network-firewall", "Describe*")


def firewalls(world: World) -> Any:
    return world.client(SPOKE, "network-firewall")


def group(world: World, name: str) -> dict[str, Any]:
    return firewalls(world).describe_rule_group(RuleGroupName=f"egress-{name}", Type="STATEFUL")


def group_arn(world: World) -> str:
    return group(world, "deny")["RuleGroupResponse"]["RuleGroupArn"]


def policy(world: World) -> dict[str, Any]:
    return firewalls(world).describe_firewall_policy(FirewallPolicyName="egress")


def policy_arn(world: World) -> str:
    return policy(world)["FirewallPolicyResponse"]["FirewallPolicyArn"]


def firewall(world: World) -> dict[str, Any]:
    return firewalls(world).describe_firewall(FirewallName="egress")


def firewall_arn(world: World) -> str:
    return firewall(world)["Firewall"]["FirewallArn"]


def retag(world: World, arn: str, **values: str) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in values.items()]
    firewalls(world).tag_resource(ResourceArn=arn, Tags=pairs)


def regroup(change: Callable[[dict[str, Any]], Any]) -> Callable[[World], None]:
    """Return a change of the rule group that denies; change: changes its body in place."""

    def make(world: World) -> None:
        there = group(world, "deny")
        change(there["RuleGroup"])
        token = {"UpdateToken": there["UpdateToken"], "RuleGroupName": "egress-deny", "Type": "STATEFUL"}
        firewalls(world).update_rule_group(**token, RuleGroup=there["RuleGroup"])

    return make


def rule_by_hand(body: dict[str, Any]) -> None:
    rule = 'pass tcp any any -> any 25 (msg:"by hand"; flow:to_server; sid:1; rev:1;)'
    body["RulesSource"]["RulesString"] += f"\n{rule}"


def source_by_hand(body: dict[str, Any]) -> None:
    body["RuleVariables"]["IPSets"]["SRC_everyone"]["Definition"].append("10.99.0.0/16")


def repolicy(**changed: Any) -> Callable[[World], None]:
    """Return a change of top-level keys of the policy's document."""

    def make(world: World) -> None:
        there = policy(world)
        document = {**there["FirewallPolicy"], **changed}
        firewalls(world).update_firewall_policy(
            FirewallPolicyName="egress", UpdateToken=there["UpdateToken"], FirewallPolicy=document
        )

    return make


def without_group(world: World) -> None:
    """Take the rule group that denies out of the policy."""
    there = policy(world)["FirewallPolicy"]["StatefulRuleGroupReferences"]
    kept = [one for one in there if one["ResourceArn"] != group_arn(world)]
    repolicy(StatefulRuleGroupReferences=kept)(world)


def removed_group(world: World) -> None:
    without_group(world)
    firewalls(world).delete_rule_group(RuleGroupName="egress-deny", Type="STATEFUL")


def routes_removed(world: World) -> None:
    ec2 = world.ec2(SPOKE)
    for table in ec2.describe_route_tables()["RouteTables"]:
        for route in table["Routes"]:
            if route.get("GatewayId", route.get("VpcEndpointId", "")).startswith("vpce-"):
                destination = {"DestinationCidrBlock": route["DestinationCidrBlock"]}
                ec2.delete_route(RouteTableId=table["RouteTableId"], **destination)


def unlogged(world: World) -> None:
    for kept in (1, 0):
        configs = firewalls(world).describe_logging_configuration(FirewallName="egress")["LoggingConfiguration"]
        configs = {"LogDestinationConfigs": configs["LogDestinationConfigs"][:kept]}
        firewalls(world).update_logging_configuration(FirewallName="egress", LoggingConfiguration=configs)


def removed(world: World) -> None:
    """Delete the firewall and its policy by hand, as AWS's order asks for."""
    routes_removed(world)
    unlogged(world)
    api = firewalls(world)
    api.update_firewall_delete_protection(FirewallName="egress", DeleteProtection=False)
    api.delete_firewall(FirewallName="egress")
    while any(one["FirewallName"] == "egress" for one in api.list_firewalls()["Firewalls"]):
        pass
    api.delete_firewall_policy(FirewallPolicyName="egress")


def one_zone(world: World) -> None:
    routes_removed(world)
    api = firewalls(world)
    api.update_subnet_change_protection(FirewallName="egress", SubnetChangeProtection=False)
    subnets = firewall(world)["Firewall"]["SubnetMappings"]
    api.disassociate_subnets(FirewallName="egress", SubnetIds=[subnets[-1]["SubnetId"]])
    api.update_subnet_change_protection(FirewallName="egress", SubnetChangeProtection=True)
    while len(firewall(world)["FirewallStatus"]["SyncStates"]) > 1:
        pass


def another_zone(world: World) -> None:
    api = firewalls(world)
    query = [{"Name": f"tag:{NAME_TAG}", "Values": [f"firewall.{UNUSED_ZONE}"]}]
    (subnet,) = world.ec2(SPOKE).describe_subnets(Filters=query)["Subnets"]
    api.update_subnet_change_protection(FirewallName="egress", SubnetChangeProtection=False)
    api.associate_subnets(FirewallName="egress", SubnetMappings=[{"SubnetId": subnet["SubnetId"]}])
    api.update_subnet_change_protection(FirewallName="egress", SubnetChangeProtection=True)


def other_policy(world: World) -> None:
    api = firewalls(world)
    forward = ["aws:forward_to_sfe"]
    made = api.create_firewall_policy(
        FirewallPolicyName="by-hand",
        FirewallPolicy={"StatelessDefaultActions": forward, "StatelessFragmentDefaultActions": forward},
    )
    api.update_firewall_policy_change_protection(FirewallName="egress", FirewallPolicyChangeProtection=False)
    arn = made["FirewallPolicyResponse"]["FirewallPolicyArn"]
    api.associate_firewall_policy(FirewallName="egress", FirewallPolicyArn=arn)
    api.update_firewall_policy_change_protection(FirewallName="egress", FirewallPolicyChangeProtection=True)


def other_policy_deleted(world: World) -> None:
    firewalls(world).delete_firewall_policy(FirewallPolicyName="by-hand")


def log_elsewhere(world: World) -> None:
    configs = firewalls(world).describe_logging_configuration(FirewallName="egress")["LoggingConfiguration"]
    for config in configs["LogDestinationConfigs"]:
        if config["LogType"] == "ALERT":
            config["LogDestination"] = {"logGroup": "/somewhere/else"}
    firewalls(world).update_logging_configuration(FirewallName="egress", LoggingConfiguration=configs)


def table_of(world: World, name: str) -> str:
    query = [{"Name": f"tag:{OWNER_TAG}", "Values": [VPC_OWNER]}, {"Name": f"tag:{NAME_TAG}", "Values": [name]}]
    (table,) = world.ec2(SPOKE).describe_route_tables(Filters=query)["RouteTables"]
    return table["RouteTableId"]


def route_across(world: World) -> None:
    """Lead what comes back in one zone to the endpoint of the other."""
    zones = firewall(world)["FirewallStatus"]["SyncStates"]
    other = zones[max(zones)]["Attachment"]["EndpointId"]
    world.ec2(SPOKE).replace_route(
        RouteTableId=table_of(world, f"public.{ZONES[0]}"), DestinationCidrBlock=INSIDE, VpcEndpointId=other
    )


def protection(operation: str, key: str) -> Callable[[World], Any]:
    return lambda world: getattr(firewalls(world), operation)(FirewallName="egress", **{key: False})


def foreign_firewall(world: World) -> str:
    forward = {"StatelessDefaultActions": ["aws:drop"], "StatelessFragmentDefaultActions": ["aws:drop"]}
    api = firewalls(world)
    theirs = api.create_firewall_policy(FirewallPolicyName="theirs", FirewallPolicy=forward)
    subnets = world.ec2(SPOKE).describe_subnets(
        Filters=[{"Name": f"tag:{NAME_TAG}", "Values": [f"firewall.{ZONES[0]}"]}]
    )["Subnets"]
    made = api.create_firewall(
        FirewallName="egress",
        FirewallPolicyArn=theirs["FirewallPolicyResponse"]["FirewallPolicyArn"],
        VpcId=subnets[0]["VpcId"],
        SubnetMappings=[{"SubnetId": subnets[0]["SubnetId"]}],
    )
    return made["Firewall"]["FirewallArn"]


def foreign_group(world: World) -> str:
    rule = 'drop tcp any any -> any 25 (msg:"theirs"; flow:to_server; sid:1; rev:1;)'
    body = {"RulesSource": {"RulesString": rule}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}
    made = firewalls(world).create_rule_group(
        RuleGroupName="egress-deny", Type="STATEFUL", Capacity=100, RuleGroup=body
    )
    return made["RuleGroupResponse"]["RuleGroupArn"]


def foreign_policy(world: World) -> str:
    drop = {"StatelessDefaultActions": ["aws:drop"], "StatelessFragmentDefaultActions": ["aws:drop"]}
    made = firewalls(world).create_firewall_policy(FirewallPolicyName="egress", FirewallPolicy=drop)
    return made["FirewallPolicyResponse"]["FirewallPolicyArn"]


def foreign_route(world: World) -> str:
    """Create a default route of the transit gateway's tier that leads to the internet gateway."""
    ec2 = world.ec2(SPOKE)
    public = ec2.describe_route_tables(RouteTableIds=[table_of(world, f"public.{ZONES[0]}")])["RouteTables"][0]
    (gateway,) = [route["GatewayId"] for route in public["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"]
    table = table_of(world, f"tgw.{ZONES[0]}")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return table


HOME = {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8", "192.168.0.0/16"]}}}
POLICY_DRIFTS = [
    Drift("policy: a rule group taken out", "firewall_policy", ("rule_groups",), "change", without_group),
    Drift("policy: another home", "firewall_policy", ("home_net",), "change", repolicy(PolicyVariables=HOME)),
    Drift(
        "policy: nothing inspected",
        "firewall_policy",
        ("stateless_default_actions", "stateless_fragment_default_actions"),
        "change",
        repolicy(StatelessDefaultActions=["aws:pass"], StatelessFragmentDefaultActions=["aws:pass"]),
    ),
    Drift(
        "policy: nothing denied",
        "firewall_policy",
        ("default_actions",),
        "change",
        repolicy(StatefulDefaultActions=["aws:alert_established_app_layer_to_server"]),
    ),
    Drift(
        "policy: broken streams go on",
        "firewall_policy",
        ("stream_exception_policy",),
        "change",
        repolicy(StatefulEngineOptions={"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "CONTINUE"}),
    ),
    *tags("firewall_policy", SPOKE, policy_arn, retag),
    Drift("policy: removed", "firewall_policy", ("policy", "rule_order"), "create", removed),
]
NETWORK_FIREWALL = Case(
    "network_firewall",
    SPOKE,
    INSPECTION,
    [SPOKE],
    [
        Drift("rule group: a rule by hand", "firewall_rule_group", ("rules",), "change", regroup(rule_by_hand)),
        Drift(
            "rule group: a source by hand",
            "firewall_rule_group",
            ("variables",),
            "change",
            regroup(source_by_hand),
            confirm=("everyone/10.99.0.0/16",),
        ),
        Drift(
            "rule group: removed",
            "firewall_rule_group",
            ("group", "type", "rule_order", "capacity"),
            "create",
            removed_group,
        ),
        *tags("firewall_rule_group", SPOKE, group_arn, retag),
        *POLICY_DRIFTS,
        Drift("firewall: removed", "firewall", ("name", "vpc"), "create", removed),
        Drift("firewall: one zone", "firewall", ("subnets",), "change", one_zone),
        Drift(
            "firewall: another zone",
            "firewall",
            ("subnets",),
            "change",
            another_zone,
            confirm=(f"egress/{UNUSED_ZONE}",),
        ),
        Drift("firewall: another policy", "firewall", ("policy",), "change", other_policy, other_policy_deleted),
        Drift(
            "firewall: may be deleted",
            "firewall",
            ("delete_protection",),
            "change",
            protection("update_firewall_delete_protection", "DeleteProtection"),
        ),
        Drift(
            "firewall: subnets may change",
            "firewall",
            ("subnet_change_protection",),
            "change",
            protection("update_subnet_change_protection", "SubnetChangeProtection"),
        ),
        Drift(
            "firewall: its policy may change",
            "firewall",
            ("policy_change_protection",),
            "change",
            protection("update_firewall_policy_change_protection", "FirewallPolicyChangeProtection"),
        ),
        *tags("firewall", SPOKE, firewall_arn, retag),
        Drift("logging: off", "firewall_logging", ("destinations",), "change", unlogged),
        Drift("logging: elsewhere", "firewall_logging", ("destinations",), "change", log_elsewhere),
        Drift("route: removed", "firewall_route", ("route_table", "destination", "endpoint"), "create", routes_removed),
        Drift("route: across zones", "firewall_route", ("endpoint",), "change", route_across),
    ],
    before=inspection_vpc,
    foreign={
        "firewall": foreign_firewall,
        "rule group": foreign_group,
        "policy": foreign_policy,
        "route": foreign_route,
    },
    reads=READS,
)


def repolicy_v2(**changed: Any) -> Callable[[World], None]:
    def make(world: World) -> None:
        there = firewalls(world).describe_firewall_policy_v2(FirewallPolicyV2Name="egress-v2")
        document = {**there["FirewallPolicyV2"], **changed}
        firewalls(world).update_firewall_policy_v2(
            FirewallPolicyV2Name="egress-v2", UpdateToken=there["UpdateToken"], FirewallPolicyV2=document
        )

    return make


NEXT_GENERATION = Case(
    "network_firewall",
    SPOKE,
    {key: value for key, value in INSPECTION.items() if key not in ("managed_rule_groups", "logs")} | {"policy": "v2"},
    [SPOKE],
    [
        Drift("policy: only monitors", "firewall_policy", ("mode",), "change", repolicy_v2(PolicyMode="MONITOR")),
        Drift(
            "policy: accepts all",
            "firewall_policy",
            ("default_action",),
            "change",
            repolicy_v2(FirewallDefaultAction="ACCEPT"),
        ),
    ],
    before=inspection_vpc,
    reads=READS,
    name="next generation",
)


def gateway(world: World) -> None:
    """Create a transit gateway of the firewall's account."""
    ec2 = world.ec2(SPOKE)
    world.made["gateway"] = id_ = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    while ec2.describe_transit_gateways(TransitGatewayIds=[id_])["TransitGateways"][0]["State"] != "available":
        pass


def detached(world: World) -> None:
    """Delete the firewall by hand, and what it leaves of its attachment."""
    api = firewalls(world)
    api.update_firewall_delete_protection(FirewallName="egress", DeleteProtection=False)
    api.delete_firewall(FirewallName="egress")
    while any(one["FirewallName"] == "egress" for one in api.list_firewalls()["Firewalls"]):
        pass


def in_one_zone(world: World) -> None:
    api = firewalls(world)
    protected = {"FirewallName": "egress", "AvailabilityZoneChangeProtection": False}
    api.update_availability_zone_change_protection(**protected)
    api.disassociate_availability_zones(
        FirewallName="egress", AvailabilityZoneMappings=[{"AvailabilityZone": ZONES[1]}]
    )
    api.update_availability_zone_change_protection(**protected | {"AvailabilityZoneChangeProtection": True})


def in_another_zone(world: World) -> None:
    api = firewalls(world)
    protected = {"FirewallName": "egress", "AvailabilityZoneChangeProtection": False}
    api.update_availability_zone_change_protection(**protected)
    added = [{"AvailabilityZone": UNUSED_ZONE}]
    api.associate_availability_zones(FirewallName="egress", AvailabilityZoneMappings=added)
    api.update_availability_zone_change_protection(**protected | {"AvailabilityZoneChangeProtection": True})


AT_THE_GATEWAY = Case(
    "network_firewall",
    SPOKE,
    {
        "name": "egress",
        "topology": "transit_gateway",
        "transit_gateway_id": lambda world: world.made["gateway"],
        "availability_zone_ids": ZONES,
        "groups": GROUPS,
        "accounts": ACCOUNTS,
        "action": "drop",
    },
    [SPOKE],
    [
        Drift("firewall: removed", "firewall", ("transit_gateway",), "create", detached),
        Drift("firewall: in one zone", "firewall", ("zones",), "change", in_one_zone),
        Drift(
            "firewall: in another zone",
            "firewall",
            ("zones",),
            "change",
            in_another_zone,
            confirm=(f"egress/{UNUSED_ZONE}",),
        ),
        Drift(
            "firewall: its zones may change",
            "firewall",
            ("zone_change_protection",),
            "change",
            protection("update_availability_zone_change_protection", "AvailabilityZoneChangeProtection"),
        ),
    ],
    before=gateway,
    reads=READS,
    name="at the transit gateway",
)
CASES = [NETWORK_FIREWALL, NEXT_GENERATION, AT_THE_GATEWAY]
