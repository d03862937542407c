#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: psc_service_info
short_description: Who is connected to a published service (Private Service Connect), with the ledger's verdict on each
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads a service attachment of Google Cloud, such as M(closednet.aws.psc_service) creates, and judges each connected
    endpoint by the acceptance ledger. Writes nothing.
options:
  name:
    description: Name of the service attachment, as in M(closednet.aws.psc_service).
    type: str
    required: true
  consumers:
    description: The acceptance ledger, as in M(closednet.aws.psc_service). Without it, every project is V(unknown).
    type: list
    elements: dict
    default: []
    suboptions:
      project_id:
        description: ID of the consumer's project, such as V(recruiting-a). Not its number.
        type: str
        required: true
      project_number:
        description: Number of the consumer's project, in quotes. Needed only if Google Cloud answers numbers in place
          of IDs; then the module says so.
        type: str
      connection_limit:
        description: How many endpoints of the project are connected at most; further ones stay C(PENDING). A lower
          limit disconnects nobody.
        type: int
        default: 1
      reason:
        description: Why the project may connect.
        type: str
        required: true
      requested_by:
        description: Who asked for it.
        type: str
        required: true
      expires:
        description: Last day of the approval, V(YYYY-MM-DD) in UTC. After it, the next run takes the project off the
          accept list, which stops its traffic, so run the playbook daily. Without it, the approval doesn't expire.
        type: str
  undeclared:
    description: What M(closednet.aws.psc_service) does with an endpoint of a project that isn't in O(consumers). It
      determines RV(connections[].decision).
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
  - module: closednet.aws.psc_service
extends_documentation_fragment:
  - closednet.aws.google_account
"""

EXAMPLES = r"""
- name: Read who is connected
  closednet.aws.psc_service_info:
    project_id: recruiting-b
    region: asia-northeast1
    name: matching-api
    consumers:
      - {project_id: recruiting-a, reason: matching, requested_by: recruiting, expires: "2026-12-31"}
  register: matching_api

- name: List the connections that the ledger doesn't allow
  ansible.builtin.debug:
    msg: "{{ matching_api.connections | rejectattr('verdict', 'equalto', 'accepted') }}"
"""

RETURN = r"""
service_attachment:
  description: Relative name of the service attachment. Null if it doesn't exist.
  returned: success
  type: str
  sample: projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api
service_uri:
  description: URI of the service attachment, which consumers connect to. Null if it doesn't exist.
  returned: success
  type: str
  sample: >-
    https://www.googleapis.com/compute/v1/projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api
service_attachment_id:
  description: The service attachment's 128-bit ID, in Google Cloud's parts C(high) and C(low). Null if it doesn't
    exist.
  returned: success
  type: dict
  sample: {high: "36190541368524859", low: "1"}
target_service:
  description: Relative name of the forwarding rule behind the service. Null if the service doesn't exist.
  returned: success
  type: str
  sample: projects/recruiting-b/regions/asia-northeast1/forwardingRules/matching-api-ilb
accept_list:
  description: The accept list, with the ledger's project IDs.
  returned: success
  type: list
  elements: dict
  sample: [{project_id: recruiting-a, connection_limit: 1}]
reject_list:
  description: The projects on the reject list.
  returned: success
  type: list
  elements: str
  sample: [stranger-1]
connections:
  description: The connected endpoints, with the ledger's verdict on each, by project.
  returned: success
  type: list
  elements: dict
  contains:
    project:
      description: ID of the consumer's project, or its number if Google Cloud answers that and no entry has it.
      type: str
    endpoint:
      description: Relative name of the consumer's forwarding rule.
      type: str
    endpoint_with_id:
      description: The same with its numeric ID.
      type: str
    connection_id:
      description: ID of the connection, C(pscConnectionId), the same on both sides.
      type: str
    consumer_network:
      description: Relative name of the consumer's network.
      type: str
    status:
      description: V(ACCEPTED), V(PENDING), V(REJECTED), V(NEEDS_ATTENTION) or V(CLOSED), in Google Cloud's words.
      type: str
    decision:
      description: The status that M(closednet.aws.psc_service) would give it, if that is another one. Null if nothing
        would change, and if that module didn't create the service attachment.
      type: str
    verdict:
      description: V(accepted), V(expired) or V(unknown).
      type: str
    reason:
      description: The reason, from the ledger.
      type: str
    requested_by:
      description: Who asked for it, from the ledger. Null without an entry.
      type: str
    expires:
      description: Last day of the approval. Null without an entry, and if it doesn't expire.
      type: str
  sample:
    - project: recruiting-a
      endpoint: projects/recruiting-a/regions/asia-northeast1/forwardingRules/matching
      endpoint_with_id: projects/recruiting-a/regions/asia-northeast1/forwardingRules/4686367449709154788
      connection_id: "36190541368524859"
      consumer_network: projects/recruiting-a/global/networks/main
      status: PENDING
      decision: ACCEPTED
      verdict: accepted
      reason: db replacement (asked for by team-a), until 2027-03-31
      requested_by: team-a
      expires: "2027-03-31"
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when Google was called
  type: dict
  sample: {"compute.serviceAttachments.list": 1}
error_code:
  description: Google's error code, or the name of the connection's exception.
  returned: when Google or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.psc_service_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
