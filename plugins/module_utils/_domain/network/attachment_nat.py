# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""1:1 NAT of transit gateways' attachments: what comes in gets another source, what leaves its destination back.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyTransitGatewayAttachmentNatConfiguration.html: each
address of a rule's MatchSourceCidr becomes the one at the same place of its NatCidr.
"""

from __future__ import annotations

from .addresses import either
from .packet_filters import Address
from .snapshot import Item, Place, Snapshot, Unknown

CONFIGURATIONS = "TransitGatewayAttachmentNatConfigurations"


def is_on(attachment: Item) -> bool:
    return bool(attachment.get("NatGatewaySupport", "disabled") != "disabled")


def refuse(attachment: Item) -> None:
    """Raise Unknown for an attachment with NAT, to questions about all packets alike."""
    if is_on(attachment):
        why = f"has NAT ({attachment['NatGatewaySupport']})"
        raise Unknown(attachment["TransitGatewayAttachmentId"], why, "its rules, looked at by packet")


def source(snapshot: Snapshot, place: Place, attachment: Item, address: Address) -> Address:
    """Return the source that a packet has once it came in by an attachment. Raises Unknown if that isn't shown."""
    return _translated(snapshot, place, attachment, address, ("MatchSourceCidr", "NatCidr"))


def destination(snapshot: Snapshot, place: Place, attachment: Item, address: Address) -> Address:
    """Return the destination that a packet has once it left by an attachment. Raises Unknown if that isn't shown."""
    return _translated(snapshot, place, attachment, address, ("NatCidr", "MatchSourceCidr"))


def _translated(snapshot: Snapshot, place: Place, attachment: Item, address: Address, keys: tuple[str, str]) -> Address:
    support = attachment.get("NatGatewaySupport", "disabled")
    if support == "disabled":
        return address
    id_ = attachment["TransitGatewayAttachmentId"]
    if support != "enabled":
        raise Unknown(id_, f"has NAT ({support}), whose rules are about to change", "enabled or disabled")
    found = [one for one in snapshot.items(CONFIGURATIONS, place) if one["TransitGatewayAttachmentId"] == id_]
    if not found:
        raise Unknown(f"{place.folder}{CONFIGURATIONS}.json", f"{id_} isn't in it", f"all {CONFIGURATIONS} of {place}")
    rules = [rule for rule in found[0].get("NatGatewayRules", ()) if address in either(rule[keys[0]])]
    rules = [rule for rule in rules if rule.get("State", "activated") != "deactivated"]
    if len(rules) > 1 or any(rule.get("State", "activated") != "activated" for rule in rules):
        numbers = ", ".join(str(rule.get("RuleNumber")) for rule in rules)
        raise Unknown(
            id_, f"has NAT rules of which it isn't told how they act on {address}: {numbers}", "one, activated"
        )
    if not rules:
        return address
    start, onto = (either(rules[0][key]) for key in keys)
    return onto[int(address) - int(start.network_address)]
