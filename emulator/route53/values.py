# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of records that Route 53 refuses.

Formats: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html. Sources of the texts:
ARRDATAIllegalIPv4Address, gomodules/dns#7; ARRDATANotSingleField, danpilch/aws-dyndns#3; the other ones are not
verified.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

TXT_PART = 255
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
LABEL, NAME = 63, 255
_ESCAPED = re.compile(r"\\[0-7]{3}")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Types of which a record set has one value.
SINGLE = ("CNAME", "SOA")


def bad_value(kind: str, value: str) -> str | None:
    """Return the problem of a value of a record type, None for a good one."""
    problem = CHECKS[kind](value) if kind in CHECKS else None
    return problem and f"Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"


def bad_name(name: str) -> str | None:
    """Return the problem of a full domain name in the format of Route 53, None for a good one."""
    plain = _ESCAPED.sub("x", name.rstrip("."))
    labels = plain.split(".")
    if not plain or "" in labels:
        return "DomainLabelEmpty (Domain label is empty)"
    if len(plain) > NAME:
        return "DomainTooLong (Domain is too long)"
    if any(len(label) > LABEL for label in labels):
        return "DomainLabelTooLong (Domain label is too long)"
    return None


def _fields(kind: str, number: int, numeric: tuple[int, ...], domain: int | None) -> Callable[[str], str | None]:
    """Build the check of a value with this many fields, those at `numeric` being numbers up to 65535."""

    def check(value: str) -> str | None:
        fields = value.split()
        if len(fields) != number:
            names = {2: "Two", 4: "Four"}
            return f"{kind}RRDATANot{names[number]}Fields ({kind} record doesn't have {number} fields)"
        for index in numeric:
            if not fields[index].isdigit() or int(fields[index]) > 65535:
                return f"{kind}RRDATAInvalidNumber (Value is not a valid number)"
        return _domain(fields[domain]) if domain is not None else None

    return check


def _domain(value: str) -> str | None:
    if any(character.isspace() for character in value):
        return "CNAMERRDATANotSingleField (Value contains spaces)"
    if value == ".":
        return None
    return bad_name(value) or _unsupported(value)


def _unsupported(value: str) -> str | None:
    if re.search(r"[^\x21-\x7e]", value):
        return "UnsupportedCharacter (Value contains unsupported characters)"
    return None


def _ipv4(value: str) -> str | None:
    if " " in value.strip():
        return "ARRDATANotSingleField (Value contains spaces)"
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"
    return None


def _ipv6(value: str) -> str | None:
    try:
        ipaddress.IPv6Address(value)
    except ValueError:
        return "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"
    return None


def _strings(value: str) -> str | None:
    parts = _STRING.findall(value)
    if not parts or _STRING.sub("", value).strip():
        return "InvalidCharacterString (Value should be enclosed in quotation marks)"
    if any(len(re.sub(r"\\([0-7]{3}|.)", "x", part)) > TXT_PART for part in parts):
        return "CharacterStringTooLong (Value is too long)"
    return None


def _caa(value: str) -> str | None:
    found = re.fullmatch(r'(\d{1,3})\s+([A-Za-z0-9]+)\s+"((?:[^"\\]|\\.)*)"', value)
    if not found or int(found[1]) > 255:
        return "CAARRDATAInvalid (Value is not a valid CAA record)"
    return None


CHECKS: dict[str, Callable[[str], str | None]] = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "CAA": _caa,
    "CNAME": _domain,
    "MX": _fields("MX", 2, (0,), 1),
    "NS": _domain,
    "PTR": _domain,
    "SPF": _strings,
    "SRV": _fields("SRV", 4, (0, 1, 2), 3),
    "TXT": _strings,
}
