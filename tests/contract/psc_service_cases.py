# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of psc_service and psc_service_info; the consumers' side is made by hand, with raw requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.case import Case, Drift
from tests.contract.google import BALANCER, CONSUMER, CONSUMER_2, GROUP, NETWORK, PROVIDER, SUBNETWORK, ZONE
from tests.contract.psc_endpoint_cases import SERVICE, accepts, attach, in_region, network, publish
from tests.contract.world import World

ACCEPTED = {"project_id": CONSUMER, "reason": "db replacement", "requested_by": "team-a", "connection_limit": 2}
ATTACHMENT, CHECK = "serviceAttachments/matching-api", "healthChecks/matching-api"
FIREWALL = "matching-api-psc-0df2aebd"
BACKENDS = "backendServices/matching-api-tcp"
MADE = {
    "name": "matching-api",
    "load_balancer": {
        "network": NETWORK,
        "subnetwork": SUBNETWORK,
        "ports": [443, 8443],
        "backends": [f"zones/{ZONE}/instanceGroups/{GROUP}"],
        "health_check": {"protocol": "HTTP", "port": 8080, "path": "/healthy"},
    },
    "nat_cidrs": ["192.168.0.0/28"],
    "consumers": [ACCEPTED],
    # Who applies without an entry is on the reject list.
    "undeclared": "reject",
    "firewall": {"target_tags": ["api"]},
    # Drifts interrupt connections that work.
    "allow_disconnect": True,
}
REJECTED = f"matching-api/{CONSUMER_2}"


def apply(world: World, project: str, name: str = "by-hand") -> None:
    """Reserve an address and create an endpoint to the service, by hand."""
    consumer, where = world.project(project), in_region(project, f"subnetworks/{SUBNETWORK}")
    consumer.regional("POST", "addresses", {"name": name, "addressType": "INTERNAL", "subnetwork": where})
    rule = {"name": name, "network": network(project), "target": SERVICE}
    consumer.regional("POST", "forwardingRules", {**rule, "IPAddress": in_region(project, f"addresses/{name}")})


def leave(world: World, project: str) -> None:
    world.project(project).regional("DELETE", "forwardingRules/by-hand")
    world.project(project).regional("DELETE", "addresses/by-hand")


def consumers_apply(world: World) -> None:
    for project in (CONSUMER, CONSUMER_2):
        apply(world, project)


def consumers_leave(world: World) -> None:
    for project in (CONSUMER, CONSUMER_2):
        leave(world, project)


def consumers_apply_anew(world: World) -> None:
    consumers_leave(world)
    consumers_apply(world)


def patch(path: str = ATTACHMENT, **fields: Any) -> Callable[[World], Any]:
    return lambda world: world.project(PROVIDER).patch(path, **fields)


def automatic(world: World) -> None:
    """Let everybody in: both lists have to be emptied with it (hashicorp/terraform-provider-google#17153)."""
    world.project(PROVIDER).patch(
        ATTACHMENT, connectionPreference="ACCEPT_AUTOMATIC", consumerAcceptLists=[], consumerRejectLists=[]
    )


def rule_of(world: World) -> str:
    """Path of the load balancer's rule: its name depends on its ports."""
    rules = world.project(PROVIDER).regional("GET", "forwardingRules")["items"]
    (name,) = [rule["name"] for rule in rules if rule["name"].startswith("matching-api-tcp-")]
    return f"forwardingRules/{name}"


def all_deleted(world: World) -> None:
    """Delete the service with all that it has; the consumers' endpoints are closed."""
    provider = world.project(PROVIDER)
    rule = rule_of(world)
    for path in (ATTACHMENT, rule, BACKENDS, CHECK, "subnetworks/matching-api-nat-1"):
        provider.regional("DELETE", path)
    provider.compute("DELETE", f"global/firewalls/{FIREWALL}")


def subnet(name: str, cidr: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "network": network(PROVIDER),
        "ipCidrRange": cidr,
        "purpose": "PRIVATE_SERVICE_CONNECT",
        **more,
    }


