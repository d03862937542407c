#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_probe
short_description: Marked events in a source's probe log group
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Writes events with a marker to the probe log group that M(closednet.aws.log_source) created, in a stream that has
    the marker's name. Found in the archive, they prove that logs arrive, and how late.
  - A second run with the same marker writes only what is missing. Events can't be deleted; the group's
    retention of 7 days ends them.
options:
  name:
    description: Name of the source, O(closednet.aws.log_source#module:name).
    type: str
    required: true
  marker:
    description: A UUID in lower case, another one for each probe.
    type: str
    required: true
  events:
    description: How many events, 1 to 1000.
    type: int
    default: 10
  wait_timeout:
    description: Seconds for which a write is sent again while AWS doesn't accept it yet, 1 to 86400.
    type: int
    default: 600
attributes:
  check_mode:
    description: Reads what is there, and writes no event.
    support: full
  diff_mode:
    description: Shows how many events are written.
    support: full
seealso:
  - module: closednet.aws.log_source
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Write ten marked events
  closednet.aws.log_probe:
    account_id: "222222222222"
    region: eu-central-1
    name: payments
    marker: 0e5b1a86-4f0e-5a39-8d70-0d2c1a7f6a11
    events: 10
  register: log_probe_result
"""

RETURN = r"""
marker:
  description: The marker, which is also the log stream's name.
  returned: success
  type: str
events:
  description: How many events have the marker.
  returned: success
  type: int
log_group:
  description: The probe log group.
  returned: success
  type: str
time:
  description: When the first of the events was written, in UTC.
  returned: success
  type: str
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
plan:
  description: The steps from the current to the declared state, in the order in which they are shown. In check mode,
    the steps that a run would take.
  returned: success, or when a step failed
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource; after a colon, the fields that change.
      type: str
    action:
      description: V(create), V(change) or V(delete).
      type: str
    operation:
      description: Client and method of boto3 for the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) for V(create).
      type: dict
    after:
      description: The fields that change, as declared. C(null) for V(delete). An ID that isn't known yet is shown as
        C((known after ADDRESS)).
      type: dict
network_calls:
  description: Calls that decide what the network lets through, in the order in which a run would send them. Those of
    a later phase of the same run, once others have acted, come last. P(closednet.aws.plan_effect#filter) takes them.
  returned: success, in check mode
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource, as in RV(plan).
      type: str
    operation:
      description: Client and method of boto3. Empty if the call couldn't be foreseen.
      type: str
    params:
      description: Its arguments. An ID that isn't known yet is C((known after ADDRESS)).
      type: dict
    later:
      description: Whether a later phase sends it.
      type: bool
    unknown:
      description: Why a later phase's calls couldn't be foreseen.
      type: str
  sample: []
diff:
  description: What changed, or in check mode would change, by address. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    before:
      description: The fields that change or are deleted, as they were.
      type: dict
    after:
      description: The fields that change or are created, as declared.
      type: dict
notes:
  description: What is worth knowing about the plan.
  returned: success
  type: list
  elements: str
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
done:
  description: Addresses of the steps that were completed before the module failed.
  returned: when a step failed
  type: list
  elements: str
left:
  description: Addresses of the remaining steps.
  returned: when a step failed
  type: list
  elements: str
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.log_probe import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
