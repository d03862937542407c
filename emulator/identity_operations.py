# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of IAM Identity Center's three services as methods with the API's parameters as their arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores


def operation(method: Callable[..., Any]) -> Callable[[Any], ActionResult]:
    """Make a method with the request's parameters as arguments (snake_case) one of moto's responses.

    A parameter that the method doesn't take is a NotImplementedError: nothing of a request is ignored.
    """
    known = set(inspect.signature(method).parameters) - {"self"}

    @functools.wraps(method)
    def answer(self: Any) -> ActionResult:
        given = {camelcase_to_underscores(name): value for name, value in self.params.items()}
        if unknown := sorted(set(given) - known):
            raise NotImplementedError(f"the parameter {', '.join(unknown)}")
        return ActionResult(method(self, **given) or {})

    return answer
