# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run of a capability with one kind of resource, whose AWS is a dict."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from ansible_collections.closednet.aws.plugins.module_utils._aws import provider
from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Errors
from ansible_collections.closednet.aws.plugins.module_utils._aws.provider import AWS
from ansible_collections.closednet.aws.plugins.module_utils._core import guard, messages, runner
from ansible_collections.closednet.aws.plugins.module_utils._core.apply import StepFailed
from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Capability, Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure, Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.inputs import ModuleInputs
from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import (
    Address,
    DuplicateCheck,
    Plan,
    Ref,
    Step,
    Wait,
)
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import (
    NAME_TAG,
    OWNER_TAG,
    Actual,
    Call,
    Conflict,
    DuplicateResources,
    ResourceType,
    reconcile,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import in_transition

KIND = ResourceType(
    "thing",
    create=lambda fields: Call("x.create", fields, id_path="Id"),
    changes={("size",): lambda id_, before, after: [Call("x.resize", {"id": id_, "size": after["size"]})]},
    delete=lambda id_, fields: Call("x.delete", {"id": id_}),
)
PARAMS = {
    "account_id": "222222222222",
    "state": "present",
    "wait_timeout": 1,
    "debug_botocore_endpoint_logs": False,
    "things": {"a": {"size": 1}, "b": {"size": 2}},
}


class Cloud(Errors):
    """things: name -> Actual. mishaps: the n-th write call -> (exception, whether it takes place all the same)."""

    region, account_id, partition = "eu-central-1", "222222222222", "aws"

    def __init__(self, things=None, mishaps=None):
        self.things, self.mishaps, self.calls, self.writes = things or {}, mishaps or {}, Counter(), []

    def delay(self, operation):
        return 0.0

    def gather(self, *reads):
        return [read() for read in reads]

    def call(self, operation, **params):
        self.calls[operation] += 1
        self.writes.append(operation)
        error, takes_place = self.mishaps.get(len(self.writes), (None, True))
        answer = {}
        if takes_place:
            if operation == "x.create":
                name = {1: "a", 2: "b"}.get(params["size"], "c")
                self.things[name] = Actual(f"thing-{name}", params)
                answer = {"Id": f"thing-{name}"}
            elif operation == "x.resize":
                (name,) = [name for name, there in self.things.items() if there.id == params["id"]]
                self.things[name] = Actual(params["id"], {"size": params["size"]})
            else:
                self.things = {name: there for name, there in self.things.items() if there.id != params["id"]}
        if error:
            raise error
        return answer


def refused(code, status=400):
    response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Create")


LOST = ConnectionClosedError(endpoint_url="http://x")


@pytest.fixture
def run(monkeypatch):
    """run(cloud, check=False, plan=None, desired=None, reads_only=False, removals=None, findings=None, **params): a
    result. Things are made one after the other.
    """
    monkeypatch.setattr(runner.time, "sleep", lambda seconds: None)
    monkeypatch.setattr("ansible_collections.closednet.aws.plugins.module_utils._core.apply.PARALLEL", 1)

    def go(cloud, check=False, plan=None, desired=None, reads_only=False, removals=None, findings=None, **params):
        monkeypatch.setattr(provider, "Aws", lambda params: cloud)
        resource = SimpleNamespace(
            KIND=KIND,
            READ_AFTER=(),
            INPUTS=(),
            PERMISSIONS=(),
            read=lambda aws, declared, found: dict(aws.things),
            plan=plan or (lambda wanted, found, declared: reconcile(KIND, wanted, found["thing"])),
            findings=findings or (lambda wanted, found, declared: []),
        )
        capability = Capability(
            "things",
            AWS,
            {},
            desired or (lambda params: Declared("things/x", {"thing": params["things"]}, ModuleInputs())),
            ModuleInputs,
            (resource,),
            lambda declared, found, ids, states: {"things": len(ids), "states": dict(states)},
            reads_only=reads_only,
            removals=removals,
        )
        return execute(capability, {**PARAMS, **params}, check)

    return go


def failure(run, *arguments, **more):
    with pytest.raises(Failure) as failed:
        run(*arguments, **more)
    return failed.value


def test_a_result_says_what_was_done_and_what_is_there(run):
    result = run(Cloud())
    assert result["changed"] and [step["address"] for step in result["plan"]] == ["thing.a", "thing.b"]
    assert result["ids"] == {"thing.a": "thing-a", "thing.b": "thing-b"}
    assert result["diff"] == {"before": {}, "after": {"thing.a": {"size": 1}, "thing.b": {"size": 2}}}
    assert (result["api_calls"], result["things"]) == ({"x.create": 2}, 2)


def test_check_mode_answers_the_same_plan_and_writes_nothing(run):
    cloud = Cloud()
    assert run(cloud, check=True)["plan"] == run(Cloud())["plan"]
    assert cloud.writes == []


def test_findings_are_those_that_are_left_after_the_run(run):
    """What the plan waited for or changed is as declared then; in check mode nothing has changed."""

    def small(wanted, found, declared):
        return [f"{name} is small" for name, there in found["thing"].items() if there.fields["size"] < 2]

    before = {"a": Actual("thing-a", {"size": 0}), "b": Actual("thing-b", {"size": 2})}
    assert run(Cloud(dict(before)), check=True, findings=small)["findings"] == ["a is small"]
    assert run(Cloud(dict(before)), findings=small)["findings"] == ["a is small"]
    wanted = {"a": {"size": 3}, "b": {"size": 2}}
    assert run(Cloud(dict(before)), check=True, findings=small, things=wanted)["findings"] == ["a is small"]
    assert run(Cloud(dict(before)), findings=small, things=wanted)["findings"] == []
    assert run(Cloud())["findings"] == []


def test_absent_takes_everything_and_its_ids_are_gone_from_the_result(run):
    cloud = Cloud()
    run(cloud)
    result = run(cloud, state="absent")
    assert (result["changed"], result["ids"], cloud.things) == (True, {}, {})
    assert not run(cloud, state="absent")["changed"]


def test_the_state_of_what_was_waited_for_is_that_at_the_end(run):
    """Of something that an earlier run, cut off, left on its way."""

    class Settling(Cloud):
        def call(self, operation, **params):
            self.calls[operation] += 1
            return {"States": ["available"]}

    def plan(wanted, found, declared):
        return in_transition.settle("thing", wanted, found["thing"], lambda id_: wait)

    wait = Wait("x.look", {}, "States", until=("available",), pending=("pending",))
    there = {
        "a": Actual("thing-a", {}, details={"state": "pending"}),
        "b": Actual("thing-b", {}, details={"state": "available"}),
    }
    result = run(Settling(there), plan=plan)
    assert result["states"] == {"thing.a": "available", "thing.b": "available", "thing.a:pending": "available"}
    assert (result["changed"], result["api_calls"]) == (False, {"x.look": 2})


def test_ids_of_what_others_made_are_not_in_the_result(run):
    cloud = Cloud({"theirs": Actual("thing-9", {"size": 9}, managed=False)})
    assert "thing-9" not in run(cloud)["ids"].values()


@pytest.mark.parametrize("takes_place", [True, False])
def test_a_lost_answer_is_settled_by_reading_again(run, takes_place):
    cloud = Cloud(mishaps={1: (LOST, takes_place)})
    result = run(cloud)
    assert cloud.writes == ["x.create"] * (2 if takes_place else 3)
    assert result["ids"] == {"thing.a": "thing-a", "thing.b": "thing-b"}
    assert len(result["plan"]) == 2


def test_but_not_for_ever(run):
    cloud = Cloud(mishaps=dict.fromkeys(range(1, 9), (LOST, False)))
    failed = failure(run, cloud)
    assert len(cloud.writes) == runner.ATTEMPTS
    assert "may have taken place" in str(failed) and failed.details["error_code"] == "ConnectionClosedError"


def test_what_took_place_though_its_answer_was_lost_is_reported_done(run):
    failed = failure(run, Cloud(mishaps={1: (LOST, True), 2: (refused("Nope"), False)}))
    assert (failed.details["done"], failed.details["left"]) == (["thing.a"], ["thing.b"])


@pytest.mark.parametrize("code", ["Thing.Duplicate", "RouteAlreadyExists", "InvalidPermission.NotFound"])
def test_what_contradicts_the_reading_is_read_again(run, code):
    cloud = Cloud(mishaps={1: (refused(code), True)})  # somebody was faster
    assert run(cloud)["changed"]
    assert cloud.writes == ["x.create", "x.create"]


def test_a_refused_write_says_where_what_done_left_and_next(run):
    failed = failure(run, Cloud(mishaps={2: (refused("Nope"), False)}))
    text = str(failed)
    assert text.startswith("things in account 222222222222 (eu-central-1): create thing.b: Create: Nope: m.")
    assert "Done: thing.a. Not done: thing.b. Next: fix the cause and run again" in text
    assert failed.details["changed"] is True and failed.details["api_calls"] == {"x.create": 2}
    assert [step["address"] for step in failed.details["plan"]] == ["thing.a", "thing.b"]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("UnauthorizedOperation", "docs/iam/things.json"),
        ("AccessDeniedException", "docs/iam/things.json"),
        ("DependencyViolation", "delete what still uses it"),
        ("ResourceInUse", "delete what still uses it"),
        ("DeleteConflict", "delete what still uses it"),
        ("AuthFailure", "give a profile or an access_key that AWS knows"),
        ("ExpiredTokenException", "this one has expired"),
        ("RequestExpired", "this machine's clock is wrong"),
        ("RequestExpired", "sessions of assumed roles are kept in"),
        ("SignatureDoesNotMatch", "clock is right"),
        ("InvalidSignatureException", "clock is right"),
        ("OptInRequired", "enable the region"),
        ("VpcLimitExceeded", "ask for a higher quota"),
        ("RequestLimitExceeded", "AWS throttles this account"),
        ("InternalFailure", "AWS has a fault"),
        ("Blocked", "fix the cause"),
    ],
)
def test_the_next_thing_to_do_depends_on_the_error(run, code, hint):
    assert hint in str(failure(run, Cloud(mishaps={1: (refused(code), False)})))


