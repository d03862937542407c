# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Members of a change and the size of a batch, which Route 53 checks before it looks at the zone's records.

The texts: `Expected exactly one of`, community.aws#545 and ministryofjustice/modernisation-platform#10072; the other
ones are not verified.
"""

from __future__ import annotations

from typing import Any

from emulator.route53.models import Route53Error

# One of these says how Route 53 chooses among the record sets of a name and type.
ROUTING = (
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "GeoProximityLocation",
    "CidrRoutingConfig",
)
# "A request cannot contain more than 1,000 ResourceRecord elements ... the sum of the number of characters (including
# spaces) in all Value elements can't exceed 32,000 characters"; those of an UPSERT count twice (DNSLimitations.html).
MOST_RECORDS, MOST_CHARACTERS = 1000, 32_000


def policy_of(record: dict[str, Any]) -> str | None:
    """Return the member of a record set's routing policy, None for a simple one."""
    return next((member for member in ROUTING if record.get(member) is not None), None)


def check_size(changes: list[dict[str, Any]]) -> None:
    records = characters = 0
    for change in changes:
        twice = 2 if change["Action"] == "UPSERT" else 1
        values = [record["Value"] for record in change["ResourceRecordSet"].get("ResourceRecords") or []]
        records += twice * (len(values) or 1)
        characters += twice * sum(map(len, values))
    if records > MOST_RECORDS:
        raise Route53Error("InvalidChangeBatch", f"[Number of records limit of {MOST_RECORDS} exceeded.]")
    if characters > MOST_CHARACTERS:
        raise Route53Error("InvalidChangeBatch", f"[Number of characters limit of {MOST_CHARACTERS} exceeded.]")


def check_members(change: dict[str, Any], health_checks: Any) -> None:
    """Raise InvalidInput for members that exclude each other or lack another one."""
    record = {name: value for name, value in change["ResourceRecordSet"].items() if value is not None}
    _check_content(change, record)
    identifier, routing = record.get("SetIdentifier"), [member for member in ROUTING if member in record]
    if routing and identifier is None:
        raise _invalid(change, "Missing field 'SetIdentifier' in")
    if identifier is not None and len(routing) != 1:
        found = "more than one" if routing else "none"
        names = f"{', '.join(ROUTING[:-1])}, or {ROUTING[-1]}"
        raise _invalid(change, f"Expected exactly one of [{names}], but found {found} in")
    check = record.get("HealthCheckId")
    if check is not None and check not in health_checks:
        raise Route53Error("NoSuchHealthCheck", f"No health check exists with the specified ID: {check}")


def _check_content(change: dict[str, Any], record: dict[str, Any]) -> None:
    alias, plain = (
        "AliasTarget" in record,
        [name for name in ("TTL", "ResourceRecords") if record.get(name) not in (None, [])],
    )
    policy = "TrafficPolicyInstanceId" in record
    kinds = alias + bool(plain) + policy
    if kinds != 1 or (plain and len(plain) < 2):
        found = "more than one" if kinds > 1 else "none"
        names = "AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId"
        raise _invalid(change, f"Expected exactly one of [{names}], but found {found} in")


def _invalid(change: dict[str, Any], text: str) -> Route53Error:
    record = change["ResourceRecordSet"]
    named = (
        f"[Action={change['Action']}, Name={record['Name']}, Type={record['Type']}, "
        f"SetIdentifier={record.get('SetIdentifier') or 'null'}]"
    )
    return Route53Error("InvalidInput", f"Invalid request: {text} Change with {named}")
