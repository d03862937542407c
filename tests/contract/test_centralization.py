# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a source to the archive by AWS's centralization: the copies are subscribed in the archive's account."""

from __future__ import annotations

import io
import time
from typing import Any

import pyarrow.parquet
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import sources
from tests.contract.conftest import converge
from tests.contract.log_archive_cases import CENTRALIZED
from tests.contract.world import REGION, World
from tests.emulator.conftest import MANAGEMENT, SPOKE, SPOKE_2

PRINCIPAL = "observabilityadmin.amazonaws.com"
NAME, BUCKET = CENTRALIZED.options["name"], CENTRALIZED.options["bucket"]
ARCHIVE = {
    "archive": {
        "account_id": MANAGEMENT,
        "region": REGION,
        "log_archive_name": NAME,
        "log_archive_transport": "centralization",
        "log_archive_centralization": {"excluded_log_groups": ["/noise"], "encrypted_log_groups": False},
    }
}


def source(world: World, account: str) -> dict[str, Any]:
    """Run log_source with what the role gives it; return the result."""
    archive = sources.archive_of(ARCHIVE, {"logs": ["archive"]}, REGION)
    wanted = sources.destinations(archive, True, None, [], account)
    options = {key: value for key, value in wanted.items() if value}
    return world.run("log_source", account, {"name": "source", "retention_days": 30, **options})


def write(world: World, account: str, group: str, message: str) -> None:
    logs = world.client(account, "logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": message}
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])


def rows(world: World, prefix: str) -> list[dict[str, Any]]:
    s3 = world.client(MANAGEMENT, "s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    found = [s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in listed]
    return [row for body in found for row in pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()]


@pytest.fixture
def archive(world: World) -> World:
    world.client(MANAGEMENT, "organizations").enable_aws_service_access(ServicePrincipal=PRINCIPAL)
    converge(world, CENTRALIZED)
    return world


def test_events_arrive_with_the_account_they_came_from(archive: World) -> None:
    source(archive, MANAGEMENT)
    assert source(archive, SPOKE)["log_groups"] == {}
    write(archive, SPOKE, "/ecs/payments", "paid")
    write(archive, SPOKE, "/noise", "hum")
    write(archive, SPOKE_2, "/ecs/other", "not declared")
    archive.emulator.control("POST", "settings", {"clock_ahead": 1500})
    try:
        (row,) = rows(archive, f"cloudwatch/account={SPOKE}/")
    finally:
        archive.emulator.control("POST", "settings", {"clock_ahead": 0})
    assert (row["log_group"], row["message"], row["region"]) == ("/ecs/payments", "paid", REGION)
    # Of nobody else anything, and nothing in the error prefixes.
    assert rows(archive, f"cloudwatch/account={SPOKE_2}/") == rows(archive, "errors/") == []


def test_without_trusted_access_the_rule_is_a_finding(world: World) -> None:
    converge(world, CENTRALIZED)
    (finding,) = [
        line
        for line in world.run("log_archive", MANAGEMENT, CENTRALIZED.options)["findings"]
        if "TRUSTED_ACCESS_NOT_ENABLED" in line
    ]
    assert f"aws organizations enable-aws-service-access --service-principal {PRINCIPAL}" in finding