def test_a_conflict_says_that_nothing_was_written(run):
    def plan(wanted, found, declared):
        raise Conflict("thing-9 is in the way")

    cloud = Cloud()
    text = str(failure(run, cloud, plan=plan))
    assert text == "things in account 222222222222 (eu-central-1): thing-9 is in the way. Nothing was written"
    assert cloud.writes == []


def test_a_wrong_option_is_told_before_anything_is_read(run):
    def desired(params):
        raise Invalid("things", 1, "is wrong", "two")

    text = str(failure(run, None, desired=desired))
    assert text == "things: 1 is wrong; expected two (account 222222222222; nothing was read or written)"


def test_what_somebody_else_has_yet_to_make_can_be_planned_and_not_applied(run):
    def plan(wanted, found, declared):
        return [Step("thing.a", "x.create", {"size": Ref("other.main")}, after={"size": Ref("other.main")})]

    cloud = Cloud()
    checked = run(cloud, check=True, plan=plan)
    assert checked["plan"][0]["after"] == {"size": "(known after other.main)"}
    assert "other.main" in str(failure(run, cloud, plan=plan))
    assert cloud.writes == []


def test_a_failing_read_says_so(run):
    def read(wanted, found, declared):
        raise refused("Nope")

    text = str(failure(run, Cloud(), plan=read))
    assert "reading what is there: Create: Nope: m. Next: " in text


