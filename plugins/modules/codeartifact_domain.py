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
plan:
  description: The steps that lead from what was there to what is declared, in the order in which they are shown. In
    check mode those that a run would take.
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
      description: The fields that change, as they were. Null where something is made.
      type: dict
    after:
      description: The fields that change, as declared. Null where something is deleted. An id that isn't known yet is
        shown as C((known after ADDRESS)).
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
      description: The fields that change or go, as they were.
      type: dict
    after:
      description: The fields that change or come, as declared.
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
  description: The id of each resource that is there after the run, by its address. In check mode, of each that was
    there.
  returned: success
  type: dict
  sample: {"package_domain.main": "arn:aws:codeartifact:eu-central-1:111111111111:domain/packages"}
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: when AWS was called
  type: dict
  sample: {"codeartifact:ListDomains": 1, "codeartifact:CreateDomain": 1}
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
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._core import guard
from ..module_utils._core.errors import Invalid
from ..module_utils._core.runner import Capability, Declared, run
from ..module_utils._domain.packages import policies
from ..module_utils._domain.values import identifiers
from ..module_utils._resources.packages import package_domain, package_repository
from ..module_utils._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "encryption_key": {"type": "str", "no_log": False},
    "repositories": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "description": {"type": "str", "default": ""},
            "upstreams": {"type": "list", "elements": "str", "default": []},
            "external_connection": {"type": "str", "default": ""},
            "readable": {"type": "bool", "default": True},
        },
    },
    "readers": {
        "type": "dict",
        "default": {},
        "options": {
            "organization_id": {"type": "str"},
            "account_ids": {"type": "list", "elements": "str", "default": []},
        },
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
MOST_UPSTREAMS = 10


def desired(params):
    _check(params)
    domain = params["name"]
    owner = f"codeartifact_domain/{domain}"
    resources = {
        "package_domain": {
            "main": {
                "domain": domain,
                "encryption_key": params["encryption_key"],
                "tags": owner_tags(owner, "main", params["tags"], domain),
            }
        },
        "package_repository": {
            repository["name"]: {
                **{key: value for key, value in repository.items() if key != "name"},
                "domain": domain,
                "repository": repository["name"],
                "tags": owner_tags(owner, repository["name"], params["tags"], repository["name"]),
            }
            for repository in params["repositories"]
        },
    }
    readers = {"organization_id": params["readers"].get("organization_id")}
    readers["account_ids"] = params["readers"].get("account_ids", [])
    scope = {"domain": domain, "readers": readers}
    return Declared(owner, resources, scope, purge_tags=bool(params["tags"]) and params["purge_tags"])


def _check(params):
    identifiers.package_domain("name", params["name"])
    if params["encryption_key"] is not None:
        rest = r"kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
        identifiers.arn(
            "encryption_key", params["encryption_key"], rest, "arn:aws:kms:eu-central-1:111111111111:key/ID"
        )
    names = []
    for index, repository in enumerate(params["repositories"]):
        option = f"repositories[{index}]"
        identifiers.package_repository(f"{option}.name", repository["name"])
        names.append((f"{option}.name", repository["name"]))
        if len(repository["upstreams"]) > MOST_UPSTREAMS:
            raise Invalid(f"{option}.upstreams", repository["upstreams"], "are too many", f"{MOST_UPSTREAMS} at most")
        for place, upstream in enumerate(repository["upstreams"]):
            if upstream == repository["name"]:
                raise Invalid(f"{option}.upstreams[{place}]", upstream, "is the repository itself", "another one")
            identifiers.package_repository(f"{option}.upstreams[{place}]", upstream)
        if repository["external_connection"] and repository["upstreams"]:
            # "A repository can have one or more upstream repositories, or an external connection":
            # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_AssociateExternalConnection.html
            raise Invalid(
                f"{option}.external_connection",
                repository["external_connection"],
                "can't be where upstreams are",
                "a repository of its own for it, which is then one of the upstreams",
            )
        if repository["external_connection"] and not repository["external_connection"].startswith("public:"):
            raise Invalid(
                f"{option}.external_connection",
                repository["external_connection"],
                "is no external connection",
                "one such as public:pypi",
            )
    identifiers.distinct(names, "is declared twice", "one entry for each repository")
    for index, account_id in enumerate(params["readers"].get("account_ids", [])):
        identifiers.account_id(f"readers.account_ids[{index}]", account_id)
    if params["readers"].get("organization_id"):
        identifiers.organization("readers.organization_id", params["readers"]["organization_id"])


def report(declared, found, ids, states):
    wanted = {} if declared.absent else declared.resources["package_repository"]
    there = found["package_repository"]
    repositories = {
        name: {
            "arn": ids.get(f"package_repository.{name}"),
            "endpoint": ids.get(f"{package_repository.INDEX}.{name}")
            or (there[name].details.get("endpoint") if name in there else None),
        }
        for name in wanted
    }
    domain = ids.get("package_domain.main")
    arns = [repositories[name]["arn"] for name in wanted if wanted[name]["readable"]]
    complete = domain and arns and all(arns)
    return {
        "domain_arn": domain,
        "repositories": repositories,
        "reader_policy": policies.of_reader(domain, arns) if complete else None,
    }


CAPABILITY = Capability(
    "codeartifact_domain",
    ARGUMENT_SPEC,
    desired,
    (package_domain, package_repository),
    report,
    removals=guard.deleted("package_repository"),
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
