# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about declared resources that exist, but not in a state in which they work."""

from __future__ import annotations

# A run waits until these states end; check mode reads them as they are.
MOVING = dict.fromkeys(("pending", "modifying"), "AWS hasn't finished; run again")


def findings(wanted, there, good, meanings):
    """Return a line for each declared resource whose details["state"] is none of `good`.

    A resource that is being deleted gets none: it has a successor in the plan.

    meanings: state -> its meaning and who has to act, beside MOVING. An unknown state is reported by its name.
    """
    return [
        told(actual.id, actual.details["state"], meanings, actual.details.get("error"))
        for name, actual in there.items()
        if name in wanted and actual.details["state"] not in (*good, "deleting")
    ]


def told(what, state, meanings, error=""):
    because = f" ({error})" if error else ""
    known = {**MOVING, **meanings}
    return f"{what} is {state}{because}: {known.get(state, 'a state that is not known here; see what AWS says of it')}"
