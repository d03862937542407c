#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_archive
short_description: Archive of the logs of many accounts in S3, to be queried in Athena
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates a bucket and all that brings logs into it and makes them queryable, namely a KMS key, streams of Amazon Data
    Firehose with a function that keeps account, log group and stream of each line, logical destinations to which other
    accounts subscribe by M(closednet.aws.log_source), a Glue database with a table for each kind of logs, an Athena
    workgroup and named queries.
  - Nothing is dropped on the way. What can't be decoded or converted is kept under C(errors/) as it came, and
    M(closednet.aws.log_replay) delivers it.
  - One archive is for the sources of one region. Names of its parts begin with O(name), such as the stream
    C(NAME-TABLE) and the destination of the same name.
options:
  name:
    description: Name of the archive, unique in its account. 1 to 40 lower case letters, digits or C(-), the first a
      letter. The database has C(_) in place of C(-).
    type: str
    required: true
  bucket:
    description: The bucket of the logs, in the region of the archive. Required if O(state=present). It is created
      unless it exists, and never deleted. One that exists must have the tag C(closednet:managed), as the error message
      says.
    type: str
  trail_bucket:
    description: The bucket of M(closednet.aws.audit_archive), for a table of the type V(cloudtrail).
    type: str
  trail_organization_id:
    description: Id of the organization if the trail in O(trail_bucket) is one of the organization. It is a part of the
      paths of its objects.
    type: str
  trail_account_ids:
    description: Accounts that the trail covers, beside O(source_account_ids), for the table of the type V(cloudtrail).
    type: list
    elements: str
    default: []
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
  organization_id:
    description: Id of the organization. Its accounts may subscribe to the destinations, whose policies have room for
      about 100 accounts without it, and the role in O(auditor_role) is let in by it.
    type: str
  source_account_ids:
    description:
      - The accounts whose logs the archive keeps. Tables have a partition for each of them. Required if
        O(state=present).
      - An account that is no longer declared can't subscribe any more, which has to be confirmed. Its rows stay
        readable.
    type: list
    elements: str
    default: []
  source_regions:
    description: Regions of the sources, for the tables whose paths have the region. Default is the archive's region.
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
  tables:
    description: The tables. A table that is no longer declared is deleted, with its stream and destination, which has
      to be confirmed. Its objects stay.
    type: list
    elements: dict
    default: [{type: cloudwatch}]
    suboptions:
      name:
        description: Name of the table. Default is the type.
        type: str
      type:
        description:
          - V(cloudwatch) has each line of CloudWatch Logs with account, region, log group, stream, id, time and
            message.
          - V(ecs_json) and V(custom) have columns that are taken from messages that are JSON objects. V(rest) has the
            other keys as JSON text, V(message) what is no object.
          - V(vpc_flow_logs), V(network_firewall), V(resolver_queries) and V(cloudtrail) are delivered to S3 by AWS's
            services.
        type: str
        required: true
        choices: [cloudwatch, ecs_json, custom, vpc_flow_logs, network_firewall, resolver_queries, cloudtrail]
      columns:
        description: Columns of a table of the type V(custom), by the names of the messages' keys.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the column, in lower case. The key may have upper case.
            type: str
            required: true
          type:
            description: Type of the column. A value of another type is kept in V(rest).
            type: str
            default: string
            choices: [string, boolean, int, bigint, double, timestamp]
      raw:
        description: Whether Firehose alone writes the messages, as compressed lines. There is no function then, but no
          account, group or time of a line either, and no Parquet. It can't be changed later.
        type: bool
        default: false
      resources:
        description: Names of firewalls (V(network_firewall)) or ids of VPCs (V(resolver_queries)), by which the table
          is partitioned, and by time then.
        type: list
        elements: str
        default: []
  buffer_seconds:
    description: Seconds that Firehose collects lines before it writes an object, 60 to 900. Longer means later, and
      fewer and larger objects, which are cheaper to query.
    type: int
    default: 300
  buffer_mib:
    description: MiB that Firehose collects before it writes an object, 64 to 128.
    type: int
    default: 128
  query_bytes_limit:
    description: Bytes that a query may read before Athena ends it, 10,000,000 at least.
    type: int
    default: 107374182400
  transport:
    description:
      - How logs of CloudWatch Logs get to the archive. With V(firehose), each account subscribes to the destinations.
      - With V(centralization), a rule of CloudWatch Logs copies the log groups of O(source_account_ids) into this
        account, which must be the management account of the organization or its delegated administrator. The account
        itself then needs M(closednet.aws.log_source), with its stream in place of a destination.
      - A rule stays if V(centralization) is no longer declared. Delete it by O(state=absent) before.
    type: str
    default: firehose
    choices: [firehose, centralization]
  centralization:
    description: Settings of the rule, with O(transport=centralization).
    type: dict
    suboptions:
      excluded_log_groups:
        description: Log groups that aren't copied.
        type: list
        elements: str
        default: []
      encrypted_log_groups:
        description: Whether log groups with a customer managed key are copied, too.
        type: bool
        default: true
      kms_key_arn:
        description: Key of the copies. Default is AWS's own.
        type: str
