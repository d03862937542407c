# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """What a module takes that removes nothing by accident."""

    DOCUMENTATION = r"""
options:
  confirm_removals:
    description:
      - Names of what is to go though nothing declares that it leaves. Without them the module fails before it writes
        anything, and says which names it needs, since a typo or half an inventory looks the same as a wish to remove.
        In check mode it doesn't fail but says so in RV(ignore:notes).
      - A name that nothing here has is no matter, so that one list can be given to a whole run.
      - Not asked for with O(ignore:state=absent), nor with O(ignore:approved_plan), in which who approved it saw the
        removals.
    type: list
    elements: str
    default: []
"""

    LIMITS = r"""
options:
  max_removals:
    description: How many whose leaving is declared may go in one run without O(ignore:confirm_removals).
    type: int
    default: 3
  max_removals_percent:
    description: The same as a part of all there are, in percent, rounded down, but at least one. The smaller of the two
      limits counts.
    type: int
    default: 25
"""
