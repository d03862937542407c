# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One call of a method: who calls, which project and region, parameters and body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emulator.gcp import permissions
from emulator.gcp.discovery import Method
from emulator.gcp.errors import Refused, forbidden, not_found
from emulator.gcp.names import parts, relative
from emulator.gcp.world import Principal, Project, Resource, World


@dataclass(eq=False)
class Call:
    world: World
    method: Method
    # Path and query parameters by their names in the discovery document.
    params: dict[str, Any]
    body: dict[str, Any]
    principal: Principal
    # Of the path; None for methods without one, such as projects.search.
    project: Project | None
    # The path without its query, for requestId.
    path: str = ""
    # The permissions that were asked for, for the call log.
    asked: list[str] = field(default_factory=list)

    @property
    def project_id(self) -> str:
        return self.project.project_id if self.project else ""

    @property
    def region(self) -> str:
        return self.params.get("region", "")

    def allowed(self, permission: str, resource: str | None = None) -> bool:
        """Return true if the caller has the permission. resource: project id (default: the path's), folders/N, ..."""
        self.asked.append(permission)
        return permissions.allowed(self.world, self.principal, permission, resource or self.project_id)

    def need(self, permission: str, project_id: str | None = None, resource: str = "") -> None:
        """Raise Refused if the caller lacks the permission in the project. resource: the one that the message names."""
        if not self.allowed(permission, project_id):
            if self.method.service not in ("compute", "dns"):
                raise Refused(403, "forbidden", "The caller does not have permission")
            raise forbidden(permission, resource or f"projects/{project_id or self.project_id}")

    def relative(self, reference: str) -> str:
        """Return the relative name of a reference, with the project's id if it has its number."""
        path = relative(reference, self.project_id)
        words = path.split("/")
        if len(words) > 1 and (project := self.world.project(words[1])):
            words[1] = project.project_id
        return "/".join(words)

    def referred(self, reference: str, *collections: str, permission: str = "") -> Resource:
        """Return the resource that a reference names. Raises Refused: 404, not ready, wrong kind, or not permitted."""
        path = self.relative(reference)
        if parts(path) is None:
            raise Refused(400, "invalid", f"Invalid value for field 'resource': '{reference}'. The URL is malformed.")
        found = self.world.find(path)
        if permission:
            self.need(permission, path.split("/")[1], path)
        if found is None or (collections and found.collection not in collections):
            raise not_found(path)
        if not found.ready or found.deleting:
            raise Refused(400, "resourceNotReady", f"The resource '{path}' is not ready")
        return found
