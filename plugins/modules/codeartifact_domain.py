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
  - Creates a domain and its repositories, from which pip and uv install in a VPC without internet, and lets an
    organization or other accounts read from them.
  - A repository with an external connection fetches packages that it doesn't have from a public index. CodeArtifact
    itself fetches them, so this works for clients without internet. The other repositories name it as an upstream.
options:
  name:
    description: Name of the domain, unique in its account and region. The tag
      C(closednet:managed=codeartifact_domain/NAME) contains it; the module finds its resources by this tag.
    type: str
    required: true
  encryption_key:
    description: ARN of the KMS key that encrypts the domain's packages. Default is the AWS managed key. AWS can't
      change it later.
    type: str
  repositories:
    description: The repositories. The module deletes one that it created and that is no longer listed, with its
      packages.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the repository, unique in its domain.
        type: str
        required: true
      description:
        description: What the repository is for.
        type: str
        default: ''
      upstreams:
        description: Names of repositories of the domain, 10 at most, in which CodeArtifact looks in this order for
          packages that this one doesn't have. They needn't be created by the module.
        type: list
        elements: str
        default: []
      external_connection:
        description: The public index to fetch from, V(public:pypi). Mutually exclusive with
          O(repositories[].upstreams).
        type: str
        default: ''
      readable:
        description: Whether O(readers) may read from it directly. A repository that is only an upstream needn't be
          readable.
        type: bool
        default: true
  readers:
    description: Who may read besides the account itself. Each reader's role also needs the identity policy
      RV(reader_policy).
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
  - In O(confirm_removals), name a repository as C(DOMAIN/package_repository.NAME). Its packages are deleted with it.
  - Repositories in the domain that the module didn't create are left as they are. While there are any,
    O(state=absent) keeps the domain and reports that in RV(notes).
  - O(state=absent) deletes the packages with the repositories.
  - The module sets the policies of the domain and of its repositories as a whole.
  - "Not tested on AWS: whether it returns a policy as it was given. If it doesn't, each run sets the policy again."
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
- name: Create a repository for the organization's builds, and its upstream that fetches from the public index
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

- name: Show pip's index-url
  ansible.builtin.debug:
    msg: "{{ packages.repositories.python.endpoint }}simple/"

- name: Delete the repositories with their packages, and the domain
  closednet.aws.codeartifact_domain:
    account_id: "111111111111"
    region: eu-central-1
    name: packages
    state: absent
"""

RETURN = r"""
domain_arn:
  description: ARN of the domain. Null if it doesn't exist.
  returned: success
  type: str
  sample: arn:aws:codeartifact:eu-central-1:111111111111:domain/packages
repositories:
  description: The declared repositories, by name.
  returned: success
  type: dict
  contains:
    arn:
      description: ARN of the repository. Null if it doesn't exist.
      type: str
    endpoint:
      description: URL of its Python packages; pip's index-url is this and C(simple/). Null if it doesn't exist.
      type: str
  sample:
    python:
      arn: arn:aws:codeartifact:eu-central-1:111111111111:repository/packages/python
      endpoint: https://packages-111111111111.d.codeartifact.eu-central-1.amazonaws.com/pypi/python/
reader_policy:
  description: The identity policy that a role needs to install from the readable repositories. Null if none is
    declared, or one of them doesn't exist.
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
    - address: package_repository.python
      action: create
      operation: codeartifact.create_repository
      before: null
      after:
        domain: packages
        repository: python
        description: ""
        upstreams: [pypi-store]
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
  description: Why O(state=absent) keeps the domain.
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:codeartifact:eu-central-1:111111111111:domain/packages stays: others' repositories are in it"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: []
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {"package_domain.main": "arn:aws:codeartifact:eu-central-1:111111111111:domain/packages"}
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
  sample: {"codeartifact:ListDomains": 1, "codeartifact:CreateDomain": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.codeartifact_domain import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
