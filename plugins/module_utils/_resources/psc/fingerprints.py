# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plans of kinds whose changes need the fingerprint that was read."""

from __future__ import annotations

from ..._core.reconcile import reconcile


def steps(kind, wanted, there):
    """Return the steps of reconcile, each change with the fingerprint of its own resource.

    kind: fingerprint -> ResourceType; there: Actuals with the detail `fingerprint`
    """
    return [
        step
        for name in {**wanted, **there}
        for step in reconcile(
            kind(there[name].details["fingerprint"] if name in there else ""),
            {name: wanted[name]} if name in wanted else {},
            {name: there[name]} if name in there else {},
        )
    ]
