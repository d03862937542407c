# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What others wrote into a registry's table or zone stays: so the table or zone isn't deleted either."""

from __future__ import annotations

from ..._core.reconcile import Conflict


def refuse_deletion(there, declared, what, why):
    """Raise Conflict if a registry is to be deleted, and `what` of it, such as "the table has rows", is others'."""
    others = sorted(name for name, one in there.items() if not one.managed)
    if declared.absent and others:
        raise Conflict(f"{what} that this module didn't write: {', '.join(others)}. {why}")
