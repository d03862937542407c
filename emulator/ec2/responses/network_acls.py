# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on network ACLs, their entries and their associations with subnets."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.network_acls import NetworkAcl, NetworkAclEntry

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found
from emulator.ec2.lag import creates

# Filters: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html
NETWORK_ACLS = Listing(
    "NetworkAcls",
    "NetworkAclId",
    "NetworkAclIds",
    {
        "association.association-id": "Associations[].NetworkAclAssociationId",
        "association.network-acl-id": "Associations[].NetworkAclId",
        "association.subnet-id": "Associations[].SubnetId",
        "default": "IsDefault",
        "entry.cidr": "Entries[].CidrBlock",
        "entry.egress": "Entries[].Egress",
        "entry.icmp.code": "Entries[].IcmpTypeCode.Code",
        "entry.icmp.type": "Entries[].IcmpTypeCode.Type",
        "entry.ipv6-cidr": "Entries[].Ipv6CidrBlock",
        "entry.port-range.from": "Entries[].PortRange.From",
        "entry.port-range.to": "Entries[].PortRange.To",
        "entry.protocol": "Entries[].Protocol",
        "entry.rule-action": "Entries[].RuleAction",
        "entry.rule-number": "Entries[].RuleNumber",
        "network-acl-id": "NetworkAclId",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
    },
    prefix="acl",
)
CLOSING = 32767
# "Rules per network ACL": each direction, IPv4 and IPv6 are counted separately, the closing deny included:
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
MAX_RULES = 20
# "Network ACLs per VPC" of the same page.
MAX_ACLS = 200
NUMBERS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}


