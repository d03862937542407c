#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: egress_logs_info
short_description: What left by a central firewall, from its logs and analysis reports
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads alert and flow logs of Network Firewall in S3 or CloudWatch Logs, and the names in its analysis reports.
    Counts them by source, name, port and protocol. Reads only.
  - Its results are what P(closednet.aws.egress_learn#lookup) and P(closednet.aws.egress_migration#lookup) learn from.
  - Names come from the packets of clients. They are hostile text.
options:
  logs:
    description: Where the firewall's logs are, in the form of O(closednet.aws.network_firewall#module:logs).
    type: list
    elements: dict
    default: []
    suboptions:
      log_type:
        description: V(ALERT) has the names, V(FLOW) what has none.
        type: str
        choices: [ALERT, FLOW]
        required: true
      destination_type:
        description: What the destination is.
        type: str
        choices: [s3, cloud-watch-logs]
        default: s3
      destination:
        description: Name or ARN of a log group, or of a bucket, with C(/) and a prefix after it if there is one. In a
          bucket, only objects of this account and region are read.
        type: str
        required: true
  firewalls:
    description: Names of firewalls whose completed analysis reports are read. A report has how many sources asked for a
      name, not which.
    type: list
    elements: str
    default: []
  days:
    description: How many days back logs are read. Less than a month may miss what runs at the end of one.
    type: int
    default: 35
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
seealso:
  - plugin: closednet.aws.egress_learn
    plugin_type: lookup
  - plugin: closednet.aws.egress_migration
    plugin_type: lookup
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read what left in the last 35 days
  closednet.aws.egress_logs_info:
    account_id: "999999999999"
    region: eu-central-1
    logs:
      - {log_type: ALERT, destination: log-archive/egress}
      - {log_type: FLOW, destination_type: cloud-watch-logs, destination: /egress/flow}
    firewalls: [egress]
    days: 35
  register: egress_logs_result
"""

RETURN = r"""
observed:
  description: What was seen, by source, destination, port and protocol.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: Address of the client.
      type: str
    destination:
      description: Name that the client sent, or the address if it sent none.
      type: str
    port:
      description: Port of the destination.
      type: int
    protocol:
      description: V(tls), V(http), V(quic), V(tcp), V(udp), V(icmp) or V(other).
      type: str
    hits:
      description: Events.
      type: int
    blocked:
      description: Those of them that were blocked. In monitor mode none is.
      type: int
    days:
      description: Days, in UTC, on which it was seen.
      type: list
      elements: str
    groups:
      description: Egress groups that the events name.
      type: list
      elements: str
reported:
  description: Names in the analysis reports.
  returned: success
  type: list
  elements: dict
  contains:
    firewall:
      description: Name of the firewall.
      type: str
    protocol:
      description: V(tls) or V(http).
      type: str
    domain:
      description: Name that clients sent.
      type: str
    hits:
      description: Connections.
      type: int
    sources:
      description: How many clients.
      type: int
    first:
      description: First day, in UTC.
      type: str
    last:
      description: Last day, in UTC.
      type: str
unread:
  description: Records that could not be read.
  returned: success
  type: int
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

from ..module_utils._capabilities.egress_logs_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
