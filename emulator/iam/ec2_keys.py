# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Condition keys of EC2's resources, and how a call names them other than by their ids.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys. Values of
resources that a call creates: "*" in place of an id, as in the decoded message of
https://docs.aws.amazon.com/IAM/latest/UserGuide/sts_example_sts_DecodeAuthorizationMessage_section.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.ec2.models import ec2_backends

Keys = dict[str, "str | list[str]"]
# Type of resource -> the key that is its id.
ID_KEYS = {
    "dhcp-options": "ec2:dhcpoptionsid",
    "elastic-ip": "ec2:allocationid",
    "image": "ec2:imageid",
    "instance": "ec2:instanceid",
    "internet-gateway": "ec2:internetgatewayid",
    "key-pair": "ec2:keypairname",
    "network-acl": "ec2:networkaclid",
    "network-interface": "ec2:networkinterfaceid",
    "placement-group": "ec2:placementgroupname",
    "route-table": "ec2:routetableid",
    "security-group": "ec2:securitygroupid",
    "snapshot": "ec2:snapshotid",
    "subnet": "ec2:subnetid",
    "transit-gateway": "ec2:transitgatewayid",
    "transit-gateway-attachment": "ec2:transitgatewayattachmentid",
    "transit-gateway-connect-peer": "ec2:transitgatewayconnectpeerid",
    "transit-gateway-metering-policy": "ec2:transitgatewaymeteringpolicyid",
    "transit-gateway-multicast-domain": "ec2:transitgatewaymulticastdomainid",
    "transit-gateway-policy-table": "ec2:transitgatewaypolicytableid",
    "transit-gateway-route-table": "ec2:transitgatewayroutetableid",
    "transit-gateway-route-table-announcement": "ec2:transitgatewayroutetableannouncementid",
    "volume": "ec2:volumeid",
    "vpc": "ec2:vpcid",
    "vpc-peering-connection": "ec2:vpcpeeringconnectionid",
}
# The keys that are evaluated; a policy that tests another one of those that the reference lists is refused by name.
EVALUATED = frozenset(
    {
        *ID_KEYS.values(),
        *("ec2:region", "ec2:resourcetag/", "ec2:createaction", "ec2:attribute", "ec2:attribute/"),
        *("ec2:vpc", "ec2:subnet", "ec2:availabilityzone", "ec2:availabilityzoneid", "ec2:tenancy"),
        *("ec2:requestervpc", "ec2:acceptervpc", "ec2:domain", "ec2:publicipaddress", "ec2:instancetype"),
        *("ec2:instanceprofile", "ec2:newinstanceprofile", "ec2:associatepublicipaddress", "ec2:owner", "ec2:public"),
        *("ec2:volumesize", "ec2:volumetype", "ec2:volumeiops", "ec2:volumethroughput", "ec2:encrypted"),
        *("ec2:keypairtype", "ec2:vpceservicename", "ec2:vpceserviceowner", "ec2:vpceserviceprivatednsname"),
        *("ec2:vpceserviceregion", "ec2:vpcesupportedregion", "ec2:vpcemultiregion"),
        *("ec2:authorizedservice", "ec2:authorizeduser", "ec2:permission", "ec2:islaunchtemplateresource"),
        *("ec2:metadatahttptokens", "ec2:metadatahttpendpoint", "ec2:metadatahttpputresponsehoplimit"),
        *("ec2:launchtemplate", "ec2:rootdevicetype", "ec2:imagetype", "ec2:add/group", "ec2:add/userid"),
        *("ec2:remove/group", "ec2:remove/userid", "ec2:ipv4ipampoolid", "ec2:ipv6ipampoolid", "ec2:parentsnapshot"),
        *("ec2:parentvolume", "ec2:placementgroupstrategy"),
    }
)
# Types that another account's call may name, since they can be shared or peered -> where moto keeps them.
_SHARED: dict[str, Callable[[Any], Any]] = {
    "prefix-list": lambda backend: backend.managed_prefix_lists,
    "transit-gateway": lambda backend: backend.transit_gateways,
    "transit-gateway-route-table": lambda backend: backend.transit_gateways_route_tables,
    "vpc": lambda backend: backend.vpcs,
    "vpc-endpoint-service": lambda backend: backend.configurations,
    "subnet": lambda backend: {id_ for zone in backend.subnets.values() for id_ in zone},
}
_PLACES: dict[str, Callable[[Any], Any]] = _SHARED | {
    "dhcp-options": lambda backend: backend.dhcp_options_sets,
    "image": lambda backend: backend.amis,
    "key-pair": lambda backend: backend.key_pairs,
    "natgateway": lambda backend: backend.nat_gateways,
    "network-acl": lambda backend: backend.network_acls,
    "network-interface": lambda backend: backend.enis,
    "placement-group": lambda backend: getattr(backend, "placement_groups", {}),
    "route-table": lambda backend: backend.route_tables,
    "snapshot": lambda backend: backend.snapshots,
    "subnet": lambda backend: {id_: one for zone in backend.subnets.values() for id_, one in zone.items()},
    "volume": lambda backend: backend.volumes,
    "vpc-endpoint": lambda backend: backend.vpc_end_points,
    "vpc-peering-connection": lambda backend: backend.vpc_pcxs,
}


