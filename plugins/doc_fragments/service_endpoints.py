# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Options of modules for endpoints of AWS's services in a VPC."""

    DOCUMENTATION = r"""
options:
  vpc_id:
    description: ID of the VPC, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with O(vpc_name).
    type: str
  vpc_name:
    description: Name of the VPC in M(closednet.aws.tiered_vpc). Default is O(ignore:name).
    type: str
  policies:
    description: Endpoint policies that replace those of O(ignore:policy_scope), by service.
    type: dict
    default: {}
  endpoints_quota:
    description: Maximum number of interface endpoints in the VPC, including those of others. AWS's quota (Interface and
      Gateway Load Balancer endpoints per VPC) is 50 and can be raised. Exceeding it fails before the first write.
    type: int
    default: 50
"""
