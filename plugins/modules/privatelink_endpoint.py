#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: privatelink_endpoint
short_description: An interface endpoint to another account's endpoint service, with its private name
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates an interface endpoint to a service of another account (M(closednet.aws.privatelink_service)), with an
    address in each zone of a VPC of this account, a security group that allows its callers, and a private name.
  - The provider accepts or rejects the connection in its own account. Until then the module reports
    RV(state=pendingAcceptance) and doesn't fail. Run it again afterwards to add the private name.
  - Needs no credential of the provider's account.
options:
  name:
    description:
      - Name of the endpoint, unique in its account and region. The tag C(closednet:managed=privatelink_endpoint/NAME)
        contains it; the module finds its resources by this tag.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  service_name:
    description:
      - Name of the service, as in RV(closednet.aws.privatelink_service#module:service_name). Required with
        O(state=present).
      - This account finds the service only after the provider has permitted it.
    type: str
  service_region:
    description:
      - Region of the service, if it isn't the endpoint's. The service must support the endpoint's region,
        O(closednet.aws.privatelink_service#module:supported_regions), and both must be in one partition.
      - The endpoint then has an address in each availability zone of O(tier). The credential needs
        C(vpce:AllowMultiRegion).
    type: str
  vpc_id:
    description: ID of the VPC, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) created the VPC. Default is O(name).
    type: str
  tier:
    description:
      - Tier whose subnets each get an address of the service, in the availability zones that the service is in, too.
        Without a common zone the module fails. For a service of another region, all subnets get one.
      - In a VPC without tiers, the ID of a subnet.
    type: str
    default: endpoint
  sources:
    description: Who may call the service, as CIDRs, managed prefix list IDs or security group IDs. Required with
      O(state=present).
    type: list
    elements: str
  tcp:
    description: TCP ports and port ranges that O(sources) may call. Required with O(state=present).
    type: list
    elements: str
  dns_name:
    description:
      - Private name of the service in the VPC.
      - If it is the service's own private DNS name and that is verified, the endpoint answers to it. Otherwise the
        module creates a private hosted zone of this name for the VPC, with an alias record to the endpoint. Either
        happens once the provider has accepted the connection.
      - Without it, the endpoint answers to the service's own private DNS name, if that is verified.
    type: str
  wait_for_acceptance:
    description: Whether to wait for the provider's decision, O(wait_timeout) seconds at most, and to fail if the
      connection isn't accepted.
    type: bool
    default: false
notes:
  - In O(confirm_removals), name a private name that resolves now as C(ENDPOINT/private_zone.NAME).
  - An endpoint that the provider rejected or AWS couldn't create stays as it is. RV(findings) say what to do.
  - While the service can't be found, the module can plan but not apply, and existing resources stay as they are.
  - The hosted zone's comment names its owner, because a zone can't be tagged on creation. The zone stays when the
    service's own name is verified later, because a change would leave the name unanswered for a while. To change, leave
    out O(dns_name).
  - The VPC and its subnets are only read. For the service's own private DNS name the VPC must have DNS support and DNS
    hostnames.
seealso:
  - module: closednet.aws.privatelink_service
  - name: Access a service using an interface VPC endpoint
    description: States of an endpoint, its subnets and DNS names.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
  - name: AZ IDs
    description: Why zones are compared by ID between accounts.
    link: https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.adoption
  - closednet.aws.removals
  - closednet.aws.tags
  - closednet.aws.rules_quota
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Request a connection to a provider's API, for callers in this VPC
  closednet.aws.privatelink_endpoint:
    account_id: "666666666666"
    assume_role_arn: arn:aws:iam::666666666666:role/network-operator
    region: eu-central-1
    name: billing
    vpc_name: consumer
    service_name: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0
    sources: [10.20.0.0/16]
    tcp: ["443"]
    dns_name: billing.example.internal
  register: billing

- name: Request a connection to an API in another region
  closednet.aws.privatelink_endpoint:
    account_id: "666666666666"
    region: eu-west-1
    name: rates
    vpc_name: consumer
    service_name: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef1
    service_region: eu-central-1
    sources: [10.20.0.0/16]
    tcp: ["443"]

- name: Show whether the provider has to run next
  ansible.builtin.debug:
    msg: "{{ billing.vpc_endpoint_id }} is {{ billing.state }}"

- name: Delete the endpoint
  closednet.aws.privatelink_endpoint:
    account_id: "666666666666"
    region: eu-central-1
    name: billing
    vpc_name: consumer
    state: absent
"""

RETURN = r"""
vpc_endpoint_id:
  description: ID of the endpoint. Null if it doesn't exist.
  returned: success
  type: str
  sample: vpce-0123456789abcdef0
state:
  description: State of the endpoint after the run, in AWS's words. V(available), or V(pendingAcceptance) while the
    provider hasn't decided. Null if it doesn't exist.
  returned: success
  type: str
  sample: available
dns_name:
  description: Private name of the service in the VPC. Null if there is none.
  returned: success
  type: str
  sample: billing.example.internal
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
    - address: vpc_endpoint.main
      action: create
      operation: ec2.create_vpc_endpoint
      before: null
      after:
        vpc: vpc-0123456789abcdef0
        service_name: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0
        subnets: [subnet-0123456789abcdef0]
        groups: [(known after security_group.endpoint)]
        private_dns: false
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
  description: That the service can't be found yet, before the endpoint is created.
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
  sample: ["vpce-0123456789abcdef0 is pendingAcceptance: the provider has to accept it"]
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {vpc_endpoint.main: vpce-0123456789abcdef0, security_group.endpoint: sg-0123456789abcdef0}
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
  sample: {"ec2:DescribeVpcEndpointServices": 1, "ec2:DescribeVpcEndpoints": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.privatelink_endpoint import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
