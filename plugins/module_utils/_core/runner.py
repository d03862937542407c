# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a capability: read, decide, write; check mode, diff, absent and errors for every module. The only file of the
core that knows Ansible.
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import ModuleType
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3, botocore_at_least
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from .._aws.advice import HOPELESS, code_of, is_denied, next_step
from .._aws.client import Aws, Offline, check_connection, describe
from .._domain.values import tags
from . import escape, guard, options
from .apply import GIVES_WAY_WITHIN_SECONDS, Applied, StepFailed, apply, summarise
from .errors import Failure, Invalid
from .plan import MADE, Plan, Step, refs, resolve, unapproved
from .reconcile import Actual, Conflict, Several, is_twice, order_kinds
from .wait import delays

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # run says what is missing

# How often one step is tried whose answer was lost, or contradicts what was read: each time all is read again and
# planned anew. So a run goes on with what another run makes at the same time. Not at once, since what a write did can
# be unseen for a moment ("Eventual consistency in the Amazon EC2 API").
ATTEMPTS = 3
READ_AGAIN_AFTER_SECONDS = 2

# How many steps that nobody approved are told.
MOST_LINES = 5
MEANWHILE = (
    "It was read and planned anew, and is in the way still: another run or somebody else may be changing the same now."
    " Next: let that end, then run again: it goes on from there, nothing is made twice"
)

# The first whose model of EC2 has all that is read here: the zones of an endpoint service by id, the pages of
# SearchTransitGatewayRoutes, the policy table and the NAT of a Transit Gateway attachment. An older one leaves them out
# of AWS's answers without a word.
BOTOCORE = "1.44.0"

Found = dict[str, dict[str, Actual]]


@dataclass(frozen=True)
class Declared:
    """What a module wants, from its options alone.

    owner      value of the closednet:managed tag
    resources  kind -> name -> fields; a kind that is absent here is neither read nor planned
    scope      what reading needs besides (an adopted VPC's id, a filter); same names for every resource file
    purge_tags remove tags that aren't declared
    absent     what is declared is to go
    ignored    the tags of others that are left alone, as the option ignore_tags has them
    """

    owner: str
    resources: Mapping[str, Mapping[str, Mapping[str, Any]]]
    scope: Mapping[str, Any]
    purge_tags: bool = False
    absent: bool = False
    ignored: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Capability:
    """A module: its options, what it declares, the resource files that it uses (readers before those who need them),
    and what it reports beyond changed, plan, diff, ids and api_calls.

    desired      options -> Declared; raises Invalid
    constraints  AnsibleModule's required_if, mutually_exclusive, required_one_of, ...
    report       (Declared, Found before the run, ids and states by address after the run) -> further result keys
    reads_only   it declares nothing and tells what is there: an info module
    offline      the option that has it read files in place of an account: no account_id, no credential, no call
    removals     what of a plan is removed only when it is declared or confirmed to leave (see guard)
    limits       whether leaving can be declared, so that there is a limit to it
    """

    name: str
    argument_spec: Mapping[str, Any]
    desired: Callable[[Mapping[str, Any]], Declared]
    resources: Sequence[ModuleType]
    report: Callable[[Declared, Found, Mapping[str, str], Mapping[str, str]], dict[str, Any]]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    reads_only: bool = False
    offline: str = ""
    removals: guard.Judge | None = None
    limits: bool = False

    @property
    def tags_strictly(self) -> bool:
        """Whether one of the services whose resources it tags takes few characters only."""
        services = (
            action.partition(":")[0]
            for resource in self.resources
            if resource.KIND.tag
            for action in resource.PERMISSIONS
            if "Tag" in action
        )
        return not tags.STRICT_SERVICES.isdisjoint(services)

    def full_argument_spec(self) -> dict[str, Any]:
        """For Ansible's check, which writes defaults into the defaults of mappings: a copy of the specification."""
        return copy.deepcopy(self.specification)

    @cached_property
    def specification(self) -> dict[str, Any]:
        """The options of the module and those of all, to be read."""
        of_writers = {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "wait_timeout": {"type": "int", "default": 600},
            "approved_plan": {"type": "list", "elements": "dict"},
        }
        texts = {"type": "list", "elements": "str", "default": [], "no_log": False}
        of_taggers = {"ignore_tags": {"type": "dict", "options": {"keys": texts, "key_prefixes": texts}}}
        return {
            **aws_argument_spec(),
            "account_id": {"type": "str", "required": not self.offline},
            "assume_role_arn": {"type": "str"},
            "assume_role_external_id": {"type": "str", "no_log": True},
            **({} if self.reads_only else of_writers),
            **(of_taggers if "purge_tags" in self.argument_spec else {}),
            **(guard.OPTIONS if self.removals else {}),
            **(guard.LIMITS if self.limits else {}),
            **self.argument_spec,
        }


