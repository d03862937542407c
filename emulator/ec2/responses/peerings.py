# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on VPC peering connections."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.peerings import Peering, UnknownVpc, blocks_of, overlap

# Filters: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html
PEERINGS = Listing(
    "VpcPeeringConnections",
    "VpcPeeringConnectionId",
    "VpcPeeringConnectionIds",
    {
        "accepter-vpc-info.cidr-block": "AccepterVpcInfo.CidrBlock",
        "accepter-vpc-info.owner-id": "AccepterVpcInfo.OwnerId",
        "accepter-vpc-info.vpc-id": "AccepterVpcInfo.VpcId",
        "expiration-time": "ExpirationTime",
        "requester-vpc-info.cidr-block": "RequesterVpcInfo.CidrBlock",
        "requester-vpc-info.owner-id": "RequesterVpcInfo.OwnerId",
        "requester-vpc-info.vpc-id": "RequesterVpcInfo.VpcId",
        "status-code": "Status.Code",
        "status-message": "Status.Message",
        "vpc-peering-connection-id": "VpcPeeringConnectionId",
    },
    prefix="pcx",
)
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html, "VPC peering connections"
ACTIVE_PER_VPC = 50
OUTSTANDING_REQUESTS = 25
_SIDES = {"Accepter": "peer_vpc", "Requester": "vpc"}


