# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ids of the resources that an EC2 call names by something else: an association, a name, an address, a default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def _of_route_table(backend: Any, id_: str) -> list[str]:
    """Return the table and the subnet or gateway of an association: each is a resource of the calls that name it."""
    tables = [table for table in backend.route_tables.values() if id_ in table.all_associations_ids]
    return [each for table in tables for each in (table.id, table._associations.get(id_)) if each]


def _of_network_acl(backend: Any, id_: str) -> list[str]:
    acls = (acl for acl in backend.network_acls.values() if id_ in acl._associations)
    return [each for acl in acls for each in (acl.id, acl._associations[id_].subnet_id)]


def _of_subnet(backend: Any, id_: str) -> list[str]:
    subnets = (subnet for zone in backend.subnets.values() for subnet in zone.values())
    return [subnet.id for subnet in subnets if id_ in subnet.ipv6_cidr_block_associations]


def _of_vpc(backend: Any, id_: str) -> list[str]:
    return [vpc.id for vpc in backend.vpcs.values() if id_ in vpc._cidr_block_association_set]


def _of_address(backend: Any, id_: str) -> list[str]:
    """Return the address with the interface or instance that it is associated with."""
    for address in backend.addresses:
        if address.association_id == id_:
            instance = getattr(address.instance, "id", None)
            return [address.allocation_id, *(each for each in (getattr(address.eni, "id", None), instance) if each)]
    return []


def _of_interface(backend: Any, id_: str) -> list[str]:
    for interface in backend.enis.values():
        if getattr(interface, "attachment_id", None) == id_:
            instance = getattr(getattr(interface, "instance", None), "id", None)
            return [interface.id, *([instance] if instance else [])]
    return []


def _of_profile(backend: Any, id_: str) -> list[str]:
    return [one.instance.id for one in backend.iam_instance_profile_associations.values() if one.id == id_]


_ASSOCIATIONS: dict[str, Callable[[Any, str], list[str]]] = {
    "rtbassoc": _of_route_table,
    "aclassoc": _of_network_acl,
    "subnet-cidr-assoc": _of_subnet,
    "vpc-cidr-assoc": _of_vpc,
    "eipassoc": _of_address,
    "eni-attach": _of_interface,
    "iip-assoc": _of_profile,
}


def associated(backend: Any, text: str) -> list[str]:
    """Return the id itself, or for an association's id those of the associated resources that a policy can name."""
    kind = _ASSOCIATIONS.get(text.rpartition("-")[0])
    return kind(backend, text) if kind else [text]


def by_name(backend: Any, parameters: dict[str, Any], types: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (type, id) of what a call names by its name or address."""
    for type_, names in _BY_NAME.items():
        if type_ in types:
            yield from ((type_, id_) for id_ in names(backend, parameters) if id_)


def _key_pairs(backend: Any, parameters: dict[str, Any]) -> Iterator[str]:
    id_ = parameters.get("KeyPairId")
    yield parameters.get("KeyName") or ""
    yield from (name for name, pair in backend.key_pairs.items() if id_ and getattr(pair, "id", None) == id_)


def _placement_groups(backend: Any, parameters: dict[str, Any]) -> Iterator[str]:
    yield parameters.get("GroupName") or (parameters.get("Placement") or {}).get("GroupName") or ""


def _addresses(backend: Any, parameters: dict[str, Any]) -> Iterator[str]:
    address = parameters.get("PublicIp")
    yield from (one.allocation_id for one in backend.addresses if address and one.public_ip == address)


def _launch_templates(backend: Any, parameters: dict[str, Any]) -> Iterator[str]:
    given = (parameters, parameters.get("LaunchTemplate") or {})
    names = [one["LaunchTemplateName"] for one in given if one.get("LaunchTemplateName")]
    yield from (template.id for template in backend.launch_templates.values() if template.name in names)


def _security_groups(backend: Any, parameters: dict[str, Any]) -> Iterator[str]:
    """Yield groups of the default VPC: "GroupName [...] for a security group in the default VPC"."""
    names = [*(parameters.get("SecurityGroups") or ())]
    if parameters.get("GroupName") and "VpcId" not in parameters and "Description" not in parameters:
        names.append(parameters["GroupName"])
    vpc = default_vpc(backend) if names else None
    for group in backend.groups.get(vpc.id, {}).values() if vpc else ():
        if group.name in names:
            yield group.id


_BY_NAME: dict[str, Callable[[Any, dict[str, Any]], Iterator[str]]] = {
    "key-pair": _key_pairs,
    "placement-group": _placement_groups,
    "elastic-ip": _addresses,
    "launch-template": _launch_templates,
    "security-group": _security_groups,
}


def default_vpc(backend: Any) -> Any:
    return next((vpc for vpc in backend.vpcs.values() if vpc.is_default in (True, "true")), None)


def defaults(backend: Any, parameters: dict[str, Any], types: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the default VPC, subnet and security group of a call that names none."""
    first = (parameters.get("NetworkInterfaces") or [{}])[0]
    if first.get("NetworkInterfaceId"):
        return
    subnet_id = parameters.get("SubnetId") or first.get("SubnetId")
    subnets = [subnet for zone in backend.subnets.values() for subnet in zone.values()]
    vpc = default_vpc(backend)
    if subnet_id is None and "subnet" in types and vpc:
        zone = (parameters.get("Placement") or {}).get("AvailabilityZone")
        own = [one for one in subnets if one.vpc_id == vpc.id and zone in (None, one.availability_zone)]
        subnet_id = min(own, key=lambda one: one.availability_zone).id if own else None
        if subnet_id:
            yield "subnet", subnet_id
    if "vpc" in types and "VpcId" not in parameters and vpc:
        yield "vpc", vpc.id
    if "security-group" in types and not _names_groups(parameters, first):
        vpc_id = next((one.vpc_id for one in subnets if one.id == subnet_id), None)
        for group in backend.groups.get(vpc_id, {}).values():
            if group.name == "default":
                yield "security-group", group.id


def _names_groups(parameters: dict[str, Any], interface: dict[str, Any]) -> bool:
    return bool(parameters.get("SecurityGroupIds") or parameters.get("SecurityGroups") or interface.get("Groups"))
