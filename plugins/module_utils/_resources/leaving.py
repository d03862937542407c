# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is on its way out, because somebody removed it or a run was cut off: it still holds what it used, so it is
waited for before a successor is made and before what it used is removed.
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Step


def part(kind, wanted, there, absent, gone):
    """(steps that wait, wanted with the need for them, what stays).

    there: Actuals with details["state"]; gone: id -> the Wait that ends when it is gone
    """
    leaving = {name: actual for name, actual in there.items() if actual.details["state"] == "deleting"}
    waits = {
        name: Step(
            f"{kind}.{name}:deleting",
            gone(actual.id).operation,
            gone(actual.id).params,
            before=actual.fields,
            wait=gone(actual.id),
            lookup=True,
        )
        for name, actual in leaving.items()
        if absent or name in wanted
    }
    wanted = {
        name: {**fields, "needs": [waits[name].address]} if name in waits else fields for name, fields in wanted.items()
    }
    return list(waits.values()), wanted, {name: actual for name, actual in there.items() if name not in leaving}