def owner_of(account_id: str, region: str, type_: str, id_: str) -> str:
    """Return the account that has a resource; the caller's for one that nobody has, or that can't be shared."""
    place = _SHARED.get(type_)
    if place is None or id_ in place(ec2_backends[account_id][region]):
        return account_id
    others = list(ec2_backends)
    last = _last_owners.get(id_)
    if last in ec2_backends:
        others.insert(0, last)
    for other in others:
        if region in ec2_backends[other] and id_ in place(ec2_backends[other][region]):
            _last_owners[id_] = other
            return other
    return account_id


# Id of a resource -> the account that had it: one that is shared is named by many accounts.
_last_owners: dict[str, str] = {}


def found(backend: Any, type_: str, id_: str) -> Any:
    """Return moto's object of a resource, None for one that doesn't exist or has no keys beside its id and tags."""
    if type_ == "security-group":
        return next((groups[id_] for groups in backend.groups.values() if id_ in groups), None)
    if type_ == "elastic-ip":
        return next((one for one in backend.addresses if one.allocation_id == id_), None)
    if type_ == "instance":
        every = (one for reservation in backend.reservations.values() for one in reservation.instances)
        return next((one for one in every if one.id == id_), None)
    place = _PLACES.get(type_)
    return place(backend).get(id_) if place else None


def of_resource(backend: Any, type_: str, id_: str, call: Any) -> Keys:
    """Return the keys of an existing resource, in lower case, and those of what the call changes of it."""
    keys: Keys = {ID_KEYS[type_]: id_} if type_ in ID_KEYS else {}
    one = found(backend, type_, id_)
    if one is not None:
        keys |= {key: value for key, value in _of(type_, one, call).items() if value}
    return keys | dict(_changes(call))


def _of(type_: str, one: Any, call: Any) -> Keys:
    get = lambda name, default="": getattr(one, name, default)  # noqa: E731 - moto's objects differ
    keys: Keys = {}
    if vpc_id := get("vpc_id", None):
        keys["ec2:vpc"] = call.arn("vpc", vpc_id, get("owner_id", None) if type_ == "subnet" else None)
    if type_ == "vpc":
        keys["ec2:tenancy"] = get("instance_tenancy", "default")
    if type_ == "subnet":
        keys |= {"ec2:availabilityzone": get("availability_zone"), "ec2:availabilityzoneid": _zone_id(one)}
    if type_ == "network-interface":
        keys |= {"ec2:subnet": call.arn("subnet", one.subnet.id), "ec2:vpc": call.arn("vpc", one.subnet.vpc_id)}
        keys["ec2:availabilityzone"] = one.subnet.availability_zone
    if type_ == "natgateway" and not keys.get("ec2:vpc"):
        keys["ec2:vpc"] = call.arn("vpc", get("vpc_id"))
    if type_ == "vpc-peering-connection":
        keys |= {"ec2:requestervpc": _vpc_arn(one.vpc), "ec2:acceptervpc": _vpc_arn(one.peer_vpc)}
    if type_ in ("elastic-ip", "vpc-endpoint", "vpc-endpoint-service"):
        keys |= _of_addresses_and_endpoints(type_, one, call)
    if type_ in ("instance", "volume", "image", "snapshot", "key-pair", "placement-group"):
        keys |= _of_computing(type_, get)
    return keys


