# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the emulator can't show: foreign projects, texts of Google, refusals. The rest is in tests/integration.

Answers are shaped as in Google's discovery document of cloudresourcemanager v3.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.template import Templar, trust_as_template

from ansible_collections.closednet.aws.plugins.inventory import google_projects
from ansible_collections.closednet.aws.plugins.inventory.google_projects import NEEDED, Folders, InventoryModule
from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory.unknown_names import problems_of_variables
from ansible_collections.closednet.aws.plugins.module_utils._gcp.advice import next_step
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import GoogleError
from ansible_collections.closednet.aws.plugins.plugin_utils import role_options

ORGANIZATION = "organizations/123456789012"
OPTIONS: dict[str, Any] = {
    "access_token": None,
    "cache": False,
    "compose": {},
    "endpoint_url": None,
    "extra_labels": [],
    "folders": [],
    "groups": {},
    "hostname": "id",
    "impersonate_service_account": None,
    "keyed_groups": [],
    "labels": {},
    "parent": ORGANIZATION,
    "service_account_file": None,
    "service_account_name": None,
    "strict": False,
}


def folder(number: str, name: str, parent: str = ORGANIZATION) -> dict[str, Any]:
    return {"name": f"folders/{number}", "displayName": name, "parent": parent, "state": "ACTIVE"}


def project(project_id: str, parent: str | None = ORGANIZATION, **more: Any) -> dict[str, Any]:
    number = f"projects/{sum(map(ord, project_id))}"
    placed = {"parent": parent} if parent else {}
    return {"name": number, "projectId": project_id, "displayName": project_id, "state": "ACTIVE", **placed, **more}


