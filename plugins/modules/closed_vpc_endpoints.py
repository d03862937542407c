#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: closed_vpc_endpoints
short_description: The VPC endpoints that workloads need in a VPC without internet
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Makes the gateway and interface endpoints of AWS's services that the declared workloads call, and keeps them so,
    with subnets, private DNS, security group, route tables and endpoint policies. What a workload calls is known by
    profiles, from the pages of AWS that each names.
  - What a service is called and in which zones it is offered is read from AWS's list for the region. A service that a
    profile needs and the region doesn't offer is named in RV(notes).
options:
  name:
    description:
      - Name of the set of endpoints, unique in its account and region. It is in the tag
        C(closednet:managed=closed_vpc_endpoints/NAME), by which what the module made is found again.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  vpc_id:
    description: ID of the VPC, for one that M(closednet.aws.tiered_vpc) didn't make. Mutually exclusive with
      O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Default is O(name).
    type: str
  workloads:
    description: What runs in the VPC. RV(may_need) says what each may need besides, and when; that goes into
      O(services).
    type: list
    elements: str
    default: []
    choices:
      - ecr_pull
      - ecs_fargate
      - ecs_ec2
      - ecs_exec
      - ec2_ssm
      - eks_private
      - bottlerocket_eks
      - bottlerocket_ecs
      - lambda_in_vpc
      - sagemaker_studio
      - glue
      - athena
      - kinesis
      - firehose
      - cloudwatch
      - codeartifact
      - secretsmanager
      - kms
      - sts
      - dynamodb
      - s3
      - app_runner
      - managed_grafana
      - managed_prometheus
      - step_functions
      - sqs
      - sns
      - eventbridge
      - rds_api
      - rds_data_api
      - backup
      - network_firewall
      - transit_gateway
      - ansible_controller
  services:
    description: Further services, by the end of their endpoint's name, such as V(secretsmanager) or V(ecr.api).
    type: list
    elements: str
    default: []
  tier:
    description: Tier whose subnets hold the interface endpoints, one in each zone in which the service is offered; in a
      VPC without tiers, the ID of a subnet.
    type: str
    default: endpoint
  tiers:
    description: Tiers whose subnets use the gateway endpoints (S3, DynamoDB). Every route table that these subnets use
      gets the route, the main one, too, where a subnet has none of its own. Without any, those of all subnets.
    type: list
    elements: str
    default: []
  closed:
    description:
      - Whether the VPC must have no route to an internet gateway, a NAT gateway, an egress-only internet gateway or a
        carrier gateway. If it has one the module fails before it writes anything, and names the route.
      - Looked at are the route tables that the subnets of O(tiers) use, or all subnets without any, and the main one.
        A private NAT gateway is no path to the internet. What a Transit Gateway or an appliance leads to isn't
        followed.
    type: bool
    default: false
  sources:
    description: Who may call the interface endpoints, as CIDRs, IDs of managed prefix lists or IDs of security
      groups. Required with O(state=present).
    type: list
    elements: str
  endpoints_quota:
    description: How many interface endpoints the VPC takes, those of others included. AWS's quota (Interface and
      Gateway Load Balancer endpoints per VPC) is 50 and can be raised. More are refused before the first write.
    type: int
    default: 50
  private_dns:
    description: Whether the endpoints answer to the services' usual names in the VPC. V(false) where a hosted zone for
      many VPCs answers them.
    type: bool
    default: true
  private_dns_except:
    description: Services, by the end of their endpoint's name, whose endpoint answers to its own names only though
      O(private_dns) holds for the others. With V(execute-api), for example, the VPC goes on reaching public APIs of
      Amazon API Gateway.
    type: list
    elements: str
    default: []
  policy_scope:
    description:
      - Whose principals reach whose resources through the endpoints, of services that take an endpoint policy.
        V(organization) is the account's organization, V(account) the account alone; V(full) is everybody.
      - AWS's own services and objects that the workloads need stay reachable, among them the S3 bucket of ECR's layers.
    type: str
    choices: [organization, account, full]
    default: organization
  unsigned_buckets:
    description: S3 buckets from which everything in the VPC may read without a signature, as far as their own policies
      let it. The policies of O(policy_scope) let only principals through, which such a request has none of.
    type: list
    elements: str
    default: []
  policies:
    description: Endpoint policies in place of those of O(policy_scope), by service.
    type: dict
    default: {}
