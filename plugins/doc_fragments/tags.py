# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Unlike with amazon.aws.tags, some tags are always set, and an empty mapping removes none."""

    DOCUMENTATION = r"""
options:
  tags:
    description:
      - Tags of every resource that the module creates. The module adds C(closednet:managed), C(closednet:name) and
        C(Name); a C(Name) given here wins.
      - AWS's limits apply, so 47 at most besides those that the module adds, with keys of up to 128 and values of up to
        256 characters. No key begins with C(aws:).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove undeclared tags from these resources. Only if O(tags) has at least one tag, and never tags
        that begin with C(aws:).
    type: bool
    default: true
  ignore_tags:
    description:
      - Tags of others to ignore, such as those that Kubernetes, a backup or a cost tool sets on these resources. They
        are neither removed nor changed nor set. Terraform's AWS provider has the same under the same name.
      - They can't be in O(tags), nor be C(closednet:managed) or C(closednet:name).
    type: dict
    suboptions:
      keys:
        description: Keys, such as V(owner).
        type: list
        elements: str
        default: []
      key_prefixes:
        description: Prefixes of keys, such as V(kubernetes.io/).
        type: list
        elements: str
        default: []
"""
