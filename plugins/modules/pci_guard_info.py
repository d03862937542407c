#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: pci_guard_info
short_description: What an account shows of PCI DSS v4.0.1, requirement by requirement
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads an account and one of its regions and gives one verdict for each requirement of PCI DSS v4.0.1 that it shows
    something of, with the evidence.
  - It lists evidence. It doesn't say that an account complies, which takes an assessor, people's procedures and what no
    API shows.
  - Trust policies are judged by whom they let in, not by their text. C(BoolIfExists) on C(aws:MultiFactorAuthPresent)
    asks for MFA, say, and lets in long-term keys without it.
  - Only reads, and never the value of a secret. Nothing is created in AWS, not even a credential report; without one,
    what it would tell is V(unknown).
  - A read that the credential may not make leaves its requirements V(unknown) and names the IAM action; only the VPCs
    have to be readable.
options:
  vpc_ids:
    description: The VPCs to look at. Without them, all of the region.
    type: list
    elements: str
    default: []
  public_tiers:
    description: Tiers of M(closednet.aws.tiered_vpc) that the internet may reach.
    type: list
    elements: str
    default: [public]
  public_subnet_ids:
    description: Further subnets that the internet may reach.
    type: list
    elements: str
    default: []
  data_tiers:
    description: Tiers of M(closednet.aws.tiered_vpc) that hold cardholder data.
    type: list
    elements: str
    default: [data]
  data_subnet_ids:
    description: Further subnets that hold cardholder data. Those of databases of RDS do, without being named here.
    type: list
    elements: str
    default: []
  approved_services:
    description: The register of services that security groups may allow, each a protocol and a port or range of ports,
      such as V(tcp/443) or V(udp/8000-8100), or a protocol without ports. Without it, whether a service is approved is
      V(unknown).
    type: list
    elements: str
    default: []
  internet_services:
    description: Services that security groups may open to all addresses.
    type: list
    elements: str
    default: [tcp/443]
  application_roles:
    description: Names of roles whose trust policies name AWS principals, and which only applications and systems
      assume. They aren't judged as people's, and stand in the evidence.
    type: list
    elements: str
    default: []
  break_glass_roles:
    description: Names of roles for emergencies. They aren't judged, and stand in the evidence.
    type: list
    elements: str
    default: []
  mfa_max_age:
    description: Seconds since MFA was used at which a role may still let people in.
    type: int
    default: 900
  clusters:
    description: The clusters of ECS to look at, by name or ARN. Without them, all of the region.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing that could differ.
    support: none
notes:
  - What it doesn't see is listed in C(docs/pci-evidence.md).
  - The rules come from AWS's pages and were not tried on AWS. RV(requirements[].evidence[].confidence) tells how sure
    each is that it shows the requirement.
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What does the production account show?
  closednet.aws.pci_guard_info:
    account_id: "444444444444"
    region: eu-central-1
    approved_services: [tcp/443, tcp/8443, tcp/5432]
    break_glass_roles: [OrganizationAccountAccessRole]
  register: pci

- name: Show what fails, with the evidence
  ansible.builtin.debug:
    msg: "{{ item.requirement }} (3.2.1: {{ item.old }}) {{ item.says }}: {{ item.evidence }}"
  loop: "{{ pci.requirements | selectattr('verdict', 'equalto', 'fail') }}"
  loop_control:
    label: "{{ item.requirement }}"

- name: Show what needn't be a secret
  ansible.builtin.debug:
    msg: "{{ pci.secrets.needless }}"
"""

RETURN = r"""
requirements:
  description: One verdict per requirement, in the order of the standard.
  returned: success
  type: list
  elements: dict
  contains:
    requirement:
      description: Its number in v4.0.1.
      type: str
    old:
      description: The numbers in v3.2.1 that come nearest, matched by text. None where there was none.
      type: str
    title:
      description: The requirement in few words, which aren't the standard's.
      type: str
    verdict:
      description: V(fail) where something that was looked for isn't as it has to be; another control may make up for
        it. V(unknown) where it couldn't be said. V(pass) where all that was looked at was as it has to be.
        V(not_applicable) where there is nothing to look at.
      type: str
    says:
      description: Why, in words.
      type: str
    evidence:
      description: What was looked at.
      type: list
      elements: dict
      contains:
        check:
          description: What was looked at, by a name that stays.
          type: str
        verdict:
          description: Of this one; the worst of them is the requirement's.
          type: str
        says:
          description: What was seen.
          type: str
        fields:
          description: Fields of the API and their values.
          type: dict
        source:
          description: Where the rule comes from.
          type: str
        confidence:
          description: How sure it is that the rule shows the requirement. V(doc) is on a page of AWS, V(inferred)
            follows from such.
          type: str
  sample:
    - requirement: 8.4.2
      old:
      title: everybody gets in with MFA only
      verdict: fail
      says: roles that people switch to let in without MFA
      evidence:
        - check: mfa_of_people
          verdict: fail
          says: roles that people switch to let in without MFA
          fields:
            failing:
              - RoleName: operator
                AssumeRolePolicyDocument: lets in without MFA
                principals: ["arn:aws:iam::111111111111:root"]
          source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
          confidence: doc
verdicts:
  description: How many requirements have each verdict.
  returned: success
  type: dict
  sample: {fail: 1, unknown: 4, pass: 24, not_applicable: 2}
secrets:
  description: What needn't be a secret, and how many a store takes.
  returned: success
  type: dict
  contains:
    needless:
      description: Secrets of containers that by their names are settings or addresses. Their values aren't read. None
        where the containers couldn't be read.
      type: list
      elements: dict
    quotas:
      description: How many secrets and parameters there are in the region, of how many that fit by default. The quota
        in force may be higher; Service Quotas isn't asked. Where C(used) is null, C(unread) says why.
      type: list
      elements: dict
  sample:
    needless:
      - taskDefinitionArn: arn:aws:ecs:eu-central-1:444444444444:task-definition/app:1
        container: app
        name: LOG_LEVEL
        valueFrom: arn:aws:ssm:eu-central-1:444444444444:parameter/app/log-level
        why: a setting, by its name
    quotas:
      - store: ssm standard parameters
        used: 120
        quota: 10000
        percent: 1.2
        unread: null
        quota_from: documented default
        source: https://docs.aws.amazon.com/general/latest/gr/ssm.html
scope:
  description: What was looked at, and what was declared.
  returned: success
  type: dict
  sample:
    vpc_ids: [vpc-0123456789abcdef0]
    public_subnet_ids: [subnet-0123456789abcdef0]
    data_subnet_ids: [subnet-0123456789abcdef1]
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcs": 1, "iam:GetAccountSummary": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.pci_guard_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
