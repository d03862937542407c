# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Athena finds a table's files as AWS documents it.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html and the pages below it.
"""

from __future__ import annotations

import pytest

from tests.emulator.athena import BUCKET, HOURS, Lake, parquet, projected
from tests.emulator.conftest import Emulator

TEMPLATE = f"s3://{BUCKET}/cloudwatch/account=${{account}}/${{hour}}/"
ACCOUNTS = {"type": "enum", "values": "111111111111,222222222222"}


@pytest.fixture
def lake(emulator: Emulator) -> Lake:
    return Lake(emulator)


@pytest.fixture
def cloudwatch(lake: Lake) -> Lake:
    lake.table(
        "cloudwatch",
        {"message": "string"},
        partitions=("account", "hour"),
        storage__location__template=TEMPLATE,
        **projected(account=ACCOUNTS, hour=HOURS),
    )
    for account, hour, message in (
        ("111111111111", "2026/01/02/03", "a"),
        ("111111111111", "2026/01/02/04", "b"),
        ("222222222222", "2026/01/02/03", "c"),
    ):
        lake.put(f"cloudwatch/account={account}/{hour}/x.parquet", parquet([{"message": message}]))
    return lake


def test_projected_partitions_are_read_by_the_template(cloudwatch: Lake) -> None:
    assert cloudwatch.rows("SELECT count(*) FROM cloudwatch") == [["3"]]
    assert cloudwatch.rows("SELECT account, hour, message FROM cloudwatch ORDER BY message") == [
        ["111111111111", "2026/01/02/03", "a"],
        ["111111111111", "2026/01/02/04", "b"],
        ["222222222222", "2026/01/02/03", "c"],
    ]
