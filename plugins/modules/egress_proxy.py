#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: egress_proxy
short_description: A proxy to the internet by domain and source, nginx or squid, on ECS Fargate behind a load balancer
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates an internal Network Load Balancer and, behind it, an ECS service on Fargate with nginx or squid, which lets
    the members of each group in O(groups) reach the names of that group, and denies everything else. The log, one JSON
    object for each connection, names the group. The groups are those of M(closednet.aws.network_firewall).
  - With V(nginx), clients need no setting, but DNS that leads the names to the load balancer. nginx reads the name from
    the TLS handshake and connects to that name. It serves TLS only.
  - With V(squid), clients set C(HTTPS_PROXY) and C(HTTP_PROXY) to the load balancer's name and port 3128, and get a
    clear 403. squid serves HTTP and, by CONNECT with an address, CIDRs, too.
  - The tasks run with a read-only root file system, as a user without rights, without capabilities and without a role
    of their own. The configuration is in parameters of SSM, of which each version has its own; a new one is a new task
    definition, new tasks beside the old ones, and the old ones drained. If the new ones don't get healthy, ECS goes
    back.
  - Only the load balancer reaches the tasks, and only its PROXY header says who a client is.
options:
  name:
    description: Name of the proxy, unique in its account and region. The tag C(closednet:managed=egress_proxy/NAME)
      contains it; the module finds its resources by this tag.
    type: str
    required: true
  vpc_id:
    description: ID of the VPC, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) created the VPC. Default is O(name).
    type: str
  tier:
    description: Tier of the tasks, one subnet in each zone, with a default route. It should be the proxy's alone, since
      connections from its addresses are refused as loops.
    type: str
    default: proxy
  balancer_tier:
    description: Tier of the load balancer. Default is O(tier). PROXY headers are accepted from its subnets.
    type: str
  kind:
    description: The program.
    type: str
    choices: [nginx, squid]
    default: nginx
  image:
    description: Image in ECR of this region, with a tag or, better, a digest. It has C(nginx) 1.21.2 or later with its
      stream and ssl_preread modules built in, or C(squid) 5 or later, and C(sh), C(sed), C(base64) and C(gunzip).
      Required with O(state=present).
    type: str
  groups:
    description: Who may reach what, by the name of the group, in the form of
      O(closednet.aws.network_firewall#module:groups). Required with O(state=present). What this kind of proxy can't
      serve is in RV(unsupported).
    type: dict
  accounts:
    description: CIDRs by name of an account. Only for messages and O(confirm_removals), which then name the account
      that is no longer a source.
    type: dict
    default: {}
  client_cidrs:
    description: CIDRs that may connect to the load balancer. Default is the sources of all groups. More than a security
      group takes need wider ones; the proxy itself still judges each source.
    type: list
    elements: str
  desired_count:
    description: Number of tasks, 2 or more. ECS spreads them over the zones of O(tier).
    type: int
    default: 2
  cpu:
    description: CPU units of a task, 1024 of which are a processor.
    type: int
    default: 256
  memory:
    description: Memory of a task in MiB, one that Fargate has for O(cpu).
    type: int
    default: 512
  cpu_architecture:
    description: The processors that the image is built for.
    type: str
    choices: [X86_64, ARM64]
    default: X86_64
  user:
    description: Number of the user that the proxy runs as, not 0; after a colon, of its group.
    type: str
    default: '65534'
  resolvers:
    description: Addresses of the DNS servers that nginx asks. Default is the one that the VPC gives its tasks. If a
      private zone of that VPC leads the names to the proxy, it has to be another one, or nginx would connect to itself;
      such a connection is refused.
    type: list
    elements: str
    default: []
  drain_seconds:
    description: Seconds that connections of a task that ends may go on, 0 to 3600. Fargate ends a task after 120.
    type: int
    default: 120
  log_retention_days:
    description: Days after which CloudWatch Logs deletes an event of the log.
    type: int
    default: 365
  security_group_rules_quota:
    description: The account's quota of rules of a security group.
    type: int
    default: 60
notes:
  - In O(confirm_removals), name a group that is no longer declared as C(GROUP), and a source of it as C(GROUP/ACCOUNT)
    or C(GROUP/CIDR). Removing an entry from a group's C(allow) needs no confirmation.
  - Before it writes, the module requires that O(tier) has a default route and, where that isn't one to a NAT gateway,
    endpoints for what ECS needs before a proxy runs, C(ecr.api), C(ecr.dkr), C(s3), C(logs) and C(ssm).
  - For accounts whose CIDRs overlap, M(closednet.aws.privatelink_service) offers RV(load_balancer_arn) by PrivateLink.
    A consumer's account chooses the addresses of its clients itself, so there a client can take the address of another
    account's. Offer groups that don't belong to all consumers by a proxy of their own.
  - nginx doesn't refuse a name that leads to a private address; squid does.
  - squid doesn't look into TLS, so a client can send another name within an allowed tunnel.
  - O(state=absent) keeps the log group.
  - "Not tested on AWS: all of it. The configurations are tested with nginx 1.22 and squid 5.7."
seealso:
  - module: closednet.aws.network_firewall
  - module: closednet.aws.closed_vpc_endpoints
  - module: closednet.aws.privatelink_endpoint
  - name: Proxy protocol
    description: What the load balancer tells of its clients.
    link: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
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
- name: Let an account reach a payment service by the name in TLS
  closednet.aws.egress_proxy:
    account_id: "888888888888"
    assume_role_arn: arn:aws:iam::888888888888:role/network-operator
    region: eu-central-1
    name: egress
    image: 888888888888.dkr.ecr.eu-central-1.amazonaws.com/nginx:1.28
    groups:
      payments:
        owner: team-payments
        sources: [{name: alpha, cidrs: [10.1.0.0/16]}]
        allow:
          - {domain: api.stripe.com, reason: card payments}
          - {domain: .amazonaws.com, until: "2099-03-31", reason: until endpoints exist}
  register: egress_proxy

- name: Show what the run opened and closed
  ansible.builtin.debug:
    msg: "{{ egress_proxy.egress_changes }}"

- name: An explicit proxy
  closednet.aws.egress_proxy:
    account_id: "888888888888"
    region: eu-central-1
    name: explicit
    vpc_name: egress
    kind: squid
    image: 888888888888.dkr.ecr.eu-central-1.amazonaws.com/squid:5.7
    groups:
      everyone:
        sources: [{name: accounts, cidrs: [10.0.0.0/8]}]
        allow: [{domain: .example.com, ports: [80, 443]}]
    client_cidrs: [10.0.0.0/8]
  register: explicit

- name: Offer it by PrivateLink, too
  closednet.aws.privatelink_service:
    account_id: "888888888888"
    region: eu-central-1
    name: explicit-proxy
    load_balancer_arns: ["{{ explicit.load_balancer_arn }}"]
    consumers:
      - {account_id: "222222222222", reason: its CIDRs overlap, requested_by: network team, expires: "2099-12-31"}

- name: Delete the proxy
  closednet.aws.egress_proxy:
    account_id: "888888888888"
    region: eu-central-1
    name: egress
    state: absent
"""

RETURN = r"""
load_balancer_arn:
  description: ARN of the load balancer, for O(closednet.aws.privatelink_service#module:load_balancer_arns). Null if it
    doesn't exist.
  returned: success
  type: str
  sample: arn:aws:elasticloadbalancing:eu-central-1:888888888888:loadbalancer/net/0b1c2d3e-egress/0123456789abcdef
dns_name:
  description: DNS name of the load balancer. Null if it doesn't exist.
  returned: success
  type: str
  sample: 0b1c2d3e-egress-0123456789abcdef.elb.eu-central-1.amazonaws.com
ports:
  description: Ports that clients connect to.
  returned: success
  type: list
  elements: int
  sample: [443]
egress_changes:
  description: What the run opens (V(+)) and closes (V(-)), in words. In check mode, what a run would.
  returned: success
  type: list
  elements: str
  sample: ["payments: + api.stripe.com:443 from alpha (10.1.0.0/16)"]
unsupported:
  description: Entries that this kind of proxy can't serve, each with why.
  returned: success
  type: list
  elements: str
  sample: ["payments: 203.0.113.0/24 tcp 22: nginx serves names in TLS only, squid serves it"]
expired:
  description: Entries past their last day, which the proxy doesn't have.
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
    - address: ecs_service.main:desired_count
      action: change
      operation: ecs.update_service
      before: {desired_count: 2}
      after: {desired_count: 4}
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
  description: What O(state=absent) keeps, and entries that a proxy of this kind can't serve.
  returned: success
  type: list
  elements: str
  sample: ["payments: 203.0.113.0/24 tcp 22: nginx serves names in TLS only, squid serves it"]
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
  sample: {"ecs_service.main": "arn:aws:ecs:eu-central-1:888888888888:service/egress-proxy/egress-proxy"}
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
  sample: {"ecs:DescribeServices": 1, "ecs:UpdateService": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.egress_proxy import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
