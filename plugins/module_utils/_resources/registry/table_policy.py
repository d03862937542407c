# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource-based policies of the registry's tables, which are deleted with their tables."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.registry import policies
from ..iam.authorization_details import placed
from ..logs import documents
from ..shared.partial_reads import unless

READ_AFTER = ("algorithm_table", "vpc_endpoint")
INPUTS = ()
PERMISSIONS = ("dynamodb:GetResourcePolicy", "dynamodb:PutResourcePolicy")
NONE = ("PolicyNotFoundException", "ResourceNotFoundException")


def read(aws, declared, found):
    """Return {name: Actual} of the tables' policies. Fields: table (ARN), policy (document), revision."""
    tables = {name: there for name, there in found["algorithm_table"].items() if there.managed}
    reads = [
        lambda arn=there.id: unless(NONE, lambda: aws.call("dynamodb.get_resource_policy", ResourceArn=arn), None)
        for there in tables.values()
    ]
    return {
        # Without an id of its own: it is a part of its table.
        name: Actual(
            None,
            {"table": there.id, "policy": documents.parsed(policy["Policy"]), "revision": policy["RevisionId"]},
        )
        for (name, there), policy in zip(tables.items(), aws.gather(*reads))
        if policy
    }


def plan(wanted, found, declared):
    complete = {
        name: {**fields, "policy": documents.canonical(fields["policy"])}
        for name, fields in placed(wanted, declared).items()
    }
    return reconcile(KIND, complete, found["table_policy"])


def cut_off(steps):
    """Return {name of a table: who has access and would have none after the steps, in words}."""
    lost = {
        step.address.name: _admitted(step.before["policy"]) - _admitted(step.after["policy"])
        for step in steps
        if step.address.kind == KIND.name and step.before and step.after
    }
    return {name: f"{', '.join(sorted(arns))} would have no access" for name, arns in lost.items() if arns}


def _admitted(document):
    """Return the ARNs that a table's policy doesn't deny everything; none of a policy that somebody else wrote."""
    others = documents.sids(document).get(policies.NOBODY_ELSE, {}).get("Condition", {}).get("ArnNotEquals", {})
    arns = others.get("aws:PrincipalArn", [])
    return {arns} if isinstance(arns, str) else set(arns)


def _put(fields, revision):
    return Call(
        "dynamodb.put_resource_policy",
        {
            "ResourceArn": fields["table"],
            "Policy": documents.text(fields["policy"]),
            # Not over what somebody put since it was read.
            "ExpectedRevisionId": revision,
        },
    )


KIND = ResourceType(
    "table_policy",
    create=lambda fields: _put(fields, "NO_POLICY"),
    changes={("policy",): lambda id_, before, after: [_put(after, before["revision"])]},
    # A policy names roles, which have to exist.
    depends_on=("service_role",),
)