class Api:
    """A client of Resource Manager with these folders and projects; `unseen` folders are left out of searches."""

    def __init__(self, *found: dict[str, Any], unseen: tuple[str, ...] = (), granted: tuple[str, ...] = NEEDED):
        self.folders = {one["name"]: one for one in found if one["name"].startswith("folders/")}
        self.projects = [one for one in found if one["name"].startswith("projects/")]
        self.unseen, self.granted, self.sent = unseen, granted, []

    def items(self, operation: str, **params: Any) -> list[dict[str, Any]]:
        self.sent.append(operation)
        if operation == "cloudresourcemanager.projects.search":
            return self.projects
        assert operation == "cloudresourcemanager.folders.search"
        return [one for name, one in self.folders.items() if name not in self.unseen]

    def get(self, operation: str, name: str) -> dict[str, Any] | None:
        self.sent.append(f"{operation} {name}")
        if name not in self.folders:
            raise GoogleError(403, "PERMISSION_DENIED", "The caller does not have permission", operation, "GET")
        return self.folders[name]

    next_step = staticmethod(next_step)

    def call(self, operation: str, resource: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(f"{operation} {resource}")
        granted = [permission for permission in body["permissions"] if permission in self.granted]
        return {"permissions": granted} if granted else {}


@pytest.fixture
def plugin(monkeypatch):
    def make(api: Api | None = None, **options: Any) -> InventoryModule:
        module = InventoryModule()
        module.inventory = InventoryData()
        module.templar = Templar(loader=DataLoader())
        monkeypatch.setattr(module, "get_option", {**OPTIONS, **options}.__getitem__)
        if api:
            monkeypatch.setattr(module, "_api", lambda: api)
        return module

    return make


def test_every_active_project_below_the_organization_by_its_folders_path(plugin):
    api = Api(
        folder("1", "customers"),
        folder("2", "pci", "folders/1"),
        project("recruiting-b", "folders/2", labels={"psc": "provider"}, displayName="Recruiting B"),
        project("recruiting-a"),
        project("going-away", state="DELETE_REQUESTED"),
    )
    first, second = plugin(api, service_account_name="network-operator")._read_projects()
    assert (first["project_id"], first["folder_path"]) == ("recruiting-a", "/")
    assert second == {
        "cloud": "gcp",
        "folder_path": "/customers/pci",
        "impersonate_service_account": "network-operator@recruiting-b.iam.gserviceaccount.com",
        "project_id": "recruiting-b",
        "project_labels": {"psc": "provider"},
        "project_name": "Recruiting B",
        "project_number": api.projects[0]["name"].partition("/")[2],
        "project_parent": "folders/2",
    }
    assert api.sent == [
        f"cloudresourcemanager.organizations.testIamPermissions {ORGANIZATION}",
        "cloudresourcemanager.folders.search",
        "cloudresourcemanager.projects.search",
    ]


def test_a_project_of_a_domain_has_the_service_account_and_host_name_of_its_domain(plugin):
    """https://cloud.google.com/iam/docs/service-account-types#user-managed"""
    (found,) = plugin(Api(project("example.com:apis")), service_account_name="operator")._read_projects()
    assert found["impersonate_service_account"] == "operator@apis.example.com.iam.gserviceaccount.com"
    assert hosts(plugin(), found) == {"example.com-apis": "example.com:apis"}


def test_projects_that_others_share_with_the_credential_are_no_hosts(plugin):
    """Search returns projects "on which the caller has the resourcemanager.projects.get permission", whoever's."""
    api = Api(
        folder("9", "of others", "organizations/999"),
        project("recruiting-a"),
        project("of-another-organization", "organizations/999"),
        project("in-its-folder", "folders/9"),
        project("in-an-unseen-folder", "folders/8"),
        project("beside-it-in-that-folder", "folders/8"),
        project("of-no-organization", None),
    )
    assert [found["project_id"] for found in plugin(api)._read_projects()] == ["recruiting-a"]
    assert api.sent.count("cloudresourcemanager.folders.get folders/8") == 1


def test_a_folder_that_the_search_has_not_yet_is_read(plugin):
    api = Api(folder("1", "new"), project("recruiting-a", "folders/1"), unseen=("folders/1",))
    (found,) = plugin(api)._read_projects()
    assert found["folder_path"] == "/new"


def test_a_folder_that_cannot_be_read_now_leaves_no_project_out(plugin, monkeypatch):
    api = Api(project("recruiting-a", "folders/1"), project("recruiting-b"))

    def get(operation: str, name: str) -> None:
        raise GoogleError(503, "UNAVAILABLE", "The service is currently unavailable.", operation, "GET")

    monkeypatch.setattr(api, "get", get)
    with pytest.raises(AnsibleError, match="UNAVAILABLE: The service is currently unavailable"):
        plugin(api)._read_projects()


def test_a_loop_of_folders_ends():
    api = Api(folder("1", "one", "folders/2"), folder("2", "two", "folders/1"))
    assert Folders(ORGANIZATION, api).path("folders/1") is None


def test_below_a_folder_paths_begin_there(plugin):
    api = Api(
        folder("1", "customers", "folders/7"),
        folder("2", "pci", "folders/1"),
        project("alpha-1", "folders/1"),
        project("beta-12", "folders/2"),
        project("outside", "folders/7"),
    )
    found = plugin(api, parent="folders/1")._read_projects()
    assert [(one["project_id"], one["folder_path"]) for one in found] == [("alpha-1", "/"), ("beta-12", "/pci")]
    assert api.sent[0] == "cloudresourcemanager.folders.testIamPermissions folders/1"


def test_only_the_folders_that_are_asked_for(plugin):
    api = Api(
        folder("1", "customers"),
        folder("2", "customers-old"),
        folder("3", "pci", "folders/1"),
        project("alpha-1", "folders/1"),
        project("beta-12", "folders/2"),
        project("gamma-1", "folders/3"),
        project("at-the-root"),
    )

    def read(*folders: str) -> list[str]:
        return [found["project_id"] for found in plugin(api, folders=folders)._read_projects()]

    assert read("/customers/") == ["alpha-1", "gamma-1"]
    assert read("/customers/pci", "/customers-old") == ["beta-12", "gamma-1"]
    assert read("/") == ["alpha-1", "at-the-root", "beta-12", "gamma-1"]
    with pytest.raises(AnsibleError, match=f"{ORGANIZATION} has no folder /custom, /pci;"):
        read("/pci", "/custom", "/customers")


@pytest.mark.parametrize("granted", [(), NEEDED[:1], NEEDED[1:]])
def test_a_credential_from_which_projects_are_hidden_is_refused(plugin, granted):
    api = Api(project("recruiting-a"), granted=granted)
    with pytest.raises(AnsibleError, match="roles/browser") as caught:
        plugin(api)._read_projects()
    for permission in NEEDED:
        assert (permission in str(caught.value)) == (permission not in granted)
    assert len(api.sent) == 1


@pytest.mark.parametrize("parent", ["123456789012", "organizations/example.com", "folders/1/projects", "", None])
def test_a_parent_that_is_none_is_refused(plugin, parent):
    with pytest.raises(AnsibleError, match="use organizations/NUMBER or folders/NUMBER"):
        plugin(Api(), parent=parent)._read_projects()


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("endpoint_url", "http://x\nHost: y", "is no address"),
        ("access_token", "hidden\n", "access_token: '.not shown.'"),
    ],
)
def test_what_becomes_a_header_or_a_path_is_checked_where_it_enters(plugin, option, value, problem):
    with pytest.raises(AnsibleError, match=problem) as error:
        plugin(**{option: value})._read_projects()
    assert "hidden" not in str(error.value)


