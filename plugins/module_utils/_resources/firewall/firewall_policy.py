# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The firewall's policy, classic or Next Generation, found by its name; what others added to it is left alone."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.egress import policy
from ..._domain.egress.parts import STRICT_ORDER, V2
from ..shared.ec2 import owned, pairs, tags_of
from . import policy_documents
from .common import GONE, TAGGING, distributed, gone, tag, untag, visible
from .policy_documents import METHODS, NOUNS

READ_AFTER = ("firewall", "firewall_rule_group")
INPUTS = ("aws_name", "managed_rule_groups", "mode", "ruleset")
PERMISSIONS = (
    "network-firewall:CreateFirewallPolicy",
    "network-firewall:CreateFirewallPolicyV2",
    "network-firewall:DeleteFirewallPolicy",
    "network-firewall:DeleteFirewallPolicyV2",
    "network-firewall:DescribeFirewallPolicy",
    "network-firewall:DescribeFirewallPolicyV2",
    # Asked for where a policy is created or changed (Service Authorization Reference, "API operations").
    "network-firewall:ListRuleGroups",
    "network-firewall:ListTLSInspectionConfigurations",
    "network-firewall:UpdateFirewallPolicy",
    "network-firewall:UpdateFirewallPolicyV2",
    *TAGGING,
)
DOCUMENTS = {STRICT_ORDER: policy.classic, V2: policy.next_generation}
# Fields that only the calls need: not shown, not compared.
HIDDEN = ("document", "update_token")
SHARED = (
    "Give those a policy of their own first (aws network-firewall associate-firewall-policy), or create them with this"
    " module"
)
# Generation of the policies that use rule groups of a type.
OF_TYPE = {"STATEFUL": STRICT_ORDER, "FIREWALL": V2}


def name_of(aws_name, generation):
    return aws_name if generation == STRICT_ORDER else f"{aws_name}-v2"


def read(aws, declared, found):
    """Return {generation: Actual} of the module's policies; the id is the ARN.

    The other generation than the declared one is read if something of it may be left. Fields: policy (its name), those
    of policy_documents.decode, tags. details: firewalls (how many use it), foreign (references that others added),
    document.
    """
    wanted = list(declared.resources[KIND.name])
    policies = _read(aws, declared, found, wanted)
    used = {there.fields["policy"] for there in found["firewall"].values()}
    left = {OF_TYPE[there.fields["type"]] for there in found["firewall_rule_group"].values()} - set(wanted)
    if left or used - {there.id for there in policies.values()}:
        policies |= _read(aws, declared, found, [one for one in NOUNS if one not in wanted])
    return policies


def _read(aws, declared, found, generations):
    answers = aws.gather(*(lambda one=one: _describe(aws, declared.inputs.aws_name, one) for one in generations))
    return {
        generation: _actual(generation, answer, declared, found)
        for generation, answer in zip(generations, answers)
        if answer and answer[f"{NOUNS[generation]}Response"].get(f"{NOUNS[generation]}Status") != "DELETING"
    }


def _describe(aws, aws_name, generation):
    noun = NOUNS[generation]
    try:
        return aws.call(
            f"network-firewall.describe_{METHODS[generation]}", **{f"{noun}Name": name_of(aws_name, generation)}
        )
    except aws.errors as error:
        if aws.code(error) != GONE:
            raise
        return None


def _actual(generation, answer, declared, found):
    noun = NOUNS[generation]
    response, document, ours = answer[f"{noun}Response"], answer[noun], _ours(declared, found)
    return Actual(
        response[f"{noun}Arn"],
        {
            "policy": response[f"{noun}Name"],
            **policy_documents.decode(generation, document, ours),
            "tags": tags_of(response),
            "document": document,
            "update_token": answer["UpdateToken"],
        },
        owned(response, declared.owner),
        {
            "firewalls": response.get("NumberOfAssociations", 0),
            "foreign": policy_documents.foreign(generation, document, ours),
            "document": document,
            "errors": response.get("Errors", []),
        },
    )


def _ours(declared, found):
    """Return a function that says of an ARN whether it is of the module's rule groups, or of a declared managed one.

    A name that only begins with the firewall's isn't enough: people name their rule groups so, too.
    """
    known = {there.id for there in found["firewall_rule_group"].values() if there.managed} | {*managed_arns(declared)}

    def ours(arn):
        # Those that this run creates have no ARN yet.
        return arn in known if isinstance(arn, str) else arn is not None

    return ours


def managed_arns(declared):
    """Return the ARNs of the declared managed rule groups, which may be given by their names."""
    place = declared.place
    of_aws = f"arn:{place['partition']}:network-firewall:{place['region']}:aws-managed:stateful-rulegroup/"
    return [one if one.startswith("arn:") else of_aws + one for one in declared.inputs.managed_rule_groups]


