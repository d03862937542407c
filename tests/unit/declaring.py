# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declared of a module, built from the few inputs that a test is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Place

PLACE = {"account_id": "111111111111", "region": "eu-central-1", "partition": "aws"}


def declaring(
    inputs: dict[str, Any],
    resources: Any = None,
    owner: str = "module/x",
    absent: bool = False,
) -> Declared:
    """Build a Declared. inputs: by name, the place's among them; a resource file that reads any other input fails."""
    place = Place(**{key: inputs.get(key, value) for key, value in PLACE.items()})
    own = SimpleNamespace(**{name: value for name, value in inputs.items() if name not in PLACE})
    return Declared(owner, resources or {}, own, purge_tags=True, absent=absent, place=place)
