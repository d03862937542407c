# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""egress_logs_info on logs in CloudWatch Logs and S3, and on a firewall's analysis report."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.contract import egress_logs_cases as cases
from tests.contract.world import World
from tests.emulator.conftest import SPOKE


def ask(world: World, **more):
    return world.run("egress_logs_info", SPOKE, {**cases.EGRESS_LOGS_INFO.options, **more})


def test_logs_are_counted_by_source_and_name(world: World) -> None:
    cases.logs(world)
    result = ask(world, firewalls=[])
    today = datetime.now(timezone.utc).date().isoformat()
    assert [(row["destination"], row["port"], row["protocol"], row["hits"]) for row in result["observed"]] == [
        ("192.0.2.7", 22, "tcp", 3),
        ("new.example.com", 443, "tls", 2),
    ]
    (row,) = (row for row in result["observed"] if row["port"] == 443)
    assert (row["source"], row["blocked"], row["groups"]) == ("10.1.0.5", 0, ["everyone"]) and today in row["days"]
    assert result["unread"] == 1 and result["reported"] == [] and world.writes == []
    assert result["api_calls"]["logs:FilterLogEvents"] == 2 and result["api_calls"]["s3:GetObject"] == 2


def test_more_days_have_more(world: World) -> None:
    cases.logs(world)
    names = {row["destination"] for row in ask(world, firewalls=[], days=11)["observed"]}
    assert names == {"192.0.2.7", "new.example.com", "old.example.com"}


def test_names_of_reports_have_no_sources(world: World) -> None:
    cases.report(world)
    (row,) = ask(world, logs=[])["reported"]
    assert (row["firewall"], row["domain"], row["protocol"], row["hits"], row["sources"]) == (
        "egress",
        "api.stripe.com",
        "tls",
        1234,
        3,
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"logs": [], "firewalls": []}, "logs: is empty, and so is firewalls"),
        ({"days": 0}, "days: 0 is no number of days"),
        ({"firewalls": ["x_y"]}, "firewalls[0]: 'x_y' is no name of a firewall"),
        ({"logs": [{"log_type": "ALERT", "destination": "No Bucket"}]}, "is no destination of s3"),
    ],
)
def test_bad_input(world: World, options, text: str) -> None:
    assert text in str(world.failure("egress_logs_info", SPOKE, {**cases.EGRESS_LOGS_INFO.options, **options}))
    assert world.calls == []


def test_a_log_group_that_does_not_exist_is_an_error(world: World) -> None:
    assert "ResourceNotFoundException" in str(world.failure("egress_logs_info", SPOKE, cases.EGRESS_LOGS_INFO.options))
