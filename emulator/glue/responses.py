# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse


class GlueResponses(GlueResponse):
    def get_connection(self) -> ActionResult:
        return ActionResult({"Connection": self._typed(super().get_connection().result["Connection"])})

    def get_connections(self) -> ActionResult:
        result = super().get_connections().result
        return ActionResult(result | {"ConnectionList": [self._typed(one) for one in result["ConnectionList"]]})

    def _typed(self, connection: dict[str, Any]) -> dict[str, Any]:
        """Return moto's connection with ConnectionType and MatchCriteria, which moto stores but leaves out."""
        given = self.glue_backend.connections[connection["Name"]].connection_input
        return connection | {name: given.get(name) for name in ("ConnectionType", "MatchCriteria")}
