#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: closed_vpc_doctor
short_description: Why calls to AWS services time out in a VPC without internet
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Follows calls from workloads in one VPC, named by O(targets) or by their subnets and security groups, to every AWS
    service that they must reach. Checks endpoint, DNS, security groups, network ACLs in both directions and for each
    subnet of an endpoint, routes and endpoint policies, in the order that finds causes fastest.
  - Reads this account only. Nothing is created in AWS, nothing is charged.
  - The data can be saved (O(save_snapshot_dir)) and checked again without access to the account (O(snapshot_dir)), with
    the same findings.
  - What reads can't show is a finding with status V(unknown) that says why. If the credential lacks permission for a
    read, its causes are V(unknown) and name the IAM action; only the subnets have to be readable.
  - Checks the network for IPv4. For O(targets) also whether they run, their roles' permissions, their images, variables
    and proxy, and the secrets, parameters, log groups, keys, repositories and buckets that they name, with their
    policies.
  - Endpoints that a Route 53 Profile offers are checked with O(central).
  - Doesn't check records of private hosted zones, contents of DNS Firewall rule groups, networks behind NAT gateways,
    and contents of images and code.
options:
  account_id:
    description:
      - ID of the AWS account to read, 12 digits in quotes. The credential must belong to this account.
      - Either this or O(snapshot_dir) is required.
    type: str
    required: false
  snapshot_dir:
    description:
      - Folder with answers of describe calls in place of an account. No credential is needed, and no call is made.
      - Either created by O(save_snapshot_dir), or in the layout of Batfish's AWS snapshots, such as
        M(closednet.aws.network_path_info) saves and reads. C(accounts/<id>/<region>/<Kind>.json),
        C(<region>/<Kind>.json) or C(<Kind>.json) has C({"<Kind>":[...]}), all pages of one call. It may contain several
        accounts, regions and VPCs.
      - What a missing file would show is V(unknown). Only C(Subnets.json) is required, and O(targets) must name what
        was saved.
    type: path
  save_snapshot_dir:
    description:
      - Folder in which to save what was read of the account, as C(accounts/<id>/<region>/<Kind>.json), for later use as
        O(snapshot_dir). It is created if it doesn't exist, and only the user can read it. It must not contain that
        account and region yet.
      - It contains addresses, IDs, names and tags of the VPC's network, the endpoints' policies, the organization's ID
        if a policy requires it, and for O(targets) their descriptions, the resources that they reference and the
        policies of these. No credentials. Values of environment variables whose names look like a secret's, logins in
        URLs and user data, except its lines about packages, are left out. Tags and descriptions are saved unchanged.
        Review it before you share it.
      - Saved in check mode, too, because that changes nothing in AWS.
    type: path
  targets:
    description:
      - Workloads of one VPC. Each has one of these options, apart from O(targets[].ecs_cluster), and determines its
        subnets, security groups, role and what it calls. O(workloads) and O(services) add to all of them.
      - With O(subnet_ids) or O(tiers) a workload without a name is followed, too, unless one of the targets is a task
        definition, which then runs there.
      - A database is a destination of the other targets.
    type: list
    elements: dict
    default: []
    suboptions:
      ecs_service:
        description: Name of an ECS service.
        type: str
      ecs_cluster:
        description: Name or ARN of the cluster that the service is in.
        type: str
      ecs_task_definition:
        description: Family, family and revision, or ARN of a task definition. O(subnet_ids) or O(tiers), and
          O(security_group_ids) define where it runs.
        type: str
      instance_id:
        description: ID of an EC2 instance to be managed by Systems Manager.
        type: str
      lambda_function:
        description: Name or ARN of a Lambda function in the VPC. Name what its code calls in O(services).
        type: str
      glue_job:
        description: Name of a Glue job with a connection in the VPC.
        type: str
      glue_connection:
        description: Name of a Glue connection.
        type: str
      sagemaker_domain_id:
        description: ID of a SageMaker domain.
        type: str
      notebook_instance:
        description: Name of a SageMaker notebook instance.
        type: str
      db_instance:
        description: Name of an RDS database.
        type: str
      db_cluster:
        description: Name of an Aurora or Multi-AZ cluster.
        type: str
  subnet_ids:
    description: Subnets that the workload runs in, of one VPC. Mutually exclusive with O(tiers).
    type: list
    elements: str
    default: []
  vpc_id:
    description: ID of the VPC. Taken from O(targets) or O(subnet_ids) if they are given. Mutually exclusive with
      O(vpc_name).
    type: str
  vpc_name:
    description: Name of the VPC in M(closednet.aws.tiered_vpc). Only needed if O(targets) doesn't determine the VPC.
    type: str
  tiers:
    description: Tiers of M(closednet.aws.tiered_vpc) that the workload runs in. Without them and O(subnet_ids), all
      subnets of the VPC.
    type: list
    elements: str
    default: []
  security_group_ids:
    description: Security groups of the workload. Without them their rules aren't checked, and a finding with status
      V(note) says so.
    type: list
    elements: str
    default: []
  role_arn:
    description: Role of the workload, for endpoint policies that name principals; of O(targets) it is known. It isn't
      assumed.
    type: str
  workloads:
    description: What runs there; profiles define what it calls.
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
    description: Additional services that it must reach, by the suffix of their endpoint's name, such as
      V(secretsmanager) or V(ecr.api).
    type: list
    elements: str
    default: []
  buckets:
    description: Names of S3 buckets that the workload uses, whose region and policy are checked. Those of a Glue job of
      O(targets) are known.
    type: list
    elements: str
    default: []
  operating_system:
    description: Of the workload. It determines the source ports of calls, to which network ACLs must allow answers.
      With V(lambda_in_vpc) in O(workloads) they are Lambda's.
    type: str
    choices: [linux, windows]
    default: linux
  error_text:
    description: Error message. Among findings of the same status, those that it points to come first. A host in it that
      no endpoint serves is a separate finding.
    type: str
    default: ""
  central:
    description:
      - What is known of endpoints of another VPC, mostly the hub's, that a Route 53 Profile of this VPC offers, as
        M(closednet.aws.central_endpoints) returns it. This account sees their IDs only, so that without this option
        what their names lead to is V(unknown).
    type: dict
    suboptions:
      profile_id:
        description: ID of the Profile.
        type: str
        required: true
      endpoints:
        description: For each service, by the suffix of its endpoint's name, a dict with C(id), C(addresses) (a list, or
          a list for each ID of an Availability Zone), and if known C(names) and C(state).
        type: dict
        default: {}
      sources:
        description: CIDRs, prefix lists and security groups that the endpoints' security group admits. Without them it
          isn't checked, except with O(central.snapshot_dir).
        type: list
        elements: str
        default: []
      snapshot_dir:
        description: Folder where M(closednet.aws.network_path_info) saved the networks of both accounts, and of the
          Transit Gateway's. Without it, the path beyond this VPC and the way back are V(unknown).
        type: path
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing that could differ.
    support: none
