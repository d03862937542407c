#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: central_endpoints
short_description: Interface endpoints in one VPC that other accounts use through a Route 53 Profile
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Manages interface endpoints with private DNS in the hub's VPC, a Route 53 Profile with these endpoints, and the
    resource share of AWS RAM through which the declared accounts see the Profile. The module
    M(closednet.aws.closed_vpc_endpoints) associates a spoke's VPC with the Profile, so that the services' default DNS
    names resolve to the hub's endpoints, which calls reach through the Transit Gateway.
  - The accounts can associate the Profile and can't change it. The Profile and its associations are charged to the
    hub's account.
  - Gateway endpoints (S3, DynamoDB) can't be used from another VPC, so they stay in each VPC.
options:
  name:
    description:
      - Name of the endpoints, unique in their account and region. The module finds its resources by the tag
        C(closednet:managed=central_endpoints/NAME). The Profile and the share are named C(closednet-NAME).
      - Letters, digits, C(_) and C(-), 40 at most.
    type: str
    required: true
  tier:
    description: Tier whose subnets contain the endpoints, one in each zone that offers the service; in a VPC without
      tiers, the ID of a subnet. Its subnets need routes to the spokes.
    type: str
    default: endpoint
  workloads:
    description: Workloads in the spokes, whose services get endpoints. Gateway endpoints are left out.
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
      No V(s3) and V(dynamodb).
    type: list
    elements: str
    default: []
  accounts:
    description:
      - IDs of the accounts with which the Profile is shared, and whose principals the endpoint policies allow. They
        must be in the organization, and RAM's sharing within the organization must be on.
      - An account that is no longer listed loses the Profile at once, and its VPCs the hub's endpoints.
        O(confirm_removals) has to name it.
    type: list
    elements: str
    default: []
  sources:
    description: Sources that may call the endpoints, as CIDRs, IDs of managed prefix lists or IDs of security groups.
      Those of the spokes, and of the hub's VPC, whose own calls go through the endpoints, too. Required with
      O(state=present).
    type: list
    elements: str
  old_zones:
    description:
      - IDs of private hosted zones of an older set-up of central endpoints. AWS refuses private DNS in a VPC with a
        zone of the service's name. The module disassociates such a zone from the VPC once the service's endpoint
        exists, then turns on private DNS. Other VPCs keep the zone. Zones of services that aren't declared stay.
      - If a zone that isn't named here has the service's name, the module fails before it writes anything.
    type: list
    elements: str
    default: []
  cross_zone:
    description: Whether spokes may have subnets in a zone (O(spoke_zones)) in which a service has no endpoint here.
      Their calls go to an endpoint in another zone, which AWS charges by the GB. V(allow) lists them in RV(notes),
      V(refuse) fails before the first write.
    type: str
    choices: [allow, refuse]
    default: allow
  spoke_zones:
    description: AZ IDs of the spokes' subnets.
    type: list
    elements: str
    default: []
  policy_scope:
    description:
      - Principals and resources that endpoint policies allow, for services that accept one. V(organization) is
        principals of O(accounts) and of the hub's account, if they are of its organization, and the organization's
        resources. V(account) is principals and resources of O(accounts) and of the hub's account. V(full) is
        everybody's.
      - AWS's own services stay reachable, as in M(closednet.aws.closed_vpc_endpoints).
    type: str
    choices: [organization, account, full]
    default: organization
notes:
  - O(confirm_removals) takes a VPC endpoint (C(NAME/vpc_endpoint.SERVICE)), an endpoint in the Profile
    (C(NAME/profile_resource.SERVICE)), an old zone (C(NAME/hub_zone.ID)), an account
    (C(NAME/profile_share_association.PRINCIPAL ID)), the share (C(NAME/profile_share.main)), a source that the
    endpoints admit no longer (C(NAME/security_group.endpoints CIDR)). An endpoint that was deleted by hand leaves the
    Profile without.
  - Closed VPCs that use what is removed have no answer for the service's name from then on. So let
    M(closednet.aws.closed_vpc_endpoints) move them back first.
  - An account that owns a Profile can't list the VPCs of other accounts that are associated with it. AWS deletes no
    Profile with associations.
  - The module turns on the VPC's DNS support and DNS hostnames, which private names need; O(state=absent) leaves them
    on.
  - Not verified on AWS. What the emulator answers comes from AWS's API reference and developer guide.
