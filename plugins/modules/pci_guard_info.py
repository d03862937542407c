#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: pci_guard_info
short_description: Evidence of an account for PCI DSS v4.0.1, requirement by requirement
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads an account and one of its regions. Returns a verdict, with its evidence, for each requirement of PCI DSS
    v4.0.1 that the APIs show something about.
  - It lists evidence. It doesn't say that an account complies; that takes an assessor, people's procedures and facts
    that no API shows.
  - Trust policies are judged by whom they let in, not by their text. For example, C(BoolIfExists) on
    C(aws:MultiFactorAuthPresent) asks for MFA, but lets in long-term keys without it.
  - Only reads, and never the value of a secret. Creates nothing in AWS, not even a credential report. If there is no
    report, what it would show is V(unknown).
  - If the credential may not make a read, the requirements that need it are V(unknown) and name the IAM action. Only
    the VPCs must be readable.
options:
  vpc_ids:
    description: The VPCs to check. Default is all VPCs of the region.
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
    description: Further subnets that hold cardholder data. Subnets of RDS databases needn't be named.
    type: list
    elements: str
    default: []
  approved_services:
    description: The services that security groups may allow, each a protocol and a port or port range, such as
      V(tcp/443) or V(udp/8000-8100), or a protocol without ports. Without this list, whether a service is approved is
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
    description: Names of roles whose trust policies name AWS principals, but which only applications and systems
      assume. They aren't judged as roles of people. The evidence lists them.
    type: list
    elements: str
    default: []
  break_glass_roles:
    description: Names of roles for emergencies. They aren't judged. The evidence lists them.
    type: list
    elements: str
    default: []
  mfa_max_age:
    description: Maximum age of MFA, in seconds, with which a role may let people in.
    type: int
    default: 900
  clusters:
    description: The ECS clusters to check, by name or ARN. Default is all clusters of the region.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
notes:
  - C(docs/pci-evidence.md) lists what it doesn't see.
  - The rules come from AWS's documentation and were not tested on AWS. RV(requirements[].evidence[].confidence) says
    how certain it is that a rule shows the requirement.
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the evidence of the production account
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
      description: The closest numbers in v3.2.1, matched by text. Null if there was none.
      type: str
    title:
      description: The requirement in a few words, not those of the standard.
      type: str
    verdict:
      description: V(fail) if something checked isn't as required; another control may compensate for it.
        V(unknown) if that couldn't be determined. V(pass) if all that was checked is as required.
        V(not_applicable) if there is nothing to check.
      type: str
    says:
      description: The reason, in words.
      type: str
    evidence:
      description: What was checked.
      type: list
      elements: dict
      contains:
        check:
          description: Stable name of the check.
          type: str
        verdict:
          description: Verdict of this check. The worst of them is the requirement's.
          type: str
        says:
          description: What was found.
          type: str
        fields:
          description: API fields and their values.
          type: dict
        source:
          description: Source of the rule.
          type: str
        confidence:
          description: How certain it is that the rule shows the requirement. V(doc) is stated on a page of AWS,
            V(inferred) follows from such pages.
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
  description: Secrets that needn't be secret, and how many secrets a store can hold.
  returned: success
  type: dict
  contains:
    needless:
      description: Secrets of containers that are settings or addresses, judged by their names. Their values aren't
        read. Null if the containers couldn't be read.
      type: list
      elements: dict
    quotas:
      description: Number of secrets and parameters in the region, and the default quotas. The quota in force may be
        higher; Service Quotas isn't read. If C(used) is null, C(unread) says why.
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
ways_in:
  description: Who may get into the account by IAM, whatever its policies then allow. Who gets in by IAM Identity
    Center, M(closednet.aws.account_members_info) reads.
  returned: success
  type: dict
  contains:
    roles:
      description: Roles whose trust policies admit more than services. C(null) if unread.
      type: list
      elements: dict
      contains:
        role_name:
          description: Name of the role.
          type: str
        role_arn:
          description: Its ARN.
          type: str
        principals:
          description: ARNs of the users and roles that it admits, or patterns of them, as its trust policy has them.
          type: list
          elements: str
        whole_accounts:
          description: Accounts that it admits as a whole, V(*) for all.
          type: list
          elements: str
        federated:
          description: ARNs of the identity providers that its trust policy names, and
            C(account-access.amazonaws.com) if it names that.
          type: list
          elements: str
    users:
      description: ARNs of the account's IAM users. C(null) if unread.
      type: list
      elements: str
  sample:
    roles:
      - role_name: operator
        role_arn: arn:aws:iam::444444444444:role/pci/operator
        principals: [arn:aws:iam::777777777777:user/pci/ann]
        whole_accounts: []
        federated: []
    users: []
scope:
  description: What was checked, and what was declared.
  returned: success
  type: dict
  sample:
    vpc_ids: [vpc-0123456789abcdef0]
    public_subnet_ids: [subnet-0123456789abcdef0]
    data_subnet_ids: [subnet-0123456789abcdef1]
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcs": 1, "iam:GetAccountSummary": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.pci_guard_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
