# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces: moto's, with addresses that are their subnet's, and attachments of services.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.elastic_network_interfaces import NetworkInterface as MotoInterface

from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.models.security_group_associations import usable_in
from emulator.ec2.models.subnets import Subnet


class NetworkInterface(MotoInterface):
    """A network interface, which takes its addresses of its subnet until `release`.

    Its class has moto's name, of which moto's serializer derives members of answers.
    private_ip_addresses: [{"Primary": ..., "PrivateIpAddress": ...}], the primary first, empty in an IPv6-only subnet;
    associations: private address -> its Elastic IP address.
    """

    # Attachment of a service, in the API's shape; instances' are moto's.
    service_attachment: dict[str, Any] | None = None
    # The service or caller that created it; None for an instance's primary interface.
    requester_id: str | None = None

    def __init__(
        self,
        ec2_backend: Any,
        subnet: Subnet,
        private_ip_address: Any = None,
        private_ip_addresses: list[Any] | None = None,
        group_ids: list[str] | None = None,
        secondary_count: int = 0,
        ipv4_prefixes: list[str] | int = 0,
        ipv6_addresses: list[str] | None = None,
        ipv6_address_count: int | None = None,
        ipv6_prefixes: list[str] | int = 0,
        **options: Any,
    ):
        self.subnet = subnet
        self.associations: dict[str, ElasticAddress] = {}
        self.ipv4_prefixes: list[str] = []
        self.ipv6_prefixes: list[str] = []
        self.private_ip_addresses, self.ipv6_addresses = [], []
        groups = security_groups(ec2_backend, subnet, group_ids or [], launching="device_index" in options)
        primary, others = _named(private_ip_address, private_ip_addresses or [])
        try:
            if subnet.pool or primary:
                self._take_primary(primary)
            self.take_addresses(others, secondary_count)
            self.take_prefixes(ipv4_prefixes)
            count = ipv6_address_count
            if count is None and not ipv6_addresses and (subnet.assign_ipv6_address_on_creation or not subnet.pool):
                count = 1 if subnet.ipv6_block else 0
            self.take_ipv6(ipv6_addresses or [], count or 0)
            self.take_prefixes_ipv6(ipv6_prefixes)
        except EC2ClientError:
            self.give_back()
            raise
        taken, taken6 = self.private_ip_addresses, self.ipv6_addresses
        super().__init__(
            ec2_backend,
            subnet,
            taken[0]["PrivateIpAddress"] if taken else "0.0.0.0",
            list(taken) or [{}],
            **options,
        )
        if groups:
            self._group_set = groups
        self.private_ip_addresses, self.ipv6_addresses = taken, taken6
        if not taken:
            self.private_ip_address = None
        self.created = datetime.now(timezone.utc)
        subnet.interfaces[self.id] = self

    # Addresses

    def _take_primary(self, address: str | None) -> None:
        pool = self.subnet.ipv4
        if address:
            pool.take(address)
        self._add(address or pool.take_next(), primary=True)

    def _add(self, address: str, primary: bool = False) -> None:
        self.private_ip_addresses.append({"Primary": primary, "PrivateIpAddress": address})

    def take_addresses(self, addresses: list[str], count: int) -> list[str]:
        """Assign these secondary IPv4 addresses, or any `count`; returns them. Raises with none of them assigned."""
        taken: list[str] = []
        try:
            for address in addresses:
                self.subnet.ipv4.take(address)
                taken.append(address)
            for _ in range(count):
                taken.append(self.subnet.ipv4.take_next())
        except EC2ClientError:
            if self.subnet.pool:
                self.subnet.pool.release(taken)
            raise
        for address in taken:
            self._add(address)
        return taken

    def take_from_others(self, addresses: list[str], allowed: bool) -> None:
        """Unassign these secondary addresses of the subnet's other interfaces; refuses unless `allowed`."""
        for other in self.subnet.interfaces.values():
            secondary = {one["PrivateIpAddress"] for one in other.private_ip_addresses if not one["Primary"]}
            moved = sorted(secondary & set(addresses)) if other is not self else []
            if moved and not allowed:
                raise invalid_value(f"Some of [{', '.join(moved)}] are assigned, but move is not allowed.")
            if moved:
                other.drop_addresses(moved)

    def take_prefixes(self, prefixes: list[str] | int) -> list[str]:
        taken: list[str] = []
        try:
            for prefix in [None] * prefixes if isinstance(prefixes, int) else prefixes:
                taken.append(self.subnet.ipv4.take_prefix(prefix))
        except EC2ClientError:
            if self.subnet.pool:
                self.subnet.pool.release_prefixes(taken)
            raise
        self.ipv4_prefixes += taken
        return taken

    def take_ipv6(self, addresses: list[str], count: int) -> list[str]:
        if not addresses and not count:
            return []
        block, pool, taken = self._ipv6_block(), self.subnet.pool6, []
        try:
            for address in addresses:
                taken.append(pool.take(address, block))
        except EC2ClientError:
            pool.taken.difference_update(taken)
            raise
        taken += [pool.take_next(block) for _ in range(count)]
        self.ipv6_addresses += taken
        return taken

    def take_prefixes_ipv6(self, prefixes: list[str] | int) -> list[str]:
        if not prefixes:
            return []
        block, pool, taken = self._ipv6_block(), self.subnet.pool6, []
        try:
            for prefix in [None] * prefixes if isinstance(prefixes, int) else prefixes:
                taken.append(pool.take_prefix(block, prefix))
        except EC2ClientError:
            pool.prefixes.difference_update(taken)
            raise
        self.ipv6_prefixes += taken
        return taken

    def _ipv6_block(self) -> Any:
        if self.subnet.ipv6_block is None:
            # Neither code nor text is verified.
            raise invalid_value(f"The subnet '{self.subnet.id}' has no IPv6 CIDR block to assign addresses of")
        return self.subnet.ipv6_block

    def drop_addresses(self, addresses: list[str]) -> None:
        self.subnet.ipv4.release(addresses)
        kept = [one for one in self.private_ip_addresses if one["PrivateIpAddress"] not in addresses]
        self.private_ip_addresses[:] = kept
        for address in addresses:
            if elastic := self.associations.get(address):
                self.dissociate(elastic)

    def drop_prefixes(self, prefixes: list[str]) -> None:
        self.subnet.ipv4.release_prefixes(prefixes)
        self.ipv4_prefixes[:] = [one for one in self.ipv4_prefixes if one not in prefixes]

    def drop_ipv6(self, addresses: list[str], prefixes: list[str]) -> None:
        self.subnet.pool6.taken.difference_update(addresses)
        self.subnet.pool6.prefixes.difference_update(prefixes)
        self.ipv6_addresses[:] = [one for one in self.ipv6_addresses if one not in addresses]
        self.ipv6_prefixes[:] = [one for one in self.ipv6_prefixes if one not in prefixes]

    def give_back(self) -> None:
        """Give all addresses back to the subnet."""
        if self.subnet.pool:
            self.subnet.pool.release(one["PrivateIpAddress"] for one in self.private_ip_addresses)
            self.subnet.pool.release_prefixes(self.ipv4_prefixes)
        self.subnet.pool6.taken.difference_update(self.ipv6_addresses)
        self.subnet.pool6.prefixes.difference_update(self.ipv6_prefixes)

    def release(self) -> None:
        """Leave the subnet: give the addresses back, and dissociate the Elastic IP addresses."""
        if self.subnet.interfaces.pop(self.id, None):
            self.give_back()
            for elastic in list(self.associations.values()):
                self.dissociate(elastic)

    def delete(self) -> None:
        self.ec2_backend.delete_network_interface(self.id)

    # Elastic IP addresses

    def associate(self, elastic: ElasticAddress, address: str | None, association_id: str) -> None:
        private = address or self.private_ip_address
        self.associations[private] = elastic
        elastic.eni, elastic.instance, elastic.association_id = self, self.instance, association_id
        elastic.private_address = private
        self._note_public()

    def dissociate(self, elastic: ElasticAddress) -> None:
        self.associations.pop(elastic.private_address, None)
        elastic.eni = elastic.instance = elastic.association_id = elastic.private_address = None
        self._note_public()

    def _note_public(self) -> None:
        """Set the public address of the primary one: its Elastic IP address, else none.

        A running instance that had one assigned at launch gets a new one then, which moto's method does:
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
        """
        elastic = self.associations.get(self.private_ip_address or "")
        self.public_ip = elastic.public_ip if elastic else None
        if not elastic and self.instance and self.instance.state == "running":
            self.check_auto_public_ip()

    @property
    def private_dns_name(self) -> str | None:
        """Name of the primary address, None if the VPC has no DNS hostnames or the subnet is IPv6-only.

        https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html#vpc-dns-hostnames
        """
        vpc = self.subnet.ec2_backend.vpcs.get(self.subnet.vpc_id)
        if not self.private_ip_address or not vpc or not vpc.enable_dns_hostnames:
            return None
        return private_name(self.private_ip_address, self.ec2_backend.region_name)

    @private_dns_name.setter
    def private_dns_name(self, name: str) -> None:
        """Ignore moto's name, which is us-east-1's in all regions."""

    # Groups

    @property
    def group_set(self) -> list[Any]:
        return self._group_set

    @property
    def is_available(self) -> bool:
        return not self.attachment_id and self.service_attachment is None