notes:
  - O(state=absent) deletes streams, destinations, function, roles, tables, database, workgroup and queries. The bucket
    with its objects and policy, the key and the archive's log group stay, which RV(notes) says.
  - Names for O(confirm_removals) are C(NAME/KIND.TABLE) for a deletion, C(NAME/ACCOUNT_ID) or C(NAME/ARN) for an
    account, organization or principal that policies name no longer, and C(NAME/KIND.main:policy.SID) for a statement
    that somebody added to the bucket's or the key's policy, which the module sets as a whole.
  - So are C(NAME/log_table.TABLE:location) and C(NAME/log_table.TABLE:column.COLUMN) for rows that queries would no
    longer find, and C(NAME/archive_bucket.main:lifecycle) for objects that would be deleted earlier.
  - Partitions of accounts, regions and resources are only ever added to tables.
  - Named queries of the module have C((closednet:managed=log_archive/NAME)) at the end of their description. Others in
    the workgroup are left alone, and are deleted with the workgroup.
  - Glue's tables and database have no tags of the module; their parameter C(closednet:managed) says whose they are.
  - The function and the streams write their own log to the log group C(/closednet/log_archive/NAME).
seealso:
  - module: closednet.aws.log_source
  - module: closednet.aws.audit_archive
  - module: closednet.aws.log_query
  - module: closednet.aws.log_replay
  - name: Cross-account cross-Region subscriptions
    description: What a logical destination is.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html
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
- name: Keep the logs of two accounts, queryable, for 400 days
  closednet.aws.log_archive:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/log-operator
    region: eu-central-1
    name: logs
    bucket: logs-of-example
    kms_key_arn: arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef
    object_lock: {mode: governance, days: 365}
    transition_days: 90
    source_account_ids: ["222222222222", "333333333333"]
    source_regions: [eu-central-1]
    organization_id: o-abcdefghij
    trail_bucket: trails-of-example
    trail_organization_id: o-abcdefghij
    trail_account_ids: ["444444444444"]
    auditors:
      - principal_arns: [arn:aws:iam::222222222222:role/auditor]
        account_ids: ["222222222222"]
    auditor_role: log-reader
    tables:
      - name: payments
        type: custom
        columns:
          - {name: amount, type: double}
      - type: cloudwatch
      - type: vpc_flow_logs
      - type: cloudtrail
  register: archive

- name: Show the destination to which the accounts subscribe
  ansible.builtin.debug:
    msg: "{{ archive.destinations.cloudwatch }}"

- name: Let CloudWatch Logs copy the log groups of the sources into this account
  closednet.aws.log_archive:
    account_id: "111111111111"
    region: eu-central-1
    name: central
    bucket: central-logs-of-example
    source_account_ids: ["222222222222"]
    tables:
      - type: network_firewall
        resources: [egress]
      - type: cloudwatch
        raw: true
    transport: centralization
    centralization:
      excluded_log_groups: [/noise/of/tests]
      kms_key_arn: arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef

- name: Delete the streams, tables and the workgroup; bucket and key stay
  closednet.aws.log_archive:
    account_id: "111111111111"
    region: eu-central-1
    name: logs
    bucket: logs-of-example
    state: absent
"""

RETURN = r"""
bucket:
  description: The bucket of the logs.
  returned: success
  type: str
  sample: logs-of-example
kms_key_arn:
  description: ARN of its KMS key. Null in check mode if it is yet to be created.
  returned: success
  type: str
  sample: arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef
streams:
  description: ARNs of the streams of Firehose, by table. Null for one that doesn't exist yet.
  returned: success
  type: dict
  sample: {"cloudwatch": "arn:aws:firehose:eu-central-1:111111111111:deliverystream/logs-cloudwatch"}
destinations:
  description: ARNs of the logical destinations to which other accounts subscribe, by table. Null for one that doesn't
    exist yet.
  returned: success
  type: dict
  sample: {"cloudwatch": "arn:aws:logs:eu-central-1:111111111111:destination:logs-cloudwatch"}
destination_role_arn:
  description: ARN of the role by which CloudWatch Logs writes to the streams, which the archive's own account needs to
    subscribe to them. Null if it doesn't exist.
  returned: success
  type: str
  sample: arn:aws:iam::111111111111:role/logs-dest-eu-central-1
database:
  description: The Glue database.
  returned: success
  type: str
  sample: logs
workgroup:
  description: The Athena workgroup.
  returned: success
  type: str
  sample: logs
tables:
  description: Names of the declared tables.
  returned: success
  type: list
  elements: str
  sample: [cloudwatch, vpc_flow_logs]
named_queries:
  description: Ids of the named queries, by name. Null for one that doesn't exist yet.
  returned: success
  type: dict
  sample: {"rejected_flows": "01234567-89ab-cdef-0123-456789abcdef"}
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
  sample: ["logs-of-example stays with its objects, and with its policy, which lets nobody delete them"]
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
  sample: {"delivery_stream.cloudwatch": "arn:aws:firehose:eu-central-1:111111111111:deliverystream/logs-cloudwatch"}
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

from ..module_utils._capabilities.log_archive import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
