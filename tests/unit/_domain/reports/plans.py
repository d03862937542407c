# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts with plans, as the roles leave them in the inventory's variables."""

from __future__ import annotations

SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
MADE = {"address": "vpc.main", "action": "create", "before": None, "after": {"cidrs": ["10.1.0.0/16"]}}
MOVED = {"address": "vpc.main:dns", "action": "change", "before": {"dns": False}, "after": {"dns": True}}
GONE = {"address": "transit_gateway_route.main/app/10.9.0.0/16", "action": "delete", "before": {}, "after": None}


def result(*steps, **more):
    return {"plan": list(steps), "notes": [], **more}


def hub(**variables):
    return {
        "account_id": "1" * 12,
        "hub_segments": SEGMENTS,
        "hub_segment": "shared",
        "group_names": ["hub"],
        **variables,
    }


def spoke(*steps, **variables):
    return {
        "account_id": "2" * 12,
        "spoke_segment": "customers",
        "group_names": ["spokes"],
        "vpc_result": result(*steps),
        **variables,
    }
