# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings of things that are there as declared, and not in the state in which they work."""

from __future__ import annotations

# A run waits for these; read in check mode, they are still on their way.
MOVING = dict.fromkeys(("pending", "modifying"), "AWS hasn't finished; run again")


def findings(wanted, there, good, meanings):
    """A line for each that is wanted and whose details["state"] is none of `good`. One that is leaving has a successor
    in the plan.

    meanings: state -> what it means and who has to act. A state in neither isn't known, and is told by its name.
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