def nat_smaller(world: World) -> None:
    """Replace the NAT subnet by a smaller one of the same name and mark, and another one that serves meanwhile."""
    provider, path = world.project(PROVIDER), "subnetworks/matching-api-nat-1"
    description = provider.regional("GET", path)["description"]
    provider.regional("POST", "subnetworks", subnet("by-hand", "192.168.9.0/29"))
    provider.patch(ATTACHMENT, natSubnets=[in_region(PROVIDER, "subnetworks/by-hand")])
    provider.regional("DELETE", path)
    provider.regional("POST", "subnetworks", subnet("matching-api-nat-1", "192.168.0.0/29", description=description))


def other_nat_deleted(world: World) -> None:
    world.project(PROVIDER).regional("DELETE", "subnetworks/by-hand")


def other_check(world: World) -> None:
    """Let the backend service ask another health check for another group."""
    check = {"name": "by-hand", "type": "TCP", "tcpHealthCheck": {"port": 22}}
    world.project(PROVIDER).regional("POST", "healthChecks", check)
    group = f"projects/{PROVIDER}/zones/{ZONE}/instanceGroups/other-group"
    world.project(PROVIDER).patch(
        BACKENDS,
        healthChecks=[in_region(PROVIDER, "healthChecks/by-hand")],
        backends=[{"group": group, "balancingMode": "CONNECTION"}],
    )


def other_check_deleted(world: World) -> None:
    world.project(PROVIDER).regional("DELETE", "healthChecks/by-hand")


def firewall_turned_over(world: World) -> None:
    rule = {
        "allowed": [{"IPProtocol": "udp", "ports": ["53"]}],
        "sourceRanges": ["0.0.0.0/0"],
        "targetTags": None,
        "targetServiceAccounts": [f"api@{PROVIDER}.iam.gserviceaccount.com"],
        "sourceServiceAccounts": [f"others@{PROVIDER}.iam.gserviceaccount.com"],
        "disabled": True,
        "priority": 5,
    }
    world.project(PROVIDER).compute("PATCH", f"global/firewalls/{FIREWALL}", rule)


def firewall_deleted(world: World) -> None:
    world.project(PROVIDER).compute("DELETE", f"global/firewalls/{FIREWALL}")


def foreign_attachment(world: World) -> str:
    publish(world, CONSUMER, nat_cidr="192.168.9.0/29")
    return SERVICE


def foreign_check(world: World) -> str:
    check = {"name": "matching-api", "type": "TCP", "tcpHealthCheck": {"port": 22}}
    world.project(PROVIDER).regional("POST", "healthChecks", check)
    return in_region(PROVIDER, CHECK)


def foreign_subnet(world: World) -> str:
    """Create a subnet of another name whose range overlaps the declared one."""
    world.project(PROVIDER).regional("POST", "subnetworks", subnet("theirs", "192.168.0.8/29"))
    return in_region(PROVIDER, "subnetworks/theirs")


def foreign_firewall(world: World) -> str:
    rule = {"name": FIREWALL, "network": network(PROVIDER), "sourceRanges": ["10.0.0.0/8"]}
    world.project(PROVIDER).compute("POST", "global/firewalls", {**rule, "allowed": [{"IPProtocol": "tcp"}]})
    return f"projects/{PROVIDER}/global/firewalls/{FIREWALL}"