def private_name(address: str, region: str) -> str:
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def public_name(address: str, region: str) -> str:
    domain = "compute-1.amazonaws.com" if region == "us-east-1" else f"{region}.compute.amazonaws.com"
    return f"ec2-{address.replace('.', '-')}.{domain}"


# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
MAX_GROUPS = 5


def security_groups(backend: Any, subnet: Subnet, group_ids: list[str], launching: bool = False) -> list[Any]:
    """Return the groups of these ids. Raises AWS's error for an unknown one, one of another VPC, or too many.

    Two networks: boto/boto3#569, and RunInstances' own code and text as users quote them. The text of the limit is not
    verified.
    """
    groups = []
    for group_id in dict.fromkeys(group_ids):
        group = next((by_id[group_id] for by_id in backend.groups.values() if group_id in by_id), None)
        if group is None and (association := backend.group_associations.get((group_id, subnet.vpc_id))):
            group = association.group
        if group is None:
            raise not_found(group_id, "sg")
        if not usable_in(group, subnet.vpc_id) and not launching:
            raise EC2ClientError(
                "InvalidGroup.NotFound", "You have specified two resources that belong to different networks."
            )
        if not usable_in(group, subnet.vpc_id):
            raise EC2ClientError(
                "InvalidParameter", f"Security group {group_id} and subnet {subnet.id} belong to different networks."
            )
        groups.append(group)
    if len(groups) > MAX_GROUPS:
        raise EC2ClientError(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "You have exceeded the maximum number of security groups per network interface.",
        )
    return groups


def _named(address: Any, addresses: list[Any]) -> tuple[str | None, list[str]]:
    """Return the primary address, None if none is named, and the secondary ones.

    addresses: PrivateIpAddresses, {"PrivateIpAddress": ..., "Primary": ...}, or texts. Raises
    InvalidParameterCombination for two primary addresses; neither code nor text is verified.
    """
    rows = [one if isinstance(one, dict) else {"PrivateIpAddress": one} for one in addresses]
    primary = [one["PrivateIpAddress"] for one in rows if one.get("Primary")]
    if isinstance(address, list):
        address = address[0] if address else None
    if len(primary) > 1 or (primary and address and primary[0] != address):
        raise EC2ClientError("InvalidParameterCombination", "Only one primary private IP address can be specified.")
    others = [one["PrivateIpAddress"] for one in rows if not one.get("Primary")]
    return address or (primary[0] if primary else None), [one for one in others if one != address]
