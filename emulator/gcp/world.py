# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""State of the emulated Google Cloud: projects, principals, resources of Compute, operations that are not done yet."""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from emulator import clock
from emulator.gcp.names import parts, region_of

# The labelFingerprint of no labels: recorded (gcpdiag).
NO_LABELS = "42WmSpB8rSM="


@dataclass(eq=False)
class Project:
    project_id: str
    number: str
    display_name: str = ""
    # folders/N or organizations/N.
    parent: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    # The enabled ones: compute.googleapis.com.
    apis: list[str] = field(default_factory=list)
    state: str = "ACTIVE"


@dataclass(eq=False)
class Folder:
    id: str
    display_name: str
    parent: str
    state: str = "ACTIVE"


@dataclass(eq=False)
class Principal:
    email: str
    # {project id, folders/N or organizations/N: [roles and permissions]}.
    bindings: dict[str, list[str]] = field(default_factory=dict)
    # Emails of the service accounts for which it may create tokens.
    impersonates: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Resource:
    """Resource of Compute. body: the API's fields as stored, without those that `Collection.shown` adds."""

    world: World = field(repr=False)
    path: str
    collection: str
    body: dict[str, Any]
    id: str
    created: str
    # Changes with each write: the source of its fingerprint.
    version: int = 0
    # False: its insert is not DONE.
    ready: bool = True
    # An operation works on it.
    busy: bool = False
    # What the API never shows.
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def deleting(self) -> bool:
        return bool(self.extra.get("deleting"))

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def region(self) -> str:
        return region_of(self.path)

    @property
    def project_id(self) -> str:
        return self.path.split("/")[1]

    @property
    def fingerprint(self) -> str:
        return hashed(f"{self.id}:{self.version}")

    @property
    def label_fingerprint(self) -> str:
        labels = self.body.get("labels")
        return hashed(json.dumps(labels, sort_keys=True)) if labels else NO_LABELS


class World:
    def __init__(self, seed: dict[str, Any]):
        self.seed = seed
        self.organization_id = ""
        self.projects: dict[str, Project] = {}
        self.folders: dict[str, Folder] = {}
        self.principals: dict[str, Principal] = {}
        # {access token: (email, expiry or None)}.
        self.tokens: dict[str, tuple[str, datetime.datetime | None]] = {}
        # {relative name: resource}, in the order of their creation.
        self.resources: dict[str, Resource] = {}
        # {relative name: operation}; pending: those whose effect has not happened.
        self.operations: dict[str, Any] = {}
        self.pending: list[Any] = []
        # {(method, path, request id): operation}.
        self.requests: dict[tuple[str, str, str], Any] = {}
        # What is no resource of Compute: {"dns": ...}.
        self.data: dict[str, Any] = {}
        self._numbers = itertools.count(1)

    def project(self, name: str) -> Project | None:
        """Return the project of an id or number."""
        if name.isdecimal():
            return next((project for project in self.projects.values() if project.number == name), None)
        return self.projects.get(name)

    def find(self, path: str) -> Resource | None:
        """Return the resource of a relative name, also one that is not ready; the project by its id or number."""
        found = self.resources.get(path)
        if found is None and (project := self.project(path.split("/")[1] if "/" in path else path)):
            found = self.resources.get("/".join(["projects", project.project_id, *path.split("/")[2:]]))
        return found

    def all(self, collection: str, project_id: str | None = None, scope: str | None = None) -> list[Resource]:
        """Return a collection's resources. scope: global or regions/R."""
        found = []
        for resource in self.resources.values():
            if resource.collection == collection and (project_id is None or resource.project_id == project_id):
                of = parts(resource.path)
                if scope is None or (of and of.scope == scope):
                    found.append(resource)
        return found

    def add(self, path: str, body: dict[str, Any], ready: bool = True) -> Resource:
        """Store a new resource under its relative name and return it."""
        collection = path.split("/")[-2]
        resource = Resource(self, path, collection, body, self.number(), timestamp(), ready=ready, busy=not ready)
        self.resources[path] = resource
        return resource

    def number(self) -> str:
        """Return an id of 19 digits, another one each time, the same ones in each run."""
        digest = hashlib.sha256(b"%d" % next(self._numbers)).digest()
        return str(10**18 + int.from_bytes(digest[:8], "big") % (8 * 10**18))

    def ancestors(self, name: str) -> list[str]:
        """Return a project's, a folder's or the organization's own key in bindings, then those above it."""
        above = []
        while name:
            above.append(name)
            kind, _, identifier = name.partition("/")
            if kind == "folders":
                name = self.folders[identifier].parent if identifier in self.folders else ""
            elif kind == "organizations":
                name = ""
            else:
                name = self.projects[name].parent if name in self.projects else ""
        return above


def hashed(text: str) -> str:
    """Return eight bytes in URL-safe Base64, the form of recorded fingerprints."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()


def timestamp() -> str:
    """Return the time as Compute writes it: 2021-08-11T14:52:24.724-07:00, here in UTC."""
    return clock.now().isoformat(timespec="milliseconds")
