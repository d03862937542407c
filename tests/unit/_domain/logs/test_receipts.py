# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import layout, receipts, tables
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.receipts import Receipt

ERROR = "errors/cloudwatch/processing-failed/2026/11/28/09/logs-cloudwatch-1-2026-11-28-09-00-00-x"


def listed(key, size, hour):
    return {"Key": key, "Size": size, "LastModified": datetime(2026, 11, 28, hour, tzinfo=timezone.utc)}


def test_a_receipt_tells_its_error_object():
    key = receipts.key_of(ERROR, Receipt(12, 3))
    assert key.startswith(receipts.prefix_of("cloudwatch")) and not key.startswith(layout.ERRORS)
    assert receipts.parse([key, "errors-replayed/x", ERROR]) == {ERROR: Receipt(12, 3)}


def test_no_table_reads_receipts():
    (table,) = tables.parse("tables", [{"type": "cloudwatch"}])
    assert not receipts.PREFIX.startswith((layout.prefix(table).partition("/")[0] + "/", layout.ERRORS))


def test_what_is_pending():
    other = f"{ERROR}-2"
    told = receipts.summary("cloudwatch", [listed(ERROR, 10, 1), listed(other, 5, 2)], {ERROR: Receipt(1, 2)})
    assert told == {
        "table": "cloudwatch",
        "objects": 2,
        "bytes": 15,
        "pending": 1,
        "pending_bytes": 5,
        "oldest_pending": "2026-11-28T02:00:00Z",
        "replayed": 1,
        "unreadable_records": 2,
    }
    assert receipts.summary("cloudwatch", [], {})["oldest_pending"] is None
