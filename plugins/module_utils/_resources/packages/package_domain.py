# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A CodeArtifact domain and its policy."""

from __future__ import annotations

import json

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.packages import policies
from ..shared import named, states
from ..shared.lower_case_tags import pairs, unpaired

READ_AFTER = ()
INPUTS = ("domain", "readers")
PERMISSIONS = (
    "codeartifact:CreateDomain",
    "codeartifact:DeleteDomain",
    "codeartifact:DeleteDomainPermissionsPolicy",
    "codeartifact:GetDomainPermissionsPolicy",
    "codeartifact:ListDomains",
    "codeartifact:ListTagsForResource",
    "codeartifact:PutDomainPermissionsPolicy",
    "codeartifact:TagResource",
    "codeartifact:UntagResource",
)
NO_POLICY = "ResourceNotFoundException"


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the ARN, with fields domain, encryption_key (ARN), policy, tags.

    policy is {} where the domain has none.
    """
    name = declared.inputs.domain
    listed = aws.read("codeartifact.list_domains", "domains")
    return {
        "main": Actual(
            domain["arn"],
            {
                "domain": name,
                "encryption_key": domain["encryptionKey"],
                "policy": parsed(
                    aws.read("codeartifact.get_domain_permissions_policy", "policy", NO_POLICY, domain=name)
                ),
                "tags": tags,
            },
            tags.get(OWNER_TAG) == declared.owner,
            {"state": domain["status"]},
        )
        for domain in listed
        if domain["name"] == name and domain["status"] != "Deleted"
        for tags in [tags_of(aws, domain["arn"])]
    }


def tags_of(aws, arn):
    tags = aws.read("codeartifact.list_tags_for_resource", "tags", resourceArn=arn)
    return unpaired(tags)


def parsed(policy):
    """Return the parsed document of Get...PermissionsPolicy's answer; {} without a policy."""
    return json.loads(policy["document"]) if policy else {}


def tag(arn, tags):
    return Call("codeartifact.tag_resource", {"resourceArn": arn, "tags": pairs(tags)})


def untag(arn, tags):
    return Call("codeartifact.untag_resource", {"resourceArn": arn, "tagKeys": list(tags)})


def plan(wanted, found, declared):
    policy = policies.of_resource(policies.TOKEN, declared.inputs.readers, declared.place["partition"])
    wanted = {name: {**fields, "policy": policy} for name, fields in wanted.items()}
    there = found["package_domain"]
    if declared.absent and _of_others(found):
        there = {}
    return named.after_resource(reconcile(KIND, wanted, there, purge_tags=declared.purge_tags))


def _of_others(found):
    return [name for name, there in found["package_repository"].items() if not there.managed]


def notes(wanted, found, declared):
    others = _of_others(found)
    mine = [there for there in found["package_domain"].values() if there.managed]
    if not (declared.absent and mine and others):
        return []
    return [f"{mine[0].id} stays: others' repositories are in it ({', '.join(sorted(others))})"]


def findings(wanted, found, declared):
    return states.findings(wanted, found["package_domain"], ("Active",), {})


def _policy(id_, before, after):
    if not after["policy"]:
        return [Call("codeartifact.delete_domain_permissions_policy", {"domain": after["domain"]})]
    document = json.dumps(after["policy"])
    return [Call("codeartifact.put_domain_permissions_policy", {"domain": after["domain"], "policyDocument": document})]


KIND = ResourceType(
    "package_domain",
    create=lambda fields: Call(
        "codeartifact.create_domain",
        {
            "domain": fields["domain"],
            **({"encryptionKey": fields["encryption_key"]} if "encryption_key" in fields else {}),
            "tags": pairs(fields["tags"]),
        },
        id_path="domain.arn",
    ),
    changes={("policy",): _policy},
    delete=lambda id_, fields: Call("codeartifact.delete_domain", {"domain": fields["domain"]}),
    tag=tag,
    untag=untag,
    defaults={"policy": {}},
)
