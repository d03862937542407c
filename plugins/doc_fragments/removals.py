# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """What a module takes that removes nothing by accident."""

    DOCUMENTATION = r"""
options:
  confirm_removals:
    description:
      - Names of what to remove without a declaration that it leaves. If a name is missing, the module lists the names
        it needs and fails before it writes anything, because a typo or an incomplete inventory looks like an intended
        removal. In check mode it doesn't fail but lists them in RV(ignore:notes).
      - Names that match nothing are ignored, so one list can be passed to a whole run.
      - Not required with O(ignore:state=absent), nor with O(ignore:approved_plan), because the approver saw the
        removals in the plan.
    type: list
    elements: str
    default: []
"""

    LIMITS = r"""
options:
  max_removals:
    description: Maximum number of declared removals in one run without O(ignore:confirm_removals).
    type: int
    default: 3
  max_removals_percent:
    description: The same limit in percent of all that exist, rounded down, but at least one. The smaller of the two
      limits applies.
    type: int
    default: 25
"""
