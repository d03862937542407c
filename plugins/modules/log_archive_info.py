#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_archive_info
short_description: What arrives in a log archive, and what failed
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Shows what is under the error prefixes of a log archive's bucket, and how much of it was replayed, how old the
    newest objects of each account are, which accounts write without being declared, and the states of the streams.
  - Lists objects by prefixes, and reads none of them.
options:
  name:
    description: Name of the archive.
    type: str
    required: true
  bucket:
    description: Its bucket.
    type: str
    required: true
  tables:
    description: The archive's tables, in the form of O(closednet.aws.log_archive#module:tables).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the table. The type by default.
        type: str
      type:
        description: What its lines are.
        type: str
        choices: [cloudwatch, ecs_json, custom, vpc_flow_logs, network_firewall, resolver_queries, cloudtrail]
        required: true
      columns:
        description: Columns of a table of type V(custom).
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the column, and of the message's key.
            type: str
            required: true
          type:
            description: Its type.
            type: str
            choices: [string, boolean, int, bigint, double, timestamp]
            default: string
      raw:
        description: The table has messages alone, delivered without a function.
        type: bool
        default: false
      resources:
        description: Names of firewalls or IDs of VPCs by which the table is partitioned.
        type: list
        elements: str
        default: []
  account_ids:
    description: Accounts that the archive declares, so that the tables have their rows.
    type: list
    elements: str
    default: []
  hours:
    description: How many hours back the newest object of an account is looked for, 1 to 168.
    type: int
    default: 24
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
seealso:
  - module: closednet.aws.log_archive
  - module: closednet.aws.log_replay
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Look at the archive
  closednet.aws.log_archive_info:
    account_id: "999999999999"
    region: eu-central-1
    name: logs
    bucket: example-logs
    tables:
      - {type: network_firewall, resources: [egress]}
      - {type: cloudwatch}
      - {name: payments, type: custom, columns: [{name: amount, type: double}]}
    account_ids: ["222222222222"]
    hours: 24
  register: log_archive_info_result
"""

RETURN = r"""
errors:
  description: What is under the error prefix of each table that Firehose fills, and of others that failed there.
  returned: success
  type: list
  elements: dict
  contains:
    table:
      description: Name of the table.
      type: str
    declared:
      description: Whether O(tables) has it. M(closednet.aws.log_replay) delivers to tables that are declared.
      type: bool
    objects:
      description: Objects. They stay when they are replayed.
      type: int
    bytes:
      description: Their size.
      type: int
    pending:
      description: Those that weren't replayed.
      type: int
    pending_bytes:
      description: Their size.
      type: int
    oldest_pending:
      description: When the oldest of them was written, in UTC.
      type: str
    replayed:
      description: Objects that were replayed.
      type: int
    unreadable_records:
      description: Records in these that nobody can read.
      type: int
delivery_errors:
  description: What Firehose says in O(hours) that it couldn't do, by table and code, from the log group of the
    archive. A stream that can't even write its error output stays active and tries again; only here it says so.
  returned: success
  type: list
  elements: dict
  contains:
    table:
      description: Name of the table.
      type: str
    code:
      description: Firehose's error code. Empty where the event has none.
      type: str
    message:
      description: The latest message with this code. Hostile text, as all that comes from AWS.
      type: str
    times:
      description: How often it was written.
      type: int
    latest:
      description: When it was written last, in UTC.
      type: str
  sample:
    - table: payments
      code: S3.AccessDenied
      message: Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume it.
      times: 4
      latest: "2026-11-29T12:00:00Z"
newest:
  description: When the newest object of each table and account was written, and how many seconds ago; both C(null)
    without one in O(hours). RV(newest[].account_id) is C(null) for a table that isn't by account.
  returned: success
  type: list
  elements: dict
  contains:
    table:
      description: Name of the table.
      type: str
    account_id:
      description: The account.
      type: str
    time:
      description: Time, in UTC.
      type: str
    lag_seconds:
      description: Its age.
      type: int
undeclared_accounts:
  description: Accounts that write and aren't in O(account_ids), by table; C(AWSLogs) has those of services that deliver
    to the bucket themselves. No query shows their rows.
  returned: success
  type: dict
streams:
  description: State of each table's stream, V(missing) without one, and what AWS says of a failure.
  returned: success
  type: list
  elements: dict
  contains:
    table:
      description: Name of the table.
      type: str
    state:
      description: C(DeliveryStreamStatus), or V(missing).
      type: str
    failure:
      description: What AWS says of a failure.
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

from ..module_utils._capabilities.log_archive_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
