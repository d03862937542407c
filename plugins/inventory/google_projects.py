# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: google_projects
short_description: The projects of a Google Cloud organization as hosts
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates a host for every active project below an organization or a folder of Google Cloud, with the variables that
    the modules and roles of this collection take.
  - Projects that are being deleted are left out, as are projects that the credential sees elsewhere. Anybody can grant
    it such a project.
  - Adds all projects or none. If anything is wrong, or no active project is found, it reports all problems at once and
    adds nothing. Ansible then continues with the other sources, unless
    C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true). This collection's playbooks stop before any call.
  - The inventory file is YAML, and its name must end with C(google_projects.yml) or C(google_projects.yaml).
  - Names and labels of projects are never evaluated as templates. Needs ansible-core 2.19 or later.
  - Sends three calls, and one more for each further page of projects or folders.
requirements:
  - google-auth >= 2.0
  - requests
notes:
  - Needs C(resourcemanager.projects.get) and C(resourcemanager.folders.get) on O(parent), such as by the role
    C(roles/browser) granted there. Google's search leaves out what a credential may not see, without an error, so the
    plugin asks for these two permissions first and fails if one is missing. An IAM deny policy further down can still
    hide a project.
  - "Google's search shows a new project, a moved one and a changed label only after a moment
    (U(https://cloud.google.com/resource-manager/reference/rest/v3/projects/search))."
  - A label's value has only lowercase letters, digits, C(-) and C(_), so CIDRs and addresses can't be in labels. Put
    them into C(host_vars) or C(group_vars).
  - "The variables of a host: C(cloud) (V(gcp)), C(project_id), C(project_number), C(project_name) (the display name),
    C(project_labels) (a mapping), C(project_parent) (such as V(folders/111)), C(folder_path) (such as
    V(/customers/pci), V(/) for O(parent) itself) and, with O(service_account_name), C(impersonate_service_account)."
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description: Must be V(closednet.aws.google_projects).
    type: str
    required: true
    choices: [closednet.aws.google_projects]
  parent:
    description:
      - The organization or folder whose projects are read, with those in the folders below it, such as
        V(organizations/123456789012) or V(folders/111).
    type: str
    required: true
  folders:
    description:
      - Paths of the folders to read, such as V(/customers), with the folders below them. A path begins at O(parent).
      - Empty means all.
    type: list
    elements: str
    default: []
  labels:
    description:
      - Labels that a project must have, all of them, each with its value. V(*) is any value.
    type: dict
    default: {}
  hostname:
    description:
      - What a host is named after, the project's V(id) or its display V(name).
      - In a name, each run of characters other than ASCII letters, digits, C(.), C(-) and C(_) becomes one C(-), and
        none is left at the ends. If nothing but dots remains, the ID is used.
      - Two projects whose names give one host name are an error, because variables meant for one project must not
        silently reach the other. So is a project with the name of a group, or with that of a host of another source
        which is another project or an AWS account.
    type: str
    choices: [id, name]
    default: id
  service_account_name:
    description:
      - Name of a service account that each project has. It becomes C(impersonate_service_account) of the host,
        C(NAME@PROJECT_ID.iam.gserviceaccount.com), which the modules then act as.
      - The plugin itself doesn't use it.
    type: str
  extra_labels:
    description:
      - Correct labels of projects that are one letter away from a label that O(labels), O(compose), O(groups) or
        O(keyed_groups) reads. Any other such label is an error, because a project without the label that is read would
        silently be something else.
    type: list
    elements: str
    default: []
  service_account_file:
    description:
      - Path of a service account's key file.
      - Without this and O(access_token), the first of the environment variables E(GCP_ACCESS_TOKEN) and
        E(GCP_SERVICE_ACCOUNT_FILE) that is set; without these, application default credentials.
    type: path
  access_token:
    description: An OAuth 2.0 access token, in place of O(service_account_file).
    type: str
  impersonate_service_account:
    description:
      - Email address of a service account that reads the projects, impersonated by the credential. It isn't the one
        of the hosts, see O(service_account_name).
      - By default the environment variable E(GOOGLE_IMPERSONATE_SERVICE_ACCOUNT).
    type: str
  endpoint_url:
    description:
      - One base URL in place of those of all Google APIs, such as that of an emulator.
      - By default the environment variable E(GOOGLE_CLOUD_ENDPOINT_URL).
    type: str
"""

EXAMPLES = r"""
# apis.google_projects.yml: the projects below the folder /apis, in groups by label
plugin: closednet.aws.google_projects
parent: organizations/123456789012
folders:
  - /apis
service_account_name: network-operator
groups:
  # label psc=provider, label psc=consumer
  providers: project_labels.psc | default('') == 'provider'
  consumers: project_labels.psc | default('') == 'consumer'
compose:
  region: project_labels.region | default('asia-northeast1')
---
# all.google_projects.yml: only projects with the label network=closed, in groups by folder, by another service account
plugin: closednet.aws.google_projects
parent: folders/111
impersonate_service_account: inventory-reader@automation-1.iam.gserviceaccount.com
labels:
  network: closed
  owner: "*"
keyed_groups:
  # /customers/pci -> folder_customers_pci
  - key: folder_path
    prefix: folder
    separator: ""
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/closednet-inventory
"""

import hashlib
import re
import sys
from http import HTTPStatus
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable

from ..module_utils._core.errors import Failure
from ..module_utils._domain.values import gcp_connection
from ..module_utils._gcp.credentials import given
from ..module_utils._gcp.errors import GoogleError, describe
from ..module_utils._gcp.provider import GCP
from ..module_utils._gcp.transport import Api
from ..plugin_utils.account_hosts import AccountHosts, Words, readable_errors, safe_name
from ..plugin_utils.templates import refusal, unsafe

CREDENTIAL = ("service_account_file", "access_token", "impersonate_service_account", "endpoint_url")
PARENT = re.compile(r"(organizations|folders)/[0-9]+")
# https://cloud.google.com/iam/docs/service-accounts-create
ACCOUNT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
# With these on `parent`, the searches leave out nothing below it.
NEEDED = ("resourcemanager.folders.get", "resourcemanager.projects.get")
ANY = "*"
# Google allows 10 levels: https://cloud.google.com/resource-manager/docs/creating-managing-folders
DEEPEST = 10


class InventoryModule(AccountHosts, BaseInventoryPlugin, Cacheable):
    NAME = "closednet.aws.google_projects"
    INVENTORY_FILE_SUFFIXES = ("google_projects.yml", "google_projects.yaml")
    WORDS = Words(
        noun="project",
        id="project_id",
        name="project_name",
        tags="project_labels",
        tag="label",
        advice="set the other 'hostname' for {it}",
        extra="extra_labels",
    )

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith(self.INVENTORY_FILE_SUFFIXES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        if refused := refusal():
            raise AnsibleParserError(refused)
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        key = self._key(path) if self.get_option("cache") else None
        projects = self._cache.get(key) if key and cache else None
        with readable_errors():
            if projects is None:
                projects = self._read_projects()
                if key:
                    self._cache[key] = projects
            # A cache keeps the text without its mark.
            self._add(unsafe(projects))

    def _key(self, path: str) -> str:
        """Key in the cache, another one for other projects or other variables of them."""
        asked = repr([self.get_option(option) for option in ("parent", "folders", "service_account_name")])
        return f"{self.get_cache_key(path)}_{hashlib.sha256(asked.encode()).hexdigest()[:8]}"

    def _read_projects(self) -> list[dict[str, Any]]:
        """Read the projects in the folders that are asked for and return the variables of each host, by project ID."""
        parent = self._parent()
        self._check_name()
        api = self._api()
        try:
            _require_sight(api, parent)
            tree = Folders(parent, api)
            # A project that moves while it searches can be on two pages.
            named = {project["name"]: project for project in api.items("cloudresourcemanager.projects.search")}
            found = [project for project in named.values() if project.get("state") == "ACTIVE"]
            paths = [tree.path(project.get("parent")) for project in found]
        except GoogleError as error:
            told = f"{describe(error)}. {api.next_step(error, '')}"
            raise AnsibleParserError(f"Unable to read the projects below {parent}: {told}") from None
        wanted = self._wanted(tree)
        projects = [
            self._host_variables(project, path)
            for project, path in zip(found, paths, strict=True)
            if path is not None and any(_inside(path, folder) for folder in wanted)
        ]
        if not projects:
            raise AnsibleParserError(f"There is no active project in {', '.join(self.get_option('folders')) or parent}")
        return sorted(projects, key=lambda project: project["project_id"])

    def _parent(self) -> str:
        parent = self.get_option("parent")
        if not PARENT.fullmatch(str(parent)):
            raise AnsibleParserError(
                f"parent: {parent!r} is no organization and no folder; use organizations/NUMBER or folders/NUMBER"
            )
        return parent

    def _check_name(self) -> None:
        name = self.get_option("service_account_name")
        if name and not ACCOUNT.fullmatch(name):
            raise AnsibleParserError(
                f"service_account_name: {name!r} is no name of a service account; use what precedes the @, such as"
                " network-operator"
            )

    def _api(self) -> Api:
        """Connect with the credential of the options. Raises AnsibleParserError."""
        if missing := GCP.missing():
            raise AnsibleParserError(f"google_projects needs {missing} in Ansible's Python, {sys.executable}")
        if outdated := GCP.outdated():
            raise AnsibleParserError(f"google_projects: {outdated}")
        params = {option: self._rendered(option) for option in CREDENTIAL}
        if refused := next(gcp_connection.problems(given(params)), None):
            raise AnsibleParserError(f"{refused} (nothing was read)")
        try:
            return Api(params)
        except Failure as error:
            raise AnsibleParserError(f"Unable to read the projects: {error}") from None

    def _rendered(self, option: str) -> Any:
        value = self.get_option(option)
        return self.templar.template(value) if value and self.templar.is_template(value) else value

    def _wanted(self, tree: Folders) -> list[str]:
        """Return the paths of the folders that are asked for. Raises AnsibleParserError if one doesn't exist."""
        wanted = [path.rstrip("/") or "/" for path in self.get_option("folders")]
        if missing := sorted({*wanted} - {"/", *tree.paths()} if wanted else ()):
            raise AnsibleParserError(
                f"folders: {tree.parent} has no folder {', '.join(missing)}; a path is written like /customers/pci"
            )
        return wanted or ["/"]

    def _host_variables(self, project: dict[str, Any], path: str) -> dict[str, Any]:
        project_id = project["projectId"]
        variables = {
            "cloud": "gcp",
            "project_id": project_id,
            "project_number": project["name"].removeprefix("projects/"),
            "project_name": project.get("displayName") or project_id,
            "project_labels": project.get("labels", {}),
            "project_parent": project["parent"],
            "folder_path": path,
        }
        if name := self.get_option("service_account_name"):
            # The project example.com:apis has NAME@apis.example.com.iam.gserviceaccount.com:
            # https://cloud.google.com/iam/docs/service-account-types#user-managed
            domain = ".".join(reversed(project_id.split(":")))
            variables["impersonate_service_account"] = f"{name}@{domain}.iam.gserviceaccount.com"
        return variables

    def _add(self, projects: list[dict[str, Any]]) -> None:
        labels = {key: _text(key, value) for key, value in self.get_option("labels").items()}
        has = [all(_matches(project["project_labels"], *label) for label in labels.items()) for project in projects]
        chosen = [project for project, yes in zip(projects, has, strict=True) if yes]
        left_out = [project for project, yes in zip(projects, has, strict=True) if not yes]
        self.add_hosts(chosen, self._host_name, left_out, labels)
        if not chosen:
            raise AnsibleParserError(f"labels: none of {len(projects)} active projects has {labels}")

    def _host_name(self, project: dict[str, Any]) -> str:
        name = project["project_id" if self.get_option("hostname") == "id" else "project_name"]
        # The ID of a project of a domain has a colon: example.com:apis.
        return safe_name(name, safe_name(project["project_id"], ""))


class Folders:
    """The folders below a parent, as far as the credential sees them.

    parent: organizations/NUMBER or folders/NUMBER; api: reads them all by one search
    """

    def __init__(self, parent: str, api: Api):
        self.parent, self._api = parent, api
        found = api.items("cloudresourcemanager.folders.search")
        self._folders: dict[str, dict[str, Any] | None] = {folder["name"]: folder for folder in found}

    def path(self, name: str | None) -> str | None:
        """Return the path of a folder or organization, "/" for the parent itself; None if it isn't below the parent."""
        names: list[str] = []
        while name != self.parent:
            folder = self._folder(name) if name and name.startswith("folders/") else None
            if folder is None or len(names) > DEEPEST:
                return None
            names.insert(0, folder["displayName"])
            name = folder.get("parent")
        return f"/{'/'.join(names)}"

    def paths(self) -> set[str]:
        """Return the paths of all folders that the search found below the parent."""
        return {path for name in list(self._folders) if (path := self.path(name))}

    def _folder(self, name: str) -> dict[str, Any] | None:
        """Return a folder, or None if the credential may not see it, so that it isn't below the parent.

        The search may not have a new folder yet; GetFolder does.
        """
        if name not in self._folders:
            try:
                self._folders[name] = self._api.get("cloudresourcemanager.folders.get", name=name)
            except GoogleError as error:
                if error.status != HTTPStatus.FORBIDDEN:
                    raise
                self._folders[name] = None
        return self._folders[name]


def _require_sight(api: Api, parent: str) -> None:
    """Check that the credential sees all below the parent. Raises AnsibleParserError with what it lacks."""
    operation = f"cloudresourcemanager.{parent.partition('/')[0]}.testIamPermissions"
    granted = api.call(operation, resource=parent, body={"permissions": list(NEEDED)}).get("permissions", [])
    if lacking := sorted({*NEEDED} - {*granted}):
        raise AnsibleParserError(
            f"The credential lacks {' and '.join(lacking)} on {parent}, so projects would be missing without an error;"
            f" grant it roles/browser there"
        )


def _inside(path: str, folder: str) -> bool:
    return f"{path.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")


def _text(key: str, value: Any) -> str:
    """Return a label's value as it is in Google's answers, of what YAML makes of it: true, 2027."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int)):
        raise AnsibleParserError(f"labels: {key}: {value!r} is no value of a label; use a text, or '*' for any")
    return str(value)


def _matches(labels: dict[str, str], key: str, value: str) -> bool:
    return key in labels and value in (ANY, labels[key])