def test_a_module_that_only_reads_plans_nothing_and_takes_no_state(run):
    def plan(wanted, found, declared):
        raise AssertionError("planned")

    cloud = Cloud({"a": Actual("thing-a", {"size": 9})})
    result = run(cloud, plan=plan, reads_only=True)
    assert result == {"changed": False, "api_calls": {}, "things": 1, "states": {}}
    assert cloud.writes == []
    options = Capability("things", AWS, {}, None, ModuleInputs, (), None, reads_only=True).full_argument_spec()
    assert "account_id" in options and not {"state", "wait_timeout"} & set(options)


def test_tags_are_text_whatever_yaml_made_of_them(run):
    seen = {}

    def desired(params):
        seen.update(params["tags"])
        return Declared("things/x", {"thing": {}}, ModuleInputs())

    run(Cloud(), desired=desired, purge_tags=True, tags={"cost_center": 1234, "backup": True, "empty": None, 7: "x"})
    assert seen == {"cost_center": "1234", "backup": "True", "empty": "", "7": "x"}


@pytest.mark.parametrize(
    ("tags", "purge", "purged"),
    [(None, True, False), ({}, True, False), ({"a": "b"}, True, True), ({"a": "b"}, False, False)],
)
def test_tags_are_purged_only_where_some_are_declared(run, tags, purge, purged):
    seen = []

    def plan(wanted, found, declared):
        seen.append(declared.purge_tags)
        return []

    run(Cloud(), check=True, plan=plan, tags=tags, purge_tags=purge)
    assert seen == [purged]


