# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The identity store of the instance: its id, from the instance's description."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType

READ_AFTER = ("sso_instance",)
INPUTS = ()
PERMISSIONS = ()
KIND = ResourceType("identity_store")


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the identity store's; {} without an instance."""
    instance = found["sso_instance"].get("main")
    return {"main": Actual(instance.details["identity_store_id"], {}, False)} if instance else {}


def id_of(found):
    """Return the identity store's id, None if there is none."""
    store = found["identity_store"].get("main")
    return store.id if store else None
