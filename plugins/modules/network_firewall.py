#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: network_firewall
short_description: One way out for all accounts by AWS Network Firewall, by domain and by source
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates an AWS Network Firewall that lets the members of each group in O(groups) reach the domains and CIDRs of that
    group, and denies everything else. The log names the group of each denied connection.
  - Rules, policy and firewall are changed in place. A change to one entry of a group changes one rule group. Nothing
    that is in use is replaced; what AWS can't change in place is refused before anything is written.
  - With O(topology=inspection_vpc), the firewall has an endpoint in each zone of a VPC that
    M(closednet.aws.tiered_vpc) created, and the module adds the routes to these endpoints, each to that of its own
    zone. With O(topology=transit_gateway), the firewall is attached to the transit gateway itself.
options:
  name:
    description:
      - Name of the firewall, unique in its account and region. The names of its policy and rule groups begin with it.
        The tag C(closednet:managed=network_firewall/NAME) contains it.
      - Letters, digits, spaces and C(._+=@-), 128 at most. AWS's names have letters, digits and hyphens, so another
        name is changed there, and gets a hash.
    type: str
    required: true
  topology:
    description:
      - V(inspection_vpc) has the endpoints in a VPC, which is attached to the transit gateway, with NAT gateways behind
        them. V(transit_gateway) attaches the firewall to O(transit_gateway_id), without a VPC of your own.
      - AWS can't change it later.
    type: str
    choices: [inspection_vpc, transit_gateway]
    default: inspection_vpc
  vpc_id:
    description: ID of the VPC, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) created the VPC. Default is O(name).
    type: str
  firewall_tier:
    description: Tier of the endpoints, one subnet in each zone. Its subnets lead to the NAT gateway of their zone.
    type: str
    default: firewall
  tgw_tier:
    description: Tier of the transit gateway's attachment. The route table of each zone gets C(0.0.0.0/0) to the
      endpoint of the zone.
    type: str
    default: tgw
  public_tier:
    description: Tier of the NAT gateways. The route table of each zone gets O(internal_cidrs) to the endpoint of the
      zone, so that answers come back through the same one.
    type: str
    default: public
  internal_cidrs:
    description: CIDRs behind the transit gateway, such as V(10.0.0.0/8). They are also in the policy's C(HOME_NET).
      Required with O(topology=inspection_vpc).
    type: list
    elements: str
    default: []
  transit_gateway_id:
    description: ID of the transit gateway, with O(topology=transit_gateway). Another account's has to be shared with
      this one, and that account accepts the attachment. Without it, a firewall that doesn't exist yet can only be
      planned, in check mode.
    type: str
  availability_zone_ids:
    description: AZ IDs of the endpoints. Default is all zones of O(firewall_tier). Required with
      O(topology=transit_gateway).
    type: list
    elements: str
    default: []
  groups:
    description:
      - Who may reach what, by the name of the group. Required with O(state=present). A source may be in several groups;
        then the entries of all of them hold.
      - P(closednet.aws.egress#role) makes it from C(egress_groups), where sources are names of the inventory.
      - Each group has C(sources), a list of C({name, cidrs}); C(allow), a list of entries; and optionally C(owner),
        who answers for it.
      - An entry has C(domain) or C(cidr). V(api.example.com) is this name, V(.example.com) the name and all below it,
        V(*.example.com) all below it. C(ports) are V([443]) by default and required with C(cidr). A domain's port 80 is
        HTTP, others TLS; C(protocol) says V(tls) or V(http), and with a CIDR V(tcp), the default, or V(udp).
      - C(reason) says why. C(until) is the last day of an entry, V(YYYY-MM-DD) in UTC; after it the next run removes
        the rule, and RV(findings) has the entry.
    type: dict
  accounts:
    description: CIDRs by name of an account. Only for messages and O(confirm_removals), which then name the account
      that is no longer a source.
    type: dict
    default: {}
  mode:
    description: With V(monitor), nothing is denied, and what would be is logged.
    type: str
    choices: [enforce, monitor]
    default: enforce
  policy:
    description: Generation of the policy. V(strict_order) is the classic one, V(v2) the Next Generation one, which not
      all regions have. A change associates the firewall with another policy, in place.
    type: str
    choices: [strict_order, v2]
    default: strict_order
  action:
    description: What happens to a denied TCP connection. With V(reject), the client gets a reset at once; with V(drop),
      it waits for its timeout.
    type: str
    choices: [reject, drop]
    default: reject
  managed_rule_groups:
    description: Names or ARNs of AWS managed rule groups, such as V(ThreatSignaturesBotnetStrictOrder). They are
      evaluated before the groups. One that is no longer listed stays, and is a finding.
    type: list
    elements: str
    default: []
  capacity:
    description: Capacity of each rule group when it is created, in rules. Default is three times what it needs, and 500
      at least. AWS can't change it later.
    type: int
  logs:
    description: The firewall's logs, one destination for each type. Without it, the module leaves them as they are.
    type: list
    elements: dict
    suboptions:
      log_type:
        description: V(ALERT) has the denied connections and those that an entry allowed, V(FLOW) all of them, V(TLS)
          errors of TLS inspection.
        type: str
        choices: [ALERT, FLOW, TLS]
        required: true
      destination_type:
        description: Type of the destination.
        type: str
        choices: [s3, cloud-watch-logs, kinesis-data-firehose]
        default: s3
      destination:
        description: Name or ARN of the bucket, with a folder after a slash, of the log group or of the delivery stream.
          What AWS needs to write there must be allowed, see the notes.
        type: str
        required: true
  protection:
    description: Whether AWS refuses to delete the firewall, to remove its endpoints and to give it another policy. The
      module itself switches a protection off for a declared change, and on again.
    type: bool
    default: true
notes:
  - In O(confirm_removals), name a group that is no longer declared as C(GROUP), a source of it as C(GROUP/ACCOUNT) or
    C(GROUP/CIDR), and a route to the firewall as C(NAME/firewall_route.TABLE/CIDR). Removing an entry from a group's
    C(allow) needs no confirmation.
  - Rule groups that others added to the policy stay, and are in RV(findings). A rule that somebody added to a rule
    group of the module is removed, and is in RV(egress_changes).
  - A policy or rule group that another firewall uses, too, is not changed.
  - Connections that are already allowed stay open after a change of the rules.
  - "For logs in S3 the bucket's policy, and for CloudWatch Logs the account's resource policy, must let
    C(delivery.logs.amazonaws.com) write; AWS adds it if the credential may call C(s3:PutBucketPolicy) or
    C(logs:PutResourcePolicy). For Firehose, AWS needs its service-linked role."
  - "Not tested on AWS: all of it. It follows the API reference and the service's model in botocore."
seealso:
  - module: closednet.aws.tiered_vpc
  - module: closednet.aws.tgw_hub
  - name: Example architectures for Network Firewall
    description: How routes lead through the endpoints.
    link: https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-config.html
  - name: Strict evaluation order
    description: How a policy evaluates its rule groups.
    link: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html
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
- name: Let two accounts reach a payment service and the bank's SFTP, and nothing else
  closednet.aws.network_firewall:
    account_id: "888888888888"
    assume_role_arn: arn:aws:iam::888888888888:role/network-operator
    region: eu-central-1
    name: egress
    vpc_name: egress
    internal_cidrs: [10.0.0.0/8]
    groups:
      payments:
        owner: team-payments
        sources:
          - {name: alpha, cidrs: [10.1.0.0/16]}
          - {name: beta, cidrs: [10.2.0.0/16]}
        allow:
          - {domain: api.stripe.com, reason: card payments}
          - {domain: .amazonaws.com, until: "2027-03-31", reason: until endpoints exist}
          - {cidr: 203.0.113.0/24, ports: [22], reason: the bank's SFTP}
    logs:
      - {log_type: ALERT, destination: log-archive/egress}
      - {log_type: FLOW, destination: log-archive/egress}
  register: egress

- name: Show what the run opened and closed
  ansible.builtin.debug:
    msg: "{{ egress.egress_changes }}"

- name: Log what would be denied, without denying it
  closednet.aws.network_firewall:
    account_id: "888888888888"
    region: eu-central-1
    name: pilot
    vpc_name: egress
    internal_cidrs: [10.0.0.0/8]
    mode: monitor
    groups:
      everyone:
        sources: [{name: accounts, cidrs: [10.0.0.0/8]}]
        allow: [{domain: .example.com}]

- name: Delete the firewall, its policy and its rule groups, the routes to it first
  closednet.aws.network_firewall:
    account_id: "888888888888"
    region: eu-central-1
    name: egress
    vpc_name: egress
    state: absent
"""

RETURN = r"""
firewall_arn:
  description: ARN of the firewall. Null if it doesn't exist.
  returned: success
  type: str
  sample: arn:aws:network-firewall:eu-central-1:888888888888:firewall/egress
policy_arn:
  description: ARN of its policy. Null if it doesn't exist.
  returned: success
  type: str
  sample: arn:aws:network-firewall:eu-central-1:888888888888:firewall-policy/egress
endpoints:
  description: IDs of the firewall's endpoints, by AZ ID.
  returned: success
  type: dict
  sample: {euc1-az1: vpce-0123456789abcdef0, euc1-az2: vpce-0123456789abcdef1}
transit_gateway_attachment_id:
  description: ID of the firewall's attachment with O(topology=transit_gateway). Null otherwise.
  returned: success
  type: str
  sample: null
ready:
  description: Whether all endpoints filter by the declared rules and all routes to them exist. In check mode, whether
    it is so now.
  returned: success
  type: bool
  sample: true
egress_changes:
  description: What the run opens (V(+)) and closes (V(-)), in words. In check mode, what a run would.
  returned: success
  type: list
  elements: str
  sample: ["payments: + api.stripe.com:443 from alpha (10.1.0.0/16), beta (10.2.0.0/16)"]
expired:
  description: Entries past their last day, for which there is no rule.
  returned: success
  type: list
  elements: str
  sample: []
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
    - address: firewall_rule_group.allow-1:rules
      action: change
      operation: network-firewall.update_rule_group
      before: {rules: []}
      after:
        rules:
          - 'pass tls $SRC_payments any -> $EXTERNAL_NET 443 (msg:"egress-allow group=payments domain=api.stripe.com";
            flow:to_server, established; ssl_state:client_hello; tls.sni; content:"api.stripe.com"; startswith;
            endswith; nocase; alert; sid:1411339332; rev:1;)'
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
  description: What a person should know about the groups, such as sources that two of them share, and what AWS hasn't
    finished yet.
  returned: success
  type: list
  elements: str
  sample:
    - "everyone and payments share the sources 10.1.0.0/16: entries of both let them out, and what neither allows is
      logged for everyone"
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
  sample: {"firewall.main": "arn:aws:network-firewall:eu-central-1:888888888888:firewall/egress"}
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
  sample: {"network-firewall:DescribeFirewall": 1, "network-firewall:UpdateRuleGroup": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.network_firewall import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
