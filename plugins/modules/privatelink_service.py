#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: privatelink_service
short_description: An endpoint service (AWS PrivateLink) and who may connect to it
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Publishes an API behind a Network Load Balancer as an endpoint service. Consumers in other accounts reach it at an
    address of their own VPC, so the ranges of both sides may overlap, and nothing else of the provider's network can be
    reached.
  - O(consumers) is the acceptance ledger, the accounts that may connect, with a reason and an end. A connection is
    accepted exactly if its account is in the ledger and not expired. One whose account was removed or has expired is
    cut, and the account can no longer find the service. Nothing is accepted by default.
  - Needs no credential of a consumer's account. Its side is M(closednet.aws.privatelink_endpoint).
options:
  name:
    description:
      - Name of the service, unique in its account and region. It is in the tag
        C(closednet:managed=privatelink_service/NAME), by which what the module made is found again.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  load_balancer_arns:
    description:
      - ARNs of Network Load Balancers of this account, active and of one VPC, that the service stands before. They are
        read and never changed.
      - One of O(load_balancer_arns) and O(load_balancer) is required with O(state=present).
    type: list
    elements: str
  load_balancer:
    description: An internal Network Load Balancer to make for the service, with its target groups and listeners.
      Mutually exclusive with O(load_balancer_arns).
    type: dict
    suboptions:
      vpc_id:
        description: ID of its VPC, for one that M(closednet.aws.tiered_vpc) didn't make. Mutually exclusive with
          O(load_balancer.vpc_name).
        type: str
      vpc_name:
        description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Default is O(name).
        type: str
      tier:
        description: Tier whose subnets it is in, one in each availability zone; in a VPC without tiers, the ID of a
          subnet. Consumers can connect in these zones only.
        type: str
        default: app
      cross_zone:
        description: Whether a zone's connections may go to targets of other zones. Without it, a zone without a healthy
          target answers nobody.
        type: bool
        default: true
      listeners:
        description: What it listens on, one for each port.
        type: list
        elements: dict
        required: true
        suboptions:
          port:
            description: Port that consumers connect to.
            type: int
            required: true
          protocol:
            description: V(TCP) also for TLS that the targets end. Other protocols, and TLS that the load balancer ends,
              need a load balancer of your own in O(load_balancer_arns).
            type: str
            choices: [TCP, UDP, TCP_UDP]
            default: TCP
          target_type:
            description: What O(load_balancer.listeners[].targets) are. Changing it makes a new target group and turns
              the listener to it.
            type: str
            choices: [ip, instance, alb]
            default: ip
          targets:
            description: IPv4 addresses, instance IDs, or the ARN of one Application Load Balancer of the same VPC, as
              O(load_balancer.listeners[].target_type) says.
            type: list
            elements: str
            required: true
          target_port:
            description: Port of the targets. Default is O(load_balancer.listeners[].port).
            type: int
          health_check:
            description: How the health of the targets is checked.
            type: dict
            default: {}
            suboptions:
              protocol:
                description: Protocol of the check.
                type: str
                choices: [TCP, HTTP, HTTPS]
                default: TCP
              port:
                description: A port, or V(traffic-port), the one that each target is used with.
                type: str
                default: traffic-port
              path:
                description: Path that is asked for. Only with V(HTTP) and V(HTTPS), where its default is V(/).
                type: str
  consumers:
    description: The acceptance ledger, at most one entry for an account.
    type: list
    elements: dict
    default: []
    suboptions:
      account_id:
        description: The 12 digits of the consumer's account, in quotes.
        type: str
        required: true
      reason:
        description: Why the account may connect. Shown in every plan that decides on its connections.
        type: str
        required: true
      requested_by:
        description: Who asked for it.
        type: str
        required: true
      expires:
        description: Last day of the approval, V(YYYY-MM-DD) in UTC. After it, the next run cuts the account's
          connections and withdraws its permission; so run the playbook daily. Without it, the approval has no end.
        type: str
  undeclared:
    description: What happens to a waiting connection of an account that isn't in O(consumers). V(report) leaves it
      waiting and names it in RV(notes).
    type: str
    choices: [report, reject]
    default: report
  acceptance_required:
    description: Whether a connection waits for a decision. With V(false) every account that is permitted is connected
      at once; one that isn't in O(consumers) is still cut by the next run.
    type: bool
    default: true
  allowed_principals:
    description:
      - Which principals can find the service and apply. Without an ARN of its account here, all of a consumer's account
        can; with ARNs of roles or users of it, only these.
      - Principals of other accounts can apply and wait, see O(undeclared). V(*) is everybody and needs
        O(allow_any_principal).
      - ARNs of accounts (C(:root)), roles and users, or service principals such as V(appflow.amazonaws.com). A
        connection that a service makes is of an account of AWS, which must be in O(consumers) to be accepted.
    type: list
    elements: str
    default: []
  allow_any_principal:
    description: Says that V(*) in O(allowed_principals) is meant.
    type: bool
    default: false
  supported_ip_address_types:
    description: IP address types of the endpoints. V(ipv6) needs dualstack load balancers, in O(load_balancer_arns).
    type: list
    elements: str
    choices: [ipv4, ipv6]
    default: [ipv4]
  supported_regions:
    description: Other regions of the partition from which consumers can connect, with
      O(closednet.aws.privatelink_endpoint#module:service_region). The service's own is always one. The credential needs
      C(vpce:AllowMultiRegion).
    type: list
    elements: str
    default: []
  private_dns_name:
    description:
      - Name, V(api.example.com) or V(*.api.example.com), under which consumers can reach the service in their VPC once
        AWS has verified that its domain is the provider's. Without it, the service has none.
      - AWS verifies it by a TXT record in public DNS, RV(private_dns.record).
    type: str
  private_dns_zone_id:
    description: ID of the public hosted zone of this account that answers for O(private_dns_name). The module publishes
      the record in it, starts the verification and waits for it.
    type: str
  verify_private_dns:
    description: Whether to start the verification and wait for it. Default is V(true) with O(private_dns_zone_id).
      Without a zone, publish RV(private_dns.record), then run with V(true). It fails when AWS doesn't find the record.
    type: bool
notes:
  - What O(confirm_removals) names here is an account, as C(SERVICE/ACCOUNT), that is connected and not in O(consumers).
    An approval that has expired was declared to end, so its account needs no confirmation up to O(max_removals) and
    O(max_removals_percent).
  - Load balancers that the module makes have no security group, so all that is permitted and accepted reaches their
    listeners, and nobody else does through PrivateLink.
  - A listener that isn't declared, on a load balancer that the module made, is removed.
  - AWS doesn't let a service go while somebody is connected, so O(state=absent) rejects all connections first.
  - With O(state=absent), the record in O(private_dns_zone_id) goes only if the zone is given.
  - Health is a finding and fails nothing, since targets may come later than the service; C(closednet.aws.verify) fails
    on it.
seealso:
  - module: closednet.aws.privatelink_endpoint
  - module: closednet.aws.privatelink_service_info
  - name: Create a service powered by AWS PrivateLink
    description: What can stand behind an endpoint service.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
  - name: Configure an endpoint service
    description: Permissions, acceptance and rejection.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
  - name: Manage DNS names for VPC endpoint services
    description: Verification of the private DNS name.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.removals.limits
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Publish an API that runs on two addresses, and let one account connect until the end of the year
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    assume_role_arn: arn:aws:iam::555555555555:role/network-operator
    region: eu-central-1
    name: billing
    load_balancer:
      vpc_name: provider
      listeners:
        - port: 443
          targets: [10.20.0.10, 10.20.1.10]
          target_port: 8443
          health_check: {protocol: HTTPS, path: /health}
    consumers:
      - account_id: "666666666666"
        reason: monthly settlement
        requested_by: finance
        expires: "2026-12-31"
    undeclared: reject
  register: billing

- name: Tell the consumer what to connect to
  ansible.builtin.debug:
    msg: "{{ billing.service_name }}"

- name: Stand before a load balancer that is there, under a name of one's own domain
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    region: eu-central-1
    name: ledger
    load_balancer_arns:
      - arn:aws:elasticloadbalancing:eu-central-1:555555555555:loadbalancer/net/ledger/0123456789abcdef
    private_dns_name: ledger.example.com
    private_dns_zone_id: Z0123456789ABCDEFGHIJ
    consumers:
      - {account_id: "666666666666", reason: postings, requested_by: finance}

- name: Withdraw the service, cutting all who are connected
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    region: eu-central-1
    name: billing
    state: absent
"""

RETURN = r"""
service_id:
  description: ID of the endpoint service. Null while there is none.
  returned: success
  type: str
  sample: vpce-svc-0123456789abcdef0
service_name:
  description: Name that consumers connect to. Null while there is none.
  returned: success
  type: str
  sample: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0
private_dns:
  description: The private DNS name, the state of its verification, and the record by which AWS verifies it. Null
    without O(private_dns_name), and before the service is made.
  returned: success
  type: dict
  contains:
    name:
      description: The private DNS name.
      type: str
    state:
      description: V(pendingVerification), V(verified) or V(failed).
      type: str
    record:
      description: What public DNS must answer, with C(name), C(type) and C(value).
      type: dict
  sample:
    name: ledger.example.com
    state: verified
    record: {name: _0123456789abcdef0123.ledger.example.com, type: TXT, value: "vpce:0123456789abcdef0123"}
connections:
  description: The connections as they were when the run began, and what the ledger says of each.
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
      description: When it was asked for, in UTC.
      type: str
    age_days:
      description: Whole days since then.
      type: int
    verdict:
      description: V(accepted), V(expired) or V(unknown).
      type: str
    reason:
      description: The ledger's words for it.
      type: str
    decision:
      description: What follows, V(accept) or V(reject); null where nothing does.
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
targets:
  description: Targets and their health, as they were when the run began. Only of load balancers that the module made.
  returned: success
  type: list
  elements: dict
  contains:
    listener:
      description: Port, protocol and target type of the listener.
      type: str
    target:
      description: Address, instance or load balancer, and port.
      type: str
    state:
      description: State of health, in AWS's words.
      type: str
    reason:
      description: AWS's words for what isn't healthy.
      type: str
  sample:
    - {listener: 443-TCP-ip, target: "10.20.0.10:8443", state: healthy, reason: ""}
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
plan:
  description: The steps from what was read to what is declared, in the order in which they are shown. In check mode
    those that a run would take.
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
      description: Client and method of boto3 that makes the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) where something is created.
      type: dict
    after:
      description: The fields that change, as declared. C(null) where something is deleted. An ID that isn't known yet
        is shown as C((known after ADDRESS)).
      type: dict
  sample:
    - address: endpoint_connection.vpce-0123456789abcdef0
      action: change
      operation: ec2.accept_vpc_endpoint_connections
      before:
        account_id: "666666666666"
        service: vpce-svc-0123456789abcdef0
        state: pendingAcceptance
      after:
        account_id: "666666666666"
        reason: monthly settlement (asked for by finance), until 2026-12-31
        service: vpce-svc-0123456789abcdef0
        state: available
diff:
  description: What changed, or in check mode would, by address. With C(--diff) Ansible shows it.
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
  description: What is left to others, a consumer's expired approval, an undeclared account that waits.
  returned: success
  type: list
  elements: str
  sample: ["consumers: account 777777777777 expired on 2026-10-31; pilot (asked for by sales): not permitted"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["private_dns_name is pendingVerification: somebody has to publish its record"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {endpoint_service.main: vpce-svc-0123456789abcdef0}
done:
  description: Addresses of the steps that were done before the module failed.
  returned: when a step failed
  type: list
  elements: str
left:
  description: Addresses of the steps that are left.
  returned: when a step failed
  type: list
  elements: str
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcEndpointConnections": 1, "ec2:DescribeVpcEndpointServiceConfigurations": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.privatelink_service import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
