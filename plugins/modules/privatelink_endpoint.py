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
  - Gives a service of another account (M(closednet.aws.privatelink_service)) an address in each zone of a VPC of this
    account, a security group that says who may call it, and a private name.
  - The provider decides on the connection, in its own account. Until then the module reports
    RV(state=pendingAcceptance) and doesn't fail. Run again afterwards, it adds the private name.
  - Needs no credential of the provider's account.
options:
  name:
    description:
      - Name of the endpoint, unique in its account and region. It is in the tag
        C(closednet:managed=privatelink_endpoint/NAME), by which what the module made is found again.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  service_name:
    description:
      - Name of the service, as RV(closednet.aws.privatelink_service#module:service_name) has it. Required with
        O(state=present).
      - The service can be found only once its provider permits this account.
    type: str
  service_region:
    description:
      - Region that the service is in, where it is another one than the endpoint's. The service must support the
        endpoint's region, O(closednet.aws.privatelink_service#module:supported_regions), and both be of one partition.
      - The endpoint then has an address in each availability zone of O(tier). The credential needs
        C(vpce:AllowMultiRegion).
    type: str
  vpc_id:
    description: ID of the VPC, for one that M(closednet.aws.tiered_vpc) didn't make. Mutually exclusive with
      O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Default is O(name).
    type: str
  tier:
    description:
      - Tier whose subnets get an address of the service each, in the availability zones that the service is in, too. No
        common zone makes the module fail. Of a service of another region, all of them.
      - In a VPC without tiers, the ID of a subnet.
    type: str
    default: endpoint
  sources:
    description: Who may call the service, as CIDRs, IDs of managed prefix lists or IDs of security groups.
      Required with O(state=present).
    type: list
    elements: str
  tcp:
    description: TCP ports and ranges of ports that O(sources) may call. Required with O(state=present).
    type: list
    elements: str
  dns_name:
    description:
      - Name under which the service is reached in the VPC.
      - If it is the service's own private DNS name and that is verified, the endpoint answers to it. Otherwise the
        module makes a private hosted zone of this name for the VPC, with an alias record that leads to the endpoint.
        Either comes once the provider has accepted the connection.
      - Without it, the endpoint answers to the service's own private DNS name, if that is verified.
    type: str
  wait_for_acceptance:
    description: Whether to wait for the provider's decision, O(wait_timeout) seconds at most, and to fail if it is not
      accepted.
    type: bool
    default: false
notes:
  - What O(confirm_removals) names here is a private name that resolves now, as C(ENDPOINT/private_zone.NAME).
  - What the provider rejected or AWS couldn't make stays as it is and is reported. RV(findings) says what to do.
  - While the service can't be found, a plan can be made, and what is there stays as it is. It can't be applied.
  - The hosted zone carries its owner in its comment, for want of tags at its making. It stays when the service's own
    name is verified later, since to change over would leave the name unanswered for a while; leave O(dns_name) out to
    change over.
  - The VPC and its subnets are read and never changed. For the service's own private DNS name the VPC must have DNS
    support and DNS hostnames.
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
  - closednet.aws.removals
  - closednet.aws.tags
  - closednet.aws.rules_quota
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Apply for a provider's API, for callers of this VPC
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

- name: Apply for an API in another region
  closednet.aws.privatelink_endpoint:
    account_id: "666666666666"
    region: eu-west-1
    name: rates
    vpc_name: consumer
    service_name: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef1
    service_region: eu-central-1
    sources: [10.20.0.0/16]
    tcp: ["443"]

- name: Say whether the provider has to run next
  ansible.builtin.debug:
    msg: "{{ billing.vpc_endpoint_id }} is {{ billing.state }}"

- name: Give it up
  closednet.aws.privatelink_endpoint:
    account_id: "666666666666"
    region: eu-central-1
    name: billing
    vpc_name: consumer
    state: absent
"""

RETURN = r"""
vpc_endpoint_id:
  description: ID of the endpoint. Null while there is none.
  returned: success
  type: str
  sample: vpce-0123456789abcdef0
state:
  description: State of the endpoint after the run, in AWS's words. V(available), or V(pendingAcceptance) while the
    provider hasn't decided. Null where there is none.
  returned: success
  type: str
  sample: available
dns_name:
  description: Private name that leads to the service in the VPC. Null while there is none.
  returned: success
  type: str
  sample: billing.example.internal
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
  description: Whether the service can't be found yet, before the endpoint is created.
  returned: success
  type: list
  elements: str
  sample: []
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["vpce-0123456789abcdef0 is pendingAcceptance: the provider has to accept it"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {vpc_endpoint.main: vpce-0123456789abcdef0, security_group.endpoint: sg-0123456789abcdef0}
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
  sample: {"ec2:DescribeVpcEndpointServices": 1, "ec2:DescribeVpcEndpoints": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.privatelink_endpoint import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
