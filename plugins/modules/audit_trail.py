#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: audit_trail
short_description: A CloudTrail trail of an account or its organization; one that exists is adopted or verified
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates a trail that logs all management events of all regions, with log file validation, into the bucket of the log
    archive, and starts it. If somebody has stopped it or changed it, the next run sets it right.
  - A second trail for the same management events costs. So if a trail of somebody else logs them in all regions
    already, such as the organization's of a landing zone, the module creates none. It reports that trail in RV(notes),
    verifies it, and lists what is wrong with it in RV(findings), with the account that has to act.
  - With O(adopt), the module takes over the trail of this name in this account, and tags it.
options:
  name:
    description: Name of the trail, unique in its account and region. 3 to 128 letters and digits, with single C(._-)
      between them.
    type: str
    required: true
  bucket:
    description: Name of the bucket into which the trail writes. Its policy must let the trail in, which is a matter of
      the archive. Required with O(state=present).
    type: str
  kms_key_arn:
    description: ARN of the KMS key that encrypts log files and digests, in the bucket's region. Without this option, a
      new trail's files are encrypted as the bucket's default says, and an existing trail's key stays.
    type: str
  organization:
    description: Whether the trail is the organization's, for all its accounts. Run in the management account, or in a
      delegated administrator of CloudTrail. CloudTrail needs trusted access to the organization.
    type: bool
    default: false
  adopt:
    description: Whether to take over the trail of this name if it exists in this account and nobody's tag is on it. The
      trails of AWS Control Tower can't be adopted, since Control Tower undoes changes to them.
    type: bool
    default: false
  data_events:
    description: ARNs of which data events are logged, C(arn:aws:s3:::BUCKET/PREFIX), a Lambda function's or a DynamoDB
      table's. 250 at most. They cost by the event.
    type: list
    elements: str
    default: []
  archive_buckets:
    description: Names of the archive's other buckets, such as that of the logs. Data events of these and of O(bucket)
      are refused, since each log file that is written would be an event in the next one.
    type: list
    elements: str
    default: []
notes:
  - In O(confirm_removals), name data events that are no longer declared as C(NAME/data_events.ARN), and an organization
    trail that is to be the account's alone as C(NAME/organization).
  - O(state=absent) deletes only a trail with the module's tag. Log files and digests stay.
  - A trail of this name that isn't tagged, and that doesn't log all management events in all regions, is a failure that
    names O(adopt).
  - What is wrong with the delivery is a finding, whoever owns the trail, such as C(LatestDeliveryError), or nothing
    delivered for two hours although a digest comes every hour.
  - The module replaces advanced event selectors by basic ones.
  - "Not tested on AWS: whether accounts of an organization may read the status of its trail. Where they may not, that
    is a finding."
seealso:
  - module: closednet.aws.audit_archive
  - module: closednet.aws.audit_trail_info
  - name: Creating a trail for an organization
    description: Trusted access, delegated administrators, and what members see.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Create the organization's trail
  closednet.aws.audit_trail:
    account_id: "999999999999"
    assume_role_arn: arn:aws:iam::999999999999:role/log-operator
    region: eu-central-1
    name: audit
    organization: true
    bucket: example-trails
    kms_key_arn: arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555
    data_events: ["arn:aws:s3:::example-cards/"]
    archive_buckets: [example-logs]

- name: Take over a trail that somebody created by hand
  closednet.aws.audit_trail:
    account_id: "222222222222"
    region: eu-central-1
    name: management-events
    bucket: example-trails
    adopt: true

- name: Delete the trail; its files stay
  closednet.aws.audit_trail:
    account_id: "999999999999"
    region: eu-central-1
    name: audit
    organization: true
    state: absent
"""

RETURN = r"""
trail_arn:
  description: ARN of the trail, the module's or the one of somebody else that was found in its place. Null if there is
    none.
  returned: success
  type: str
  sample: arn:aws:cloudtrail:eu-central-1:999999999999:trail/audit
managed:
  description: Whether the trail is the module's.
  returned: success
  type: bool
  sample: true
trails:
  description: ARNs of all trails that were found in the account and region before the run, shadows of other regions'
    and of the organization's among them.
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:cloudtrail:eu-central-1:999999999999:trail/audit"]
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
  sample:
    - address: trail.main:logging
      action: change
      operation: cloudtrail.start_logging
      before: {logging: false}
      after: {logging: true}
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
  description: The trail of somebody else that is verified in place of a second one.
  returned: success
  type: list
  elements: str
  sample: []
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: []
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {trail.main: "arn:aws:cloudtrail:eu-central-1:999999999999:trail/audit"}
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
  sample: {"cloudtrail:DescribeTrails": 1, "cloudtrail:GetTrailStatus": 1, "cloudtrail:ListTags": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.audit_trail import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
