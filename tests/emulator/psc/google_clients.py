# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's own client of the emulator: google-api-python-client, whose methods come from discovery documents."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError


@functools.cache
def client(endpoint: str, api: str, token: str) -> Any:
    """Return a client of compute, dns or cloudresourcemanager. Cached: the documents are large."""
    version = "v3" if api == "cloudresourcemanager" else "v1"
    base = f"{endpoint}/compute/v1/" if api == "compute" else f"{endpoint}/"
    return build(
        api,
        version,
        credentials=Credentials(token),
        static_discovery=True,
        client_options={"api_endpoint": base},
    )


class Project:
    """One project in one region, seen by one principal: collections of Compute with project and region filled in."""

    def __init__(self, endpoint: str, project: str, token: str, region: str = "asia-northeast1"):
        self.endpoint, self.id, self.token, self.region = endpoint, project, token, region
        self.compute = client(endpoint, "compute", token)
        self.dns = client(endpoint, "dns", token)

    def path(self, collection: str, name: str) -> str:
        place = "global" if collection == "networks" else f"regions/{self.region}"
        return f"projects/{self.id}/{place}/{collection}/{name}"

    def url(self, collection: str, name: str) -> str:
        return f"https://www.googleapis.com/compute/v1/{self.path(collection, name)}"

    def call(self, collection: str, verb: str, **parameters: Any) -> Any:
        """Call a method, and return its answer as it is."""
        place = {"project": self.id}
        if collection not in ("networks", "firewalls") and verb != "aggregatedList":
            place["region"] = self.region
        return getattr(getattr(self.compute, collection)(), verb)(**place, **parameters).execute()

    def wait(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Return the operation once it is DONE."""
        collection = self.compute.regionOperations() if "region" in operation else self.compute.globalOperations()
        place = {"project": self.id} | ({"region": self.region} if "region" in operation else {})
        while operation["status"] != "DONE":
            operation = collection.wait(**place, operation=operation["name"]).execute()
        return operation

    def write(self, collection: str, verb: str, **parameters: Any) -> dict[str, Any]:
        """Call a writing method and return its operation, which must end without an error."""
        operation = self.wait(self.call(collection, verb, **parameters))
        assert "error" not in operation, operation["error"]
        return operation

    def get(self, collection: str, name: str) -> dict[str, Any]:
        return self.call(collection, "get", **{_singular(collection): name})

    def patch(self, collection: str, name: str, /, **body: Any) -> dict[str, Any]:
        return self.write(collection, "patch", **{_singular(collection): name}, body=body)

    def delete(self, collection: str, name: str) -> dict[str, Any]:
        return self.write(collection, "delete", **{_singular(collection): name})


def _singular(collection: str) -> str:
    return collection.removesuffix("es" if collection == "addresses" else "s")


def refusal(function: Any, *arguments: Any, **parameters: Any) -> tuple[int, str, str]:
    """Return (HTTP status, reason, message) of a call that Google refuses at once."""
    with pytest.raises(HttpError) as caught:
        function(*arguments, **parameters)
    error = json.loads(caught.value.content)["error"]
    reason = error["errors"][0]["reason"] if "errors" in error else error["status"]
    return error["code"], reason, error["message"]


def failure(project: Project, operation: dict[str, Any]) -> tuple[str, str, int]:
    """Return (code, message, HTTP status) that an operation tells once it is DONE."""
    done = project.wait(operation)
    (error,) = done["error"]["errors"]
    return error["code"], error["message"], done["httpErrorStatusCode"]