seealso:
  - module: closednet.aws.closed_vpc_endpoints
  - module: closednet.aws.tgw_hub
  - name: Route 53 Profiles
    description: What a Profile contains, and what takes precedence over it.
    link: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/profiles.html
  - name: Sharing Profiles
    description: Who can do what with a shared Profile.
    link: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/sharing-profiles.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - closednet.aws.rules_quota
  - closednet.aws.service_endpoints
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Endpoints for the containers of two accounts
  closednet.aws.central_endpoints:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/network-operator
    region: eu-central-1
    name: central
    vpc_name: hub
    workloads: [ecs_fargate]
    services: [secretsmanager]
    accounts: ["222222222222", "333333333333"]
    sources: [10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16]

- name: Take over from hosted zones, one service at a time
  closednet.aws.central_endpoints:
    account_id: "111111111111"
    region: eu-central-1
    name: central
    vpc_name: hub
    services: [logs]
    accounts: ["222222222222"]
    sources: [10.0.0.0/16, 10.1.0.0/16]
    old_zones: [Z0123456789ABCDEFGHIJ]
    confirm_removals: [central/hub_zone.Z0123456789ABCDEFGHIJ]

- name: Delete the endpoints, the Profile and its share
  closednet.aws.central_endpoints:
    account_id: "111111111111"
    region: eu-central-1
    name: central
    vpc_name: hub
    state: absent
"""

RETURN = r"""
vpc_id:
  description: ID of the VPC; C(null) if it doesn't exist.
  returned: success
  type: str
  sample: vpc-0123456789abcdef0
profile_id:
  description: ID of the Route 53 Profile; C(null) until it exists.
  returned: success
  type: str
  sample: rp-0123456789abcd
profile_name:
  description: Name of the Profile and of its share.
  returned: success
  type: str
  sample: closednet-central
share_arn:
  description: ARN of the resource share; C(null) without accounts, or until it exists.
  returned: success
  type: str
  sample: arn:aws:ram:eu-central-1:111111111111:resource-share/01234567-89ab-cdef-0123-456789abcdef
endpoints:
  description: The central endpoints after the run, by service.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the endpoint. In check mode C(null) for one that a run would create.
      type: str
    state:
      description: Its state, such as V(available).
      type: str
    addresses:
      description: Addresses by AZ ID.
      type: dict
    names:
      description: The private DNS names that lead to it; C(*.) stands before the domain of a wildcard.
      type: list
      elements: str
    in_profile:
      description: Whether the Profile has it, with the status COMPLETE.
      type: bool
  sample:
    ecr.dkr:
      id: vpce-0123456789abcdef0
      state: available
      addresses: {euc1-az1: [10.0.3.10], euc1-az2: [10.0.3.42]}
      names: ["*.dkr.ecr.eu-central-1.amazonaws.com"]
      in_profile: true
not_offered:
  description: Services that are needed and that the region doesn't offer.
  returned: success
  type: list
  elements: str
  sample: []
without_private_dns:
  description: Services without a private DNS name. They can't be central, and get no endpoint here.
  returned: success
  type: list
  elements: str
  sample: [glue.sessions]
zones:
  description: AZ IDs of the tier's subnets.
  returned: success
  type: list
  elements: str
  sample: [euc1-az1, euc1-az2]
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
    - address: profile_resource.ecr.api
      action: create
      operation: route53profiles.associate_resource_to_profile
      before: null
      after:
        profile: (known after route53_profile.main)
        endpoint: (known after vpc_endpoint.ecr.api)
        resource_name: closednet-ecr-api
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
  description: What the endpoints cost, what isn't offered in the region, what can't be central, and zones of the spokes
    without an endpoint.
  returned: success
  type: list
  elements: str
  sample: ["no endpoint in euc1-az3, where spokes have subnets: ecr.api; their calls go to another zone, and AWS charges
      data across zones by the GB"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample:
    - "vpce-0123456789abcdef0 is failed (quota): AWS couldn't create it. This account has to remove the cause, then
      state=absent, then run again"
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {route53_profile.main: rp-0123456789abcd, vpc_endpoint.ecr.api: vpce-0123456789abcdef0}
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

from ..module_utils._capabilities.central_endpoints import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