def test_a_refusal_says_what_google_said_and_what_to_do(plugin, monkeypatch):
    api = Api()
    text = "Cloud Resource Manager API has not been used in project 1 before or it is disabled."

    def call(*_arguments: Any, **_options: Any) -> dict[str, Any]:
        raise GoogleError(
            403, "SERVICE_DISABLED", text, "cloudresourcemanager.organizations.testIamPermissions", "POST"
        )

    monkeypatch.setattr(api, "call", call)
    with pytest.raises(AnsibleError, match="Unable to read the projects below organizations/123456789012") as caught:
        plugin(api)._read_projects()
    assert text in str(caught.value)
    assert "gcloud services enable cloudresourcemanager.googleapis.com" in str(caught.value)


def host(project_id: str, name: str = "", **labels: str) -> dict[str, Any]:
    return {
        "cloud": "gcp",
        "folder_path": "/",
        "project_id": project_id,
        "project_labels": labels,
        "project_name": name or project_id,
        "project_number": "1",
        "project_parent": ORGANIZATION,
    }


def hosts(module: InventoryModule, *projects: dict[str, Any]) -> dict[str, str]:
    module._add(list(projects))
    return {one.name: one.vars["project_id"] for one in module.inventory.hosts.values()}


def refused(module: InventoryModule, *projects: dict[str, Any]) -> str:
    """Return the error, after which the inventory is as it was."""
    before = {name: dict(there.vars) for name, there in module.inventory.hosts.items()}
    with pytest.raises(AnsibleError) as caught:
        hosts(module, *projects)
    assert {name: dict(there.vars) for name, there in module.inventory.hosts.items()} == before
    return str(caught.value)


def test_host_names_of_display_names_are_safe(plugin):
    named = hosts(plugin(hostname="name"), host("alpha-1", "Customer A (EU)"), host("beta-12", "日本"))
    assert named == {"Customer-A-EU": "alpha-1", "beta-12": "beta-12"}


@pytest.mark.parametrize("name", [".", "..", "-.-", "日.本", ""])
def test_a_name_of_dots_is_no_host_name(plugin, name):
    """Ansible reads the folder host_vars/HOST: that of "." are the variables of all hosts."""
    assert hosts(plugin(hostname="name"), host("alpha-1", name)) == {"alpha-1": "alpha-1"}


def test_all_that_is_wrong_is_told_and_nothing_is_added(plugin):
    projects = [host("alpha-1", "alpha eu"), host("alpha-2", "alpha-eu"), host("consumers"), host("localhost")]
    text = refused(plugin(hostname="name"), *projects)
    for part in ("projects alpha-1 ('alpha eu') and alpha-2 ('alpha-eu')", "host consumers", "host localhost"):
        assert part in text
    assert "set the other 'hostname' for one" in text


