# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of an EC2 call: those that it names, those that it means without naming them, those that it creates.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html lists the types of each action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from moto.ec2.models import ec2_backends

from emulator.iam import ec2_keys, ec2_names, ec2_new
from emulator.iam.parameters import leaves, pairs
from emulator.iam.reference import VARIABLE, page, rows

# Prefix of an id -> resource type.
TYPES: dict[str, str] = {
    "acl": "network-acl",
    "afi": "fpga-image",
    "ami": "image",
    "cagw": "carrier-gateway",
    "cgw": "customer-gateway",
    "cr": "capacity-reservation",
    "cvpn-endpoint": "client-vpn-endpoint",
    "dopt": "dhcp-options",
    "eice": "instance-connect-endpoint",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "fleet": "fleet",
    "h": "dedicated-host",
    "i": "instance",
    "igw": "internet-gateway",
    "ipam": "ipam",
    "ipam-pool": "ipam-pool",
    "ipam-res-disco": "ipam-resource-discovery",
    "ipam-res-disco-assoc": "ipam-resource-discovery-association",
    "ipam-scope": "ipam-scope",
    "ipv4pool-ec2": "ipv4pool-ec2",
    "ipv6pool-ec2": "ipv6pool-ec2",
    "lt": "launch-template",
    "nat": "natgateway",
    "nia": "network-insights-analysis",
    "nip": "network-insights-path",
    "nis": "network-insights-access-scope",
    "nisa": "network-insights-access-scope-analysis",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rs": "route-server",
    "rse": "route-server-endpoint",
    "rsp": "route-server-peer",
    "rtb": "route-table",
    "scr": "subnet-cidr-reservation",
    "sfr": "spot-fleet-request",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "tgw-connect-peer": "transit-gateway-connect-peer",
    "tgw-mcast-domain": "transit-gateway-multicast-domain",
    "tgw-ptb": "transit-gateway-policy-table",
    "tgw-rtb": "transit-gateway-route-table",
    "tmf": "traffic-mirror-filter",
    "tmfr": "traffic-mirror-filter-rule",
    "tms": "traffic-mirror-session",
    "tmt": "traffic-mirror-target",
    "vae": "verified-access-endpoint",
    "vagr": "verified-access-group",
    "vai": "verified-access-instance",
    "vatp": "verified-access-trust-provider",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpcbpa-exclude": "vpc-block-public-access-exclusion",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpcec": "vpc-encryption-control",
    "vpn": "vpn-connection",
}
ID = re.compile(rf"({'|'.join(sorted(TYPES, key=len, reverse=True))})-[0-9a-zA-Z]+")
# Parameters whose values name what the call isn't about: conditions of a list, and the other side of a peering, which
# is the key ec2:AccepterVpc (https://docs.aws.amazon.com/vpc/latest/peering/security-iam.html).
_BESIDE = ("Filters", "PeerVpcId", "ClientToken", "TagSpecifications", "Description")
_NAMED_BY = {"key-pair": "KeyName", "placement-group": "GroupName"}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html: without them the default ones are used.
_IN_DEFAULT_VPC = ("CreateSecurityGroup", "RunInstances")


class Named(NamedTuple):
    """Resource of a call. own: its tags; keys: its condition keys; specified: tags that the call gives it, if new."""

    arn: str
    type: str
    own: dict[str, str]
    keys: dict[str, str | list[str]]
    specified: dict[str, str] | None = None


class Ec2Call:
    def __init__(self, account_id: str, region: str, operation: str, parameters: dict[str, Any]):
        self.account_id, self.region, self.operation, self.parameters = account_id, region, operation, parameters
        self.backend = ec2_backends[account_id][region]
        found = rows("ec2", operation)
        # An operation that is newer than the reference is about all that it names.
        self.is_known = found is not None
        self.rows = {row.type: row for row in found or ()}
        self.specified = {
            each["ResourceType"]: pairs(each.get("Tags")) for each in parameters.get("TagSpecifications") or []
        }

    def arn(self, type_: str, id_: str, account_id: str | None = None) -> str:
        values = {"Partition": "aws", "Region": self.region, "Account": account_id or self.account_id}
        return VARIABLE.sub(lambda found: values.get(found[1], id_), page("ec2").arns[type_])

    def resources(self) -> list[Named]:
        found = {named.arn: named for named in (*self._existing(), *self._new())}
        return list(found.values())

    def _existing(self) -> Iterator[Named]:
        for type_, id_ in dict.fromkeys((*self._by_id(), *self._by_variable(), *self._meant())):
            row = self.rows.get(type_)
            if self.is_known and (row is None or row.is_new):
                continue
            owner = ec2_keys.owner_of(self.account_id, self.region, type_, id_)
            backend = ec2_backends[owner][self.region]
            # AWS doesn't say whether a shared resource's tags count: here only those of an own one do.
            own = self.backend.tags.get(id_, {})
            keys = ec2_keys.of_resource(backend, type_, id_, self)
            yield Named(self.arn(type_, id_, owner), type_, own, keys)

    def _by_id(self) -> Iterator[tuple[str, str]]:
        given = {name: value for name, value in self.parameters.items() if name not in _BESIDE}
        for text in leaves(given):
            for id_ in ec2_names.associated(self.backend, text):
                if matched := ID.fullmatch(id_):
                    yield TYPES[matched[1]], id_

    def _by_variable(self) -> Iterator[tuple[str, str]]:
        """Yield what a parameter names that has the name of the ARN's variable: TransitGatewayMeteringPolicyId."""
        for row in self.rows.values():
            *_, variable = VARIABLE.findall(page("ec2").arns[row.type])
            value = self.parameters.get(variable)
            for id_ in value if isinstance(value, list) else [value]:
                if isinstance(id_, str) and id_:
                    yield row.type, id_

    def _meant(self) -> Iterator[tuple[str, str]]:
        """Yield what a call is about by its name, its address, or by default."""
        yield from ec2_names.by_name(self.backend, self.parameters, set(self.rows))
        if self.operation in _IN_DEFAULT_VPC:
            yield from ec2_names.defaults(self.backend, self.parameters, set(self.rows))
        if self.operation == "AcceptVpcPeeringConnection":
            peering = self.backend.vpc_pcxs.get(self.parameters.get("VpcPeeringConnectionId", ""))
            if peering is not None:
                yield "vpc", peering.peer_vpc.id

    def _new(self) -> Iterator[Named]:
        """Yield what the call creates: a type that the reference requires, and one that it gives tags to."""
        for row in self.rows.values():
            tags = self.specified.get(row.type, {})
            if row.is_new and (row.required or tags or self._has_volumes(row.type)):
                # Of two types the caller chooses the name, which is in the ARN.
                id_ = str(self.parameters.get(_NAMED_BY.get(row.type, ""), "*"))
                yield Named(self.arn(row.type, id_), row.type, {}, ec2_new.of_new(self, row.type), tags)

    def _has_volumes(self, type_: str) -> bool:
        """Return true for the volumes of a launch: of its block devices, or the root device of an image on EBS.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html: "network interface, volume, [...]
        which are required to launch an instance into a VPC".
        """
        if type_ != "volume" or self.operation != "RunInstances":
            return False
        image = self.backend.amis.get(self.parameters.get("ImageId", ""))
        devices = self.parameters.get("BlockDeviceMappings") or []
        on_instance = getattr(image, "root_device_type", "ebs") == "instance-store"
        return not on_instance or any(each.get("Ebs") for each in devices)