def test_whatever_word_aws_has_for_it_what_somebody_else_did_meanwhile_is_no_failure(run):
    cloud = Cloud(mishaps={1: (refused("InvalidParameterValue"), True)})
    assert run(cloud)["changed"]
    assert cloud.writes == ["x.create", "x.create"]


def test_what_is_still_to_be_done_and_refused_is_not_tried_again(run):
    cloud = Cloud(mishaps={1: (refused("InvalidParameterValue"), False)})
    assert "Next: fix the cause" in str(failure(run, cloud))
    assert cloud.writes == ["x.create"]


def test_another_run_that_does_not_end_is_told(run):
    cloud = Cloud(mishaps=dict.fromkeys(range(1, 9), (refused("Thing.Duplicate"), False)))
    text = str(failure(run, cloud))
    assert len(cloud.writes) == runner.ATTEMPTS
    assert "another run or somebody else may be changing the same now. Next: let that end, then run again" in text


def test_a_run_that_meets_another_one_at_every_step_gets_through(run):
    things = {name: {"size": size} for size, name in enumerate("abcdef", start=3)}

    class Busy(Cloud):
        """Another run makes each thing a moment before."""

        def call(self, operation, **params):
            (name,) = [name for name, fields in things.items() if fields == params]
            self.writes.append(operation)
            self.things[name] = Actual(f"thing-{name}", params)
            raise refused("Thing.Duplicate")

    cloud = Busy()
    assert len(run(cloud, things=things)["plan"]) == len(things) == len(cloud.writes)


def test_what_was_approved_is_done(run):
    plan = run(Cloud(), check=True)["plan"]
    assert run(Cloud(), approved_plan=plan)["plan"] == plan
    assert not run(Cloud({"a": Actual("thing-a", {"size": 1})}), approved_plan=plan)["diff"]["before"]


def test_what_was_not_approved_is_told_before_anything_is_written(run):
    plan = run(Cloud(), check=True)["plan"]
    cloud = Cloud({"a": Actual("thing-a", {"size": 7})})  # somebody made another one
    for check in (True, False):
        text = str(failure(run, cloud, check=check, approved_plan=plan))
        assert "approved_plan: the plan is stale: " in text and "change thing.a:size: wasn't planned" in text
        assert "Next: plan again" in text and "Nothing was written" in text
        assert "thing.b" not in text
    assert "create thing.b: wasn't planned" in str(failure(run, Cloud(), approved_plan=[]))
    assert cloud.writes == []


def test_many_steps_that_nobody_approved_are_counted(run):
    things = {name: {"size": size} for size, name in enumerate("abcdefgh", start=3)}
    assert "thing.e: wasn't planned and 3 more." in str(failure(run, Cloud(), things=things, approved_plan=[]))


def test_what_is_no_plan_is_refused(run):
    text = str(failure(run, Cloud(), approved_plan=[{"plan": []}]))
    assert "approved_plan: {'plan': []} is no step of a plan" in text


def test_reading_again_does_not_go_beyond_what_was_approved(run):
    class Changing(Cloud):
        def call(self, operation, **params):
            self.things["stranger"] = Actual("thing-9", {"size": 9})
            return super().call(operation, **params)

    plan = run(Cloud(), check=True)["plan"]
    cloud = Changing(mishaps={1: (LOST, True)})
    text = str(failure(run, cloud, approved_plan=plan))
    assert "delete thing.stranger: wasn't planned" in text and "Done: nothing" in text
    assert cloud.writes == ["x.create"]


def test_two_where_one_is_meant_are_looked_at_until_another_run_takes_its_own_back(run):
    readings = [["vpc-1", "vpc-2"], ["vpc-1"]]

    class TakingBack(Cloud):
        def gather(self, *reads):
            there = readings.pop(0) if readings else ["vpc-1"]
            if len(there) > 1:
                raise DuplicateResources("VPCs", "things/x", there)
            return super().gather(*reads)

    assert run(TakingBack())["changed"]


