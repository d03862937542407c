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
  - Walks from subnets of one VPC, with the security groups of a workload in them, to every AWS service that the
    workload must reach. Endpoint, DNS, security groups, network ACLs in both directions and for each subnet of an
    endpoint, routes and endpoint policies are looked at, in the order that finds causes fastest.
  - Only reads, and in this account alone. Nothing is made in AWS, nothing is charged.
  - What it read can be saved (O(save_snapshot_dir)) and looked at again by whoever has no access to the account
    (O(snapshot_dir)), with the same findings.
  - What reads can't show is a finding of the status V(unknown) that says why. A read that the credential may not make
    leaves its causes V(unknown) and names the IAM action; only the subnets have to be readable.
  - Looked at is what the network does with IPv4. Not looked at are the permissions of roles, policies of buckets, keys
    and other resources, records of private hosted zones, what DNS Firewall rule groups and Route 53 Profiles hold, what
    lies behind NAT and transit gateways, and whether the workload runs at all.
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
      - What a missing file would tell is V(unknown). Only C(Subnets.json) has to be there.
    type: path
  save_snapshot_dir:
    description:
      - A folder in which what was read of the account is saved, as C(accounts/<id>/<region>/<Kind>.json), to be looked
        at again as O(snapshot_dir). It is made where it isn't there, and only the user can read it. It must not have
        that account and region yet.
      - In it are addresses, ids, names and tags of what makes up the network of the VPC, the endpoints' policies, and
        the organization's id where a policy asks for it. No credentials. Of environment variables the values are left
        out whose names look like a secret's, and logins in URLs and user data altogether. Tags and descriptions are
        saved as they are. Look through it before you send it to somebody.
      - It is saved in check mode, too, since that changes nothing in AWS.
    type: path
  subnet_ids:
    description: Subnets that the workload runs in, of one VPC. Mutually exclusive with O(tiers).
    type: list
    elements: str
    default: []
  vpc_id:
    description: ID of the VPC. Found by O(subnet_ids), where they are given. Mutually exclusive with O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) made the VPC.
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
    description: The role that the workload has, for endpoint policies that name principals. It isn't assumed.
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
      description: V(cause) stops calls. V(unknown) can't be said from what was read. V(note) is worth knowing and stops
        nothing by itself.
      type: str
    resource:
      description: What it is about, mostly an ID.
      type: str
    services:
      description: The services that it concerns. None means all.
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
  description: The services that must be reached, and who needs each; V(services) stands for O(services).
  returned: success
  type: dict
  sample: {ecr.api: [ecr_pull], logs: [ecs_fargate]}
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcEndpoints": 1, "ec2:DescribeSubnets": 2}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Conflict
from ansible_collections.closednet.aws.plugins.module_utils._core.runner import Capability, Declared, run
from ansible_collections.closednet.aws.plugins.module_utils._domain import doctor, endpoint_profiles, identifiers
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor_causes import NOTE
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._resources import vpc_facts
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import names
from ansible_collections.closednet.aws.plugins.module_utils._resources.existing_vpc import of_tier

ARGUMENT_SPEC = {
    "subnet_ids": {"type": "list", "elements": "str", "default": []},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "tiers": {"type": "list", "elements": "str", "default": []},
    "security_group_ids": {"type": "list", "elements": "str", "default": []},
    "role_arn": {"type": "str"},
    "workloads": {"type": "list", "elements": "str", "default": [], "choices": list(endpoint_profiles.PROFILES)},
    "services": {"type": "list", "elements": "str", "default": []},
    "operating_system": {"type": "str", "choices": ["linux", "windows"], "default": "linux"},
    "error_text": {"type": "str", "default": ""},
    "snapshot_dir": {"type": "path"},
    "save_snapshot_dir": {"type": "path"},
}


def desired(params):
    identifiers.existing_vpc("", params)
    for option, prefix in (("subnet_ids", "subnet"), ("security_group_ids", "sg")):
        for index, id_ in enumerate(params[option]):
            identifiers.resource_id(f"{option}[{index}]", id_, prefix)
    for index, tier in enumerate(params["tiers"]):
        identifiers.tier(f"tiers[{index}]", tier)
    if params["tiers"] and params["subnet_ids"]:
        raise Invalid("tiers", params["tiers"], "choose subnets, as subnet_ids do", "one of the two")
    if params["role_arn"]:
        identifiers.arn("role_arn", params["role_arn"], r"iam::\d{12}:role/.+", "arn:aws:iam::111111111111:role/NAME")
    endpoint_profiles.check("workloads", params["workloads"])
    if not params["workloads"] and not params["services"]:
        raise Invalid("workloads", [], "call no service", "at least one workload, or services")
    options = {option: params[option] for option in ARGUMENT_SPEC}
    return Declared("closed_vpc_doctor", {"vpc_facts": {}}, options)


def report(declared, found, ids, states):
    scope, facts = declared.scope, found["vpc_facts"]["main"].details
    needed = endpoint_profiles.required(scope["workloads"], scope["services"])
    client = "lambda" if "lambda_in_vpc" in scope["workloads"] else scope["operating_system"]
    target = doctor.Target(
        tuple(scope["subnet_ids"] or _of_tiers(scope["tiers"], facts)),
        tuple(scope["security_group_ids"]),
        tuple(needed),
        tuple(arn.format(**facts) for arn in endpoint_profiles.buckets(scope["workloads"])),
        scope["role_arn"],
        doctor.CLIENT_PORTS[client],
        scope["error_text"],
    )
    findings = doctor.diagnose(facts, target)
    return {
        "healthy": all(finding.status == NOTE for finding in findings),
        "findings": [finding.describe() for finding in findings],
        "vpc_id": facts["vpc_id"],
        "subnet_ids": list(target.subnets),
        "services": needed,
    }


def _of_tiers(tiers, facts):
    named = names(facts["Subnets"], "SubnetId")
    for index, tier in enumerate(tiers):
        if not of_tier(named, tier):
            have = ", ".join(sorted({name.partition(".")[0] for name in named}))
            raise Invalid(f"tiers[{index}]", tier, f"has no subnet in {facts['vpc_id']}", f"one of {have}")
    chosen = [item for tier in tiers for item in of_tier(named, tier).values()] if tiers else named.values()
    if not chosen:
        raise Conflict(f"{facts['vpc_id']} has no subnet")
    return sorted(subnet["SubnetId"] for subnet in chosen)


CAPABILITY = Capability(
    "closed_vpc_doctor",
    ARGUMENT_SPEC,
    desired,
    (vpc_facts,),
    report,
    {
        "mutually_exclusive": [
            ["vpc_id", "vpc_name"],
            ["account_id", "snapshot_dir"],
            ["save_snapshot_dir", "snapshot_dir"],
        ],
        "required_one_of": [["account_id", "snapshot_dir"], ["subnet_ids", "vpc_id", "vpc_name"]],
    },
    reads_only=True,
    offline="snapshot_dir",
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