class NetworkAclResponse(Describing):
    def network_acl(self, network_acl_id: str) -> NetworkAcl:
        if network_acl_id not in self.ec2_backend.network_acls:
            raise not_found(network_acl_id, "acl")
        return self.ec2_backend.network_acls[network_acl_id]

    def network_acl_item(self, acl: NetworkAcl) -> dict[str, Any]:
        """Return the ACL in the API's shape; as in recordings, Entries has the closing denies, Tags may be empty."""
        entries = sorted(acl.network_acl_entries, key=lambda entry: (not entry.egress, entry.rule_number))
        return {
            "Associations": [
                {"NetworkAclAssociationId": association.id, "NetworkAclId": acl.id, "SubnetId": association.subnet_id}
                for association in acl.associations
            ],
            "Entries": [entry_item(entry) for entry in entries],
            "IsDefault": acl.default,
            "NetworkAclId": acl.id,
            "OwnerId": acl.owner_id,
            "Tags": self.tag_list(acl.id),
            "VpcId": acl.vpc_id,
        }

    @creates("acl")
    def create_network_acl(self) -> ActionResult:
        """Create an ACL that denies everything; its entries are those of the API reference's example."""
        vpc = self.vpc(self.required("VpcId"))
        tags = self.tags_for("network-acl")
        if sum(acl.vpc_id == vpc.id for acl in self.ec2_backend.network_acls.values()) >= MAX_ACLS:
            # The code is that of errors-overview.html; the text is not verified.
            raise EC2ClientError("NetworkAclLimitExceeded", "The maximum number of network ACLs has been reached.")
        acl = self.ec2_backend.create_network_acl(vpc.id)
        for egress in (True, False):
            self._put(acl, CLOSING, egress, {"Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"})
        if self.ec2_backend.ipv6_blocks(vpc):
            self.close_to_ipv6(acl)
        acl.add_tags(tags)
        return ActionResult({"NetworkAcl": self.network_acl_item(acl)})

    def describe_network_acls(self) -> ActionResult:
        return self.listed(
            NETWORK_ACLS, map(self.network_acl_item, (self.ec2_backend.network_acls | self.seen.acl).values())
        )

    def delete_network_acl(self) -> ActionResult:
        """Delete an ACL that is neither the default one nor associated.

        "You can't delete the ACL if it's associated with any subnets. You can't delete the default network ACL":
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html
        """
        acl = self.network_acl(self.required("NetworkAclId"))
        if acl.default:
            raise invalid_value(f"cannot delete default network ACL {acl.id}")
        if acl.associations:
            raise dependency_violation("networkAcl", acl.id)
        del self.ec2_backend.network_acls[acl.id]
        self.ec2_backend.tags.pop(acl.id, None)
        return EmptyResult()

    # Entries

    def create_network_acl_entry(self) -> ActionResult:
        acl, number, egress = self._of_entry()
        wanted = self._entry_given()
        if self._find(acl, number, egress):
            # https://github.com/ansible-collections/amazon.aws/issues/2592
            raise EC2ClientError(
                "NetworkAclEntryAlreadyExists", f"The network acl entry identified by {number} already exists."
            )
        family = "CidrBlock" if "CidrBlock" in wanted else "Ipv6CidrBlock"
        there = [e for e in acl.network_acl_entries if e.egress == egress and family in entry_item(e)]
        if len(there) >= MAX_RULES:
            # https://github.com/cisagov/cool-assessment-terraform/issues/288
            raise EC2ClientError(
                "NetworkAclEntryLimitExceeded", "The maximum number of network acl entries has been reached."
            )
        self._put(acl, number, egress, wanted)
        return EmptyResult()

    def replace_network_acl_entry(self) -> ActionResult:
        acl, number, egress = self._of_entry()
        wanted = self._entry_given()
        acl.network_acl_entries.remove(self._there(acl, number, egress))
        self._put(acl, number, egress, wanted)
        return EmptyResult()

    def delete_network_acl_entry(self) -> ActionResult:
        acl, number, egress = self._of_entry()
        acl.network_acl_entries.remove(self._there(acl, number, egress))
        return EmptyResult()

    def _of_entry(self) -> tuple[NetworkAcl, int, bool]:
        acl, number = self.network_acl(self.required("NetworkAclId")), self.required("RuleNumber")
        if not 1 <= number < CLOSING:
            # "The range 32767 to 65535 is reserved for internal use" (CreateNetworkAclEntry); the text is not verified.
            raise invalid_value(f"Value ({number}) for parameter ruleNumber is invalid.")
        return acl, number, str(self.required("Egress")).lower() == "true"

    def _entry_given(self) -> dict[str, Any]:
        """Return the entry of the request in the API's shape; refuses invalid and missing parameters:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
        """
        protocol, action = str(self.required("Protocol")), self.required("RuleAction")
        protocol = NUMBERS.get(protocol, protocol)
        if protocol != "-1" and not (protocol.isdecimal() and int(protocol) <= 255):
            # The text is AWS's for security groups (terraform-provider-aws#1793), not verified for network ACLs.
            raise invalid_value(f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
        entry: dict[str, Any] = {"Protocol": protocol, "RuleAction": action}
        if action not in ("allow", "deny"):
            raise invalid_value(f"Value ({action}) for parameter ruleAction is invalid.")
        # "We modify the specified CIDR block to its canonical form."
        for name, kind in (("CidrBlock", IPv4Network), ("Ipv6CidrBlock", IPv6Network)):
            if block := self._get_param(name):
                entry[name] = _canonical(block, kind)
        if len({"CidrBlock", "Ipv6CidrBlock"} & set(entry)) != 1:
            raise EC2ClientError("MissingParameter", "The request must contain exactly one of cidrBlock, ipv6CidrBlock")
        if protocol in ("6", "17"):
            ports = self.required("PortRange")
            if not 0 <= ports.get("From", -1) <= ports.get("To", -1) <= 65535:
                raise invalid_value(f"Value ({ports}) for parameter portRange is invalid.")
            entry["PortRange"] = {"From": ports["From"], "To": ports["To"]}
        elif protocol == "1" or (protocol == "58" and "Ipv6CidrBlock" in entry):
            entry["IcmpTypeCode"] = _icmp(self.required("IcmpTypeCode"))
        return entry

    def _find(self, acl: NetworkAcl, number: int, egress: bool) -> NetworkAclEntry | None:
        for entry in acl.network_acl_entries:
            if entry.rule_number == number and entry.egress == egress:
                return entry
        return None

    def _there(self, acl: NetworkAcl, number: int, egress: bool) -> NetworkAclEntry:
        entry = self._find(acl, number, egress)
        if entry is None:
            # https://github.com/hashicorp/terraform-provider-aws/issues/12175
            direction = "egress" if egress else "ingress"
            raise EC2ClientError("InvalidNetworkAclEntry.NotFound", f"no {direction} entry with number {number}")
        return entry

    def _put(self, acl: NetworkAcl, number: int, egress: bool, entry: dict[str, Any]) -> None:
        ports, icmp = entry.get("PortRange", {}), entry.get("IcmpTypeCode", {})
        acl.network_acl_entries.append(
            NetworkAclEntry(
                self.ec2_backend,
                acl.id,
                number,
                entry["Protocol"],
                entry["RuleAction"],
                egress,
                entry.get("CidrBlock", ""),
                icmp.get("Code"),
                icmp.get("Type"),
                ports.get("From"),
                ports.get("To"),
                entry.get("Ipv6CidrBlock"),
            )
        )

    # Associations

    def replace_network_acl_association(self) -> ActionResult:
        """Replace a subnet's association, as every subnet has one; the new one has another id."""
        association_id, acl = self.required("AssociationId"), self.network_acl(self.required("NetworkAclId"))
        for other in self.ec2_backend.network_acls.values():
            if association_id not in other._associations:
                continue
            subnet = self.subnet(other._associations[association_id].subnet_id)
            if subnet.vpc_id != acl.vpc_id:
                # The code is that of route tables; neither it nor the text is verified.
                raise invalid_value(f"network ACL {acl.id} and subnet {subnet.id} belong to different networks")
            made = self.ec2_backend.replace_network_acl_association(association_id, acl.id)
            return ActionResult({"NewAssociationId": made.id})
        raise not_found(association_id, "aclassoc")


def _icmp(given: dict[str, int]) -> dict[str, int]:
    """Return type and code; the text is AWS's for groups: terraform-aws-modules/terraform-aws-security-group#7."""
    icmp = {"Code": given.get("Code", -1), "Type": given.get("Type", -1)}
    for word, value in icmp.items():
        if not -1 <= value <= 255:
            raise invalid_value(f"ICMP {word.lower()} ({value}) out of range")
    return icmp


def _canonical(block: str, kind: type[IPv4Network] | type[IPv6Network]) -> str:
    try:
        if "/" not in block:
            raise ValueError(block)
        return str(kind(block, strict=False))
    except ValueError:
        raise invalid_value(f"Value ({block}) for parameter cidrBlock is invalid.") from None


def entry_item(entry: NetworkAclEntry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "CidrBlock": entry.cidr_block,
        "Ipv6CidrBlock": entry.ipv6_cidr_block,
        "Egress": entry.egress,
        "IcmpTypeCode": entry.icmp_type_code,
        "PortRange": entry.port_range,
        "Protocol": entry.protocol,
        "RuleAction": entry.rule_action,
        "RuleNumber": entry.rule_number,
    }
    return {key: value for key, value in item.items() if value not in (None, "")}
