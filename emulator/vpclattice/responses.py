# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Lattice: moto has service networks, services and their associations; of resources there are none."""

from __future__ import annotations

import json

from moto.vpclattice.responses import VPCLatticeResponse


class LatticeResponses(VPCLatticeResponse):
    # What would create one is refused by name, so the account has none.

    def list_resource_configurations(self) -> str:
        return json.dumps({"items": []})

    def list_resource_gateways(self) -> str:
        return json.dumps({"items": []})

    def create_rule(self) -> str:
        # moto answers a match and an action with all members, of which a client reads one.
        raise NotImplementedError("rules of listeners are not implemented")