PSC_SERVICE = Case(
    "psc_service",
    PROVIDER,
    MADE,
    [PROVIDER, CONSUMER, CONSUMER_2],
    [
        *(
            Drift(f"{kind}: deleted with the service", kind, fields, "create", all_deleted, others=consumers_apply_anew)
            for kind, fields in (
                ("health_check", ("name", "protocol", "port", "path", "tags")),
                ("backend_service", ("name", "protocol", "backends", "health_check", "tags")),
                ("balancer_rule", ("name", "protocol", "ports", "network", "subnetwork", "backend_service", "tags")),
                ("nat_subnet", ("name", "cidr", "network", "purpose", "tags")),
                ("service_attachment", ("name", "target_service", "nat_subnets", "accept", "tags")),
            )
        ),
        Drift(
            "health_check: asks something else",
            "health_check",
            ("protocol", "port", "path"),
            "change",
            patch(CHECK, type="TCP", tcpHealthCheck={"port": 22}, httpHealthCheck=None),
        ),
        Drift(
            "backend_service: of others",
            "backend_service",
            ("backends", "health_check"),
            "change",
            other_check,
            others=other_check_deleted,
        ),
        Drift(
            "balancer_rule: for callers of all regions",
            "balancer_rule",
            ("global_access",),
            "change",
            lambda world: world.project(PROVIDER).patch(rule_of(world), allowGlobalAccess=True),
        ),
        Drift("nat_subnet: smaller", "nat_subnet", ("cidr",), "change", nat_smaller, others=other_nat_deleted),
        Drift(
            "service_attachment: another NAT subnet",
            "service_attachment",
            ("nat_subnets",),
            "change",
            nat_smaller,
            others=other_nat_deleted,
        ),
        Drift(
            "nat_firewall: turned over",
            "nat_firewall",
            (
                *("protocol", "ports", "source_ranges", "other_sources"),
                *("target_tags", "target_service_accounts", "disabled", "priority"),
            ),
            "change",
            firewall_turned_over,
        ),
        Drift(
            "nat_firewall: deleted",
            "nat_firewall",
            ("name", "network", "direction", "tags"),
            "create",
            firewall_deleted,
        ),
        Drift(
            "service_attachment: another consumer",
            "service_attachment",
            ("accept", "reject"),
            "change",
            patch(**accepts(CONSUMER_2), consumerRejectLists=[]),
            confirm=(REJECTED,),
        ),
        Drift(
            "service_attachment: takes everybody",
            "service_attachment",
            ("connection_preference", "accept", "reject"),
            "change",
            automatic,
            confirm=(REJECTED,),
        ),
        Drift(
            "service_attachment: keeps what was accepted",
            "service_attachment",
            ("reconcile_connections",),
            "change",
            patch(reconcileConnections=False),
        ),
        Drift(
            "service_attachment: of another load balancer",
            "service_attachment",
            ("target_service",),
            "change",
            patch(targetService=in_region(PROVIDER, f"forwardingRules/{BALANCER}")),
        ),
        Drift(
            "service_attachment: PROXY protocol",
            "service_attachment",
            ("proxy_protocol",),
            "change",
            patch(enableProxyProtocol=True),
        ),
    ],
    between=[consumers_apply],
    before_absent=consumers_leave,
    foreign={
        "attachment": foreign_attachment,
        "health check": foreign_check,
        "NAT subnet": foreign_subnet,
        "firewall rule": foreign_firewall,
    },
    reads=("compute", "serviceAttachments.list"),
)


def given_subnet(world: World) -> None:
    world.project(PROVIDER).regional("POST", "subnetworks", subnet("by-hand-nat", "192.168.0.0/29"))


def other_domain(world: World) -> None:
    """Create the service again by hand, under another domain: Google changes none."""
    provider = world.project(PROVIDER)
    description = provider.regional("GET", ATTACHMENT)["description"]
    provider.regional("DELETE", ATTACHMENT)
    attach(world, CONSUMER, description=description, domainNames=["other.example.com."])


OF_A_GIVEN_BALANCER = Case(
    "psc_service",
    PROVIDER,
    {
        "name": "matching-api",
        "forwarding_rule": BALANCER,
        "nat_subnets": ["by-hand-nat"],
        "consumers": [ACCEPTED],
        "proxy_protocol": True,
        "domain_name": "matching.example.com",
        "firewall": {},
        "allow_disconnect": True,
    },
    [PROVIDER],
    [
        Drift("service_attachment: another domain", "service_attachment", ("domain_names",), "create", other_domain),
    ],
    before=given_subnet,
    name="of a given load balancer",
    reads=("compute", "serviceAttachments.list"),
)


def before_info(world: World) -> None:
    publish(world, CONSUMER)
    consumers_apply(world)


PSC_SERVICE_INFO = Case(
    "psc_service_info",
    PROVIDER,
    {"name": "matching-api", "consumers": [ACCEPTED], "undeclared": "reject"},
    [PROVIDER],
    before=before_info,
    reads=("compute", "serviceAttachments.list"),
)

CASES = [PSC_SERVICE, OF_A_GIVEN_BALANCER]
INFO_CASES = [PSC_SERVICE_INFO]
