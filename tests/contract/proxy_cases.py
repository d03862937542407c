# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of egress_proxy: nginx in a VPC without a NAT gateway, and squid, offered by PrivateLink, in one with it."""

from __future__ import annotations

from tests.contract.case import TAGS, ZONES, Case
from tests.contract.world import World
from tests.emulator.conftest import HUB

IMAGE = f"{HUB}.dkr.ecr.eu-central-1.amazonaws.com/nginx:1.28"
GROUPS = {
    "payments": {
        "owner": "team-payments",
        "sources": [{"name": "alpha", "cidrs": ["10.1.0.0/16"]}],
        "allow": [
            {"domain": "api.stripe.com", "reason": "card payments"},
            {"domain": ".example.org", "ports": [443, 8443]},
            {"cidr": "203.0.113.0/24", "ports": [22]},
        ],
    },
    "everyone": {"sources": [{"name": "all", "cidrs": ["10.0.0.0/8"]}], "allow": [{"domain": "*.example.com"}]},
}
NGINX = {"name": "proxy", "vpc_name": "egress", "image": IMAGE, "groups": GROUPS, "tags": TAGS}


def vpc(world: World) -> None:
    tiers = [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "proxy", "prefix": 24, "internet": "nat"},
    ]
    options = {
        "name": "egress",
        "cidrs": ["10.99.0.0/16"],
        "availability_zone_ids": ZONES,
        "tiers": tiers,
        "nat_gateways": "per_az",
    }
    world.run("tiered_vpc", HUB, options)


CLOSED = {**NGINX, "vpc_name": "closed"}


def closed_vpc(world: World, services: list[str]) -> None:
    """Create a VPC without a way out, with these endpoints."""
    tiers = [{"name": "endpoint", "prefix": 24}, {"name": "proxy", "prefix": 24}]
    options = {"name": "closed", "cidrs": ["10.98.0.0/16"], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", HUB, options)
    endpoints = {"name": "closed", "services": services, "tiers": ["proxy"], "sources": ["10.98.0.0/16"]}
    world.run("closed_vpc_endpoints", HUB, endpoints)


EGRESS_PROXY = Case("egress_proxy", HUB, NGINX, [HUB], before=vpc, reads=("ecs", "Describe*"))
CASES = [EGRESS_PROXY]