def _of_addresses_and_endpoints(type_: str, one: Any, call: Any) -> Keys:
    if type_ == "elastic-ip":
        return {"ec2:domain": "vpc", "ec2:publicipaddress": one.public_ip}
    if type_ == "vpc-endpoint":
        return of_service(call, one.service_name)
    private = getattr(one, "private_dns_name", None) or ""
    return {"ec2:vpceserviceprivatednsname": call.parameters.get("PrivateDnsName") or private}


def _of_computing(type_: str, get: Callable[..., Any]) -> Keys:
    if type_ == "instance":
        placement = get("_placement", None)
        return {
            "ec2:instancetype": get("instance_type"),
            "ec2:availabilityzone": getattr(placement, "zone", ""),
            "ec2:tenancy": getattr(placement, "tenancy", None) or "default",
            "ec2:rootdevicetype": "ebs",
        }
    if type_ == "volume":
        zone = get("zone", None)
        return {
            "ec2:volumesize": str(get("size")),
            "ec2:volumetype": get("volume_type"),
            "ec2:encrypted": str(bool(get("encrypted", False))).lower(),
            "ec2:availabilityzone": getattr(zone, "name", ""),
            "ec2:volumeiops": str(get("iops", "") or ""),
        }
    if type_ in ("image", "snapshot"):
        owner = {"ec2:owner": get("owner_id")}
        if type_ == "snapshot":
            return owner | {"ec2:volumesize": str(get("volume_size", "") or "")}
        public = str(bool(get("is_public", False))).lower()
        return owner | {"ec2:public": public, "ec2:imagetype": "machine", "ec2:rootdevicetype": "ebs"}
    if type_ == "key-pair":
        return {"ec2:keypairtype": get("key_type", "rsa") or "rsa"}
    return {"ec2:placementgroupstrategy": get("strategy", "")}


def _zone_id(subnet: Any) -> str:
    return str(getattr(subnet, "_availability_zone_id", "") or getattr(subnet, "availability_zone_id", "") or "")


def _vpc_arn(vpc: Any) -> str:
    backend = vpc.ec2_backend
    return f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:vpc/{vpc.id}"


def of_service(call: Any, name: str) -> Keys:
    """Return the keys of an endpoint's service: https://docs.aws.amazon.com/vpc/latest/privatelink/security_iam_id-based-
    policy-examples.html. The owner is amazon for AWS's own services, else the provider's account.
    """
    id_ = name.rpartition(".")[2]
    if not id_.startswith("vpce-svc-"):
        return {"ec2:vpceservicename": name, "ec2:vpceserviceowner": "amazon", "ec2:vpceserviceregion": call.region}
    owner = owner_of(call.account_id, call.region, "vpc-endpoint-service", id_)
    return {
        "ec2:vpceservicename": name,
        "ec2:vpceserviceowner": owner,
        "ec2:vpceserviceregion": call.parameters.get("ServiceRegion") or call.region,
    }


def _changes(call: Any) -> Iterator[tuple[str, str | list[str]]]:
    """Yield ec2:Attribute and ec2:Attribute/NAME of a Modify or Reset call, and who gets or loses a permission.

    That NAME is the parameter's is not verified: the reference has no example.
    """
    if not call.operation.startswith(("Modify", "Reset")):
        return
    changed = {
        name: value
        for name, value in call.parameters.items()
        if not name.endswith(("Id", "Ids")) and name not in ("DryRun", "ClientToken", "OperationType")
    }
    if changed:
        yield "ec2:attribute", list(changed)
    for name, value in changed.items():
        inner = value.get("Value") if isinstance(value, dict) else value
        if isinstance(inner, (str, bool, int)):
            yield f"ec2:attribute/{name.lower()}", str(inner).lower() if isinstance(inner, bool) else str(inner)
    for verb in ("Add", "Remove"):
        named = (call.parameters.get(name) for name in ("LaunchPermission", "CreateVolumePermission"))
        permission = next((each for each in named if each), {})
        for member, key in (("Group", "group"), ("UserId", "userid")):
            values = [each[member] for each in permission.get(verb) or [] if each.get(member)]
            if values:
                yield f"ec2:{verb.lower()}/{key}", values