notes:
  - What O(confirm_removals) names here is a VPC endpoint, as C(NAME/vpc_endpoint.SERVICE).
  - The VPC's DNS support and DNS hostnames are turned on, which private names need; O(state=absent) leaves them on.
  - An endpoint of a declared service that somebody else created in the VPC is in the way, since a service's names can
    lead to one endpoint.
  - Endpoints are changed in place. Another VPC needs another O(name).
  - All profiles come from AWS's pages and were not tried on AWS; for some needs no page was read. The source has a mark
    for each, C(plugins/module_utils/_domain/endpoints/profiles.py).
seealso:
  - module: closednet.aws.tiered_vpc
  - name: AWS services that integrate with AWS PrivateLink
    description: Names of the services.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
  - name: Gateway endpoints
    description: S3 and DynamoDB.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
  - name: Data perimeter policy examples
    description: Where the endpoint policies come from.
    link: https://github.com/aws-samples/data-perimeter-policy-examples
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
- name: Endpoints for Fargate tasks with secrets, and for Glue
  closednet.aws.closed_vpc_endpoints:
    account_id: "444444444444"
    assume_role_arn: arn:aws:iam::444444444444:role/network-operator
    region: eu-central-1
    name: delta
    workloads: [ecs_fargate, glue]
    services: [secretsmanager]
    sources: [10.4.0.0/16]

- name: The same with a policy of one's own for S3
  closednet.aws.closed_vpc_endpoints:
    account_id: "444444444444"
    region: eu-central-1
    name: delta
    workloads: [ecs_fargate, glue]
    services: [secretsmanager]
    sources: [10.4.0.0/16]
    policies:
      s3:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: "*"
            Action: s3:GetObject
            Resource: arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*

- name: Remove them
  closednet.aws.closed_vpc_endpoints:
    account_id: "444444444444"
    region: eu-central-1
    name: delta
    state: absent
"""

RETURN = r"""
endpoints:
  description: The endpoints after the run, by service.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the endpoint. In check mode null for one that a run would make.
      type: str
    needed_by:
      description: The workloads that call the service; V(services) for O(services).
      type: list
      elements: str
  sample:
    ecr.api: {id: vpce-0123456789abcdef0, needed_by: [ecr_pull]}
may_need:
  description: What the workloads may need besides, and when. What applies goes into O(services).
  returned: success
  type: list
  elements: dict
  contains:
    workload:
      description: The workload, or one that it includes.
      type: str
    service:
      description: The service.
      type: str
    when:
      description: The condition.
      type: str
  sample:
    - {workload: ecs_fargate, service: ssmmessages, when: enableExecuteCommand}
not_offered:
  description: Services that the workloads need and the region doesn't offer.
  returned: success
  type: list
  elements: str
  sample: []
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
    - address: vpc_endpoint.ecr.api
      action: create
      operation: ec2.create_vpc_endpoint
      before: null
      after:
        vpc: vpc-0123456789abcdef0
        type: Interface
        service_name: com.amazonaws.eu-central-1.ecr.api
        subnets: [subnet-0123456789abcdef0]
        groups: [(known after security_group.endpoints)]
        private_dns: true
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
  description: What the endpoints cost, what isn't offered in the region, and what takes no endpoint policy.
  returned: success
  type: list
  elements: str
  sample: ["iam isn't offered in eu-central-1: ansible_controller can't reach it from here"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["vpce-0123456789abcdef0 of s3 is failed (quota): delete it with state=absent, then run again"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {vpc_endpoint.ecr.api: vpce-0123456789abcdef0}
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

from ..module_utils._capabilities.closed_vpc_endpoints import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
