# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds sources of an inventory that weren't read.

Ansible warns of them and goes on with the rest, so a play sees half an inventory and nothing that says so.
"""

from __future__ import annotations

import os
from typing import Any

from ansible import constants as C
from ansible.inventory.manager import IGNORED
from ansible.utils.path import unfrackpath

DEFAULT = "/etc/ansible/hosts"
# Ansible has no public name for the sources that it read; inventory plugins (constructed) use processed_sources.
UNKNOWN = (
    "this ansible-core doesn't tell which sources of the inventory were read: set"
    " ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true, so that it stops at one that wasn't"
)


def unread(hostvars: Any) -> list[str]:
    """Return a sentence for each source, or file of a folder, that no inventory plugin could read.

    Returns [UNKNOWN] if this ansible-core doesn't tell and wouldn't stop by itself.
    """
    manager = getattr(hostvars, "_inventory", None)
    read = getattr(getattr(manager, "_inventory", None), "processed_sources", None)
    sources = getattr(manager, "_sources", None)
    if read is None or sources is None:
        return [] if C.INVENTORY_ANY_UNPARSED_IS_FAILED else [UNKNOWN]
    return [
        f"the inventory source {source} couldn't be read, so accounts may be missing: Ansible's warning at the begin of"
        " this run says why"
        for given in sources
        for source in _files(given if "," in given else unfrackpath(given, follow=False))
        if source not in read and (source != DEFAULT or os.path.exists(source))
    ]


def _files(source: str) -> list[str]:
    """Return the source itself, or the files that Ansible reads in a folder and below it."""
    if not os.path.isdir(source):
        return [source]
    names = (name for name in sorted(os.listdir(source)) if not IGNORED.search(os.fsencode(name)))
    return [file for name in names for file in _files(os.path.join(source, name))]
