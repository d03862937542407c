#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: codeartifact_domain
short_description: An AWS CodeArtifact domain, its repositories, and who reads packages from them
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Makes a domain and repositories in it, from which pip and uv install in a VPC without internet, and lets an
    organization or other accounts read from them.
  - A repository with an external connection fetches from a public index what it is asked for and doesn't have.
    CodeArtifact does that itself, so it works for clients without internet. The other repositories name it as an
    upstream.
options:
  name:
    description: Name of the domain, unique in its account and region. It is in the tag
      C(closednet:managed=codeartifact_domain/NAME), by which what the module made is found again.
    type: str
    required: true
  encryption_key:
    description: ARN of the KMS key that the domain's packages are encrypted with; by default the AWS managed key. AWS
      can't change it later.
    type: str
  repositories:
    description: The repositories. One that the module made and that is no longer here is removed, with its packages.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the repository, unique in its domain.
        type: str
        required: true
      description:
        description: What it is for.
        type: str
        default: ''
      upstreams:
        description: Names of repositories of the domain, 10 at most, that are asked in this order for what it doesn't
          have. Those that others made can be named, too.
        type: list
        elements: str
        default: []
      external_connection:
        description: The public index that it fetches from, V(public:pypi). A repository has one, or upstreams.
        type: str
        default: ''
      readable:
        description: Whether O(readers) may read from it directly. One that is only an upstream of others needn't be
          readable.
        type: bool
        default: true
  readers:
    description: Who may read besides the account itself. Each reader's role needs the identity policy
      RV(reader_policy), too.
    type: dict
    default: {}
    suboptions:
      organization_id:
        description: ID of an organization whose accounts may read.
        type: str
      account_ids:
        description: Accounts that may read, 12 digits each, in quotes.
        type: list
        elements: str
        default: []
notes:
  - What O(confirm_removals) names here is a repository, whose packages go with it, as
    C(DOMAIN/package_repository.NAME).
  - Repositories that others made in the domain are left alone. While there are some, O(state=absent) keeps the domain,
    and says so.
  - O(state=absent) removes the packages with the repositories.
  - The policies of the domain and of its repositories are kept as declared as a whole.
  - "Not tried on AWS: that it returns a policy as it was given. If it doesn't, each run sets it again."
seealso:
  - module: closednet.aws.closed_vpc_endpoints
  - name: Working with domains in CodeArtifact
    description: What a domain is.
    link: https://docs.aws.amazon.com/codeartifact/latest/ug/domains.html
  - name: Working with upstream repositories in CodeArtifact
    description: Upstreams and external connections.
    link: https://docs.aws.amazon.com/codeartifact/latest/ug/repos-upstream.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What the organization's builds install from, with an upstream that fetches from the public index
  closednet.aws.codeartifact_domain:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/network-operator
    region: eu-central-1
    name: packages
    repositories:
      - {name: pypi-store, external_connection: "public:pypi", readable: false}
      - {name: python, upstreams: [pypi-store]}
    readers:
      organization_id: o-abcdefghij
  register: packages

- name: Tell what pip's index-url is
  ansible.builtin.debug:
    msg: "{{ packages.repositories.python.endpoint }}simple/"

- name: Remove the repositories with their packages, and the domain
  closednet.aws.codeartifact_domain:
    account_id: "111111111111"
    region: eu-central-1
    name: packages
    state: absent
"""

RETURN = r"""
domain_arn:
  description: ARN of the domain. Null while there is none.
  returned: success
  type: str
  sample: arn:aws:codeartifact:eu-central-1:111111111111:domain/packages
repositories:
  description: The declared repositories, by name.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the repository. Null while there is none.
      type: str
    endpoint:
      description: Address of its Python packages; pip's index-url is this and C(simple/). Null while there is none.
      type: str
  sample:
    python:
      arn: arn:aws:codeartifact:eu-central-1:111111111111:repository/packages/python
      endpoint: https://packages-111111111111.d.codeartifact.eu-central-1.amazonaws.com/pypi/python/
reader_policy:
  description: The identity policy that a role needs to install from the readable ones of these repositories. Null while
    one of them isn't there.
  returned: success
  type: dict
  sample:
    Version: "2012-10-17"
    Statement:
      - Sid: Token
        Effect: Allow
        Action: codeartifact:GetAuthorizationToken
        Resource: arn:aws:codeartifact:eu-central-1:111111111111:domain/packages
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
    - address: package_repository.python
      action: create
      operation: codeartifact.create_repository
      before: null
      after:
        domain: packages
        repository: python
        description: ""
        upstreams: [pypi-store]
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
  description: Why the domain stays with O(state=absent).
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:codeartifact:eu-central-1:111111111111:domain/packages stays: others' repositories are in it"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: []
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {"package_domain.main": "arn:aws:codeartifact:eu-central-1:111111111111:domain/packages"}
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
  sample: {"codeartifact:ListDomains": 1, "codeartifact:CreateDomain": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.codeartifact_domain import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