def test_two_that_stay_are_named_with_what_to_do(run, monkeypatch):
    monkeypatch.setattr(runner, "DUPLICATES_SECONDS", 0.1)

    class Twice(Cloud):
        def gather(self, *reads):
            raise DuplicateResources("VPCs", "things/x", ["vpc-2", "vpc-1"])

    text = str(failure(run, Twice()))
    assert "2 VPCs carry closednet:managed=things/x: vpc-1, vpc-2. Two runs created them" in text
    assert "Delete the one that nothing uses" in text and "Nothing was written" in text


def test_of_two_that_stay_neither_is_deleted_unless_both_are(run, monkeypatch):
    """Which one is in use can't be told: a share that was deleted would take the Transit Gateway from all spokes."""
    monkeypatch.setattr(runner, "DUPLICATES_SECONDS", 0.1)
    check = DuplicateCheck("x.describe", {}, "Ids")
    monkeypatch.setattr(sys.modules[__name__], "KIND", replace(KIND, duplicates=lambda fields: check))
    tags = {OWNER_TAG: "things/x", NAME_TAG: "a"}
    twice = {name: Actual(f"thing-{name}", {"size": 1, "tags": tags}) for name in ("a", "a2")}

    cloud = Cloud(twice)
    text = str(failure(run, cloud))
    assert "2 resources thing.a carry closednet:managed=things/x: thing-a, thing-a2" in text
    assert cloud.writes == []
    assert run(Cloud(twice), state="absent")["changed"]


def test_a_plan_made_anew_is_applied_only_if_what_it_refers_to_still_exists(run):
    """What the first plan used may have been deleted, or isn't shown any more."""
    gateways = ["tgw-1", Ref("gateway.main")]
    plans = [[Step("thing.a", "x.create", {"size": gateway}, after={"size": gateway})] for gateway in gateways]
    cloud = Cloud(mishaps={1: (refused("InvalidTransitGatewayID.NotFound"), False)})
    text = str(failure(run, cloud, plan=lambda wanted, found, declared: plans.pop(0)))
    assert "Read again: gateway.main doesn't exist and isn't created here." in text
    assert cloud.writes == ["x.create"]


@pytest.mark.parametrize(("code", "times", "is_read"), [("PolicyNotFoundException", 1, 2), ("NoSuchEntity", 2, 2)])
def test_what_is_removed_while_it_is_read_is_read_again_once(run, code, times, is_read):
    reads = []

    class Vanishing(Cloud):
        def gather(self, *arguments):
            reads.append(arguments)
            if len(reads) <= times:
                raise refused(code)
            return super().gather(*arguments)

    if times == 1:
        assert run(Vanishing(), check=True)["changed"]
    else:
        assert f"reading what is there: Create: {code}" in str(failure(run, Vanishing(), check=True))
    assert len(reads) == is_read


@pytest.mark.parametrize(("code", "reads"), [("UnauthorizedOperation", 1), ("AuthFailure", 1), ("Blocked", 2)])
def test_a_refusal_that_no_reading_changes_is_told_at_once(run, code, reads):
    """AWS's answer to what somebody else did meanwhile may be any code; to a credential it stays what it is."""
    cloud = Cloud(mishaps={1: (refused(code), False)})
    gathered = []
    cloud.gather = lambda *each: [gathered.append(read) or read() for read in each]
    failure(run, cloud)
    assert len(gathered) == reads


@pytest.mark.parametrize(("code", "told"), [("DependencyViolation", True), ("UnauthorizedOperation", False)])
def test_what_holds_a_resource_is_asked_for_only_where_it_is_held(code, told):
    asked = []
    resource = SimpleNamespace(
        KIND=KIND,
        READ_AFTER=(),
        INPUTS=(),
        PERMISSIONS=(),
        read=lambda aws, declared, found: {},
        plan=lambda wanted, found, declared: [],
        holders=lambda aws, id_: asked.append(id_) or ["eni-1"],
    )
    capability = Capability("things", AWS, {}, None, ModuleInputs, (resource,), None)
    cloud, error = Cloud(), refused(code)
    step = Step(Address("thing", "a"), "x.delete", {}, before={}, removes="thing-1")
    failed = StepFailed(step, error, cloud.classify(error), [], [step.address])
    text = str(messages.failure(capability, cloud, failed, Plan((step,)), []))
    assert ("It is held by eni-1." in text, asked) == (told, ["thing-1"] * told)


