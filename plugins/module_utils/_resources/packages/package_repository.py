# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Repositories of a CodeArtifact domain, their policies, and the endpoint under which pip finds each."""

from __future__ import annotations

import json
from dataclasses import replace

from ..._core.plan import Step
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.packages import policies
from ..shared import named
from ..shared.lower_case_tags import pairs
from .package_domain import NO_POLICY, parsed, tag, tags_of, untag

READ_AFTER = ("package_domain",)
INPUTS = ("domain", "readers")
PERMISSIONS = (
    "codeartifact:AssociateExternalConnection",
    "codeartifact:AssociateWithDownstreamRepository",
    "codeartifact:CreateRepository",
    "codeartifact:DeleteRepository",
    "codeartifact:DeleteRepositoryPermissionsPolicy",
    "codeartifact:DescribeRepository",
    "codeartifact:DisassociateExternalConnection",
    "codeartifact:GetRepositoryEndpoint",
    "codeartifact:GetRepositoryPermissionsPolicy",
    "codeartifact:ListRepositoriesInDomain",
    "codeartifact:ListTagsForResource",
    "codeartifact:PutRepositoryPermissionsPolicy",
    "codeartifact:TagResource",
    "codeartifact:UntagResource",
    "codeartifact:UpdateRepository",
)
INDEX = "package_index"


def read(aws, declared, found):
    """Return {name: Actual} of all repositories in the domain; the id is the ARN.

    Managed ones have the fields domain, repository, description, upstreams (names, the first is asked first),
    external_connection ("": none), policy ({}: none), tags; details: endpoint. Others have only tags.
    """
    if not found["package_domain"]:
        return {}
    listed = aws.read("codeartifact.list_repositories_in_domain", "repositories", domain=declared.inputs.domain)
    read_ = aws.gather(*(lambda item=item: _read(aws, declared, item) for item in listed))
    return dict(zip((item["name"] for item in listed), read_))


def _read(aws, declared, item):
    # Another account may have created it in this domain; its tags are that account's to show.
    mine = item["administratorAccount"] == declared.place["account_id"]
    tags = tags_of(aws, item["arn"]) if mine else {}
    owned = tags.get(OWNER_TAG) == declared.owner
    if not owned:
        return Actual(item["arn"], {"tags": tags}, False)
    named = {"domain": item["domainName"], "repository": item["name"]}
    repository = aws.call("codeartifact.describe_repository", **named)["repository"]
    policy = aws.read("codeartifact.get_repository_permissions_policy", "policy", NO_POLICY, **named)
    endpoint = aws.call("codeartifact.get_repository_endpoint", **named, format="pypi")["repositoryEndpoint"]
    connections = [connection["externalConnectionName"] for connection in repository.get("externalConnections", [])]
    return Actual(
        item["arn"],
        {
            **named,
            "description": repository.get("description", ""),
            "upstreams": [upstream["repositoryName"] for upstream in repository.get("upstreams", [])],
            # One at most: "Working with upstream repositories in CodeArtifact".
            "external_connection": connections[0] if connections else "",
            "policy": parsed(policy),
            "tags": tags,
        },
        details={"endpoint": endpoint},
    )


def plan(wanted, found, declared):
    there = found["package_repository"]
    readable = policies.of_resource(policies.READ, declared.inputs.readers, declared.place["partition"])
    complete = {}
    for name, fields in wanted.items():
        for upstream in fields["upstreams"]:
            if upstream not in wanted and (upstream not in there or there[upstream].managed):
                raise Conflict(
                    f"package_repository.{name}: its upstream {upstream} is neither declared nor in the domain"
                )
        complete[name] = {
            **{key: value for key, value in fields.items() if key != "readable"},
            "policy": readable if fields["readable"] else {},
            "needs": [f"package_repository.{upstream}" for upstream in fields["upstreams"]],
        }
    steps = named.after_resource(reconcile(KIND, complete, there, purge_tags=declared.purge_tags))
    made = [step for step in steps if step.action == "create"]
    lookups = [
        Step(
            f"{INDEX}.{step.after['repository']}",
            "codeartifact.get_repository_endpoint",
            {"domain": declared.inputs.domain, "repository": step.after["repository"], "format": "pypi"},
            id_path="repositoryEndpoint",
            needs=(step.address,),
            reads_only=True,
        )
        for step in made
    ]
    return [_after_downstreams(step, steps) for step in steps] + lookups


def _after_downstreams(step, steps):
    """Return the step; the deletion of a repository waits for the steps of those that had it as an upstream."""
    if not step.removes:
        return step
    name = step.before["repository"]
    pointing = tuple(
        other.address for other in steps if other is not step and name in (other.before or {}).get("upstreams", [])
    )
    return replace(step, needs=step.needs + pointing)


def _named(fields):
    return {"domain": fields["domain"], "repository": fields["repository"]}


def _described(fields):
    upstreams = [{"repositoryName": upstream} for upstream in fields["upstreams"]]
    return {**_named(fields), "description": fields["description"], "upstreams": upstreams}


def _change(id_, before, after):
    """Return the calls that change a repository, removals first.

    A repository has upstreams or an external connection, not both (AssociateExternalConnection).
    """
    calls = []
    reconnected = before["external_connection"] != after["external_connection"]
    if reconnected and before["external_connection"]:
        calls.append(_connection("disassociate", after, before["external_connection"]))
    if any(before[key] != after[key] for key in ("description", "upstreams")):
        calls.append(Call("codeartifact.update_repository", _described(after)))
    if reconnected and after["external_connection"]:
        calls.append(_connection("associate", after, after["external_connection"]))
    return calls


def _connection(verb, fields, name):
    arguments = {**_named(fields), "externalConnection": name}
    return Call(f"codeartifact.{verb}_external_connection", arguments, suffix=verb)


def _policy(id_, before, after):
    if not after["policy"]:
        return [Call("codeartifact.delete_repository_permissions_policy", _named(after))]
    document = {"policyDocument": json.dumps(after["policy"])}
    return [Call("codeartifact.put_repository_permissions_policy", {**_named(after), **document})]


KIND = ResourceType(
    "package_repository",
    create=lambda fields: Call(
        "codeartifact.create_repository",
        {**_described(fields), "tags": pairs(fields["tags"])},
        id_path="repository.arn",
    ),
    changes={
        ("description", "upstreams", "external_connection"): _change,
        ("policy",): _policy,
    },
    delete=lambda id_, fields: Call("codeartifact.delete_repository", _named(fields)),
    tag=tag,
    untag=untag,
    defaults={"external_connection": "", "policy": {}},
    depends_on=("package_domain",),
)
