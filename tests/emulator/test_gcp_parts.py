# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of the emulated Google Cloud by themselves: stripped discovery documents, registered methods, operations."""

from __future__ import annotations

import subprocess
import sys

import pytest

from emulator.gcp import collection, discovery, operations, registry, seed
from emulator.gcp.call import Call
from emulator.gcp.errors import Failed
from emulator.gcp.world import Principal, Resource

registry.load()


def test_files_are_generated() -> None:
    """`python tools/google_schemas.py` after an update of google-api-python-client."""
    pytest.importorskip("googleapiclient")
    from tools import google_schemas

    for file, text in google_schemas.texts().items():
        assert (google_schemas.FOLDER / file).read_text(encoding="utf-8") == text, file


def test_methods_of_the_documents_are_those_that_are_answered() -> None:
    known = {method.id for methods in discovery.methods().values() for method in methods}
    assert len(known) > 80
    assert set(registry.HANDLERS) == known


@pytest.mark.parametrize(
    ("http", "path", "method", "params"),
    [
        ("GET", "/compute/v1/projects/p/global/networks/n", "compute.networks.get", {"project": "p", "network": "n"}),
        (
            "POST",
            "/compute/v1/projects/example.com:p/regions/r/operations/o/wait",
            "compute.regionOperations.wait",
            {"project": "example.com:p", "region": "r", "operation": "o"},
        ),
        ("GET", "/v3/projects:search", "cloudresourcemanager.projects.search", {}),
        ("GET", "/v3/projects/5", "cloudresourcemanager.projects.get", {"name": "projects/5"}),
        (
            "POST",
            "/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken",
            "iamcredentials.projects.serviceAccounts.generateAccessToken",
            {"name": "projects/-/serviceAccounts/a@b.iam.gserviceaccount.com"},
        ),
        (
            "DELETE",
            "/dns/v1/projects/p/managedZones/z",
            "dns.managedZones.delete",
            {"project": "p", "managedZone": "z"},
        ),
    ],
)
def test_method_of_a_path(http: str, path: str, method: str, params: dict[str, str]) -> None:
    found = discovery.find(http, path)
    assert found
    assert (found[0].id, found[1]) == (method, params)


@pytest.mark.parametrize("path", ["/compute/v1/projects/p", "/compute/v1/projects//global/networks", "/v3/projects/"])
def test_path_of_no_method(path: str) -> None:
    found = discovery.find("DELETE", path)
    assert found is None


def test_google_is_not_imported_at_the_start() -> None:
    """Most tests wait for the start of an AWS without it: others import the package alone, and it nothing at first."""
    emulator = discovery.FOLDER.parents[1]
    others = [path for path in emulator.rglob("*.py") if emulator / "gcp" not in path.parents]
    assert len(others) > 50
    assert [path for path in others if "emulator.gcp" in path.read_text(encoding="utf-8")] == []
    code = "import sys, emulator.gcp; print([name for name in sys.modules if name.startswith('emulator.gcp.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Refusing(collection.Collection):
    """Collection whose changes fail once their operation is DONE."""

    name, kind, scope = "networks", "compute#network", "global"

    def applied(self, call: Call, resource: Resource) -> None:
        assert resource.body["description"] == "new"
        raise Failed("INTERNAL_ERROR", "not now")


def test_change_that_fails_in_its_operation_leaves_the_resource() -> None:
    networks = [{"project_id": "project-a", "name": "n"}]
    world = seed.build({"projects": [{"project_id": "project-a"}], "networks": networks})
    path = "/compute/v1/projects/project-a/global/networks/n"
    found = discovery.find("PATCH", path)
    assert found
    caller = Principal("a@example.com")
    call = Call(world, *found, {"description": "new"}, caller, world.project("project-a"), path)
    network = world.resources["projects/project-a/global/networks/n"]
    before = dict(network.body)
    Refusing().patch(call)
    operations.settle(world)
    (operation,) = world.operations.values()
    assert operation.shown()["error"]["errors"] == [{"code": "INTERNAL_ERROR", "message": "not now"}]
    assert (network.body, network.busy, network.version) == (before, False, 0)


def test_seed_with_an_unknown_role() -> None:
    principal = {"email": "a@example.com", "bindings": {"project-a": ["roles/compute.networkadmin"]}}
    with pytest.raises(ValueError, match=r"roles/compute\.networkadmin"):
        seed.build({"projects": [{"project_id": "project-a"}], "principals": [principal]})
