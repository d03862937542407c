# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of the modules that look at a log archive or do something in it once."""

from __future__ import annotations

from tests.contract import log_lake
from tests.contract.case import Case
from tests.contract.log_lake import BUCKET, DECLARED, NAME
from tests.contract.world import World
from tests.emulator import trails
from tests.emulator.conftest import HUB, SPOKE

MARKER = "0e5b1a86-4f0e-5a39-8d70-0d2c1a7f6a11"
PROBE = "/closednet/log_source/payments/probe"

LOG_QUERY = Case(
    "log_query",
    HUB,
    {"workgroup": NAME, "named_query": "messages", "parameters": [SPOKE]},
    [HUB],
    before=log_lake.lake,
    reads=("athena", "GetQueryResults"),
)
LOG_ARCHIVE_INFO = Case(
    "log_archive_info",
    HUB,
    {"name": NAME, "bucket": BUCKET, "tables": DECLARED, "account_ids": [SPOKE]},
    [HUB],
    before=log_lake.archive,
    reads=("firehose", "Describe*"),
)


def probe_group(world: World) -> None:
    world.client(SPOKE, "logs").create_log_group(logGroupName=PROBE)


HOURS = 2


def trailed(world: World) -> None:
    """Create a trail that has run for two hours: IAM's calls are recorded in us-east-1."""
    world.emulator.control("POST", "settings", {"clock_ahead": -HOURS * 3600 - 300})
    trails.make_bucket(world.client(HUB, "s3"), HUB)
    cloudtrail = world.client(HUB, "cloudtrail")
    options = {"IsMultiRegionTrail": True, "EnableLogFileValidation": True}
    cloudtrail.create_trail(Name=trails.TRAIL, S3BucketName=trails.BUCKET, **options)
    cloudtrail.start_logging(Name=trails.TRAIL)
    world.client(HUB, "iam").list_roles()
    world.ec2(HUB).describe_vpcs()
    world.emulator.control("POST", "settings", {"clock_ahead": 0})


AUDIT_TRAIL_INFO = Case(
    "audit_trail_info",
    HUB,
    {"days": 1, "digests": {"bucket": trails.BUCKET}},
    [HUB],
    before=trailed,
    reads=("cloudtrail", "DescribeTrails"),
)
LOG_PROBE = Case(
    "log_probe",
    SPOKE,
    {"name": "payments", "marker": MARKER, "events": 3},
    [SPOKE],
    before=probe_group,
    between=[lambda world: None],
    reads=("logs", "Describe*"),
)
LOG_REPLAY = Case(
    "log_replay",
    HUB,
    {"bucket": BUCKET, "tables": DECLARED},
    [HUB],
    before=log_lake.lake_with_errors,
    reads=("s3", "List*"),
)

INFO_CASES = [LOG_QUERY, LOG_ARCHIVE_INFO, AUDIT_TRAIL_INFO]
# Of modules that do something once, which no state undoes.
ONCE_CASES = [LOG_PROBE, LOG_REPLAY]
