# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is on its way when a run begins, because somebody changed it or an earlier run was cut off: it is waited for
as if this run had begun it.
"""

from __future__ import annotations

from ..._core.plan import Address, Step
from ..._core.reconcile import reconcile


def reconcile_with_waits(kind, wanted, there, declared, settled, gone):
    """reconcile's steps, and before them those that wait for what is on its way.

    there: Actuals with details["state"]; settled, gone: id -> the Wait that ends when it is ready, when it is gone
    """
    waits, wanted, staying = _part(kind.name, wanted, there, declared.absent, gone)
    waits += settle(kind.name, wanted, staying, settled)
    return waits + reconcile(kind, wanted, staying, purge_tags=declared.purge_tags)


def _part(kind, wanted, there, absent, gone):
    """(steps that wait, wanted with the need for them, what stays). A resource being deleted still holds its
    dependencies: it is waited for before its successor is created and before those are deleted.
    """
    leaving = {name: actual for name, actual in there.items() if actual.details["state"] == "deleting"}
    waits = {
        name: _wait(kind, name, actual, gone(actual.id))
        for name, actual in leaving.items()
        if name in wanted or absent and actual.managed
    }
    wanted = {
        name: {**fields, "needs": [*fields.get("needs", ()), waits[name].address]} if name in waits else fields
        for name, fields in wanted.items()
    }
    return list(waits.values()), wanted, {name: actual for name, actual in there.items() if name not in leaving}


def settle(kind, wanted, there, settled):
    """Steps that wait for what is declared and neither ready nor leaving yet; settled: id -> its Wait."""
    return [
        _wait(kind, name, actual, settled(actual.id))
        for name, actual in there.items()
        if name in wanted and actual.managed and actual.details["state"] in ("pending", "modifying")
    ]


def _wait(kind, name, actual, wait):
    address = Address(kind, name, actual.details["state"])
    return Step(address, wait.operation, wait.params, before=actual.fields, wait=wait, reads_only=True)
