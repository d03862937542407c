# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  security_group_rules_quota:
    description:
      - Maximum number of rules of a security group in one direction. AWS's quota is 60 for IPv4 and IPv6 each, and can
        be raised to 1000. A prefix list counts as its maximum number of entries. Exceeding it fails before the first
        write.
      - If old and new rules together exceed it, some new ones are added only after the old ones are removed.
    type: int
    default: 60
"""
