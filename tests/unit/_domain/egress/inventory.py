# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory with a hub, three spokes, a closed account and a central egress, as hostvars have it."""

from __future__ import annotations

import copy

TIERS = [{"name": "app", "prefix": 20}, {"name": "data", "prefix": 22}, {"name": "tgw", "prefix": 28}]
ZONES = ["euc1-az1", "euc1-az2"]
GROUPS = {
    "payments": {
        "owner": "team-payments",
        "sources": ["alpha"],
        "allow": [
            {"domain": "api.stripe.com", "reason": "card payments", "until": "2027-03-31"},
            {"domain": ".example.net", "ports": [80, 443]},
            {"cidr": "203.0.113.0/24", "ports": [22], "reason": "bank's SFTP"},
            {"domain": "old.example.org", "until": "2026-01-31"},
        ],
    },
    "everyone": {"sources": ["spokes"], "allow": [{"domain": ".example-saas.com"}]},
    "reports": {"owner": "team-reports", "sources": ["beta"], "allow": [{"domain": "mail.example.com"}]},
}


def account(number, cidr, groups=("spokes",), **variables):
    return {
        "account_id": str(number) * 12,
        "region": "eu-central-1",
        "group_names": list(groups),
        "vpc_cidrs": [cidr],
        "vpc_availability_zone_ids": ZONES,
        "vpc_tiers": TIERS,
        **variables,
    }


def spoke(number, cidr, **variables):
    return account(
        number, cidr, **{"spoke_segment": "customers", "spoke_destinations": ["10.0.0.0/16", "0.0.0.0/0"], **variables}
    )


def inventory(**changes):
    """Return the variables of each host. changes: host=variables that it has besides, or None to leave it out."""
    hub = {
        "hub_segments": {
            "shared": {},
            "customers": {"isolated": True, "reaches": ["shared", "egress"]},
            "egress": {"egress": True},
        },
        "hub_segment": "shared",
        "hub_destinations": ["10.0.0.0/8"],
    }
    security = {
        "spoke_segment": "egress",
        "spoke_tiers": ["firewall"],
        "spoke_destinations": ["10.0.0.0/8"],
        "vpc_nat_gateways": "per_az",
        "vpc_tiers": [
            {"name": "tgw", "prefix": 28},
            {"name": "firewall", "prefix": 28, "internet": "nat"},
            {"name": "public", "prefix": 28, "internet": "gateway"},
        ],
        "egress_groups": copy.deepcopy(GROUPS),
    }
    hosts = {
        "shared-services": account(1, "10.0.0.0/16", ("hub",), **hub),
        "alpha": spoke(2, "10.1.0.0/16"),
        "beta": spoke(3, "10.2.0.0/16"),
        "gamma": spoke(4, "10.3.0.0/16", spoke_attached=False),
        "analytics": account(5, "10.30.0.0/16", ("closed",)),
        "security": account(8, "10.250.0.0/24", ("egress", "spokes"), **security),
    }
    for host, variables in changes.items():
        if variables is None:
            del hosts[host]
        else:
            hosts[host] = {**hosts.get(host, {}), **variables}
    return hosts


MEMBERS = {"spokes": ["alpha", "beta", "gamma"], "hub": ["shared-services"], "egress": ["security"]}
