#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_query
short_description: Rows of a query of Athena over a log archive
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Runs a query of Athena in a workgroup, one of the workgroup's named queries or SQL, waits for it and returns its
    rows. Only statements that read are accepted.
  - It begins with a client request token, so a call that has to be sent again doesn't run the query again. After
    O(timeout) the query is stopped.
  - Rows are what somebody logged. They are hostile text.
options:
  workgroup:
    description: Workgroup whose limits hold. M(closednet.aws.log_archive) names it as the archive.
    type: str
    required: true
  database:
    description: Database of tables that the query names without one. That of the named query by default.
    type: str
  query:
    description: SQL that begins with C(SELECT), C(WITH), C(SHOW), C(DESCRIBE) or C(VALUES). Values that come from
      elsewhere belong into O(parameters), not into the text.
    type: str
  named_query:
    description: Name of a query of the workgroup.
    type: str
  parameters:
    description: Values for each C(?) in the query, in their order. They are texts. In the query, C(CAST(? AS bigint\))
      makes one a number.
    type: list
    elements: str
    default: []
  max_rows:
    description: Most rows to return, 1 to 100000.
    type: int
    default: 1000
  timeout:
    description: Seconds to wait for the query, 1 to 3600.
    type: int
    default: 300
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
seealso:
  - module: closednet.aws.log_archive
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Show what the firewall dropped
  closednet.aws.log_query:
    account_id: "999999999999"
    region: eu-central-1
    workgroup: logs
    named_query: dropped_by_the_firewall
  register: log_query_result

- name: Count an account's lines
  closednet.aws.log_query:
    account_id: "999999999999"
    region: eu-central-1
    workgroup: logs
    database: logs
    query: SELECT count(*) AS lines FROM cloudwatch WHERE account = ? AND hour >= ?
    parameters: ["222222222222", 2026/11/28/00]
    max_rows: 1
    timeout: 60
"""

RETURN = r"""
columns:
  description: Name and type of each column of the result.
  returned: success
  type: list
  elements: dict
rows:
  description: The rows, as name and text of each column. A null is C(null).
  returned: success
  type: list
  elements: dict
truncated:
  description: There are more rows than O(max_rows).
  returned: success
  type: bool
query_id:
  description: ID of the query in Athena.
  returned: success
  type: str
scanned_bytes:
  description: Bytes that the query read, by which Athena bills.
  returned: success
  type: int
milliseconds:
  description: Time from the start to the end of the query.
  returned: success
  type: int
completed:
  description: When the query ended, in UTC.
  returned: success
  type: str
  sample: "2026-11-29T12:00:00Z"
cost:
  description: What Athena bills, in bytes.
  returned: success
  type: str
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.log_query import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
