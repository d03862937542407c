# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of the services whose lists of them have keys in lower case: CodeArtifact, ECS, RAM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def unpaired(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in listed}
