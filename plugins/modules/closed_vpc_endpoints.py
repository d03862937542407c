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
  - Manages the gateway and interface endpoints of the AWS services that the declared workloads call, with subnets,
    private DNS, security group, route tables and endpoint policies. Profiles list what each workload calls, with the
    AWS pages that they come from.
  - Reads service names and their zones from AWS's list for the region. RV(notes) names a service that a profile needs
    and the region doesn't offer.
options:
  name:
    description:
      - Name of the set of endpoints, unique in its account and region. The module finds its resources by the tag
        C(closednet:managed=closed_vpc_endpoints/NAME).
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  workloads:
    description: Workloads in the VPC. RV(may_need) lists what each may also need, and when; add that to O(services).
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
    description: Additional services, by the suffix of their endpoint's name, such as V(secretsmanager) or V(ecr.api).
    type: list
    elements: str
    default: []
  tier:
    description: Tier whose subnets contain the interface endpoints, one in each zone that offers the service; in a VPC
      without tiers, the ID of a subnet.
    type: str
    default: endpoint
  tiers:
    description: Tiers whose subnets use the gateway endpoints (S3, DynamoDB). Every route table that these subnets use
      gets the route, including the main one if a subnet has no own table. Without any, those of all subnets.
    type: list
    elements: str
    default: []
  closed:
    description:
      - Whether the VPC must have no route to an internet gateway, a NAT gateway, an egress-only internet gateway or a
        carrier gateway. If it has one the module fails before it writes anything, and names the route.
      - Checks the main route table and those that the subnets of O(tiers) use, or all subnets without any. A private
        NAT gateway is no path to the internet. Paths behind a Transit Gateway or an appliance aren't followed.
    type: bool
    default: false
  sources:
    description: Sources that may call the interface endpoints, as CIDRs, IDs of managed prefix lists or IDs of security
      groups. Required with O(state=present).
    type: list
    elements: str
  central:
    description:
      - Services that the hub's endpoints (M(closednet.aws.central_endpoints)) answer in place of the VPC's own. The
        module associates the VPC with the hub's Route 53 Profile. It deletes the own endpoint of such a service only if
        the association and the hub's endpoint in the Profile are COMPLETE, all subnets of O(central.tiers) have a route
        to the hub's addresses through a Transit Gateway, and nothing else answers for the service's names in the VPC,
        or may - somebody else's endpoint, a private zone, a Resolver rule, another Profile. Otherwise the VPC keeps an
        endpoint of its own, and RV(findings) says why.
      - A service moves in this order. The VPC is associated with the Profile, the own endpoint's private DNS is turned
        off, O(central.drain_seconds) pass, the own endpoint is deleted. Open connections to it end then. Back, the own
        endpoint is created first. While a VPC has one, it answers, whatever the Profile has.
      - Once no service is central, the association is deleted, after the own endpoints are available.
        O(confirm_removals) has to name it (C(NAME/profile_association.main)).
    type: dict
    suboptions:
      profile_id:
        description: ID of the hub's Profile, from RV(closednet.aws.central_endpoints#module:profile_id). Without it
          nothing moves.
        type: str
      services:
        description: The services, by the suffix of their endpoint's name, of those that the VPC needs. No V(s3) and
          V(dynamodb), which have gateway endpoints.
        type: list
        elements: str
        default: []
      priority:
        description: Priority of the association, 100 to 9900. Of two Profiles of a VPC the one with the lower priority
          answers first. Each association of a VPC needs its own.
        type: int
        default: 100
      drain_seconds:
        description: Seconds between turning off the own endpoint's private DNS and its deletion, in which answers that
          clients keep become outdated. AWS's answers live for 60 seconds.
        type: int
        default: 60
      endpoints:
        description: The hub's endpoints by service, from RV(closednet.aws.central_endpoints#module:endpoints). C(id)
          and C(addresses) (a list, or lists by zone) are read.
        type: dict
        default: {}
      tiers:
        description: Tiers whose subnets call the services. Their route tables must lead to the hub's endpoints before a
          service moves. Without any, those of all subnets.
        type: list
        elements: str
        default: []
      waits:
        description: Services that don't move in this run, with the reason. A service that has moved stays moved, and
          one that hasn't keeps its own endpoint.
        type: dict
        default: {}
  private_dns:
    description: Whether the services' default DNS names resolve to the endpoints in the VPC. V(false) if a hosted zone
      for many VPCs answers them.
    type: bool
    default: true
  private_dns_except:
    description: Services, by the suffix of their endpoint's name, without private DNS although O(private_dns) is on for
      the others. Only the endpoint's own names resolve to it. With V(execute-api), for example, the VPC can still reach
      public APIs of Amazon API Gateway.
    type: list
    elements: str
    default: []
  policy_scope:
    description:
      - Principals and resources that endpoint policies allow, for services that accept one. V(organization) is those of
        the account's organization, V(account) those of the account; V(full) is everybody's.
      - AWS's own services and objects that the workloads need stay reachable, such as the S3 bucket of ECR's layers.
    type: str
    choices: [organization, account, full]
    default: organization
  unsigned_buckets:
    description: S3 buckets that everything in the VPC may read without a signature, if their own policies allow it. The
      policies of O(policy_scope) allow only principals, and such a request has none.
    type: list
    elements: str
    default: []
