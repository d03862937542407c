# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps names, tags and descriptions in a cloud, which others write, from being run as templates."""

from __future__ import annotations

from typing import Any

from ansible.release import __version__

try:
    from ansible.utils.unsafe_proxy import wrap_var
except ImportError:  # announced for ansible-core 2.23, where nothing is left to unmark
    wrap_var = None

OLDEST = (2, 19)


def refusal(version: str = __version__) -> str | None:
    """Return why nothing may run on this ansible-core, or None if it may.

    From 2.19 on, text is a template only if it comes from a file that Ansible trusts. Before, all text is a template
    that isn't marked otherwise, and the mark is lost in variables of other hosts, in filters and in caches. Ansible
    itself only warns about a version that meta/runtime.yml doesn't allow.
    """
    if tuple(int(part) for part in version.split(".")[:2]) >= OLDEST:
        return None
    return (
        f"ansible-core {version} would run names and tags of accounts as templates; closednet.aws needs"
        f" {'.'.join(map(str, OLDEST))} or later. Nothing was read or written"
    )


def unsafe(value: Any) -> Any:
    """Return the value, marked so that no text in it is a template."""
    return wrap_var(value) if wrap_var else value
