#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: log_source
short_description: Subscription of an account's log groups to a log archive, and their retention
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Subscribes the log groups of an account and region to the archive that M(closednet.aws.log_archive) created. With
    O(destination_arn), one account-level policy does it for all log groups, also for those that are created later. With
    O(log_groups), each has a subscription filter of its own, such as one to a table for its application.
  - With both, the log groups in O(log_groups) are left out of the policy, so that no event arrives twice.
  - AWS has one place for an account-level policy in each account and region, and two for filters in each log group. The
    module overwrites nobody else's. It fails before it writes anything, and names whose policy or filters those are and
    where they send to.
  - Subscriptions deliver what is written from then on. What is in a log group already stays there.
options:
  name:
    description:
      - Name of the source, unique in its account and region. AWS's policies and subscription filters have no tags, so
        their names say whose they are, C(closednet-log_source-NAME) and C(closednet/log_source/NAME).
      - Letters, digits and C(._-), 64 at most.
    type: str
    required: true
  destination_arn:
    description:
      - ARN of the destination to which all log groups are subscribed by an account-level policy. It must be in the log
        groups' region.
      - For another account's archive, its logical destination. In the archive's own account, the Firehose stream, and
        O(role_arn).
    type: str
  role_arn:
    description: ARN of the role by which CloudWatch Logs writes to the stream. Needed for a stream; for a logical
      destination only if its policy names an organization in place of accounts.
    type: str
  filter_pattern:
    description: CloudWatch Logs' filter pattern of the policy. Default are all events; whatever the pattern doesn't
      match never gets to the archive.
    type: str
    default: ''
  policy_name:
    description: Name of the account-level policy. Default is C(closednet-log_source-NAME). A policy of another name is
      changed only if the log group that the module creates for its probes has the module's tag.
    type: str
  excluded_log_groups:
    description: Log groups that aren't subscribed by the policy. They are reported in RV(notes), since nothing of them
      gets to the archive. Those of the delivery itself needn't be listed.
    type: list
    elements: str
    default: []
  log_groups:
    description: Log groups with a subscription filter of their own. They must exist. The module deletes the filter of
      one that is no longer listed, see the notes.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the log group.
        type: str
        required: true
      destination_arn:
        description: ARN of the destination, as in O(destination_arn).
        type: str
        required: true
      role_arn:
        description: ARN of the role, as in O(role_arn).
        type: str
      filter_pattern:
        description: CloudWatch Logs' filter pattern.
        type: str
        default: ''
  centralization:
    description: States that a rule of CloudWatch Logs copies the account's log groups into the archive, as with
      O(closednet.aws.log_archive#module:transport=centralization). Then there is nothing to subscribe, and the module
      verifies which log groups the rule takes. Mutually exclusive with O(destination_arn).
    type: dict
    suboptions:
      excluded_log_groups:
        description: Log groups that the rule leaves out.
        type: list
        elements: str
        default: []
      encrypted_log_groups:
        description: Whether the rule takes log groups with a KMS key of their own. If not, such groups are findings.
        type: bool
        default: true
  retention_days:
    description:
      - Days after which CloudWatch Logs deletes events, for log groups that keep them for ever. Retention that somebody
        has set stays. Without this option, log groups without retention are a finding.
      - With it, events that are older by then are deleted at once, and those from before the subscription are nowhere
        else.
      - V(1), V(3), V(5), V(7), V(14), V(30), V(60), V(90), V(120), V(150), V(180), V(365), V(400), V(545), V(731),
        V(1096), V(1827), V(2192), V(2557), V(2922), V(3288) or V(3653).
    type: int
notes:
  - In O(confirm_removals), name the policy as C(NAME/subscription_policy.main) and a filter as
    C(NAME/subscription_filter.LOG_GROUP). Events that are written after such a removal are lost to the archive.
  - Log groups of the classes Infrequent Access, Essentials and Delivery can't be subscribed; they are findings.
  - In the archive's own account, the policy leaves out the log groups of the archive's function and streams, which
    would otherwise feed themselves.
  - Where only O(log_groups) is given, the module reads the filters of each log group, one call for each. With
    O(destination_arn), its calls are those of the pages of log groups.
  - The module creates the log group C(/closednet/log_source/NAME/probe), into which M(closednet.aws.log_probe) writes.
seealso:
  - module: closednet.aws.log_archive
  - module: closednet.aws.log_probe
  - name: Log group-level and account-level subscription filters
    description: How they add up, and which log groups to leave out.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
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
- name: Subscribe all log groups of an account, and those of one application to its own table
  closednet.aws.log_source:
    account_id: "222222222222"
    assume_role_arn: arn:aws:iam::222222222222:role/log-operator
    region: eu-central-1
    name: customer-a
    destination_arn: arn:aws:logs:eu-central-1:111111111111:destination:logs-cloudwatch
    log_groups:
      - name: /ecs/payments
        destination_arn: arn:aws:logs:eu-central-1:111111111111:destination:logs-ecs_json
    excluded_log_groups: [/ecs/load-test]
    retention_days: 90

- name: Subscribe the archive's own account
  closednet.aws.log_source:
    account_id: "111111111111"
    region: eu-central-1
    name: log-archive
    destination_arn: arn:aws:firehose:eu-central-1:111111111111:deliverystream/logs-cloudwatch
    role_arn: arn:aws:iam::111111111111:role/logs-dest-eu-central-1
    policy_name: archive-of-all-log-groups

- name: Verify the log groups of an account whose logs AWS centralizes
  closednet.aws.log_source:
    account_id: "222222222222"
    region: eu-central-1
    name: customer-a
    centralization:
      excluded_log_groups: [/ecs/load-test]
    retention_days: 90

- name: Subscribe one log group's errors
  closednet.aws.log_source:
    account_id: "222222222222"
    region: eu-central-1
    name: customer-a
    log_groups:
      - name: /ecs/payments
        destination_arn: arn:aws:firehose:eu-central-1:222222222222:deliverystream/own-cloudwatch
        role_arn: arn:aws:iam::222222222222:role/own-dest
        filter_pattern: ERROR
    filter_pattern: ''
"""

RETURN = r"""
policy_name:
  description: Name of the account-level policy. Null if there is none of this source.
  returned: success
  type: str
  sample: closednet-log_source-customer-a
probe_log_group:
  description: Name of the log group for probes. Null with O(state=absent).
  returned: success
  type: str
  sample: /closednet/log_source/customer-a/probe
log_groups:
  description: All log groups of the account and region that existed before the run, by name. Empty with
    O(state=absent).
  returned: success
  type: dict
  contains:
    path:
      description: How its events get to the archive once the plan is applied. V(account) is the account-level policy,
        V(filter) a filter of this source, V(other) somebody else's policy or filter that sends all to the archive,
        V(rule) the centralization rule. They don't with V(excluded), as declared; V(delivery), since it is the
        archive's own; V(class), which can't be subscribed; V(key), which the rule skips; and V(none).
      type: str
    retention_days:
      description: Days before the run. Null if it keeps events for ever.
      type: int
    class:
      description: Class of the log group, V(STANDARD) or one that can't be subscribed.
      type: str
    kms_key_arn:
      description: ARN of its own KMS key. Null if it has none.
      type: str
  sample:
    /ecs/payments: {path: filter, retention_days: 30, class: STANDARD, kms_key_arn: null}
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
    - address: subscription_policy.main
      action: create
      operation: logs.put_account_policy
      before: null
      after:
        policy_name: closednet-log_source-customer-a
        destination_arn: arn:aws:logs:eu-central-1:111111111111:destination:logs-cloudwatch
        filter_pattern: ""
        excluded: [/ecs/load-test, /ecs/payments]
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
  description: Log groups that are left out, those whose events a new retention deletes, and those with a KMS key of
    their own.
  returned: success
  type: list
  elements: str
  sample: ["log groups that are excluded as declared, so nothing of them gets to the archive: /ecs/load-test"]
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
  sample: {subscription_policy.main: closednet-log_source-customer-a}
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
  sample: {"logs:DescribeLogGroups": 4, "logs:DescribeAccountPolicies": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.log_source import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
