# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource Manager v3: projects, folders and the organization of the seed, as far as the caller may see them.

Source: https://cloud.google.com/resource-manager/reference/rest/v3. Searches omit what the caller has no permission
for, without an error; a get of what doesn't exist is refused like one without permission.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

from emulator.gcp.call import Call
from emulator.gcp.errors import Refused
from emulator.gcp.registry import handles

# "Server picks an appropriate default"; the maximum of a page is not documented.
PAGE_SIZE = 100
_TERM = re.compile(r"""(?P<field>[\w.-]+)\s*(?P<sign>[:=])\s*(?P<value>"[^"]*"|'[^']*'|\S+)\s*""")
_PROJECT_FIELDS = {
    "displayname": "displayName",
    "name": "displayName",
    "parent": "parent",
    "id": "projectId",
    "projectid": "projectId",
    "state": "state",
    "lifecyclestate": "state",
}
_FOLDER_FIELDS = {"displayname": "displayName", "parent": "parent", "state": "state", "lifecyclestate": "state"}


def _project(project: Any) -> dict[str, Any]:
    shown = {
        "name": f"projects/{project.number}",
        "parent": project.parent,
        "projectId": project.project_id,
        "state": project.state,
        "displayName": project.display_name,
        "createTime": "2024-04-01T12:34:56.123456Z",
        "etag": f'W/"{project.number}"',
        "labels": project.labels,
    }
    return {key: value for key, value in shown.items() if value}


def _folders(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "name": f"folders/{folder.id}",
            "parent": folder.parent,
            "displayName": folder.display_name,
            "state": folder.state,
            "createTime": "2024-04-01T12:34:56.123456Z",
            "etag": f'W/"{folder.id}"',
        }
        for folder in call.world.folders.values()
    ]


def _organizations(call: Call) -> list[dict[str, Any]]:
    number = call.world.organization_id
    if not number:
        return []
    return [
        {
            "name": f"organizations/{number}",
            "displayName": "example.com",
            "directoryCustomerId": "C0example",
            "state": "ACTIVE",
            "createTime": "2024-04-01T12:34:56.123456Z",
            "etag": f'W/"{number}"',
        }
    ]


def _denied(permission: str, name: str) -> Refused:
    text = (
        f"Permission '{permission}' denied on resource '//cloudresourcemanager.googleapis.com/{name}' "
        "(or it may not exist)."
    )
    return Refused(403, "forbidden", text)


