# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over an inventory's ways out; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable

from ..module_utils._domain.inventory import ways_out


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            ways_out.default_routes_in_use,
            ways_out.egress_ready,
            ways_out.firewall_attachments,
            ways_out.ready_destinations,
        )
        return {function.__name__: function for function in functions}