notes:
  - The rules come from AWS's pages and were not tried on AWS. RV(findings[].confidence) shows how certain each is.
  - A VPC that another account shares with this one can't be diagnosed from here.
seealso:
  - module: closednet.aws.closed_vpc_endpoints
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Why does this service's task time out?
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_group_ids: [sg-0123456789abcdef0]
    workloads: [ecs_fargate]
    services: [secretsmanager]
    error_text: "ResourceInitializationError: dial tcp 10.4.200.5:443: i/o timeout"
  register: doctor

- name: Why does this service not reach its database, or get its secrets?
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    targets:
      - ecs_cluster: shop
        ecs_service: web
      - db_instance: orders

- name: Show the causes and their fixes
  ansible.builtin.debug:
    msg: "{{ item.says }} -> {{ item.fix }}"
  loop: "{{ doctor.findings | selectattr('status', 'equalto', 'cause') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Save a snapshot for a colleague without access to the account
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    vpc_name: delta
    workloads: [glue]
    save_snapshot_dir: /home/me/case-42

- name: Diagnose the saved snapshot
  closednet.aws.closed_vpc_doctor:
    snapshot_dir: /home/me/case-42
    vpc_name: delta
    workloads: [glue]

- name: Do workloads reach the hub's endpoints?
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    vpc_name: delta
    services: [kms]
    central:
      profile_id: rp-0123456789abcd
      endpoints:
        kms:
          id: vpce-0123456789abcdef0
          addresses: {euc1-az1: [10.0.8.5], euc1-az2: [10.0.8.70]}
      sources: [10.4.0.0/16]

