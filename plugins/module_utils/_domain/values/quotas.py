# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Quotas of Amazon VPC for declared rules and routes. AWS can raise each, so each is an option.

https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: "Inbound or outbound rules per security group"
("multiplied by the quota for security groups per network interface cannot exceed 1,000"), "Routes per route table
(non-propagated routes)" ("up to a maximum of 1,000"). A prefix list counts as its maximum number of entries.
"""

from __future__ import annotations

from ..._core.errors import Invalid

RULES, ROUTES, MOST = 60, 500, 1000


def check(option: str, quota: int, default: int, most: int = MOST, least: int = 1) -> None:
    """Check a declared quota against the least and the most that AWS gives. Raises Invalid."""
    if not least <= quota <= most:
        raise Invalid(option, quota, "is no quota that AWS gives", f"{default} to {most}")


def exceeded(option: str, what: str, count: int, quota_option: str, quota: int) -> Invalid:
    """Return the Invalid for a declaration that exceeds a quota. what: the things counted, such as `rules`."""
    expected = f"{quota} at most, or {quota_option} with the quota of this account"
    return Invalid(option, None, f"makes {count} {what}", expected)
