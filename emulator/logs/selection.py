# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Selection criteria of account policies: `LogGroupName NOT IN ["a", "b"]`, the only form for subscription filters.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html: "Currently, the only
supported selectionCriteria filter is LogGroupName NOT IN []. The selectionCriteria string can be up to 25KB in length."
"""

from __future__ import annotations

import json
import re

_FORM = re.compile(r"LogGroupName\s+NOT\s+IN\s+(\[.*\])", re.DOTALL)
LARGEST = 25 * 1024


def excluded(criteria: str) -> frozenset[str]:
    """Return the names of the log groups that are left out. Raises ValueError for another form."""
    found = _FORM.fullmatch(criteria.strip())
    if not found or len(criteria.encode()) > LARGEST:
        raise ValueError("selectionCriteria is invalid")
    names = json.loads(found[1])
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError("selectionCriteria is invalid")
    return frozenset(names)