def test_a_botocore_that_leaves_things_out_is_refused(monkeypatch):
    monkeypatch.setattr(provider, "BOTOCORE", "999.0.0")
    with pytest.raises(Failure, match="botocore is too old: 999.0.0 or later is needed"):
        execute(Capability("things", AWS, {}, None, ModuleInputs, (), None), PARAMS, check_mode=True)


TAGGED = replace(
    KIND, tag=lambda id_, tags: Call("x.tag", {"tags": tags}), untag=lambda id_, tags: Call("x.untag", {"tags": tags})
)


def test_tags_of_others_are_left_alone(run):
    """Neither removed nor changed nor set; Terraform's provider calls it the same:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs#ignore_tags-configuration-block
    """
    tags = {"team": "network", "owner": "us", "Name": "a"}
    things = {"a": {"size": 1, "tags": tags}}
    there = {"team": "network", "kubernetes.io/role": "elb", "owner": "them", "Name": "by hand", "left": "over"}

    def plan(wanted, found, declared):
        return reconcile(TAGGED, wanted, found["thing"], purge_tags=True)

    def steps(**params):
        cloud = Cloud({"a": Actual("thing-a", {"size": 1, "tags": there})})
        result = run(cloud, check=True, plan=plan, things=things, **params)
        return [(step["address"], step["before"]["tags"]) for step in result["plan"]]

    ignored = {"keys": ["owner", "Name"], "key_prefixes": ["kubernetes.io/"]}
    assert steps(ignore_tags=ignored) == [("thing.a:tags.remove", {"left": "over"})]
    assert len(steps()) == 2
    (made,) = run(Cloud(), check=True, plan=plan, things=things, ignore_tags=ignored)["plan"]
    assert made["after"]["tags"] == {"team": "network"}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"tags": {"aws:x": "y"}}, "tags['aws:x']: 'y' is a tag of AWS"),
        ({"ignore_tags": {"key_prefixes": ["closednet:"]}}, "ignore_tags: "),
        ({"wait_timeout": 0}, "wait_timeout: 0 is no time to wait"),
        ({"assume_role_arn": "arn:aws:iam::333333333333:role/x"}, "is a role of account 333333333333"),
    ],
)
def test_what_every_module_takes_is_checked_before_anything_is_read(run, params, problem):
    cloud = Cloud()
    assert problem in (text := str(failure(run, cloud, **params)))
    assert "nothing was read or written" in text and cloud.calls == {}


def test_what_is_no_longer_declared_is_removed_once_it_is_confirmed_or_approved(run):
    def cloud():
        return Cloud({name: Actual(f"thing-{name}", {"size": size}) for name, size in (("a", 1), ("b", 2))})

    kept = {"things": {"a": {"size": 1}}, "confirm_removals": [], "removals": guard.deleted("thing")}
    there = cloud()
    text = str(failure(run, there, **kept))
    assert "x/thing.b (thing-b): no longer declared" in text and "Nothing was written" in text
    assert there.writes == []

    checked = run(there, check=True, **kept)
    assert "-e confirm_removals=x/thing.b" in checked["notes"][0]
    assert [step["address"] for step in checked["plan"]] == ["thing.b"]

    for how in ({"confirm_removals": ["x/thing.b"]}, {"approved_plan": checked["plan"]}, {"state": "absent"}):
        there = cloud()
        run(there, **{**kept, **how})
        assert "x.delete" in there.writes


def test_what_another_run_takes_from_the_declaration_is_asked_for_in_the_second_reading_too(run):
    """The first plan removes nothing; what is read after its step was contradicted would."""

    class Late(Cloud):
        def call(self, operation, **params):
            self.things["late"] = Actual("thing-late", {"size": 9})
            return super().call(operation, **params)

    there = Late(mishaps={1: (refused("Thing.Duplicate"), False)})
    text = str(failure(run, there, confirm_removals=[], removals=guard.deleted("thing")))
    assert "x/thing.late" in text and "x.delete" not in there.writes
