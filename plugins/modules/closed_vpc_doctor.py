#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: closed_vpc_doctor
short_description: Why calls of AWS's services time out in a VPC without internet
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Walks from workloads in one VPC, named by O(targets) or by their subnets and security groups, to every AWS service
    that they must reach. Endpoint, DNS, security groups, network ACLs in both directions and for each subnet of an
    endpoint, routes and endpoint policies are looked at, in the order that finds causes fastest.
  - Only reads, and in this account alone. Nothing is created in AWS, nothing is charged.
  - What it read can be saved (O(save_snapshot_dir)) and looked at again by whoever has no access to the account
    (O(snapshot_dir)), with the same findings.
  - What reads can't show is a finding of the status V(unknown) that says why. A read that the credential may not make
    leaves its causes V(unknown) and names the IAM action; only the subnets have to be readable.
  - Looked at is what the network does with IPv4. Of O(targets) also whether they run, their roles' permissions, their
    images, variables and proxy, and the secrets, parameters, log groups, keys, repositories and buckets that they
    name, with their policies.
  - Not looked at are records of private hosted zones, what DNS Firewall rule groups and Route 53 Profiles hold, what
    lies behind NAT and transit gateways, and what is inside of images and code.
options:
  account_id:
    description:
      - The 12 digits of the AWS account to read, in quotes. The credential must be one of this account.
      - Either this or O(snapshot_dir).
    type: str
    required: false
  snapshot_dir:
    description:
      - A folder with answers of describe calls in place of an account. No credential is needed, and no call is made.
      - Either one that O(save_snapshot_dir) made, or one in the layout of Batfish's AWS snapshots, such as
        M(closednet.aws.network_path_info) saves and reads. C(accounts/<id>/<region>/<Kind>.json),
        C(<region>/<Kind>.json) or C(<Kind>.json) has C({"<Kind>":[...]}), all pages of one call. There may be several
        accounts, regions and VPCs.
      - What a missing file would tell is V(unknown). Only C(Subnets.json) has to be there, and O(targets) has to name
        what was saved.
    type: path
  save_snapshot_dir:
    description:
      - A folder in which what was read of the account is saved, as C(accounts/<id>/<region>/<Kind>.json), to be looked
        at again as O(snapshot_dir). It is created where it is missing, and only the user can read it. It must not have
        that account and region yet.
      - In it are addresses, ids, names and tags of what makes up the network of the VPC, the endpoints' policies, the
        organization's id where a policy asks for it, and of O(targets) what their services describe, what they refer to
        and its policies. No credentials. Of environment variables the values are left
        out whose names look like a secret's, and logins in URLs and user data altogether. Tags and descriptions are
        saved as they are. Look through it before you send it to somebody.
      - It is saved in check mode, too, since that changes nothing in AWS.
    type: path
  targets:
    description:
      - Workloads of one VPC. Each has one of these options, O(targets[].ecs_cluster) apart, and brings its subnets,
        security groups, role and what it calls. O(workloads) and O(services) add to all of them.
      - With O(subnet_ids) or O(tiers) a workload without a name is followed besides, unless a task definition is among
        the targets, which runs there.
      - A database is what the other targets have to reach.
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
        description: Family, family and revision, or ARN of a task definition. Where it is to run O(subnet_ids) or
          O(tiers) and O(security_group_ids) say.
        type: str
      instance_id:
        description: An EC2 instance, which Systems Manager is to manage.
        type: str
      lambda_function:
        description: Name or ARN of a Lambda function in the VPC. What its code calls O(services) has to say.
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
    description: ID of the VPC. Found by O(targets) or O(subnet_ids), where they are given. Mutually exclusive with
      O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Only where O(targets) doesn't tell it.
    type: str
  tiers:
    description: Tiers of M(closednet.aws.tiered_vpc) that the workload runs in. Without them and O(subnet_ids), all
      subnets of the VPC.
    type: list
    elements: str
    default: []
  security_group_ids:
    description: The security groups of the workload. Without them their rules aren't looked at, which a finding of the
      status V(note) says.
    type: list
    elements: str
    default: []
  role_arn:
    description: The role that the workload has, for endpoint policies that name principals; of O(targets) it is known.
      It isn't assumed.
    type: str
  workloads:
    description: What runs there; a profile says what it calls.
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
    description: Further services that it must reach, by the end of their endpoint's name, such as V(secretsmanager) or
      V(ecr.api).
    type: list
    elements: str
    default: []
  buckets:
    description: Names of S3 buckets that the workload uses, whose region and policy are looked at. Of O(targets) those
      of a Glue job are known.
    type: list
    elements: str
    default: []
  operating_system:
    description: Of the workload. It decides from which ports calls leave, which network ACLs have to admit answers to.
      With V(lambda_in_vpc) among O(workloads) they are Lambda's.
    type: str
    choices: [linux, windows]
    default: linux
  error_text:
    description: The message that somebody saw. Among findings of the same status, those that it points at come first. A
      host in it that no endpoint answers to is a finding of its own.
    type: str
    default: ""
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing that could differ.
    support: none
notes:
  - The rules come from AWS's pages and were not tried on AWS. RV(findings[].confidence) tells how sure each is.
  - A VPC that another account shares with this one can't be judged from here.
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

- name: Show the causes, and what ends them
  ansible.builtin.debug:
    msg: "{{ item.says }} -> {{ item.fix }}"
  loop: "{{ doctor.findings | selectattr('status', 'equalto', 'cause') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Save what decides, for a colleague without access to the account
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    vpc_name: delta
    workloads: [glue]
    save_snapshot_dir: /home/me/case-42

- name: Ask the same of what was saved
  closednet.aws.closed_vpc_doctor:
    snapshot_dir: /home/me/case-42
    vpc_name: delta
    workloads: [glue]

- name: Can everything in the tier app of a VPC that tiered_vpc made reach what Glue needs?
  closednet.aws.closed_vpc_doctor:
    account_id: "444444444444"
    region: eu-central-1
    vpc_name: delta
    tiers: [app]
    workloads: [glue]
"""

RETURN = r"""
healthy:
  description: Whether nothing was found that stops calls, and nothing stayed unknown.
  returned: success
  type: bool
  sample: false
findings:
  description: What was found, worst first. Of the same status, what O(error_text) points at comes first, then what
    comes first on the way of a call.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The cause, by a name that stays.
      type: str
    status:
      description: V(cause) stops calls. V(unknown) isn't known from what was read. V(note) is worth knowing and stops
        nothing by itself.
      type: str
    resource:
      description: What it is about, mostly an ID.
      type: str
    services:
      description: The services that it concerns. None means all.
      type: list
      elements: str
    targets:
      description: Those of O(targets) that it concerns, as kind and name. None, where no target was followed.
      type: list
      elements: str
    says:
      description: The cause in words.
      type: str
    evidence:
      description: Fields of the API and their values, or the rule that decides.
      type: dict
    fix:
      description: What ends it, with the module and option where this collection has one.
      type: str
    confidence:
      description: How sure the rule is. V(doc) is on a page of AWS, V(code) was read in source code, V(inferred)
        follows from those.
      type: str
    source:
      description: Where the rule comes from.
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
  description: The VPC.
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
  description: The services that must be reached, and who needs each, a profile or one of O(targets); V(services)
    stands for O(services).
  returned: success
  type: dict
  sample: {ecr.api: [ecr_pull], logs: [ecs_fargate]}
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcEndpoints": 1, "ec2:DescribeSubnets": 2}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.closed_vpc_doctor import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
