# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, EmptyResult
from moto.route53.models import FakeZone, route53_backends
from moto.route53.responses import Route53

from emulator.accounts import Accounts
from emulator.constraints import Constrained
from emulator.errors import error_response
from emulator.lists import paged
from emulator.pages import page
from emulator.route53.lookup import private_zones_of, zones
from emulator.route53.models import (
    Route53Backend,
    Route53Error,
    endpoint_zone_id,
    endpoints_of,
    is_associated,
    owner_of_vpc,
    refuse_conflict,
    vpc_of,
)
from emulator.route53.records import change_records, full_name
from emulator.route53.values import bad_name

# What the owner of a VPC may do with a zone of another account:
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-associate-vpcs-different-accounts.html
OF_VPC_OWNERS = ("AssociateVPCWithHostedZone", "DisassociateVPCFromHostedZone")
MAX_ITEMS = 100
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html, ResetElements: "resets ... to the
# default value".
RESETS = (
    ("ChildHealthChecks", "children", []),
    ("FullyQualifiedDomainName", "fqdn", None),
    ("Regions", "regions", []),
    ("ResourcePath", "resource_path", None),
)


def no_such_zone(zone_id: str) -> Route53Error:
    return Route53Error("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")


@paged("route53")
class Route53Responses(Constrained, Route53):
    backend: Route53Backend

    def call_action(self) -> TYPE_RESPONSE:
        """Answer a call; for another account's zone AccessDenied, not NoSuchHostedZone: hashicorp/terraform#24286."""
        zone_id = self._get_param("HostedZoneId") or self._get_param("Id") or ""
        if self._get_param("ResourceType") == "hostedzone":
            zone_id = self._get_param("ResourceId") or ""
        owner = _owner_of(_bare(zone_id))
        if owner not in (None, self.current_account) and self._get_action() not in OF_VPC_OWNERS:
            caller = Accounts.principals.find(self.get_access_key())
            text = f"User: {caller.arn} is not authorized to access this resource"
            denied = error_response("rest-xml", "AccessDenied", text, 403)
            return 403, {"Content-Type": "text/xml"}, denied.get_data(as_text=True)
        for name in ("MaxItems", "MaxResults"):
            # Texts in the model, without bounds there. The codes are the operations' only one for input.
            size = self._get_param(name)
            if size is not None and not re.fullmatch(r"[1-9]\d{0,8}", str(size)):
                text = f"{name} must be a positive integer."
                return (
                    400,
                    {"Content-Type": "text/xml"},
                    error_response("rest-xml", "InvalidInput", text).get_data(True),
                )
        return super().call_action()

    # Zones

    def create_hosted_zone(self) -> ActionResult:
        name, reference = full_name(self._get_param("Name")), self._get_param("CallerReference")
        if bad_name(name) or re.search(r"[^\x21-\x7e]", name):
            raise Route53Error("InvalidDomainName", "The specified domain name is not valid.")  # text not verified
        delegation_set = self._get_param("DelegationSetId")
        if delegation_set and delegation_set.rpartition("/")[2] not in self.backend.delegation_sets:
            raise Route53Error("NoSuchDelegationSet", f"Could not find delegation set with ID: {delegation_set}")
        vpc = self._get_param("VPC")
        private = bool(vpc) or self._get_param("HostedZoneConfig.PrivateZone") in (True, "true")
        if reference in self.backend.caller_references:
            raise Route53Error(
                "HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference."
            )
        if private and not vpc:
            # https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html; the code not verified.
            raise Route53Error("InvalidInput", "When you're creating a private hosted zone, you must specify a VPC.")
        if vpc:
            self._own_vpc(vpc)
            refuse_conflict(name, vpc)
        zone = self.backend.create_hosted_zone(
            name,
            comment=self._get_param("HostedZoneConfig.Comment"),
            private_zone=private,
            caller_reference=reference,
            vpcid=vpc["VPCId"] if vpc else None,
            vpcregion=vpc["VPCRegion"] if vpc else None,
            delegation_set_id=delegation_set,
        )
        self.backend.caller_references.add(reference)
        answer = {
            "HostedZone": zone,
            "ChangeInfo": self.backend.change(),
            "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone.resource_id}",
        }
        return ActionResult(answer | ({"VPC": vpc} if vpc else {"DelegationSet": zone.delegation_set}))

    def list_hosted_zones_by_name(self) -> ActionResult:
        """Return one page of the zones from DNSName on, ordered by reversed labels.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html
        """
        size, start = int(self._get_param("MaxItems") or MAX_ITEMS), self._get_param("DNSName")
        first_id = _bare(self._get_param("HostedZoneId") or "")
        found = sorted(self.backend.zones.values(), key=lambda zone: (_reversed(zone.name), zone.resource_id))
        if start:
            start = full_name(start)
            begin = (_reversed(start), first_id)
            found = [zone for zone in found if (_reversed(zone.name), zone.resource_id if first_id else "") >= begin]
        following = found[size] if len(found) > size else None
        answer = {"DNSName": start, "HostedZones": found[:size], "IsTruncated": bool(following), "MaxItems": size}
        if following:
            answer |= {"NextDNSName": following.name, "NextHostedZoneId": following.resource_id}
        return ActionResult(answer)

    def list_hosted_zones_by_vpc(self) -> ActionResult:
        """Return the private zones of a VPC, of every owner, including AWS's own for endpoints.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByVPC.html
        """
        vpc = {"VPCId": self._get_param("VPCId"), "VPCRegion": self._get_param("VPCRegion")}
        self._own_vpc(vpc)
        summaries = [
            {"HostedZoneId": zone.resource_id, "Name": zone.name, "Owner": {"OwningAccount": owner}}
            for owner, zone in private_zones_of(vpc["VPCId"])
        ]
        summaries += [
            {
                "HostedZoneId": endpoint_zone_id(endpoint),
                "Name": full_name(domain),
                "Owner": {"OwningService": "vpce.amazonaws.com"},
            }
            for domain, endpoint in endpoints_of(vpc).items()
        ]
        found, token = page(summaries, int(self._get_param("MaxItems") or MAX_ITEMS), self._get_param("NextToken"))
        return ActionResult(
            {"HostedZoneSummaries": found, "MaxItems": self._get_param("MaxItems") or MAX_ITEMS, "NextToken": token}
        )

    def get_hosted_zone(self) -> ActionResult:
        zone = self._zone(self._get_param("Id"))
        answer: dict[str, Any] = {"HostedZone": zone}
        if zone.private_zone:
            return ActionResult(answer | {"VPCs": [_vpc_item(vpc) for vpc in zone.vpcs]})
        return ActionResult(answer | {"DelegationSet": zone.delegation_set})

    def delete_hosted_zone(self) -> ActionResult:
        zone = self._zone(self._get_param("Id"))
        if any(record.type not in ("NS", "SOA") or full_name(record.name) != zone.name for record in zone.rrsets):
            # The text: https://github.com/cloud-custodian/cloud-custodian/pull/9291
            raise Route53Error(
                "HostedZoneNotEmpty",
                "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
            )
        del self.backend.zones[zone.resource_id]
        self.backend.authorizations.pop(zone.resource_id, None)
        self.backend.resource_tags.pop(zone.resource_id, None)
        return ActionResult({"ChangeInfo": self.backend.change()})

    # Records

    def change_resource_record_sets(self) -> ActionResult:
        zone = self._zone(self._get_param("HostedZoneId"))
        change_records(zone, self._get_param("ChangeBatch.Changes"), self.backend.health_checks)
        return ActionResult({"ChangeInfo": self.backend.change(self._get_param("ChangeBatch.Comment"))})

    def get_change(self) -> ActionResult:
        change_id = f"/change/{self._get_param('Id').rpartition('/')[2]}"
        if change_id not in self.backend.changes:
            raise Route53Error("NoSuchChange", f"Could not find resource with ID: {change_id}")
        return ActionResult({"ChangeInfo": self.backend.changes[change_id].item()})

    # Tags and health checks

    def list_tags_for_resource(self) -> ActionResult:
        if self._get_param("ResourceType") == "hostedzone":
            self._zone(self._get_param("ResourceId"))
        elif self._get_param("ResourceId") not in self.backend.health_checks:
            raise Route53Error("NoSuchHealthCheck", f"No health check exists with id {self._get_param('ResourceId')}")
        return super().list_tags_for_resource()

    def create_health_check(self) -> ActionResult:
        """Create a health check, once for a caller reference: API_CreateHealthCheck, the parameter CallerReference."""
        reference, given = self._get_param("CallerReference"), self._get_param("HealthCheckConfig")
        known = self.backend.health_check_requests.get(reference)
        if known and known[1].id in self.backend.health_checks and known[0] != given:
            raise Route53Error(
                "HealthCheckAlreadyExists",
                "A health check with the specified caller reference and different settings already exists.",
            )
        if known and known[1].id in self.backend.health_checks:
            return ActionResult({"HealthCheck": known[1]})
        answer = super().create_health_check()
        self.backend.health_check_requests[reference] = (given, answer.result["HealthCheck"])
        return answer

    def update_health_check(self) -> ActionResult:
        """Change a health check, whose version grows. Raises HealthCheckVersionMismatch: API_UpdateHealthCheck."""
        check = self.backend.health_checks.get(self._get_param("HealthCheckId"))
        version = self._get_param("HealthCheckVersion")
        if check and version is not None and int(version) != check.health_check_version:
            raise Route53Error(
                "HealthCheckVersionMismatch",
                "The value of HealthCheckVersion in the request doesn't match the value of HealthCheckVersion in the "
                "health check.",
            )
        kept = (check.children, check.regions) if check else (None, None)
        answer = super().update_health_check()
        self._keep_or_reset(answer.result["HealthCheck"], *kept)
        answer.result["HealthCheck"].health_check_version += 1
        return answer

    def _keep_or_reset(self, check: Any, children: Any, regions: Any) -> None:
        """Undo moto's emptying of lists that an update doesn't name; reset the elements of ResetElements."""
        if self._get_param("ChildHealthChecks") is None:
            check.children = children
        if self._get_param("Regions") is None:
            check.regions = regions
        reset = self._get_param("ResetElements") or []
        for name, attribute, value in RESETS:
            if name in reset:
                setattr(check, attribute, value)

    # VPCs of private zones

    def associate_vpc_with_hosted_zone(self) -> ActionResult:
        """Associate the caller's VPC with its own zone, or with one of an account that has authorized the VPC.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html
        """
        zone, owner, vpc = self._zone_and_vpc()
        if not zone.private_zone:
            raise Route53Error(
                "PublicZoneVPCAssociation",
                "You're trying to associate a VPC with a public hosted zone. Amazon Route 53 doesn't support "
                "associating a VPC with a public hosted zone.",
            )
        authorized = route53_backends[owner]["aws"].authorizations.get(zone.resource_id, [])
        if owner_of_vpc(vpc) is None:
            raise _unknown_vpc(vpc)
        mine = vpc_of(self.current_account, vpc) is not None
        if not mine or (owner != self.current_account and vpc not in authorized):
            # The text: https://github.com/hashicorp/terraform-provider-aws/issues/617, where the zone's owner asks.
            raise Route53Error(
                "NotAuthorizedException",
                f"The VPC: {vpc['VPCId']} has not authorized to associate with your hosted zone.",
            )
        refuse_conflict(zone.name, vpc)
        zone.add_vpc(vpc["VPCId"], vpc["VPCRegion"])
        return ActionResult({"ChangeInfo": self.backend.change(self._get_param("Comment"))})

    def disassociate_vpc_from_hosted_zone(self) -> ActionResult:
        zone, owner, vpc = self._zone_and_vpc()
        if owner != self.current_account and vpc_of(self.current_account, vpc) is None:
            raise _unknown_vpc(vpc)
        if not is_associated(zone, vpc["VPCId"]):
            raise Route53Error(
                "VPCAssociationNotFound",
                f"The VPC {vpc['VPCId']} and hosted zone {zone.resource_id} that you specified are not currently "
                "associated.",
            )
        if len(zone.vpcs) == 1:
            raise Route53Error(
                "LastVPCAssociation",
                "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is "
                "associated with the hosted zone. Amazon Route 53 doesn't support disassociating the last VPC from a "
                "hosted zone.",
            )
        zone.delete_vpc(vpc["VPCId"])
        return ActionResult({"ChangeInfo": self.backend.change(self._get_param("Comment"))})

    def create_vpc_association_authorization(self) -> ActionResult:
        zone, _, vpc = self._zone_and_vpc()
        authorized = self.backend.authorizations.setdefault(zone.resource_id, [])
        if vpc not in authorized:
            authorized.append(vpc)
        return ActionResult({"HostedZoneId": zone.resource_id, "VPC": vpc})

    def delete_vpc_association_authorization(self) -> ActionResult:
        """Delete an authorization; an existing association stays."""
        zone, _, vpc = self._zone_and_vpc()
        authorized = self.backend.authorizations.get(zone.resource_id, [])
        if vpc not in authorized:
            raise Route53Error(
                "VPCAssociationAuthorizationNotFound",
                "The VPC that you specified is not authorized to be associated with the hosted zone.",
            )
        authorized.remove(vpc)
        return EmptyResult()

    def list_vpc_association_authorizations(self) -> ActionResult:
        zone = self._zone(self._get_param("HostedZoneId"))
        vpcs = self.backend.authorizations.get(zone.resource_id, [])
        return ActionResult({"HostedZoneId": zone.resource_id, "VPCs": vpcs})

    def _zone(self, zone_id: str) -> FakeZone:
        if _bare(zone_id) not in self.backend.zones:
            raise no_such_zone(_bare(zone_id))
        return self.backend.zones[_bare(zone_id)]

    def _zone_and_vpc(self) -> tuple[FakeZone, str, dict[str, str]]:
        zone_id = _bare(self._get_param("HostedZoneId"))
        owner = _owner_of(zone_id)
        if owner is None:
            raise no_such_zone(zone_id)
        vpc = self._get_param("VPC")
        return route53_backends[owner]["aws"].zones[zone_id], owner, vpc

    def _own_vpc(self, vpc: dict[str, str]) -> None:
        if vpc_of(self.current_account, vpc) is None:
            raise _unknown_vpc(vpc)


def _unknown_vpc(vpc: dict[str, str]) -> Route53Error:
    """Build InvalidVPCId. The text is not verified."""
    return Route53Error(
        "InvalidVPCId", f"The VPC {vpc['VPCId']} in region {vpc['VPCRegion']} that you provided is invalid."
    )


def _owner_of(zone_id: str) -> str | None:
    return next((owner for owner, zone in zones() if zone.resource_id == zone_id), None) if zone_id else None


def _bare(zone_id: str) -> str:
    return zone_id.removeprefix("/hostedzone/").removeprefix("hostedzone/")


def _reversed(name: str) -> list[str]:
    return list(reversed(name.rstrip(".").split(".")))


def _vpc_item(vpc: dict[str, str]) -> dict[str, str]:
    return {"VPCRegion": vpc["vpc_region"], "VPCId": vpc["vpc_id"]}