def _get(call: Call, permission: str, found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the resource that the call names, refused as one without permission if it doesn't exist."""
    name = call.params["name"]
    for resource in found:
        if resource["name"] == name and call.allowed(permission, name):
            return resource
    raise _denied(permission, name)


@handles("cloudresourcemanager.projects.get")
def get_project(call: Call) -> dict[str, Any]:
    """Return a project by projects/ID or projects/NUMBER."""
    name = call.params["name"]
    project = call.world.project(name.removeprefix("projects/"))
    if project is None or not call.allowed("resourcemanager.projects.get", project.project_id):
        raise _denied("resourcemanager.projects.get", name)
    return _project(project)


@handles("cloudresourcemanager.folders.get")
def get_folder(call: Call) -> dict[str, Any]:
    return _get(call, "resourcemanager.folders.get", _folders(call))


@handles("cloudresourcemanager.organizations.get")
def get_organization(call: Call) -> dict[str, Any]:
    return _get(call, "resourcemanager.organizations.get", _organizations(call))


@handles("cloudresourcemanager.projects.delete")
def delete_project(call: Call) -> dict[str, Any]:
    """Request a project's deletion: its resources stay for 30 days, but other services don't find it any more."""
    return _change_state(call, "resourcemanager.projects.delete", "ACTIVE", "DELETE_REQUESTED")


@handles("cloudresourcemanager.projects.undelete")
def undelete_project(call: Call) -> dict[str, Any]:
    return _change_state(call, "resourcemanager.projects.undelete", "DELETE_REQUESTED", "ACTIVE")


def _change_state(call: Call, permission: str, before: str, after: str) -> dict[str, Any]:
    name = call.params["name"]
    project = call.world.project(name.removeprefix("projects/"))
    if project is None or not call.allowed(permission, project.project_id):
        raise _denied(permission, name)
    if project.state != before:
        raise Refused(400, "failedPrecondition", f"The project is {project.state}.")
    project.state = after
    return {"name": f"operations/pp.{call.world.number()}", "done": True, "response": _project(project)}


def _visible_projects(call: Call) -> list[dict[str, Any]]:
    return [
        _project(project)
        for project in call.world.projects.values()
        if call.allowed("resourcemanager.projects.get", project.project_id)
    ]


def _visible_folders(call: Call) -> list[dict[str, Any]]:
    return [folder for folder in _folders(call) if call.allowed("resourcemanager.folders.get", folder["name"])]


@handles("cloudresourcemanager.projects.search")
def search_projects(call: Call) -> dict[str, Any]:
    return _page(call, "projects", _matching(call, _visible_projects(call), _PROJECT_FIELDS))


@handles("cloudresourcemanager.folders.search")
def search_folders(call: Call) -> dict[str, Any]:
    return _page(call, "folders", _matching(call, _visible_folders(call), _FOLDER_FIELDS))


@handles("cloudresourcemanager.organizations.search")
def search_organizations(call: Call) -> dict[str, Any]:
    visible = [
        organization
        for organization in _organizations(call)
        if call.allowed("resourcemanager.organizations.get", organization["name"])
    ]
    return _page(call, "organizations", visible)


def _children(call: Call, permission: str, key: str, resources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of the direct children of `parent`; without showDeleted the active ones."""
    parent = call.params.get("parent", "")
    if not re.fullmatch(r"(folders|organizations)/\d+", parent):
        raise Refused(400, "badRequest", "The parent is invalid: expected folders/ID or organizations/ID.")
    if not call.allowed(permission, parent):
        raise _denied(permission, parent)
    also_deleted = str(call.params.get("showDeleted", "")).lower() == "true"
    children = [
        resource
        for resource in resources
        if resource.get("parent") == parent and (also_deleted or resource["state"] == "ACTIVE")
    ]
    return _page(call, key, children)


@handles("cloudresourcemanager.projects.list")
def list_projects(call: Call) -> dict[str, Any]:
    projects = [_project(project) for project in call.world.projects.values()]
    return _children(call, "resourcemanager.projects.list", "projects", projects)


@handles("cloudresourcemanager.folders.list")
def list_folders(call: Call) -> dict[str, Any]:
    return _children(call, "resourcemanager.folders.list", "folders", _folders(call))


def _test_permissions(call: Call) -> dict[str, Any]:
    """Return those of the given permissions that the caller has; needs none itself."""
    asked = call.body.get("permissions") or []
    if any("*" in permission for permission in asked):
        raise Refused(400, "badRequest", "Permissions with wildcards are not allowed.")
    kind, _, number = call.params["resource"].partition("/")
    where = call.params["resource"]
    if kind == "projects":
        project = call.world.project(number)
        where = project.project_id if project else ""
    granted = [permission for permission in asked if where and call.allowed(permission, where)]
    return {"permissions": granted} if granted else {}


for _kind in ("projects", "folders", "organizations"):
    handles(f"cloudresourcemanager.{_kind}.testIamPermissions")(_test_permissions)


def _matching(call: Call, resources: list[dict[str, Any]], fields: dict[str, str]) -> list[dict[str, Any]]:
    """Return the resources that match any term of the query, as the reference says of several fields."""
    query = (call.params.get("query") or "").strip()
    if not query:
        return resources
    terms, at = [], 0
    while at < len(query):
        found = _TERM.match(query, at)
        if found is None:
            raise Refused(400, "badRequest", f"Invalid query: {query}")
        terms.append(_term(found["field"], found["value"].strip("\"'"), fields))
        at = found.end()
    return [resource for resource in resources if any(matches(resource) for matches in terms)]


def _term(field: str, value: str, fields: dict[str, str]) -> Callable[[dict[str, Any]], bool]:
    """Return the test of one term: case insensitive, with `*` for any text."""
    pattern = re.compile(".*".join(map(re.escape, value.split("*"))), re.IGNORECASE)
    lower = field.lower()
    if lower in fields:
        return lambda resource: bool(pattern.fullmatch(resource.get(fields[lower], "")))
    if lower in ("parent.type", "parent.id"):
        part = 0 if lower == "parent.type" else 2
        return lambda resource: bool(
            pattern.fullmatch(resource.get("parent", "").partition("/")[part].removesuffix("s" if part == 0 else ""))
        )
    if lower == "labels" and "projectid" in fields:
        return lambda resource: any(
            pattern.fullmatch(text) for pair in resource.get("labels", {}).items() for text in pair
        )
    if lower.startswith("labels.") and "projectid" in fields:
        label = lower.removeprefix("labels.")
        return lambda resource: (
            label in resource.get("labels", {}) and bool(pattern.fullmatch(resource["labels"][label]))
        )
    raise Refused(400, "badRequest", f"Invalid query: the field {field} is unknown.")


def _page(call: Call, key: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    size = int(call.params.get("pageSize") or 0)
    if size < 0:
        raise Refused(400, "badRequest", "The page size is negative.")
    start = _start(call.params.get("pageToken") or "", key)
    end = start + (size or PAGE_SIZE)
    page: dict[str, Any] = {key: resources[start:end]} if resources[start:end] else {}
    if end < len(resources):
        page["nextPageToken"] = base64.urlsafe_b64encode(f"{key} {end}".encode()).decode()
    return page


def _start(token: str, key: str) -> int:
    if not token:
        return 0
    try:
        kind, at = base64.urlsafe_b64decode(token.encode()).decode().split()
    except ValueError:
        kind, at = "", "0"
    if kind != key:
        raise Refused(400, "badRequest", "The page token is invalid.")
    return int(at)
