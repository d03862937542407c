# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The query of the GB between a closed VPC and its endpoints runs in the emulator's Athena, over flow log files."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import traffic
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import sql
from tests.emulator.athena import DATABASE, Lake
from tests.emulator.conftest import HUB, SPOKE
from tests.logs.test_queries_run import HEADER, LONG_AGO, archive, lake, put, records  # noqa: F401

OWN, OF_HUB = "10.4.1.7", "10.0.0.9"


def flow(source: str, destination: str, size: int, action: str = "ACCEPT") -> str:
    return f"2 {SPOKE} eni-1 {source} {destination} 49152 443 6 10 {size} 1600000000 1600000060 {action} OK"


@pytest.mark.usefixtures("archive")
def test_the_query_counts_what_goes_to_and_comes_from_endpoints(lake: Lake) -> None:  # noqa: F811
    flows = [
        flow("10.4.0.5", OWN, 1000),
        flow(OWN, "10.4.0.5", 3000),
        flow("10.4.0.5", OF_HUB, 10_000),
        flow(OF_HUB, "10.4.0.5", 20_000),
        # Near misses: another destination, one that was rejected.
        flow("10.4.0.5", "10.0.0.10", 500),
        flow("10.4.0.5", OWN, 700, "REJECT"),
    ]
    put(lake, "vpc_flow_logs", [HEADER, *flows])
    put(lake, "vpc_flow_logs", [HEADER, *flows], at=LONG_AGO)
    put(lake, "vpc_flow_logs", [HEADER, *flows], account=HUB)
    assert counted(lake, {"endpoint": [OWN], "profile_endpoint": [OF_HUB]}) == [{"local": "4000", "hub": "30000"}]
    assert counted(lake, {"endpoint": [], "profile_endpoint": [OF_HUB]}) == [{"local": "0", "hub": "30000"}]
    # Without a flow, 0 and not null.
    assert counted(lake, {"endpoint": ["10.9.9.9"], "profile_endpoint": []}) == [{"local": "0", "hub": "0"}]


def counted(lake: Lake, found: dict[str, list[str]]) -> list[dict[str, Any]]:  # noqa: F811
    asked = traffic.query(f"{DATABASE}.vpc_flow_logs", SPOKE, found, 7)
    assert asked is not None
    sql.check("query", asked["sql"])
    return records(lake, asked["sql"], *(sql.literal(one) for one in asked["parameters"]))
