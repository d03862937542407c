# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Unlike with amazon.aws.tags, some tags are always set, and an empty mapping removes none."""

    DOCUMENTATION = r"""
options:
  tags:
    description:
      - Tags of every resource that the module makes. C(closednet:managed), C(closednet:name) and C(Name) come by
        themselves; a C(Name) given here wins.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove from these resources the tags that aren't declared. Only if O(tags) has at least one tag, and
        never those that start with C(aws:).
    type: bool
    default: true
"""
