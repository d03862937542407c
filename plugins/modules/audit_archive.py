#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: audit_archive
short_description: Bucket of CloudTrail's trails, read by each account's auditors
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates a bucket for trails of CloudTrail and its KMS key. The policies of both let the declared trails write and
    auditors read the events of their own accounts. Nobody may delete anything by these policies, and with Object Lock
    in mode V(compliance) nobody can.
  - M(closednet.aws.audit_trail) creates the trails.
options:
  name:
    description: Name of the archive, unique in its account and region. 1 to 40 lower case letters, digits or C(-), the
      first a letter.
    type: str
    required: true
  bucket:
    description: The bucket of the trails. It is created unless it exists, and never deleted. One that exists must have
      the tag C(closednet:managed), as the error message says.
    type: str
    required: true
  kms_key_arn:
    description:
      - ARN of the KMS key that encrypts the bucket, a key of O(account_id) in the bucket's region. Its policy is read,
        and a run fails before it writes anything if that lacks what the services and auditors need.
      - Without it, the module creates a key with rotation and the alias C(alias/NAME), and sets its policy.
    type: str
  object_lock:
    description:
      - Lock of new objects, their default retention. Without it, the bucket's Object Lock stays as it is.
      - A bucket that exists already gets versioning and Object Lock, which can't be switched off again. Objects that
        are in it already aren't locked.
      - A lock never gets weaker. A run that would shorten it, or turn compliance into governance, fails.
    type: dict
    suboptions:
      mode:
        description: With V(compliance), nobody deletes an object before its time, not even the account's root. With
          V(governance), whoever has the permission C(s3:BypassGovernanceRetention) does.
        type: str
        required: true
        choices: [governance, compliance]
      days:
        description: Days from an object's creation, O(retention_days) at most.
        type: int
        required: true
  retention_days:
    description: Days after which objects are deleted, 365 at least, since PCI DSS 10.5.1 asks for a year. V(0) keeps
      them for ever. What was overwritten, or has expired, is kept for 30 more days as a noncurrent version.
    type: int
    default: 400
  transition_days:
    description: Days after which objects move to the storage class S3 Glacier Instant Retrieval. Queries read them as
      before, at a price for each GB. Without it they don't move.
    type: int
  trails:
    description: The trails that write to the bucket. One that is no longer declared can't write any more, which has to
      be confirmed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the trail.
        type: str
        required: true
      account_id:
        description: The account of the trail, of an organization trail the management account.
        type: str
        required: true
      region:
        description: The trail's home region.
        type: str
        required: true
      organization_id:
        description: Id of the organization, for an organization trail.
        type: str
  account_ids:
    description: The accounts that the trails cover, beside their own.
    type: list
    elements: str
    default: []
  auditors:
    description: Who reads the logs of which accounts, and nothing else. Other accounts need the same permissions in
      their own policies, for the bucket's objects and C(kms:Decrypt).
    type: list
    elements: dict
    default: []
    suboptions:
      principal_arns:
        description: ARNs of roles or users of any account, without wildcards.
        type: list
        elements: str
        required: true
      account_ids:
        description: The accounts whose logs they read.
        type: list
        elements: str
        required: true
  auditor_role:
    description: Name of a role, with its path if any, that in each account reads the logs of its own account. One
      statement for all accounts.
    type: str
notes:
  - O(state=absent) deletes nothing. The bucket with its objects and policy, and the key stay, which RV(notes) says.
  - Names for O(confirm_removals) are C(NAME/ACCOUNT_ID) or C(NAME/ARN) for an account, organization, trail or principal
    that policies name no longer, and C(NAME/KIND.main:policy.SID) for a statement that somebody added to the bucket's
    or the key's policy, which the module sets as a whole. C(NAME/archive_bucket.main:lifecycle) is for objects that
    would be deleted earlier.
seealso:
  - module: closednet.aws.audit_trail
  - module: closednet.aws.log_archive
  - name: Amazon S3 bucket policy for CloudTrail
    description: What a trail needs.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
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
- name: Keep the organization's trail, which nobody can delete for a year
  closednet.aws.audit_archive:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/log-operator
    region: eu-central-1
    name: trails
    bucket: trails-of-example
    kms_key_arn: arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef
    object_lock: {mode: compliance, days: 365}
    transition_days: 90
    trails:
      - name: organization
        account_id: "999999999999"
        region: eu-central-1
        organization_id: o-abcdefghij
    account_ids: ["222222222222", "333333333333"]
    auditors:
      - principal_arns: [arn:aws:iam::222222222222:role/auditor]
        account_ids: ["222222222222"]
    auditor_role: log-reader
  register: archive

- name: Show what the trail needs
  ansible.builtin.debug:
    msg: "{{ archive.bucket }} with {{ archive.kms_key_arn }}"
"""

RETURN = r"""
bucket:
  description: The bucket of the trails.
  returned: success
  type: str
  sample: trails-of-example
kms_key_arn:
  description: ARN of its KMS key. Null in check mode if it is yet to be created.
  returned: success
  type: str
  sample: arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef
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
    - address: archive_bucket.main:lifecycle
      action: change
      operation: s3.put_bucket_lifecycle_configuration
      before:
        lifecycle: []
      after:
        lifecycle:
          - ID: closednet-uploads
            Status: Enabled
            AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}
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
  description: What stays with O(state=absent), and why.
  returned: success
  type: list
  elements: str
  sample: ["trails-of-example stays with its objects, and with its policy, which lets nobody delete them"]
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
  sample: {"archive_key.main": "arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"}
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
  sample: {"s3:HeadBucket": 1, "s3:PutBucketPolicy": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.audit_archive import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
