# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource Manager v3, called by google-api-python-client.

Source: https://cloud.google.com/resource-manager/reference/rest/v3 and its discovery document, whose description of
`query` has the searches.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import OPERATOR, READER, STRANGER
from tests.emulator.psc.google_clients import client, refusal

ORGANIZATION = "organizations/123456789012"
CONSUMER_A, PROVIDER, CONSUMER_C = TEAMS = ["recruiting-a", "recruiting-b", "recruiting-c"]
BARE, DELETED = "recruiting-bare", "recruiting-closed"


@pytest.fixture
def operator(emulator: Emulator) -> Any:
    return client(emulator.endpoint, "cloudresourcemanager", OPERATOR)


@pytest.fixture
def reader(emulator: Emulator) -> Any:
    """Somebody with roles/viewer of the folder Databases."""
    return client(emulator.endpoint, "cloudresourcemanager", READER)


@pytest.fixture
def stranger(emulator: Emulator) -> Any:
    return client(emulator.endpoint, "cloudresourcemanager", STRANGER)


def found(api: Any, query: str = "", **more: Any) -> list[str]:
    answer = api.projects().search(query=query, **more).execute()
    return [project["projectId"] for project in answer.get("projects", [])]


def test_project_by_id_and_number(operator: Any) -> None:
    project = operator.projects().get(name="projects/recruiting-a").execute()
    assert project["name"] == "projects/200000000001"
    assert (project["projectId"], project["state"]) == ("recruiting-a", "ACTIVE")
    assert (project["parent"], project["labels"]) == ("folders/111", {"team": "a"})
    assert operator.projects().get(name="projects/200000000001").execute() == project


@pytest.mark.parametrize("name", ["projects/recruiting-a", "projects/no-such-project"])
def test_refusal_does_not_tell_whether_it_exists(stranger: Any, name: str) -> None:
    status, reason, message = refusal(stranger.projects().get(name=name).execute)
    assert (status, reason) == (403, "PERMISSION_DENIED")
    assert message == (
        "Permission 'resourcemanager.projects.get' denied on resource "
        f"'//cloudresourcemanager.googleapis.com/{name}' (or it may not exist)."
    )


def test_search_omits_what_the_caller_may_not_see(operator: Any, reader: Any, stranger: Any) -> None:
    assert found(operator) == [*TEAMS, BARE, DELETED]
    assert found(reader) == [PROVIDER]
    assert found(stranger) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("parent:folders/111", [CONSUMER_A]),
        ("parent=folders/222", [PROVIDER]),
        ("parent.type:organization", [CONSUMER_C, BARE, DELETED]),
        ("parent.id:222", [PROVIDER]),
        ("labels.team:*", [CONSUMER_A, PROVIDER]),
        ("labels.team:A", [CONSUMER_A]),
        ("labels.team:a labels.team:b", [CONSUMER_A, PROVIDER]),
        ("projectId:RECRUITING-B*", [PROVIDER, BARE]),
        ("id:recruiting-c", [CONSUMER_C]),
        ("name:how*", []),
        ("state:ACTIVE", [*TEAMS, BARE]),
        ("state:DELETE_REQUESTED", [DELETED]),
    ],
)
def test_queries(operator: Any, query: str, expected: list[str]) -> None:
    assert found(operator, query) == expected


@pytest.mark.parametrize("query", ["colour:red", "just words", ":"])
def test_refused_queries(operator: Any, query: str) -> None:
    assert refusal(operator.projects().search(query=query).execute)[:2] == (400, "INVALID_ARGUMENT")


def test_pages(operator: Any) -> None:
    request, names = operator.projects().search(pageSize=2), []
    while request is not None:
        answer = request.execute()
        names.append([project["projectId"] for project in answer.get("projects", [])])
        request = operator.projects().search_next(request, answer)
    assert names == [[CONSUMER_A, PROVIDER], [CONSUMER_C, BARE], [DELETED]]
    assert refusal(operator.projects().search(pageToken="made-up").execute)[0] == 400


def test_folders(operator: Any, reader: Any) -> None:
    folder = operator.folders().get(name="folders/222").execute()
    assert (folder["displayName"], folder["parent"], folder["state"]) == ("Databases", "folders/111", "ACTIVE")
    search = operator.folders().search(query="displayName:data*").execute()
    assert [one["name"] for one in search["folders"]] == ["folders/222"]
    assert [one["name"] for one in reader.folders().search().execute()["folders"]] == ["folders/222"]
    assert refusal(reader.folders().get(name="folders/111").execute)[1] == "PERMISSION_DENIED"


def test_children(operator: Any, reader: Any) -> None:
    children = operator.projects().list(parent="folders/111").execute()["projects"]
    assert [project["projectId"] for project in children] == ["recruiting-a"]
    folders = operator.folders().list(parent=ORGANIZATION).execute()["folders"]
    assert [folder["name"] for folder in folders] == ["folders/111"]
    assert refusal(reader.projects().list(parent="folders/111").execute)[1] == "PERMISSION_DENIED"


def test_granted_permissions(operator: Any, reader: Any) -> None:
    """testIamPermissions needs no permission, and tells nothing of what doesn't exist."""
    asked = {"permissions": ["resourcemanager.projects.get", "resourcemanager.projects.delete"]}

    def granted(api: Any, kind: str, name: str) -> list[str]:
        answer = getattr(api, kind)().testIamPermissions(resource=name, body=asked).execute()
        return list(answer.get("permissions", []))

    assert granted(operator, "organizations", ORGANIZATION) == asked["permissions"]
    assert granted(reader, "organizations", ORGANIZATION) == []
    assert granted(reader, "folders", "folders/222") == ["resourcemanager.projects.get"]
    assert granted(reader, "projects", "projects/200000000002") == ["resourcemanager.projects.get"]
    assert granted(operator, "folders", "folders/999") == []


def test_deleted_project(operator: Any) -> None:
    operator.projects().delete(name="projects/recruiting-c").execute()
    assert operator.projects().get(name="projects/recruiting-c").execute()["state"] == "DELETE_REQUESTED"
    assert found(operator, "state:DELETE_REQUESTED") == [CONSUMER_C, DELETED]
    children = operator.projects().list(parent=ORGANIZATION).execute()["projects"]
    assert [project["projectId"] for project in children] == [BARE]
    operator.projects().undelete(name="projects/recruiting-c").execute()
    assert found(operator, "state:DELETE_REQUESTED") == [DELETED]
