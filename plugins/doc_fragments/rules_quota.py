# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  security_group_rules_quota:
    description:
      - How many rules a security group takes in one direction. AWS's quota is 60, IPv4 and IPv6 apart, and can be
        raised to 1000. A prefix list counts as its maximum number of entries. What needs more is refused before the
        first write.
      - Where old and new rules together exceed it, some new ones are added only once the old ones are removed.
    type: int
    default: 60
"""
