#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: privatelink_service_info
short_description: Who is connected to an endpoint service, with the ledger's verdict on each
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads an endpoint service that M(closednet.aws.privatelink_service) created, and judges each of its connections by
    the acceptance ledger. Writes nothing.
options:
  name:
    description: Name of the service, as in M(closednet.aws.privatelink_service).
    type: str
    required: true
  consumers:
    description: The acceptance ledger, as in M(closednet.aws.privatelink_service). Without it, every account is
      V(unknown).
    type: list
    elements: dict
    default: []
    suboptions:
      account_id:
        description: The 12 digits of the consumer's account, in quotes.
        type: str
        required: true
      reason:
        description: Why the account may connect.
        type: str
        required: true
      requested_by:
        description: Who asked for it.
        type: str
        required: true
      expires:
        description: Last day of the approval, V(YYYY-MM-DD) in UTC. Without it, the approval doesn't expire.
        type: str
  undeclared:
    description: What M(closednet.aws.privatelink_service) does with a waiting connection of an account that isn't in
      O(consumers). It determines RV(connections[].decision).
    type: str
    choices: [report, reject]
    default: report
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
seealso:
  - module: closednet.aws.privatelink_service
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read who is connected
  closednet.aws.privatelink_service_info:
    account_id: "555555555555"
    region: eu-central-1
    name: billing
    consumers:
      - {account_id: "666666666666", reason: monthly settlement, requested_by: finance, expires: "2026-12-31"}
  register: billing

- name: List the connections that the ledger doesn't allow
  ansible.builtin.debug:
    msg: "{{ billing.connections | rejectattr('verdict', 'equalto', 'accepted') }}"
"""

RETURN = r"""
service_id:
  description: ID of the endpoint service. Null if it doesn't exist.
  returned: success
  type: str
  sample: vpce-svc-0123456789abcdef0
service_name:
  description: Name that consumers connect to. Null if the service doesn't exist.
  returned: success
  type: str
  sample: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0
principals:
  description: Who can find the service and request a connection.
  returned: success
  type: list
  elements: str
  sample: [arn:aws:iam::666666666666:root]
connections:
  description: The connections, the oldest first, with the ledger's verdict on each.
  returned: success
  type: list
  elements: dict
  contains:
    vpc_endpoint_id:
      description: The consumer's endpoint.
      type: str
    account_id:
      description: The consumer's account.
      type: str
    state:
      description: State of the connection, in AWS's words.
      type: str
    created:
      description: When it was requested, in UTC.
      type: str
    age_days:
      description: Whole days since then.
      type: int
    verdict:
      description: V(accepted), V(expired) or V(unknown).
      type: str
    reason:
      description: The reason, from the ledger.
      type: str
    decision:
      description: What M(closednet.aws.privatelink_service) would do, V(accept) or V(reject). Null if nothing.
      type: str
  sample:
    - vpc_endpoint_id: vpce-0123456789abcdef0
      account_id: "666666666666"
      state: pendingAcceptance
      created: "2026-11-02T09:30:00+00:00"
      age_days: 0
      verdict: accepted
      reason: monthly settlement (asked for by finance), until 2026-12-31
      decision: accept
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcEndpointConnections": 1, "ec2:DescribeVpcEndpointServiceConfigurations": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.privatelink_service_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
