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
    address of their own VPC. So the CIDRs of both sides may overlap, and consumers reach nothing else in the provider's
    network.
  - O(consumers) is the acceptance ledger. It lists the accounts that may connect, with a reason and an expiry date. A
    connection is accepted if and only if its account is in the ledger and not expired. If an account was removed or has
    expired, its connections are cut, and it can no longer find the service unless O(allowed_principals) names it.
    Nothing is accepted by default.
  - Needs no credential of a consumer's account. Consumers use M(closednet.aws.privatelink_endpoint).
options:
  name:
    description:
      - Name of the service, unique in its account and region. The tag C(closednet:managed=privatelink_service/NAME)
        contains it; the module finds its resources by this tag.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  load_balancer_arns:
    description:
      - ARNs of the Network Load Balancers behind the service. They must be active, in this account and in one VPC. They
        are only read.
      - One of O(load_balancer_arns) and O(load_balancer) is required with O(state=present).
    type: list
    elements: str
  load_balancer:
    description: An internal Network Load Balancer to create for the service, with its target groups and listeners.
      Mutually exclusive with O(load_balancer_arns).
    type: dict
    suboptions:
      vpc_id:
        description: ID of its VPC, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with
          O(load_balancer.vpc_name).
        type: str
      vpc_name:
        description: Name under which M(closednet.aws.tiered_vpc) created the VPC. Default is O(name).
        type: str
      tier:
        description: Tier of its subnets, one in each availability zone; in a VPC without tiers, the ID of a subnet.
          Consumers can connect in these zones only.
        type: str
        default: app
      cross_zone:
        description: Whether a zone's connections may go to targets of other zones. Without it, a zone without a healthy
          target answers nobody.
        type: bool
        default: true
      listeners:
        description: Its listeners, one for each port.
        type: list
        elements: dict
        required: true
        suboptions:
          port:
            description: Port that consumers connect to.
            type: int
            required: true
          protocol:
            description: V(TCP) also for TLS that the targets terminate. Other protocols, and TLS that the load balancer
              terminates, need a load balancer of your own in O(load_balancer_arns).
            type: str
            choices: [TCP, UDP, TCP_UDP]
            default: TCP
          target_type:
            description: Type of O(load_balancer.listeners[].targets). A change creates a new target group and moves the
              listener to it.
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
            description: Health check of the targets.
            type: dict
            default: {}
            suboptions:
              protocol:
                description: Protocol of the check.
                type: str
                choices: [TCP, HTTP, HTTPS]
                default: TCP
              port:
                description: A port, or V(traffic-port) for the port of each target.
                type: str
                default: traffic-port
              path:
                description: Path to request. Only with V(HTTP) and V(HTTPS), where its default is V(/).
                type: str
  consumers:
    description: The acceptance ledger, at most one entry per account.
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
          connections and removes its permission, so run the playbook daily. Without it, the approval doesn't expire.
        type: str
  undeclared:
    description: What happens to a waiting connection of an account that isn't in O(consumers). V(report) leaves it
      waiting and names it in RV(notes).
    type: str
    choices: [report, reject]
    default: report
  acceptance_required:
    description: Whether a connection waits for a decision. With V(false) every permitted account is connected at once;
      the next run still cuts one that isn't in O(consumers).
    type: bool
    default: true
  allowed_principals:
    description:
      - Which principals can find the service and request a connection. If no ARN of a consumer's account is listed, all
        of the account can. If ARNs of its roles or users are listed, only these can.
      - Principals of other accounts can request a connection and wait, see O(undeclared). V(*) means everybody and
        needs O(allow_any_principal).
      - ARNs of accounts (C(:root)), roles and users, or service principals such as V(appflow.amazonaws.com). A
        connection that a service creates belongs to an account of AWS, which must be in O(consumers) to be accepted.
    type: list
    elements: str
    default: []
  allow_any_principal:
    description: Confirms V(*) in O(allowed_principals).
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
      O(closednet.aws.privatelink_endpoint#module:service_region). The service's own region is always supported. The
      credential needs C(vpce:AllowMultiRegion).
    type: list
    elements: str
    default: []
  private_dns_name:
    description:
      - Private DNS name of the service, V(api.example.com) or V(*.api.example.com). Consumers can use it in their VPC
        once AWS has verified that the domain is the provider's. Without it, the service has none.
      - AWS verifies it with a TXT record in public DNS, RV(private_dns.record).
    type: str
  private_dns_zone_id:
    description: ID of this account's public hosted zone for O(private_dns_name). The module creates the record in it,
      starts the verification and waits for it.
    type: str
  verify_private_dns:
    description: Whether to start the verification and wait for it. Default is V(true) with O(private_dns_zone_id).
      Without a zone, publish RV(private_dns.record), then run with V(true). It fails if AWS doesn't find the record.
    type: bool
notes:
  - In O(confirm_removals), name an account that is connected and not in O(consumers) as C(SERVICE/ACCOUNT). An account
    whose approval has expired needs no confirmation up to O(max_removals) and O(max_removals_percent).
  - Load balancers that the module creates have no security group. So every permitted and accepted consumer reaches
    their listeners, and nobody else does through PrivateLink.
  - A listener that isn't declared, on a load balancer that the module created, is deleted.
  - AWS doesn't delete a service while somebody is connected, so O(state=absent) rejects all connections first.
  - O(state=absent) deletes the record in O(private_dns_zone_id) only if the zone is given.
  - Unhealthy targets are a finding and don't fail the module, because targets may come later than the service.
    C(closednet.aws.verify) fails on them.
seealso:
  - module: closednet.aws.privatelink_endpoint
  - module: closednet.aws.privatelink_service_info
  - name: Create a service powered by AWS PrivateLink
    description: What can be behind an endpoint service.
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

- name: Show what the consumer connects to
  ansible.builtin.debug:
    msg: "{{ billing.service_name }}"

- name: Publish an existing load balancer, under a name of your own domain
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

- name: Delete the service and cut all connections
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    region: eu-central-1
    name: billing
    state: absent
"""

RETURN = r"""
service_id:
  description: ID of the endpoint service. Null if it doesn't exist.
  returned: success
  type: str
  sample: vpce-svc-0123456789abcdef0
service_name:
  description: Name that consumers connect to. Null if the service doesn't exist.
  returned: success
  type: str
  sample: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0
private_dns:
  description: The private DNS name, the state of its verification, and the record with which AWS verifies it. Null
    without O(private_dns_name), and before the service exists.
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
  description: The connections at the start of the run, with the ledger's verdict on each.
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
      description: When it was requested, in UTC.
      type: str
    age_days:
      description: Whole days since then.
      type: int
    verdict:
      description: V(accepted), V(expired) or V(unknown).
      type: str
    reason:
      description: The reason, from the ledger.
      type: str
    decision:
      description: What the module does, V(accept) or V(reject). Null if nothing.
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
  description: Targets and their health at the start of the run. Only of load balancers that the module created.
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
      description: Health state, in AWS's words.
      type: str
    reason:
      description: AWS's reason, if the target isn't healthy.
      type: str
  sample:
    - {listener: 443-TCP-ip, target: "10.20.0.10:8443", state: healthy, reason: ""}
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
  description: What others have to do, expired approvals, and undeclared accounts that wait for acceptance.
  returned: success
  type: list
  elements: str
  sample: ["consumers: account 777777777777 expired on 2026-10-31; pilot (asked for by sales): not permitted"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: ["private_dns_name is pendingVerification: somebody has to publish its record"]
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {endpoint_service.main: vpce-svc-0123456789abcdef0}
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
  sample: {"ec2:DescribeVpcEndpointConnections": 1, "ec2:DescribeVpcEndpointServiceConfigurations": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.privatelink_service import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