notes:
  - O(confirm_removals) takes a VPC endpoint (C(NAME/vpc_endpoint.SERVICE)), also of a service that becomes central,
    and the association with the hub's Profile (C(NAME/profile_association.main)).
  - Associations with other Profiles are never changed. AWS allows two Profiles for a VPC.
  - The module turns on the VPC's DNS support and DNS hostnames, which private names need; O(state=absent) leaves them
    on.
  - The module fails if somebody else created an endpoint of a declared service in the VPC, because a service's names
    can lead to only one endpoint.
  - Endpoints are changed in place. Use another O(name) for another VPC.
  - All profiles come from AWS's pages and were not tried on AWS; for some needs no page was read. The source marks
    each, C(plugins/module_utils/_domain/endpoints/profiles_data.py).
seealso:
  - module: closednet.aws.tiered_vpc
  - module: closednet.aws.central_endpoints
  - name: AWS services that integrate with AWS PrivateLink
    description: Names of the services.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
  - name: Gateway endpoints
    description: S3 and DynamoDB.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
  - name: Data perimeter policy examples
    description: Source of the endpoint policies.
    link: https://github.com/aws-samples/data-perimeter-policy-examples
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.adoption
  - closednet.aws.removals
  - closednet.aws.tags
  - closednet.aws.rules_quota
  - closednet.aws.service_endpoints
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

- name: The same with a custom endpoint policy for S3
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

- name: CloudWatch Logs through the hub's endpoint
  closednet.aws.closed_vpc_endpoints:
    account_id: "444444444444"
    region: eu-central-1
    name: delta
    workloads: [ecs_fargate, glue]
    services: [secretsmanager]
    sources: [10.4.0.0/16]
    central:
      profile_id: rp-0123456789abcd
      services: [logs]
      endpoints:
        logs: {id: vpce-0123456789abcdef0, addresses: [10.0.3.10, 10.0.3.42]}
    confirm_removals: [delta/vpc_endpoint.logs]

- name: Delete the endpoints
  closednet.aws.closed_vpc_endpoints:
    account_id: "444444444444"
    region: eu-central-1
    name: delta
    state: absent
"""

RETURN = r"""
endpoints:
  description: The VPC's own endpoints after the run, by service.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the endpoint. In check mode C(null) for one that a run would create.
      type: str
    needed_by:
      description: The workloads that call the service; V(services) for O(services).
      type: list
      elements: str
  sample:
    ecr.api: {id: vpce-0123456789abcdef0, needed_by: [ecr_pull]}
central:
  description: Services that are declared central.
  returned: success
  type: dict
  contains:
    association_id:
      description: ID of the VPC's association with the Profile; C(null) if there is none.
      type: str
    association_status:
      description: Its status, such as V(COMPLETE) after a run that created it, V(available) otherwise.
      type: str
    services:
      description: Services that the hub's endpoints answer after the run.
      type: list
      elements: str
    local:
      description: Services that have an endpoint of their own all the same, with the reason.
      type: dict
  sample:
    association_id: rpassoc-0123456789abcd
    association_status: COMPLETE
    services: [logs]
    local: {}
may_need:
  description: What the workloads may also need, and when. Add what applies to O(services).
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
  description: What the endpoints cost, what isn't offered in the region, and what takes no endpoint policy.
  returned: success
  type: list
  elements: str
  sample: ["iam isn't offered in eu-central-1: ansible_controller can't reach it from here"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample:
    - "vpce-0123456789abcdef0 of s3 is failed (quota): AWS couldn't create it. This account has to remove the cause,
      then state=absent, then run again"
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {vpc_endpoint.ecr.api: vpce-0123456789abcdef0}
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

from ..module_utils._capabilities.closed_vpc_endpoints import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