def test_hosts_of_other_sources_are_none_of_a_projects(plugin):
    module = plugin()
    for name, variable, value in (
        ("alpha-1", "account_id", "999999999999"),
        ("beta-12", "project_id", "another"),
        ("gamma-1", "project_id", "gamma-1"),
    ):
        module.inventory.add_host(name)
        module.inventory.set_variable(name, variable, value)
    text = refused(module, host("alpha-1"), host("beta-12"), host("gamma-1"))
    assert "would be the host alpha-1, which another source says is the account 999999999999" in text
    assert "would be the host beta-12, which another source says is the project another" in text
    assert "gamma" not in text


def test_labels_choose_projects(plugin):
    projects = [host("alpha-1", network="closed", owner="x"), host("beta-12", network="closed"), host("gamma-1")]
    assert list(hosts(plugin(labels={"network": "closed"}), *projects)) == ["alpha-1", "beta-12"]
    assert list(hosts(plugin(labels={"network": "closed", "owner": "*"}), *projects)) == ["alpha-1"]
    assert "none of 3 active projects" in refused(plugin(labels={"network": "open"}), *projects)


@pytest.mark.parametrize(
    ("options", "label", "meant"),
    [
        ({"labels": {"network": "closed"}}, "netwerk", "network"),
        ({"groups": {"consumers": "project_labels.consumer == 'yes'"}}, "consumers", "consumer"),
        ({"compose": {"region": "project_labels['data-region']"}}, "data-regoin", "data-region"),
        ({"keyed_groups": [{"key": "project_labels.get('stage', 'x')"}]}, "stages", "stage"),
    ],
)
def test_a_label_that_is_nearly_one_that_is_read_is_an_error(plugin, options, label, meant):
    """A filter leaves such a project out, so it is looked for there, too."""
    right, wrong = host("beta-12", **{meant: "closed"}), host("alpha-1", **{label: "closed"})
    text = refused(plugin(**options), right, wrong)
    assert f"the project alpha-1 ('alpha-1') has the label {label!r}, but what is read is {meant!r}" in text
    assert "extra_labels" in text
    assert "beta-12" in hosts(plugin(**options, extra_labels=[label]), right, wrong)


def test_values_of_labels_are_what_yaml_makes_of_them(plugin):
    projects = [host("alpha-1", closed="true", until="2027"), host("beta-12", closed="false", until="2028")]
    assert list(hosts(plugin(labels={"closed": True}), *projects)) == ["alpha-1"]
    assert list(hosts(plugin(labels={"until": 2028}), *projects)) == ["beta-12"]
    for wrong in (None, ["true"], {"a": "b"}):
        assert "closed" in refused(plugin(labels={"closed": wrong}), *projects)


@pytest.mark.parametrize(
    "name", ["network-operator@recruiting-b.iam.gserviceaccount.com", "Operator", "op", "a b c d e f"]
)
def test_a_name_that_no_service_account_has_is_refused(plugin, name):
    with pytest.raises(AnsibleError, match="service_account_name: .* use what precedes the @"):
        plugin(Api(project("recruiting-a")), service_account_name=name)._read_projects()


def test_a_project_on_two_pages_is_one_host(plugin):
    twice = project("recruiting-a")
    assert len(plugin(Api(twice, dict(twice)))._read_projects()) == 1


def test_the_cache_knows_what_was_asked_for(plugin, monkeypatch):
    monkeypatch.setattr(InventoryModule, "get_cache_key", lambda _self, path: path)
    keys = {
        plugin(**options)._key("x.google_projects.yml")
        for options in ({}, {"parent": "folders/1"}, {"folders": ["/a"]}, {"service_account_name": "operator"})
    }
    assert len(keys) == 4
    assert plugin()._key("x.google_projects.yml") == plugin(labels={"a": "b"})._key("x.google_projects.yml")


HOSTILE = "{{ lookup('ansible.builtin.pipe', 'echo run') }}"


