# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module's inputs: what its resource files and its report need besides the resources that it declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

_Inputs = TypeVar("_Inputs", bound="ModuleInputs")


@dataclass(frozen=True)
class ModuleInputs:
    """Base class of each capability's Inputs.

    A resource file says by INPUTS which fields it reads, so a field has the same name and type in all modules that
    share the file.
    """

    @classmethod
    def of(cls: type[_Inputs], options: Mapping[str, Any], **others: Any) -> _Inputs:
        """Create the inputs from a module's options; a field that isn't among `others` is the option of its name.

        Raises TypeError if there is no such option.
        """
        named = {field.name for field in fields(cls)} - others.keys()
        return cls(**{name: options[name] for name in named & options.keys()}, **others)
