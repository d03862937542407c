# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waits for resources that are in transition when a run begins.

Somebody has changed them, or an earlier run was interrupted: the run waits as if it had begun the change itself.
"""

from __future__ import annotations

from ..._core.plan import Address, Step
from ..._core.reconcile import reconcile


def reconcile_with_waits(kind, wanted, there, declared, settled, gone):
    """Return reconcile's steps and, before them, steps that wait for resources in transition.

    there: Actuals with details["state"]; settled, gone: id -> the Wait that ends when it is ready, when it is deleted
    """
    waits, wanted, staying = _part(kind.name, wanted, there, declared.absent, gone)
    waits += settle(kind.name, wanted, staying, settled)
    return waits + reconcile(kind, wanted, staying, purge_tags=declared.purge_tags)


def _part(kind, wanted, there, absent, gone):
    """Return (steps that wait, wanted with these steps as needs, resources that aren't being deleted).

    A resource that is being deleted still holds its dependencies: the wait ends before its successor is created and
    before they are deleted.
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
    """Return steps that wait for declared resources that are pending or modifying; settled: id -> its Wait."""
    return [
        _wait(kind, name, actual, settled(actual.id))
        for name, actual in there.items()
        if name in wanted and actual.managed and actual.details["state"] in ("pending", "modifying")
    ]


def _wait(kind, name, actual, wait):
    address = Address(kind, name, actual.details["state"])
    return Step(address, wait.operation, wait.params, before=actual.fields, wait=wait, reads_only=True)
