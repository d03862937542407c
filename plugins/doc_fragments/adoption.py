# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """What a module takes that takes over resources which it didn't create, or created under another name."""

    DOCUMENTATION = r"""
options:
  adoption:
    description:
      - How far the resources of O(ignore:adopted_ids) are taken over. Without it, they are owned.
      - With V(observe), nothing is written. What differs from the declaration, exists undeclared or doesn't exist is in
        RV(ignore:findings).
      - With V(tags), only the owner's tags and O(ignore:tags) are set. No other tag is removed; all other
        differences stay findings. Once these tags are set, remove O(ignore:adoption) and O(ignore:adopted_ids).
      - While it is given, nothing is ever deleted, with O(ignore:state=absent) neither.
    type: str
    choices: [observe, tags]
  adopted_ids:
    description:
      - IDs of resources that others created. They are treated as if they had the tags C(closednet:managed), the key of
        the outer mapping, and C(closednet:name), the part behind the kind in the key of the inner one.
      - So under V(tiered_vpc/alpha), the key V(subnet.app.euc1-az1) has the ID of the subnet of the tier app in that
        zone, and V(vpc.main) that of the VPC.
      - Keys are addresses as in RV(ignore:plan), of kinds that have tags. Those of other modules say whose resources
        this module uses.
      - Without O(ignore:adoption), their tags must be set.
    type: dict
  adopt_release:
    description:
      - IDs of resources, or names of stacks, that CloudFormation, Landing Zone Accelerator, STNO or Terraform manages
        by their tags, and that no longer do. Others are findings with O(ignore:adoption=observe), and refused with
        O(ignore:adoption=tags).
    type: list
    elements: str
    default: []
  moved:
    description:
      - Old names and the names that replace them. What has an old name in the tag C(closednet:managed) is treated as if
        it had the new one, and gets it, in place of being refused as a renamed host's.
      - A hub's attachment that has an old name in the tag C(closednet:name) is treated alike.
    type: dict
"""
