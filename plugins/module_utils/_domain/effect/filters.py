# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of EC2's writes on a snapshot: network ACLs and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .vpcs import EVERYTHING_OUT, closing
from .world import Asked, Fields, Missing, World

# Lists of peers of a permission, and the member that tells a peer.
PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "PrefixListIds": "PrefixListId",
    "UserIdGroupPairs": "GroupId",
}


def create_network_acl(world: World, asked: Asked) -> None:
    """Add the ACL, which denies everything until it has entries."""
    acl = {
        "NetworkAclId": asked.new_id,
        "VpcId": asked.params["VpcId"],
        "OwnerId": asked.place.account_id,
        "IsDefault": False,
        "Associations": [],
        "Entries": [entry for egress in (False, True) for entry in closing(egress)],
        "Tags": asked.tags,
    }
    world.add("NetworkAcls", acl, asked.place)


def delete_network_acl(world: World, asked: Asked) -> None:
    world.remove("NetworkAcls", asked.params["NetworkAclId"])


def put_network_acl_entry(world: World, asked: Asked) -> None:
    entry = {key: value for key, value in asked.params.items() if key != "NetworkAclId"}
    world.change("NetworkAcls", asked.params["NetworkAclId"], lambda acl: {"Entries": [*_others(acl, entry), entry]})


def delete_network_acl_entry(world: World, asked: Asked) -> None:
    world.change("NetworkAcls", asked.params["NetworkAclId"], lambda acl: {"Entries": _others(acl, asked.params)})


def _others(acl: Fields, entry: Mapping[str, Any]) -> list[Fields]:
    """Return the ACL's entries without that of the same number and direction."""
    key = (entry["Egress"], entry["RuleNumber"])
    return [one for one in acl["Entries"] if (one["Egress"], one["RuleNumber"]) != key]


def replace_network_acl_association(world: World, asked: Asked) -> None:
    association, target = asked.params["AssociationId"], asked.params["NetworkAclId"]
    for acl_id, acl in list(world.every("NetworkAcls")):
        found = [one for one in acl.get("Associations") or () if one.get("NetworkAclAssociationId") == association]
        if found:
            rest = [one for one in acl["Associations"] if one is not found[0]]
            world.put("NetworkAcls", acl_id, "Associations", rest)
            moved = {**found[0], "NetworkAclId": target, "NetworkAclAssociationId": asked.new_id}
            world.append("NetworkAcls", target, "Associations", moved)
            return
    raise Missing(f"no subnet of the snapshot has the network ACL's association {association}")


def create_security_group(world: World, asked: Asked) -> None:
    """Add the group, which lets nothing in and everything out at first."""
    group = {
        "GroupId": asked.new_id,
        "GroupName": asked.params["GroupName"],
        "Description": asked.params.get("Description", ""),
        "VpcId": asked.params["VpcId"],
        "OwnerId": asked.place.account_id,
        "IpPermissions": [],
        "IpPermissionsEgress": [EVERYTHING_OUT],
        "Tags": asked.tags,
    }
    world.add("SecurityGroups", group, asked.place)


def delete_security_group(world: World, asked: Asked) -> None:
    world.remove("SecurityGroups", asked.params["GroupId"])


def authorize(world: World, asked: Asked) -> None:
    key = _direction(asked)
    new = list(asked.params["IpPermissions"])
    world.change("SecurityGroups", asked.params["GroupId"], lambda group: {key: [*group.get(key, ()), *new]})


def revoke(world: World, asked: Asked) -> None:
    """Take the rules' peers out of the group's permissions."""
    key = _direction(asked)
    going = {rule for permission in asked.params["IpPermissions"] for rule in _rules(permission)}
    group = world.get("SecurityGroups", asked.params["GroupId"])
    left = [kept for permission in group.get(key, ()) if (kept := _without(permission, going))]
    world.put("SecurityGroups", asked.params["GroupId"], key, left)


def _direction(asked: Asked) -> str:
    return "IpPermissionsEgress" if asked.operation.endswith("_egress") else "IpPermissions"


def _rules(permission: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield each (protocol, ports, kind of peer, peer) of a permission."""
    head = (str(permission["IpProtocol"]), permission.get("FromPort"), permission.get("ToPort"))
    for kind, member in PEERS.items():
        for peer in permission.get(kind) or ():
            yield (*head, kind, peer.get(member))


def _without(permission: Mapping[str, Any], going: set[tuple[Any, ...]]) -> Fields:
    """Return a permission without the peers that go; {} if none is left."""
    head = (str(permission["IpProtocol"]), permission.get("FromPort"), permission.get("ToPort"))
    left = {
        kind: [peer for peer in permission.get(kind) or () if (*head, kind, peer.get(member)) not in going]
        for kind, member in PEERS.items()
    }
    return {**permission, **left} if any(left.values()) else {}