def run(capability: Capability) -> None:
    """A module's main()."""
    module = AnsibleModule(
        argument_spec=capability.full_argument_spec(),
        supports_check_mode=True,
        **capability.constraints,
    )
    if not HAS_BOTO3:
        module.fail_json(msg=missing_required_lib("boto3 and botocore"))
    try:
        result = execute(capability, module.params, module.check_mode)
    except Failure as failure:
        module.fail_json(msg=str(failure), **failure.details)
    module.exit_json(**result)


def execute(capability: Capability, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The result of a run, whoever runs it. Raises Failure."""
    if not botocore_at_least(BOTOCORE):
        raise Failure(f"this botocore is too old: {BOTOCORE} or later is needed. Nothing was read or written")
    offline = capability.offline and params[capability.offline] is not None
    try:
        declared = declare(capability, params)
    except Invalid as error:
        where = "" if offline else f"account {params['account_id']}; "
        raise Failure(f"{error} ({where}nothing was read or written)") from error
    aws = Offline() if offline else Aws(params)
    where = capability.name if offline else f"{capability.name} in account {aws.account_id} ({aws.region})"
    try:
        return _converge(capability, declared, aws, params, check_mode)
    except (Conflict, Invalid) as error:
        raise Failure(f"{where}: {error}. Nothing was written", api_calls=dict(aws.calls)) from error
    except Failure as failure:
        raise Failure(f"{where}: {failure}", **{"api_calls": dict(aws.calls), **failure.details}) from failure
    except (ClientError, BotoCoreError) as error:
        raise Failure(
            f"{where}: reading what is there: {describe(error)}. {next_step(error, capability.name)}",
            error_code=code_of(error),
            api_calls=dict(aws.calls),
        ) from error


def declare(capability: Capability, params: Mapping[str, Any]) -> Declared:
    """What these options declare. Raises Invalid; sends nothing."""
    given = {name: value for name, value in params.items() if name in capability.specification}
    for invalid in options.problems(capability.specification, given):
        raise invalid
    if not capability.offline or params[capability.offline] is None:
        check_connection(params)
    guard.check_options(params)
    params = tags.as_text(params, capability.tags_strictly)
    return capability.desired(params)


def _converge(
    capability: Capability, declared: Declared, aws: Aws | Offline, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    place = {"account_id": aws.account_id, "region": aws.region, "partition": aws.partition}
    ignored = params.get("ignore_tags") or {}
    declared = replace(
        declared,
        resources={
            kind: {name: tags.without_ignored(fields, ignored) for name, fields in resources.items()}
            for kind, resources in declared.resources.items()
        },
        scope={**declared.scope, **place},
        absent=params.get("state") == "absent",
        ignored=ignored,
    )
    found = _read(capability, declared, aws)
    if capability.reads_only:
        return {"changed": False, **_calls(aws, params), **capability.report(declared, found, _known(found), {})}
    first = plan = _plan_to_apply(capability, declared, found, params, check_mode)
    applied = Applied({}, {})
    done: list[str] = []
    findings = list(plan.findings)
    if not check_mode:
        _refuse_dangling(capability, declared, plan)
        _refuse(capability, declared, found)
        failures: Counter[str] = Counter()
        while True:
            try:
                applied = apply(plan, aws, params["wait_timeout"])
                break
            except StepFailed as failed:
                done += [address for address in failed.done if address not in done]
                failures[failed.step.address] += 1
                settles = failed.outcome_unknown or failed.contradicted
                hopeless = not settles and not _was_refused(failed.error)
                if hopeless or failures[failed.step.address] == ATTEMPTS:
                    raise _failure(capability, aws, failed, first, done) from failed
                # Two runs that meet don't stay in step.
                time.sleep(READ_AGAIN_AFTER_SECONDS * random.uniform(0.5, 1.5))
                try:
                    found = _read(capability, declared, aws)
                    plan = _plan_to_apply(capability, declared, found, params, check_mode)
                except Conflict as conflict:
                    raise _failure(capability, aws, failed, first, done, f" Read again: {conflict}.") from failed
                except (ClientError, BotoCoreError):
                    raise _failure(capability, aws, failed, first, done) from failed
                # AWS has many words for what somebody else did meanwhile. Then it isn't to be done any more, or not so.
                same = [step for step in plan.steps if step.address == failed.step.address]
                if not settles and [step.params for step in same] == [failed.step.params]:
                    raise _failure(capability, aws, failed, first, done) from failed
                # What is no longer in the plan took place, whatever was answered.
                still = {step.address for step in plan.steps}
                done += [step.address for step in first.steps if step.address not in {*still, *done}]
        findings = _findings(capability, declared, aws, plan)
    gone = {step.address for step in first.steps if step.removes}
    makes = {resource.KIND.name for resource in capability.resources if resource.KIND.create}
    # What others made of a kind that this module makes, too, is none of its result.
    own = {
        kind: {name: there for name, there in resources.items() if there.owned or kind not in makes}
        for kind, resources in found.items()
    }
    # A change may give its resource another id: a replaced association has a new one.
    made = {address.partition(":")[0]: id_ for address, id_ in applied.ids.items()}
    ids = {address: id_ for address, id_ in {**_known(own), **made}.items() if address not in gone}
    # What was only looked up on the way is for the report.
    of_resources = {address: id_ for address, id_ in ids.items() if address.partition(".")[0] in found}
    waited = {address.partition(":")[0]: state for address, state in applied.states.items()}
    states = {
        f"{kind}.{name}": there.details["state"]
        for kind, resources in found.items()
        for name, there in resources.items()
        if "state" in there.details
    }
    return {
        "changed": bool(first.changes),
        "plan": first.describe(),
        "notes": [escape.text(note) for note in first.notes],
        "findings": [escape.text(finding) for finding in findings],
        "diff": first.diff(),
        "ids": dict(sorted(of_resources.items())),
        **_calls(aws, params),
        **capability.report(declared, found, ids, {**states, **applied.states, **waited}),
    }


def _calls(aws: Aws | Offline, params: Mapping[str, Any]) -> dict[str, Any]:
    # amazon.aws' option, in its words.
    actions = {"resource_actions": sorted(aws.calls)} if params["debug_botocore_endpoint_logs"] else {}
    return {"api_calls": dict(sorted(aws.calls.items())), **actions}


def _read(capability: Capability, declared: Declared, aws: Aws | Offline) -> Found:
    """Everything there is. Where something is there twice, another run may be about to take its own back."""
    vanished = False
    for delay in delays(time.monotonic() + GIVES_WAY_WITHIN_SECONDS):
        try:
            found = _read_once(capability, declared, aws)
            if not any(is_twice(resource.KIND, found.get(resource.KIND.name, {})) for resource in capability.resources):
                return found
        except Several:
            pass
        except ClientError as error:
            # Another run may have removed it after it was listed, before it was looked at.
            if vanished or not any(word in code_of(error) for word in ("NotFound", "NoSuch")):
                raise
            vanished = True
        time.sleep(delay)
    return _read_once(capability, declared, aws)


def _read_once(capability: Capability, declared: Declared, aws: Aws | Offline) -> Found:
    """Independent reads at the same time."""
    found: Found = {}
    left = [resource for resource in capability.resources if resource.KIND.name in declared.resources]
    while left:
        ready = [r for r in left if all(kind in found or kind not in declared.resources for kind in r.READ_AFTER)]
        results = aws.gather(*(lambda r=r: r.read(aws, declared, found) for r in ready))
        for resource, result in zip(ready, results):
            found[resource.KIND.name] = {
                name: replace(there, fields=tags.without_ignored(there.fields, declared.ignored))
                for name, there in result.items()
            }
        left = [r for r in left if r not in ready]
    return found


def _plan(capability: Capability, declared: Declared, found: Found) -> Plan:
    ids = _known(found)
    steps: list[Step] = []
    notes: list[str] = []
    findings: list[str] = []
    removals: list[Step] = []
    used = [r for r in capability.resources if r.KIND.name in declared.resources]
    for resource in used:
        wanted = {} if declared.absent else resolve(declared.resources[resource.KIND.name], ids)
        planned = resource.plan(wanted, found, declared)
        steps += [step for step in planned if not step.removes]
        removals = [step for step in planned if step.removes] + removals
        notes += getattr(resource, "notes", lambda *_args: [])(wanted, found, declared)
        findings += getattr(resource, "findings", lambda *_args: [])(wanted, found, declared)
    return Plan(tuple(order_kinds(steps + removals, [r.KIND for r in used])), tuple(notes), tuple(findings))


def _findings(capability: Capability, declared: Declared, aws: Aws | Offline, plan: Plan) -> list[str]:
    """Those of `plan` that are left now that it was applied: what was on its way when it was read has arrived since."""
    if not (plan.findings and plan.steps):
        return list(plan.findings)
    try:
        return list(_plan(capability, declared, _read(capability, declared, aws)).findings)
    except (Conflict, ClientError, BotoCoreError):
        return list(plan.findings)


def _plan_to_apply(
    capability: Capability, declared: Declared, found: Found, params: Mapping[str, Any], check_mode: bool
) -> Plan:
    """The plan, which was approved or needs no approval. In check mode a note says what has to be confirmed."""
    plan = _plan(capability, declared, found)
    _refuse_unapproved(params, plan)
    # All that is in an approved plan was seen by who approved it.
    if capability.removals and not declared.absent and params.get("approved_plan") is None:
        removals = capability.removals(declared, found, plan.steps)
        if not check_mode:
            guard.refuse(removals, params)
        elif guard.unconfirmed(removals, params):
            plan = replace(plan, notes=(*plan.notes, guard.words(removals, params)))
    return plan


def _refuse_dangling(capability: Capability, declared: Declared, plan: Plan) -> None:
    """A plan may name what somebody else has yet to make (so a whole inventory can be planned before anything exists);
    it can be applied only when that is there.
    """
    made = {step.address for step in plan.steps} | {MADE.address}
    missing = sorted({ref.address for step in plan.steps for ref in refs(step.params)} - made)
    for address in missing:
        kind = address.partition(".")[0]
        hints = [
            resource.MISSING.format_map(declared.scope)
            for resource in capability.resources
            if resource.KIND.name == kind and hasattr(resource, "MISSING")
        ]
        raise Conflict(": ".join([f"{address} isn't there and isn't made here", *hints]))


def _refuse(capability: Capability, declared: Declared, found: Found) -> None:
    """Of a plan that can be shown, but not be applied before somebody else's is: Conflict, by the resource files."""
    for resource in capability.resources:
        if resource.KIND.name in declared.resources and hasattr(resource, "refuse"):
            wanted = {} if declared.absent else declared.resources[resource.KIND.name]
            resource.refuse(wanted, found, declared)


def _refuse_unapproved(params: Mapping[str, Any], plan: Plan) -> None:
    approved = params.get("approved_plan")
    if approved is None:
        return
    # As the approved one was handed on.
    planned = json.loads(json.dumps(plan.describe(), default=str))
    malformed = next((step for step in approved if not isinstance(step.get("address"), str)), None)
    if malformed is not None:
        raise Conflict(f"approved_plan: {malformed} is no step of a plan; expected the `plan` of this module's result")
    lines = unapproved(approved, planned)
    if lines:
        more = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
        raise Conflict(
            "approved_plan: the plan is stale: since it was approved, what is there or what is declared has changed: "
            f"{'; '.join(lines[:MOST_LINES])}{more}. Next: plan again, and have that approved"
        )


def _known(found: Found) -> dict[str, str]:
    return {
        f"{kind}.{name}": there.id
        for kind, resources in found.items()
        for name, there in resources.items()
        if isinstance(there.id, str)
    }


def _failure(
    capability: Capability, aws: Aws, failed: StepFailed, plan: Plan, done: list[str], since: str = ""
) -> Failure:
    """since: what reading again has found."""
    changes = [step.address for step in plan.changes]
    left = [address for address in changes if address not in done]
    done = [address for address in changes if address in done]
    step, error = failed.step, failed.error
    what = describe(error) if isinstance(error, (ClientError, BotoCoreError)) else str(error)
    lost = (
        " The answer was lost, so it may have taken place: running again finds out." if failed.outcome_unknown else ""
    )
    return Failure(
        f"{step.action} {step.address}: {what}.{since}{lost}{_holders(capability, aws, failed)}"
        f" Done: {summarise(done)}. Not done: {summarise(left)}."
        f" {MEANWHILE if failed.contradicted else next_step(error, capability.name)}",
        error_code=code_of(error),
        done=done,
        left=left,
        plan=plan.describe(),
        changed=bool(done),
    )


def _holders(capability: Capability, aws: Aws, failed: StepFailed) -> str:
    """What holds the resource that AWS refused to remove, where its file can tell (holders: id -> words)."""
    if code_of(failed.error) != "DependencyViolation" or not failed.step.removes:
        return ""
    kind = failed.step.address.partition(".")[0]
    try:
        held_by = [
            holder
            for resource in capability.resources
            if resource.KIND.name == kind and hasattr(resource, "holders")
            for holder in resource.holders(aws, failed.step.removes)
        ]
    except (ClientError, BotoCoreError):
        return ""  # the refusal itself is what has to be told
    return f" It is held by {summarise(held_by)}." if held_by else ""


def _was_refused(error: Exception) -> bool:
    """For what is there, not for who asks or how often."""
    return isinstance(error, ClientError) and not (is_denied(code_of(error)) or code_of(error) in HOPELESS)
