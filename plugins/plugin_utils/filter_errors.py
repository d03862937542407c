# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of filters as Ansible shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.errors import Invalid


def raising_ansible_error(function: Callable) -> Callable:
    """Return the function, raising AnsibleFilterError in place of Invalid."""

    @wraps(function)
    def filter_function(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Invalid as invalid:
            raise AnsibleFilterError(f"closednet.aws.{function.__name__}: {invalid}") from invalid

    return filter_function
