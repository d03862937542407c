# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Defaults and limits of a VPC's association with a Profile, and of the move to the Profile's endpoints."""

from __future__ import annotations

# AssociateProfile's Priority, and the one of an association without (botocore's model of route53profiles, 2018-05-10).
PRIORITY, PRIORITIES = 100, range(100, 9901)
# The time to live of an endpoint's private DNS names; an hour is longer than that of any answer.
DRAIN_SECONDS, DRAINS = 60, range(3601)


def text(numbers: range) -> str:
    """Return the numbers as an error names them: 100 to 9900."""
    return f"{numbers[0]} to {numbers[-1]}"
