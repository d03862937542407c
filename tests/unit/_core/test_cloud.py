# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine with a cloud that isn't AWS: other options, other errors, no botocore."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core import runner
from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Capability, Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning, NoCloud
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure, Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.inputs import ModuleInputs
from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import (
    Actual,
    Call,
    Conflict,
    ResourceType,
    reconcile,
)


class Refused(Exception):
    """Google's form: a status and a reason."""

    def __init__(self, status, reason):
        super().__init__(f"{status}: {reason}")
        self.status, self.reason = status, reason


class Project(NoCloud):
    """networks: name -> Actual. answers: exceptions of the first writes, None where one is accepted."""

    account_id, region = "closed-services", "europe-west3"
    errors = (Refused,)

    def __init__(self, networks=None, answers=()):
        self.networks, self.answers, self.calls = networks or {}, list(answers), {}

    def call(self, operation, **params):
        self.calls[operation] = self.calls.get(operation, 0) + 1
        if self.answers and (error := self.answers.pop(0)):
            raise error
        if operation == "networks.insert":
            self.networks["main"] = Actual("networks/main", params)
            return {"targetLink": "networks/main"}
        self.networks.pop("main", None)
        return {}

    def classify(self, error):
        reasons = {"notFound": Meaning.GONE, "forbidden": Meaning.DENIED, "conditionNotMet": Meaning.STALE}
        return reasons.get(error.reason, Meaning.REFUSED)

    def code(self, error):
        return error.reason

    def next_step(self, error, module):
        return f"Next: grant what docs/iam/{module}.yaml lists"


class Google:
    """A Provider."""

    account_option, account_noun = "project_id", "project"
    argument_spec = {"region": {"type": "str"}}

    def __init__(self, project=None):
        self.project = project

    def missing(self):
        return ""

    def outdated(self):
        return ""

    def check(self, params):
        if params["region"] == "eu-central-1":
            raise Invalid("region", params["region"], "is no region", "such as europe-west3")

    def normalise(self, params, tagging):
        return params

    def connect(self, params):
        return self.project

    def preload(self, permissions):
        pass

    def results(self, params, calls):
        return {"quota": sum(calls.values())}


KIND = ResourceType(
    "network",
    create=lambda fields: Call("networks.insert", fields, id_path="targetLink"),
    delete=lambda id_, fields: Call("networks.delete", {"network": id_}),
)


def network_of(google):
    resource = SimpleNamespace(
        KIND=KIND,
        READ_AFTER=(),
        INPUTS=(),
        PERMISSIONS=("compute.networks.list",),
        read=lambda cloud, declared, found: dict(cloud.networks),
        plan=lambda wanted, found, declared: reconcile(KIND, wanted, found["network"]),
    )
    return Capability(
        "psc_network",
        google,
        {"mtu": {"type": "int"}},
        lambda params: Declared("psc_network/x", {"network": {"main": {"mtu": params["mtu"]}}}, ModuleInputs()),
        ModuleInputs,
        (resource,),
        lambda declared, found, ids, states: {},
    )


def run(project, **params):
    options = {"project_id": "closed-services", "region": "europe-west3", "mtu": 1460, "wait_timeout": 10}
    return execute(network_of(Google(project)), {**options, "state": "present", **params}, check_mode=False)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(runner.time, "sleep", lambda seconds: None)


def test_it_creates_and_deletes_with_the_options_and_results_of_its_cloud():
    options = network_of(Google()).full_argument_spec()
    assert options["project_id"]["required"] and "account_id" not in options
    project = Project()
    created = run(project)
    assert created["ids"] == {"network.main": "networks/main"}
    assert (created["api_calls"], created["quota"]) == ({"networks.insert": 1}, 1)
    assert not run(project)["changed"]
    assert run(project, state="absent")["changed"] and not project.networks


def test_its_errors_mean_what_it_says_of_them():
    # The reason of a 404 as in pulumi/pulumi-gcp#840; Google documents the 412 for an older fingerprint.
    gone = Project({"main": Actual("networks/main", {"mtu": 1460})}, [Refused(404, "notFound")])
    assert run(gone, state="absent")["changed"]
    stale = Project(answers=[Refused(412, "conditionNotMet")])
    assert run(stale)["changed"] and stale.calls == {"networks.insert": 2}
    with pytest.raises(Failure) as failed:
        run(Project(answers=[Refused(403, "forbidden")]))
    text = str(failed.value)
    assert text.startswith("psc_network in project closed-services (europe-west3): create network.main: 403: forbidden")
    assert "Next: grant what docs/iam/psc_network.yaml lists" in text
    assert failed.value.details["error_code"] == "forbidden"


def test_bad_input_names_its_project_and_no_word_of_aws():
    with pytest.raises(Failure, match=r"region: .*\(project closed-services; nothing was read or written\)"):
        run(Project(), region="eu-central-1")
    changed = Project({"main": Actual("networks/main", {"mtu": 1500})})
    with pytest.raises(Failure, match="has mtu 1500, declared is 1460; it can't be changed in place") as failed:
        run(changed)
    assert "AWS" not in str(failed.value) and isinstance(failed.value.__cause__, Conflict)
