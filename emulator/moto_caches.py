# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Caches for what moto computes again for each call or account, and look-ups that don't scan all accounts as moto's do.

They patch moto, which has no extension point for any of it.
"""

from __future__ import annotations

import functools
from typing import Any

import moto.core.responses
from moto.core.base_backend import AccountSpecificBackend, BackendDict, backend_lock


def _of_account(backends: BackendDict[Any], account_id: str) -> AccountSpecificBackend[Any]:
    """Return the account's backends by region. moto's look-up goes through all accounts and all services each time."""
    try:
        return dict.__getitem__(backends, account_id)
    except KeyError:
        with backend_lock:
            backends._create_account_specific_backend(account_id)
        return dict.__getitem__(backends, account_id)


_reset = BackendDict.reset


def _reset_all() -> None:
    """Reset all services, then clear their backends.

    A service's reset may create a backend of another service that was already reset. moto notes that at the next
    look-up, which is why its look-up checks each time; `_of_account` doesn't.
    """
    known = list(BackendDict._instances)
    _reset()
    for backends in known:
        backends.clear()


def register() -> None:
    responses: Any = moto.core.responses
    if isinstance(responses.method_names_from_class, functools._lru_cache_wrapper):
        return
    names = responses.method_names_from_class
    # moto looks at 700 methods of EC2's class for each call, and then scans the list of them.
    responses.method_names_from_class = functools.cache(lambda response: frozenset(names(response)))
    responses.camelcase_to_underscores = functools.cache(responses.camelcase_to_underscores)
    BackendDict.__getitem__ = _of_account  # type: ignore[method-assign]
    BackendDict.reset = staticmethod(_reset_all)  # type: ignore[method-assign]
    # moto asks botocore for each partition's regions, and caches the result for each account's backend.
    regions = functools.cache(functools.partial(AccountSpecificBackend._generate_regions.__wrapped__, None))
    AccountSpecificBackend._generate_regions = lambda self, service: regions(service)  # type: ignore[method-assign]