def plan(wanted, found, declared):
    there, ours = found[KIND.name], _ours(declared, found)
    ids = {name: actual.id for name, actual in found["firewall_rule_group"].items() if actual.managed}
    arns = {
        name: ids.get(name, Ref(f"firewall_rule_group.{name}")) for name in declared.resources["firewall_rule_group"]
    }
    complete = {}
    for generation, fields in wanted.items():
        home_net = declared.inputs.ruleset.home_net
        document = DOCUMENTS[generation](arns, managed_arns(declared), home_net, declared.inputs.mode)
        decoded = policy_documents.decode(generation, document, lambda arn: True)
        taken = {one.get("Priority") for one in there[generation].details["foreign"]} if generation in there else ()
        decoded["rule_groups"] = policy_documents.beside(decoded["rule_groups"], taken)
        complete[generation] = {**fields, **decoded}
    steps = reconcile(_kind(ours), complete, there, purge_tags=declared.purge_tags)
    refuse_shared(steps, found)
    return [distributed(_shown(step), found, declared) for step in steps]


def refuse_shared(steps, found):
    """Raise Conflict if a change would be one for other firewalls, too."""
    for there in found[KIND.name].values():
        others = _others(there, found)
        if steps and there.managed and others:
            raise Conflict(
                f"{steps[0].address}: {there.id} is used by {others} as well, which the change would change, too."
                f" {SHARED}"
            )


def _others(there, found):
    """Return how many other firewalls use a policy, in words; "" if none does."""
    mine = {one.fields["policy"] for one in found["firewall"].values()}
    others = there.details["firewalls"] - (there.id in mine)
    return f"{others} other firewall{'s' * (others > 1)}" if others > 0 else ""


def _shown(step):
    """Return the step without what only its call needs."""
    return replace(step, before=visible(step.before, HIDDEN), after=visible(step.after, HIDDEN))


def findings(wanted, found, declared):
    """Report what others added to the policy, who else uses it, and what AWS says is wrong with it."""
    return [
        line
        for generation, there in found[KIND.name].items()
        if generation in wanted and there.managed
        for line in [*_added(there), *_shared(there, found), *_errors(there)]
    ]


def _added(there):
    document = there.details["document"]
    for one in there.details["foreign"]:
        named = one.get("ResourceArn", "a rule group in the policy itself")
        order = f" (priority {one['Priority']})" if one.get("Priority") else ""
        yield (
            f"{there.id} uses {named}{order}, which isn't declared: it stays, and may pass or drop what the groups"
            " don't say. Declare it (managed_rule_groups), or remove it"
        )
    for one in document.get("StatelessRuleGroupReferences", ()):
        yield (
            f"{there.id} uses the stateless {one['ResourceArn']}, which isn't declared: it stays, and packets that it"
            " passes are never inspected. Remove it"
        )
    if document.get("TLSInspectionConfigurationArn"):
        yield f"{there.id} decrypts TLS by {document['TLSInspectionConfigurationArn']}, which isn't declared: it stays"


def _shared(there, found):
    if others := _others(there, found):
        yield f"{there.id} is used by {others} as well: no run changes the rules while that is so. {SHARED}"


def _errors(there):
    for error in there.details["errors"]:
        words = ": ".join(str(value) for value in error.values())
        yield f"{there.id} has an error of configuration: {words}"


def _create(fields):
    generation = V2 if "mode" in fields else STRICT_ORDER
    noun = NOUNS[generation]
    return Call(
        f"network-firewall.create_{METHODS[generation]}",
        {
            f"{noun}Name": fields["policy"],
            noun: policy_documents.encode(generation, fields, {}, lambda arn: True),
            "Tags": pairs(fields["tags"]),
        },
        id_path=f"{noun}Response.{noun}Arn",
    )


def _update(ours):
    def update(id_, before, after):
        generation = V2 if "mode" in after else STRICT_ORDER
        noun = NOUNS[generation]
        document = policy_documents.encode(generation, after, before["document"], ours)
        named = {f"{noun}Arn": id_, "UpdateToken": before["update_token"], noun: document}
        return [Call(f"network-firewall.update_{METHODS[generation]}", named)]

    return update


def _delete(id_, fields):
    generation = V2 if "mode" in fields else STRICT_ORDER
    noun, method = NOUNS[generation], METHODS[generation]
    named = {f"{noun}Arn": id_}
    return Call(
        f"network-firewall.delete_{method}",
        named,
        wait=gone(f"describe_{method}", named, f"[{noun}Response.{noun}Status]"),
    )


CHANGES = tuple(
    dict.fromkeys(
        field
        for generation in NOUNS
        for field in (
            "rule_groups",
            "home_net",
            *policy_documents.PLAIN[generation],
            *policy_documents.OPTIONS[generation],
        )
        if field != "rule_order"
    )
)


def _kind(ours):
    return ResourceType(
        "firewall_policy",
        create=_create,
        changes={CHANGES: _update(ours)},
        delete=_delete,
        tag=tag,
        untag=untag,
    )


KIND = _kind(lambda arn: True)
