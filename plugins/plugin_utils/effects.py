# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of a plan on a network that was read into a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..module_utils._core.errors import Invalid
from ..module_utils._domain.effect import calls, difference, names
from ..module_utils._domain.effect.apply import apply
from ..module_utils._domain.network import snapshot
from ..module_utils._resources.shared import snapshot_folder
from .plain import plain

APPROVED = "the plan that plan_json has written: a mapping with accounts"


def of_plan(accounts: Mapping[str, Mapping[str, Any]], folder: str, approved: Any = None) -> dict[str, Any]:
    """Return the effect of the accounts' plans, or of an approved plan, on the network that the folder has.

    Without a place that was read, all of it is unknown. Raises Invalid for an approved plan that is none.
    """
    accounts = {host: plain(variables) for host, variables in accounts.items()}
    hosts = calls.of_accounts(accounts, None if approved is None else _plan(approved))
    files = snapshot_folder.load(Path(folder))
    if not files:
        return difference.nothing([f"{host.host}: its network wasn't read" for host in hosts])
    before = snapshot.parse(files)
    applied = apply(before, hosts)
    unread = [f"{host.host}: its network wasn't read" for host in hosts if not _is_read(host, before)]
    return difference.effect(before, applied.snapshot, (*applied.unknown, *unread), names.of_accounts(accounts))


def _is_read(host: calls.HostCalls, read: snapshot.Snapshot) -> bool:
    return any(place.account_id == host.account_id and host.region in (None, place.region) for place in read.places)


def _plan(approved: Any) -> Mapping[str, Any]:
    if isinstance(approved, str):
        try:
            approved = json.loads(approved)
        except ValueError as error:
            raise Invalid("approved", None, f"is no JSON: {error}", APPROVED) from error
    if not isinstance(approved, Mapping) or not isinstance(approved.get("accounts"), Mapping):
        raise Invalid("approved", None, "is no plan", APPROVED)
    return approved
