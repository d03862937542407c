# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What moto works out anew for each call or each account, worked out once; and its look-ups that scan all accounts.

moto has no seam for any of it.
"""

from __future__ import annotations

import functools
from typing import Any

import moto.core.responses
from moto.core.base_backend import AccountSpecificBackend, BackendDict, backend_lock


def _of_account(backends: BackendDict[Any], account_id: str) -> AccountSpecificBackend[Any]:
    """moto's goes through the list of all accounts, and of all services, at each look-up."""
    try:
        return dict.__getitem__(backends, account_id)
    except KeyError:
        with backend_lock:
            backends._create_account_specific_backend(account_id)
        return dict.__getitem__(backends, account_id)


_reset = BackendDict.reset


def _reset_all() -> None:
    """One service's reset may make an account's backend of another that was reset before; moto notes that at the next
    look-up, and so needs to look each time."""
    known = list(BackendDict._instances)
    _reset()
    for backends in known:
        backends.clear()


def register() -> None:
    responses: Any = moto.core.responses
    if isinstance(responses.method_names_from_class, functools._lru_cache_wrapper):
        return
    names = responses.method_names_from_class
    # By looking at 700 methods of EC2's class, and then through the list of them.
    responses.method_names_from_class = functools.cache(lambda response: frozenset(names(response)))
    responses.camelcase_to_underscores = functools.cache(responses.camelcase_to_underscores)
    BackendDict.__getitem__ = _of_account  # type: ignore[method-assign]
    BackendDict.reset = staticmethod(_reset_all)  # type: ignore[method-assign]
    # By asking botocore for each partition's regions; what it is kept by there is the account's backend.
    regions = functools.cache(functools.partial(AccountSpecificBackend._generate_regions.__wrapped__, None))
    AccountSpecificBackend._generate_regions = lambda self, service: regions(service)  # type: ignore[method-assign]