@pytest.mark.parametrize("cached", [False, True])
def test_text_of_google_is_no_template(plugin, monkeypatch, cached):
    """Whether it is read or from a cache that gives texts as a file of the user's own would."""
    found = host("alpha-1", f"a {HOSTILE}", owner=HOSTILE)
    expressions = {"owner": "project_labels.owner", "told": "'of ' ~ project_name"}
    composed = {name: trust_as_template(text) for name, text in expressions.items()}
    module = plugin(compose=composed, strict=True, cache=cached)
    loaded = trusted(found) if cached else found
    monkeypatch.setattr(BaseInventoryPlugin, "parse", lambda *_arguments, **_options: None)
    monkeypatch.setattr(module, "_read_config_data", lambda _path: None)
    monkeypatch.setattr(module, "get_cache_key", lambda path: path)
    module._cache = {module._key("x.google_projects.yml"): [loaded]}
    monkeypatch.setattr(module, "_read_projects", lambda: [loaded])
    module.parse(module.inventory, None, "x.google_projects.yml")
    (one,) = module.inventory.hosts.values()
    templar = Templar(loader=DataLoader(), variables=one.vars)
    for name in ("project_name", "project_labels", "owner", "told"):
        rendered = templar.template(trust_as_template(f"{{{{ {name} }}}}"))
        assert "lookup" in str(rendered) and "run" not in str(rendered).replace(HOSTILE, ""), name


def trusted(value: Any) -> Any:
    if isinstance(value, dict):
        return {trusted(key): trusted(item) for key, item in value.items()}
    return trust_as_template(value)


STEERING = "\x1b[2J\r\x07\u202e\u200bdone\x9b\n[ERROR]: none"


@pytest.mark.parametrize("of", ["answer", "code", "folder", "label", "name", "expression"])
def test_errors_with_text_of_google_steer_no_terminal(plugin, monkeypatch, of):
    """An AnsibleError goes to the terminal as it is."""
    api = Api(project("alpha-1", labels={"networ": STEERING}, displayName=STEERING))
    composed = {"x": trust_as_template("{}[project_name]"), "y": trust_as_template("1 + project_labels.networ")}
    options = {
        "folder": {"folders": [f"/{STEERING}"]},
        "label": {"labels": {"network": "*"}},
        "name": {"hostname": "name", "labels": {f"netwo{STEERING}": "*"}},
        "expression": {"compose": composed, "strict": True},
    }
    told = {"answer": ("forbidden", STEERING), "code": (STEERING, "text")}
    if of in told:

        def call(*_arguments: Any, **_options: Any) -> dict[str, Any]:
            raise GoogleError(403, *told[of], "cloudresourcemanager.folders.search")

        monkeypatch.setattr(api, "items", call)
    module = plugin(api, **options.get(of, {}))
    monkeypatch.setattr(BaseInventoryPlugin, "parse", lambda *_arguments, **_options: None)
    monkeypatch.setattr(module, "_read_config_data", lambda _path: None)
    with pytest.raises(AnsibleError) as caught:
        module.parse(module.inventory, None, "x.google_projects.yml")
    assert caught.value.message.isprintable() and str(caught.value).isprintable()
    assert not module.inventory.hosts


@pytest.mark.parametrize("found", [[], [project("elsewhere", "organizations/999")]])
def test_an_organization_in_which_nothing_is_found_is_an_error(plugin, found):
    with pytest.raises(AnsibleError, match=f"no active project in {ORGANIZATION}"):
        plugin(Api(*found))._read_projects()


def test_without_googles_library_the_error_names_it(plugin, monkeypatch):
    monkeypatch.setattr(google_projects.GCP, "missing", lambda: "google-auth")
    with pytest.raises(AnsibleError, match="needs google-auth in Ansible"):
        plugin()._read_projects()


def test_no_variable_of_a_host_looks_like_a_misspelt_one():
    """The check of an inventory refuses variables that resemble the roles'."""
    roles = role_options.roles()
    options = {option for role in roles for option in role_options.options(role)}
    assert not list(problems_of_variables({"recruiting-b": host("recruiting-b")}, options, roles))
