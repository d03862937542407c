#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_replay
short_description: Delivers what Firehose put under the error prefixes of a log archive
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads the objects under the error prefixes of a log archive's bucket and delivers their events to the tables, once.
    The keys of the new objects follow from the error object, and S3 writes them only if they don't exist.
  - Error objects stay. An object under C(errors-replayed/) says that one is done, with what could not be read.
  - Needs C(pyarrow) on the controller, except for tables with O(tables[].raw).
options:
  bucket:
    description: The archive's bucket, in O(account_id).
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
  max_mib:
    description: MiB of error objects that a run takes, 1 to 4096, the oldest first. They are read into memory.
    type: int
    default: 256
  wait_timeout:
    description: Seconds for which a write is sent again while AWS doesn't accept it yet, 1 to 86400.
    type: int
    default: 600
attributes:
  check_mode:
    description: Reads the error objects, says what would be delivered, and writes nothing.
    support: full
  diff_mode:
    description: Shows the objects that are written, with their numbers of events.
    support: full
seealso:
  - module: closednet.aws.log_archive_info
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Deliver what failed, until nothing is left
  closednet.aws.log_replay:
    account_id: "999999999999"
    region: eu-central-1
    bucket: example-logs
    tables:
      - {type: network_firewall, resources: [egress]}
      - {type: cloudwatch}
      - {name: payments, type: custom, columns: [{name: amount, type: double}]}
    max_mib: 256
  register: log_replay_result
  until: log_replay_result.objects_left | default(1) == 0
  retries: 100
  delay: 0
"""

RETURN = r"""
replayed_objects:
  description: Error objects that this run replayed, or in check mode would.
  returned: success
  type: int
delivered_events:
  description: Events that this run delivered, or in check mode would.
  returned: success
  type: int
events_already_there:
  description: Events of these objects that an earlier run had delivered.
  returned: success
  type: int
unreadable:
  description: What could not be read. It is still in the error objects.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: Key of the error object.
      type: str
    table:
      description: Name of the table.
      type: str
    reason:
      description: Why the whole object could not be read; empty if it could. It is tried again in the next run.
      type: str
    records:
      description: Number, reason and size of each record that can't be read.
      type: list
      elements: dict
done_before:
  description: Error objects that earlier runs replayed.
  returned: success
  type: int
objects_left:
  description: Error objects beyond O(max_mib), which the next run takes.
  returned: success
  type: int
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

from ..module_utils._capabilities.log_replay import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