class PeeringResponse(Describing):
    def peering(self, peering_id: str) -> Peering:
        found = self._peerings().get(peering_id)
        if found is None:
            raise not_found(peering_id, "pcx")
        return found

    def _peerings(self) -> dict[str, Peering]:
        """Return the connections that the account sees, by id; forgets those that it doesn't see any longer."""
        known = self.ec2_backend.vpc_pcxs
        for key in [key for key, peering in known.items() if not peering.is_seen_by(self.current_account)]:
            del known[key]
            self.ec2_backend.tags.pop(key, None)
        return known

    def peering_item(self, peering: Peering) -> dict[str, Any]:
        """Return the connection in the API's shape.

        The accepter's CIDR blocks are absent before it is active, both sides' after it is deleted: amazon.aws'
        integration target ec2_vpc_peering, which its maintainers run on AWS.
        """
        status = peering.status
        item = {
            "VpcPeeringConnectionId": peering.id,
            "Status": status,
            "RequesterVpcInfo": _side(peering.vpc, peering.requester_options, status["Code"] not in _OVER),
            "AccepterVpcInfo": _side(peering.peer_vpc, peering.accepter_options, status["Code"] in _ACTIVE),
            "Tags": self.tag_list(peering.id),
        }
        if status["Code"] in ("initiating-request", "pending-acceptance", "expired"):
            item["ExpirationTime"] = peering.expires
        return item

    @creates("pcx")
    def create_vpc_peering_connection(self) -> ActionResult:
        """Request a connection; answers one between the same VPCs that is open again, as is observed:
        https://github.com/hashicorp/terraform-provider-aws/issues/27750
        """
        vpc, peer_id = self.vpc(self.required("VpcId")), self.required("PeerVpcId")
        owner_id = self._get_param("PeerOwnerId") or self.current_account
        region = self._get_param("PeerRegion") or self.region
        if not (owner_id.isdecimal() and len(owner_id) == 12):
            raise EC2ClientError("InvalidUserID.Malformed", f'Invalid user id: "{owner_id}"')
        if peer_id == vpc.id:
            # Neither code nor text is verified.
            raise invalid_value(f"The VPC {vpc.id} can't be peered with itself")
        tags = self.tags_for("vpc-peering-connection")
        peer_vpc = self._peer_vpc(peer_id, owner_id, region)
        if known := self._open_between(vpc.id, peer_id):
            return ActionResult({"VpcPeeringConnection": self.peering_item(known)})
        self._check_peering_quota(vpc.id)
        fails = isinstance(peer_vpc, UnknownVpc) or overlap(vpc, peer_vpc)
        peering = Peering(self.ec2_backend, vpc, peer_vpc, fails)
        self.ec2_backend.vpc_pcxs[peering.id] = peering
        if not fails:
            ec2_backends[owner_id][region].vpc_pcxs[peering.id] = peering
        self.ec2_backend.create_tags([peering.id], tags)
        item = self.peering_item(peering)
        initiating = {"Code": "initiating-request", "Message": f"Initiating Request to {owner_id}"}
        return ActionResult({"VpcPeeringConnection": item | {"Status": initiating}})

    def _peer_vpc(self, vpc_id: str, owner_id: str, region: str) -> Any:
        """Return the VPC, or UnknownVpc, with which the request fails, for one of another account or region that
        doesn't exist; in the own account and region that is an error.
        """
        if owner_id == self.current_account and region == self.region:
            return self.vpc(vpc_id)
        return ec2_backends[owner_id][region].vpcs.get(vpc_id) or UnknownVpc(vpc_id, owner_id, region)

    def _open_between(self, vpc_id: str, peer_id: str) -> Peering | None:
        """Return the open connection that this VPC has requested; raises AlreadyExists if the peer has requested one:
        errors-overview.html, VpcPeeringConnectionAlreadyExists (the text is not verified).
        """
        for peering in self._peerings().values():
            if not peering.is_open:
                continue
            if (peering.vpc.id, peering.peer_vpc.id) == (vpc_id, peer_id):
                return peering
            if (peering.vpc.id, peering.peer_vpc.id) == (peer_id, vpc_id):
                raise EC2ClientError(
                    "VpcPeeringConnectionAlreadyExists",
                    f"A VPC peering connection between {vpc_id} and {peer_id} already exists: {peering.id}",
                )
        return None

    def _check_peering_quota(self, vpc_id: str) -> None:
        """Codes: errors-overview.html; the texts are not verified."""
        of_vpc = [known for known in self._peerings().values() if vpc_id in (known.vpc.id, known.peer_vpc.id)]
        if sum(known.state in _ACTIVE for known in of_vpc) >= ACTIVE_PER_VPC:
            raise EC2ClientError(
                "VpcPeeringConnectionsPerVpcLimitExceeded",
                f"The maximum number of VPC peering connections of {vpc_id} has been reached.",
            )
        waiting = [known for known in of_vpc if known.vpc.id == vpc_id and known.state == "pending-acceptance"]
        if len(waiting) >= OUTSTANDING_REQUESTS:
            raise EC2ClientError(
                "OutstandingVpcPeeringConnectionLimitExceeded",
                f"The maximum number of outstanding VPC peering connection requests of {vpc_id} has been reached.",
            )

    def describe_vpc_peering_connections(self) -> ActionResult:
        return self.listed(PEERINGS, map(self.peering_item, self._peerings().values()))

    def accept_vpc_peering_connection(self) -> ActionResult:
        peering = self._received("accept")
        peering.accept()
        return ActionResult({"VpcPeeringConnection": self.peering_item(peering)})

    def reject_vpc_peering_connection(self) -> ActionResult:
        self._received("reject").reject()
        return ActionResult({"Return": True})

    def _received(self, verb: str) -> Peering:
        """Return the request's connection if the account, in this region, has the accepter's VPC.

        Code and texts: OperationNotPermitted, as moto's authors found them on AWS.
        """
        peering = self.peering(self.required("VpcPeeringConnectionId"))
        peer = peering.peer_vpc
        if peer.owner_id != self.current_account:
            raise EC2ClientError(
                "OperationNotPermitted",
                f"User ({self.current_account}) cannot {verb} peering {peering.id}",
            )
        if peer.region != self.region:
            raise EC2ClientError(
                "OperationNotPermitted",
                f"Incorrect region ({self.region}) specified for this request. "
                f"VPC peering connection {peering.id} must be {verb}ed in region {peer.region}",
            )
        return peering

    def delete_vpc_peering_connection(self) -> ActionResult:
        self.peering(self.required("VpcPeeringConnectionId")).delete(self.current_account)
        return ActionResult({"Return": True})

    def modify_vpc_peering_connection_options(self) -> ActionResult:
        """Modify the options of the sides whose VPCs the account has, in this region:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcPeeringConnectionOptions.html
        """
        peering = self.peering(self.required("VpcPeeringConnectionId"))
        if peering.state != "active":
            # The code is verified by nothing but the page's "VPC peering connection must be active".
            raise EC2ClientError("InvalidStateTransition", f"VPC peering connection {peering.id} is not active")
        answer = {}
        for side, attribute in _SIDES.items():
            wanted = self.given(f"{side}PeeringConnectionOptions")
            if not wanted:
                continue
            vpc = getattr(peering, attribute)
            if (vpc.owner_id, vpc.region) != (self.current_account, self.region):
                raise EC2ClientError(
                    "OperationNotPermitted",
                    f"User {self.current_account} cannot modify the {side.lower()} options of {peering.id} here",
                )
            if wanted.get("AllowDnsResolutionFromRemoteVpc") and not vpc.enable_dns_hostnames:
                # errors-overview.html: "DNS hostname support must be enabled for the VPCs"; the text is not verified.
                raise EC2ClientError(
                    "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled",
                    f"DNS hostname support must be enabled for the VPC {vpc.id}",
                )
            options = getattr(peering, f"{side.lower()}_options")
            options.update(wanted)
            answer[f"{side}PeeringConnectionOptions"] = dict(options)
        return ActionResult(answer)

    def end_peerings_of(self, vpc_id: str) -> None:
        """Delete the connections of a VPC that is being deleted, as AWS does:
        https://docs.aws.amazon.com/vpc/latest/peering/delete-vpc-peering-connection.html
        """
        for peering in self.open_peerings(vpc_id):
            peering.end(self.current_account)

    def open_peerings(self, vpc_id: str) -> list[Peering]:
        return [one for one in self._peerings().values() if vpc_id in (one.vpc.id, one.peer_vpc.id) and one.is_open]

    def waits_for(self, vpc_id: str) -> bool:
        """Return true if another account waits for the VPC's acceptance: "You cannot delete a VPC for which you have a
        pending-acceptance request from a VPC in another account" (the same page).
        """
        return any(
            peering.peer_vpc.id == vpc_id
            and peering.state == "pending-acceptance"
            and peering.vpc.owner_id != peering.peer_vpc.owner_id
            for peering in self._peerings().values()
        )


_ACTIVE = ("provisioning", "active")
_OVER = ("deleting", "deleted")


def _side(vpc: Any, options: dict[str, bool], details: bool) -> dict[str, Any]:
    """Return a side's VpcPeeringConnectionVpcInfo. details: with its CIDR blocks and options."""
    item: dict[str, Any] = {"VpcId": vpc.id, "OwnerId": vpc.owner_id, "Region": vpc.region}
    if details and not isinstance(vpc, UnknownVpc):
        item |= {
            "CidrBlock": vpc.cidr_block,
            "CidrBlockSet": [{"CidrBlock": block} for block in blocks_of(vpc, False)],
            "PeeringOptions": dict(options),
        }
        if ipv6 := blocks_of(vpc, True):
            item["Ipv6CidrBlockSet"] = [{"Ipv6CidrBlock": block} for block in ipv6]
    return item
