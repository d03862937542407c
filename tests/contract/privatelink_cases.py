# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of PrivateLink: a provider and consumers, in VPCs of the same CIDR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract import balancing
from tests.contract.balancing import balancer, elbv2, forwards, listener, target_group
from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, only, subnets, tags
from tests.contract.endpoint_changes import Endpoints
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2
from tests.emulator.endpoint_services import CIDR, network_balancer


def root(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def consumer_vpc(world: World, account: str, name: str = "consumer", **more: Any) -> None:
    tiers = [{"name": "app", "prefix": 24}, {"name": "endpoint", "prefix": 24}]
    options = {"name": name, "cidrs": [CIDR], "availability_zone_ids": ZONES, "tiers": tiers, **more}
    world.run("tiered_vpc", account, options)


def provider_vpc(world: World) -> None:
    consumer_vpc(world, HUB, "provider")


def public_zone(world: World) -> None:
    made = world.client(HUB, "route53").create_hosted_zone(Name="example.com", CallerReference="made by hand")
    world.made["zone"] = made["HostedZone"]["Id"].rpartition("/")[2]


# ---- privatelink_service ------------------------------------------------------------------------------------------

PERMITTED = {"account_id": SPOKE, "reason": "monthly settlement", "requested_by": "finance", "expires": "2999-12-31"}
SERVICE = {
    "name": "billing",
    "load_balancer": {
        "vpc_name": "provider",
        "listeners": [
            {
                "port": 443,
                # The second is outside the VPC, as on premises.
                "targets": ["10.20.0.10", "10.50.1.10"],
                "target_port": 8443,
                "health_check": {"protocol": "HTTPS", "port": "8080", "path": "/health"},
            },
            {"port": 5353, "protocol": "TCP_UDP", "targets": ["10.20.0.11"]},
        ],
    },
    "consumers": [PERMITTED],
    # May create an endpoint, but isn't in the ledger.
    "allowed_principals": [root(SPOKE_2)],
    "undeclared": "reject",
    "private_dns_name": "billing.example.com",
    "private_dns_zone_id": lambda world: world.made["zone"],
    "tags": TAGS,
}

service = by_tags(
    HUB,
    "describe_vpc_endpoint_service_configurations",
    "ServiceConfigurations",
    "ServiceId",
    "privatelink_service/billing",
    "main",
)


def service_name(world: World) -> str:
    return f"com.amazonaws.vpce.{REGION}.{service(world)}"


def apply_by_hand(world: World, account: str) -> str:
    """Create an endpoint of the service in the account's VPC consumer; return its id."""
    ec2 = world.ec2(account)
    subnet_id = subnets(world, account, "consumer", "endpoint")[0]
    (subnet,) = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    # An account that the provider doesn't permit can't find the service.
    (offered,) = ec2.describe_vpc_endpoint_services(ServiceNames=[service_name(world)])["ServiceDetails"]
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=subnet["VpcId"],
        ServiceName=offered["ServiceName"],
        SubnetIds=[subnet_id],
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


def consumers_apply(world: World) -> None:
    for account in (SPOKE, SPOKE_2):
        apply_by_hand(world, account)


def leave(world: World, *accounts: str) -> None:
    for account in accounts:
        ec2 = world.ec2(account)
        ids = [endpoint["VpcEndpointId"] for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]]
        assert ec2.delete_vpc_endpoints(VpcEndpointIds=ids)["Unsuccessful"] == []


def asks_anew(world: World) -> None:
    leave(world, SPOKE)
    apply_by_hand(world, SPOKE)


def accepted_by_hand(world: World) -> None:
    """Accept SPOKE_2's connection by hand, of a new endpoint, since a rejected one stays rejected."""
    leave(world, SPOKE_2)
    endpoint_id = apply_by_hand(world, SPOKE_2)
    answer = world.ec2(HUB).accept_vpc_endpoint_connections(ServiceId=service(world), VpcEndpointIds=[endpoint_id])
    assert answer["Unsuccessful"] == []


def before_service(world: World) -> None:
    provider_vpc(world)
    public_zone(world)
    for account in (SPOKE, SPOKE_2):
        consumer_vpc(world, account)


def balancer_lost(world: World) -> None:
    """Delete the service's load balancer, after connecting the service to another one.

    AWS keeps a load balancer while a service uses it, and a service keeps its load balancers while a consumer is
    connected.
    """
    lost = balancer(world)
    leave(world, SPOKE, SPOKE_2)
    other = network_balancer(elbv2(world), subnets(world, HUB, "provider", "app"), "by-hand")
    world.ec2(HUB).modify_vpc_endpoint_service_configuration(
        ServiceId=service(world), AddNetworkLoadBalancerArns=[other], RemoveNetworkLoadBalancerArns=[lost]
    )
    elbv2(world).delete_load_balancer(LoadBalancerArn=lost)