- name: Can everything in the tier app of a VPC that tiered_vpc created reach what Glue needs?
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    vpc_name: delta
    tiers: [app]
    workloads: [glue]
"""

RETURN = r"""
healthy:
  description: Whether no finding has the status V(cause) or V(unknown).
  returned: success
  type: bool
  sample: false
findings:
  description: What was found, worst first. Of the same status, what O(error_text) points to comes first, then what
    comes first on the path of a call.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The cause, by a stable name.
      type: str
    status:
      description: V(cause) blocks calls. V(unknown) can't be determined from the data. V(note) is information and
        blocks nothing by itself.
      type: str
    resource:
      description: The affected resource, mostly an ID.
      type: str
    services:
      description: The affected services. Empty means all.
      type: list
      elements: str
    targets:
      description: The affected O(targets), as kind and name. Empty if no target was followed.
      type: list
      elements: str
    says:
      description: The cause in words.
      type: str
    evidence:
      description: API fields and their values, or the rule that decides.
      type: dict
    fix:
      description: The fix, with the module and option if this collection has one.
      type: str
    confidence:
      description: How certain the rule is. V(doc) is on a page of AWS, V(code) was read in source code, V(inferred)
        follows from those.
      type: str
    source:
      description: Source of the rule.
      type: str
  sample:
    - id: endpoint_sg_ingress
      status: cause
      resource: sg-0123456789abcdef1
      services: [ecr.api, ecr.dkr, logs]
      targets: [ecs_service web]
      says: "the endpoint's security groups don't admit the addresses of subnet-0123456789abcdef0, such as 10.4.0.4: no
        ingress rule allows tcp/443 from 10.4.0.4 to 10.4.200.5"
      evidence:
        VpcEndpoints[].Groups: [sg-0123456789abcdef1]
        VpcEndpointId: vpce-0123456789abcdef0
        IpPermissions: no ingress rule allows tcp/443 from 10.4.0.4 to 10.4.200.5
      fix: "an ingress rule for tcp/443 from sg-0123456789abcdef0; closed_vpc_endpoints: sources"
      confidence: doc
      source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
vpc_id:
  description: ID of the VPC.
  returned: success
  type: str
  sample: vpc-0123456789abcdef0
subnet_ids:
  description: The subnets that calls were followed from.
  returned: success
  type: list
  elements: str
  sample: [subnet-0123456789abcdef0]
services:
  description: The services that must be reached, and what needs each, a profile or one of O(targets); V(services)
    stands for O(services).
  returned: success
  type: dict
  sample: {ecr.api: [ecr_pull], logs: [ecs_fargate]}
answers:
  description: What answers for the names of each of RV(services) in the VPC.
  returned: success
  type: dict
  contains:
    by:
      description: V(endpoint), V(zone) or V(rule) of the VPC, V(profile_endpoint), V(profile_zone) or V(profile_rule)
        of a Route 53 Profile, V(public) (AWS's public addresses), or V(unknown).
      type: str
    id:
      description: ID of the endpoint, zone or rule. Empty for V(public) and V(unknown).
      type: str
    domain:
      description: The domain that it answers for.
      type: str
    profile_id:
      description: The Profile that has it. Empty if it is the VPC's own.
      type: str
    addresses:
      description: Addresses of the endpoint, as far as they are known.
      type: list
      elements: str
    says:
      description: The same in words.
      type: str
  sample:
    kms:
      by: profile_endpoint
      id: vpce-0123456789abcdef0
      domain: kms.eu-central-1.amazonaws.com
      profile_id: rp-0123456789abcd
      addresses: [10.0.8.5, 10.0.8.70]
      says: the endpoint vpce-0123456789abcdef0 of the Profile rp-0123456789abcd answers for
        kms.eu-central-1.amazonaws.com
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcEndpoints": 1, "ec2:DescribeSubnets": 2}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.closed_vpc_doctor import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