def other_removed_and_consumers_apply(world: World) -> None:
    (other,) = elbv2(world).describe_load_balancers(Names=["by-hand"])["LoadBalancers"]
    elbv2(world).delete_load_balancer(LoadBalancerArn=other["LoadBalancerArn"])
    consumers_apply(world)


def service_removed(world: World) -> None:
    leave(world, SPOKE, SPOKE_2)
    verification_record("DELETE")(world)
    answer = world.ec2(HUB).delete_vpc_endpoint_service_configurations(ServiceIds=[service(world)])
    assert answer["Unsuccessful"] == []


def turned_over(world: World) -> None:
    elbv2(world).modify_listener(
        ListenerArn=listener(world, 443), Protocol="TCP_UDP", DefaultActions=forwards(target_group(world, 5353))
    )


def modify_service(**arguments: Any) -> Callable[[World], Any]:
    return lambda world: world.ec2(HUB).modify_vpc_endpoint_service_configuration(ServiceId=service(world), **arguments)


def permit(**arguments: list[str]) -> Callable[[World], Any]:
    return lambda world: world.ec2(HUB).modify_vpc_endpoint_service_permissions(ServiceId=service(world), **arguments)


def change_record(world: World, account: str, zone: str, action: str, record: dict[str, Any]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    world.client(account, "route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def records(world: World, account: str, zone: str, kind: str) -> list[dict[str, Any]]:
    found = world.client(account, "route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [record for record in found if record["Type"] == kind]


def verification_record(action: str, **changed: Any) -> Callable[[World], Any]:
    def change(world: World) -> None:
        (record,) = records(world, HUB, world.made["zone"], "TXT")
        change_record(world, HUB, world.made["zone"], action, record | changed)

    return change


def renamed(**arguments: Any) -> Callable[[World], Any]:
    """Return a change of the private DNS name that also deletes the former name's verification record.

    Nothing tells who owns a record that is left behind.
    """

    def rename(world: World) -> None:
        verification_record("DELETE")(world)
        modify_service(**arguments)(world)

    return rename


def verification_failed(world: World) -> None:
    verification_record("DELETE")(world)
    world.ec2(HUB).start_vpc_endpoint_service_private_dns_verification(ServiceId=service(world))


def foreign_balancer(world: World) -> str:
    """Create a load balancer with the name that the module plans for its own; return its ARN."""
    return network_balancer(elbv2(world), subnets(world, HUB, "provider", "app"), planned_name(world, "load_balancer"))


def foreign_group(world: World) -> str:
    (vpc,) = [item["VpcId"] for item in world.ec2(HUB).describe_vpcs()["Vpcs"] if item["CidrBlock"] == CIDR]
    name = planned_name(world, "target_group")
    made = elbv2(world).create_target_group(Name=name, Protocol="TCP", Port=443, VpcId=vpc, TargetType="ip")
    return made["TargetGroups"][0]["TargetGroupArn"]


def planned_name(world: World, kind: str) -> str:
    plan = world.run("privatelink_service", HUB, SERVICE, check=True)["plan"]
    return next(step["after"]["name"] for step in plan if step["address"].startswith(f"{kind}."))


# Contents that stay after state=absent: the consumers' endpoints, as both sides see them.
CONSUMERS_OWN = {
    "VpcEndpoints": "the consumers' own",
    "VpcEndpointConnections": "AWS lists a rejected connection as long as its endpoint is there",
}
PRIVATELINK_SERVICE = Case(
    "privatelink_service",
    HUB,
    SERVICE,
    [HUB, SPOKE, SPOKE_2],
    [
        *balancing.drifts(443, "provider", "app"),
        Drift(
            "load_balancer: replaced",
            "load_balancer",
            ("name", "subnets"),
            "create",
            balancer_lost,
            others=other_removed_and_consumers_apply,
        ),
        Drift(
            "endpoint_service: before another load balancer",
            "endpoint_service",
            ("load_balancers",),
            "change",
            balancer_lost,
            others=other_removed_and_consumers_apply,
        ),
        Drift(
            "target_group: asks another path",
            "target_group",
            ("health_check",),
            "change",
            lambda world: elbv2(world).modify_target_group(
                TargetGroupArn=target_group(world, 443), HealthCheckPath="/other"
            ),
        ),
        Drift("listener: turned over", "listener", ("protocol", "target_group"), "change", turned_over),
        Drift(
            "target: deregistered",
            "target",
            ("target_group", "target", "port", "zone"),
            "create",
            lambda world: elbv2(world).deregister_targets(
                TargetGroupArn=target_group(world, 443), Targets=[{"Id": "10.50.1.10", "Port": 8443}]
            ),
        ),
        Drift(
            "target: added",
            "target",
            ("target_group", "target", "port"),
            "delete",
            lambda world: elbv2(world).register_targets(
                TargetGroupArn=target_group(world, 443), Targets=[{"Id": "10.20.0.99", "Port": 8443}]
            ),
        ),
        Drift(
            "endpoint_service: accepts by itself",
            "endpoint_service",
            ("acceptance_required",),
            "change",
            modify_service(AcceptanceRequired=False),
        ),
        Drift(
            "endpoint_service: a consumer's permission lost",
            "endpoint_service",
            ("principals",),
            "change",
            permit(RemoveAllowedPrincipals=[root(SPOKE)]),
        ),
        Drift(
            "endpoint_service: open to everybody",
            "endpoint_service",
            ("principals",),
            "change",
            permit(AddAllowedPrincipals=["*"]),
        ),
        Drift(
            "endpoint_service: another name",
            "endpoint_service",
            ("private_dns_name",),
            "change",
            renamed(PrivateDnsName="other.example.com"),
        ),
        Drift(
            "endpoint_service: no name",
            "endpoint_service",
            ("private_dns_name",),
            "change",
            renamed(RemovePrivateDnsName=True),
        ),
        Drift(
            "endpoint_service: IPv6, too",
            "endpoint_service",
            ("supported_ip_address_types",),
            "change",
            modify_service(AddSupportedIpAddressTypes=["ipv6"]),
        ),
        Drift(
            "endpoint_service: another region",
            "endpoint_service",
            ("supported_regions",),
            "change",
            modify_service(AddSupportedRegions=["eu-west-1"]),
        ),
        *tags("endpoint_service", HUB, service),
        Drift(
            "endpoint_service: removed",
            "endpoint_service",
            ("load_balancers", "acceptance_required", "principals"),
            "create",
            service_removed,
            others=consumers_apply,
        ),
        Drift(
            "endpoint_connection: accepted by hand",
            "endpoint_connection",
            ("state", "reason"),
            "change",
            accepted_by_hand,
            # The account is permitted but not in the ledger, like a consumer whose entry was lost.
            confirm=(f"billing/{SPOKE_2}",),
        ),
        Drift("endpoint_connection: made anew", "endpoint_connection", ("state", "reason"), "change", asks_anew),
        Drift(
            "verification_record: another value",
            "verification_record",
            ("value",),
            "change",
            verification_record("UPSERT", ResourceRecords=[{"Value": '"vpce:by-hand"'}]),
        ),
        Drift(
            "verification_record: for a minute",
            "verification_record",
            ("ttl",),
            "change",
            verification_record("UPSERT", TTL=60),
        ),
        Drift(
            "verification_record: removed",
            "verification_record",
            ("zone", "name"),
            "create",
            verification_record("DELETE"),
        ),
        Drift(
            "private_dns_verification: failed", "private_dns_verification", ("state",), "change", verification_failed
        ),
    ],
    before=before_service,
    between=[consumers_apply],
    stays=CONSUMERS_OWN,
    foreign={"load balancer": foreign_balancer, "target group": foreign_group},
)


def two_balancers(world: World) -> None:
    provider_vpc(world)
    for name in ("given", "other"):
        world.made[name] = network_balancer(elbv2(world), subnets(world, HUB, "provider", "app"), name)


OF_GIVEN_BALANCER = Case(
    "privatelink_service",
    HUB,
    {
        "name": "billing",
        "load_balancer_arns": lambda world: [world.made["given"]],
        "consumers": [PERMITTED],
        "acceptance_required": False,
        "supported_ip_address_types": ["ipv4", "ipv6"],
        "supported_regions": ["eu-west-1"],
        # No zone is given, so somebody else has to publish the record.
        "private_dns_name": "billing.example.com",
    },
    [HUB],
    [
        Drift(
            "endpoint_service: before a second load balancer",
            "endpoint_service",
            ("load_balancers",),
            "change",
            lambda world: modify_service(AddNetworkLoadBalancerArns=[world.made["other"]])(world),
        ),
    ],
    before=two_balancers,
    name="of a given load balancer",
)

# ---- privatelink_endpoint -----------------------------------------------------------------------------------------


def provide(world: World) -> None:
    world.run("privatelink_service", HUB, SERVICE)


def before_endpoint(world: World) -> None:
    provider_vpc(world)
    public_zone(world)
    consumer_vpc(world, SPOKE)
    provide(world)


ENDPOINT = {
    "name": "billing",
    "vpc_name": "consumer",
    "service_name": service_name,
    "sources": [CIDR, "10.21.0.0/16"],
    "tcp": ["443", "8000-8010"],
    "dns_name": "billing.example.internal",
    "tags": TAGS,
}
OWNER = "privatelink_endpoint/billing"
CONSUMER = Endpoints(SPOKE, "consumer", OWNER, group_name="endpoint")


def endpoint_removed(world: World) -> None:
    leave(world, SPOKE)


def endpoint_and_group_removed(world: World) -> None:
    """Delete the endpoint, then its group: AWS keeps a group while an endpoint uses it."""
    removed = CONSUMER.group(world)
    endpoint_removed(world)
    world.ec2(SPOKE).delete_security_group(GroupId=removed)


def private_zone(world: World) -> str:
    return only(world.client(SPOKE, "route53").list_hosted_zones()["HostedZones"], "Id")


def alias(world: World) -> dict[str, Any]:
    (record,) = records(world, SPOKE, private_zone(world), "A")
    return record


def alias_elsewhere(world: World) -> None:
    """Point the alias to a load balancer, in the hosted zone of load balancers."""
    target = {
        "HostedZoneId": "Z3F0SRJ5LGBH90",
        "DNSName": f"other-0123456789abcdef.elb.{REGION}.amazonaws.com",
        "EvaluateTargetHealth": False,
    }
    change_record(world, SPOKE, private_zone(world), "UPSERT", alias(world) | {"AliasTarget": target})


def alias_removed(world: World) -> None:
    change_record(world, SPOKE, private_zone(world), "DELETE", alias(world))


def zone_removed(world: World) -> None:
    alias_removed(world)
    world.client(SPOKE, "route53").delete_hosted_zone(Id=private_zone(world))


def foreign_zone(world: World) -> str:
    made = world.client(SPOKE, "route53").create_hosted_zone(
        Name=ENDPOINT["dns_name"],
        CallerReference="made by hand",
        VPC={"VPCRegion": REGION, "VPCId": CONSUMER.vpc_id(world)},
    )
    return made["HostedZone"]["Id"].rpartition("/")[2]


PRIVATELINK_ENDPOINT = Case(
    "privatelink_endpoint",
    SPOKE,
    ENDPOINT,
    [HUB, SPOKE],
    [
        *CONSUMER.rule_drifts(CIDR),
        Drift(
            "security_group: removed with the endpoint",
            "security_group",
            ("vpc", "group_name", "description"),
            "create",
            endpoint_and_group_removed,
            others=provide,
        ),
        *CONSUMER.place_drifts("main"),
        Drift(
            "vpc_endpoint: removed",
            "vpc_endpoint",
            ("vpc", "service_name", "type", "subnets", "groups"),
            "create",
            endpoint_removed,
            others=provide,
        ),
        Drift(
            "alias_record: leads elsewhere",
            "alias_record",
            ("target_name", "target_zone"),
            "change",
            alias_elsewhere,
        ),
        Drift("alias_record: removed", "alias_record", ("zone", "name"), "create", alias_removed),
        Drift("private_zone: removed", "private_zone", ("name", "vpc", "region", "comment"), "create", zone_removed),
    ],
    before=before_endpoint,
    between=[provide],
    foreign={"hosted zone": foreign_zone, "security group": CONSUMER.foreign_group("closednet-privatelink-billing")},
)

UNDER_THE_SERVICES_NAME = Case(
    "privatelink_endpoint",
    SPOKE,
    {key: value for key, value in ENDPOINT.items() if key != "dns_name"},
    [HUB, SPOKE],
    [
        Drift(
            "vpc_endpoint: its name off",
            "vpc_endpoint",
            ("private_dns",),
            "change",
            CONSUMER.modify("main", PrivateDnsEnabled=False),
        ),
    ],
    before=before_endpoint,
    between=[provide],
    name="under the service's own name",
)

# ---- privatelink_service_info -------------------------------------------------------------------------------------


def before_info(world: World) -> None:
    before_service(world)
    provide(world)
    consumers_apply(world)


PRIVATELINK_SERVICE_INFO = Case(
    "privatelink_service_info",
    HUB,
    {"name": "billing", "consumers": [PERMITTED], "undeclared": "reject"},
    [HUB],
    before=before_info,
)

CASES = [PRIVATELINK_SERVICE, OF_GIVEN_BALANCER, PRIVATELINK_ENDPOINT, UNDER_THE_SERVICES_NAME]
INFO_CASES = [PRIVATELINK_SERVICE_INFO]
