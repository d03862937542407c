# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Profiles of one account and region, their resources, and the account's associations of Profiles with its VPCs.

An association is its VPC's account's, a resource association the Profile owner's: "The owner is able to view and delete
the VPC associations they own" (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/sharing-profiles.html).
Rules of priorities and the number of Profiles: botocore's model of AssociateProfile and UpdateProfileAssociation.
Texts of errors aren't verified, except for a resource that doesn't exist:
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2044.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.route53.models import route53_backends

from emulator.ram.models import resource_shares
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-entities-route53-profiles
MAX_PROFILES, MAX_VPCS = 5, 1000
# API_AssociateProfile: "A VPC can have up to two Profile associations"; "the association gets priority 100".
MAX_OF_VPC, DEFAULT_PRIORITY = 2, 100
# FIREWALL_RULE_GROUP and RESOLVER_QUERY_LOG_CONFIG are in AWS's examples of the CLI; the others aren't verified.
TYPES = {
    ("ec2", "vpc-endpoint"): "VPC_ENDPOINT",
    ("route53", "hostedzone"): "PRIVATE_HOSTED_ZONE",
    ("route53resolver", "firewall-rule-group"): "FIREWALL_RULE_GROUP",
    ("route53resolver", "resolver-rule"): "RESOLVER_RULE",
    ("route53resolver", "resolver-query-log-config"): "RESOLVER_QUERY_LOG_CONFIG",
}
_ARN = re.compile(r"arn:aws[\w-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12})?:([a-z-]+)/(.+)")


class ProfilesError(ServiceException):
    """Error of Route 53 Profiles: ProfilesError(code, message)."""


def missing(id_: str) -> ProfilesError:
    return ProfilesError("ResourceNotFoundException", f'Can\'t find the resource with ID "{id_}".')


def denied(action: str, what: str) -> ProfilesError:
    return ProfilesError("AccessDeniedException", f"You are not authorized to perform {action} on {what}.")


def _times() -> dict[str, float]:
    now = datetime.now(timezone.utc).timestamp()
    return {"CreationTime": now, "ModificationTime": now}


class Profile:
    status = StateClock("profile")

    def __init__(self, backend: ProfilesBackend, name: str, token: str, tags: dict[str, str]):
        self.id = f"rp-{mock_random.get_random_hex(14)}"
        self.owner_id, self.region = backend.account_id, backend.region_name
        self.arn = f"arn:aws:route53profiles:{self.region}:{self.owner_id}:profile/{self.id}"
        self.name, self.token, self.tags, self.times = name, token, tags, _times()
        self.resources: dict[str, ResourceAssociation] = {}
        self.status = Transition("CREATING", "COMPLETE")

    def is_shared_with(self, account_id: str) -> bool:
        return any(
            self.arn in share.resources and share.resources[self.arn].is_associated
            for share in resource_shares(self.region).shared_with(account_id)
        )

    def _share_status(self, account_id: str) -> str:
        if account_id != self.owner_id:
            return "SHARED_WITH_ME"
        shares = [share for share in resource_shares(self.region).all() if share.owner_id == self.owner_id]
        held = any(self.arn in share.resources and share.resources[self.arn].is_associated for share in shares)
        return "SHARED_BY_ME" if held else "NOT_SHARED"

    def summary(self, account_id: str) -> dict[str, Any]:
        return {"Id": self.id, "Arn": self.arn, "Name": self.name, "ShareStatus": self._share_status(account_id)}

    def shape(self, account_id: str) -> dict[str, Any]:
        more = {"OwnerId": self.owner_id, "Status": self.status, "ClientToken": self.token}
        return self.summary(account_id) | more | self.times


class Association:
    """Association of a Profile with a VPC of the account."""

    status = StateClock("profile-association")

    def __init__(self, owner_id: str, profile: Profile, vpc_id: str, name: str, priority: int, tags: dict[str, str]):
        self.id = f"rpassoc-{mock_random.get_random_hex(14)}"
        self.arn = f"arn:aws:route53profiles:{profile.region}:{owner_id}:profile-association/{self.id}"
        self.owner_id, self.profile, self.vpc_id, self.name = owner_id, profile, vpc_id, name
        self.priority, self.tags, self.times = priority, tags, _times()
        self.status = Transition("CREATING", "COMPLETE")

    @property
    def is_alive(self) -> bool:
        return self.status not in ("DELETING", "DELETED")

    def shape(self) -> dict[str, Any]:
        item = {
            "Id": self.id,
            "Name": self.name,
            "OwnerId": self.owner_id,
            "ProfileId": self.profile.id,
            "ResourceId": self.vpc_id,
            "Priority": self.priority,
            "Status": self.status,
        }
        # The text: AWS's example of list-profile-associations.
        done = {"StatusMessage": "Created Profile Association"} if self.status == "COMPLETE" else {}
        return item | done | self.times


class ResourceAssociation:
    status = StateClock("profile-resource")

    def __init__(self, profile: Profile, arn: str, kind: str, name: str, properties: str | None):
        self.id = f"rpr-{mock_random.get_random_hex(14)}"
        self.profile, self.arn, self.kind, self.name = profile, arn, kind, name
        self.properties, self.times = properties, _times()
        self.status = Transition("CREATING", "COMPLETE")

    def shape(self) -> dict[str, Any]:
        properties = {"ResourceProperties": self.properties} if self.properties else {}
        return {
            "Id": self.id,
            "Name": self.name,
            "OwnerId": self.profile.owner_id,
            "ProfileId": self.profile.id,
            "ResourceArn": self.arn,
            "ResourceType": self.kind,
            "Status": self.status,
            **properties,
            **self.times,
        }


class ProfilesBackend(BaseBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.profiles: dict[str, Profile] = {}
        self._associations: dict[str, Association] = {}

    # Profiles

    def visible(self) -> Iterator[Profile]:
        yield from self.profiles.values()
        for account_id in list(route53profiles_backends):
            if account_id != self.account_id:
                theirs = route53profiles_backends[account_id][self.region_name].profiles.values()
                yield from (profile for profile in theirs if profile.is_shared_with(self.account_id))

    def find(self, profile_id: str) -> Profile:
        """Return a Profile of this account, or one that another account shares with it."""
        for profile in self.visible():
            if profile.id == profile_id:
                return profile
        raise missing(profile_id)

    def own(self, profile_id: str, action: str) -> Profile:
        """Return a Profile that this account may change: RAM's default permission is read-only for others."""
        profile = self.find(profile_id)
        if profile.owner_id != self.account_id:
            raise denied(f"route53profiles:{action}", profile.arn)
        return profile

    def create(self, name: str, token: str, tags: dict[str, str]) -> Profile:
        known = next((profile for profile in self.profiles.values() if profile.token == token), None)
        if known:
            if known.name != name:
                raise ProfilesError("ValidationException", "ClientToken was used for another request.")
            return known
        if len(self.profiles) >= MAX_PROFILES:
            raise ProfilesError("LimitExceededException", "The maximum number of Profiles has been reached.")
        profile = Profile(self, name, token, tags)
        self.profiles[profile.id] = profile
        return profile

    def delete(self, profile_id: str) -> dict[str, Any]:
        """Delete a Profile; "this also automatically removes all resource associations" (sharing-profiles.html)."""
        profile = self.own(profile_id, "DeleteProfile")
        if any(True for _ in all_associations(profile)):
            # API_DeleteProfile: "you must first disassociate it from all VPCs"; of its errors this one fits.
            raise ProfilesError("ConflictException", f"{profile_id} is associated with VPCs.")
        del self.profiles[profile_id]
        return profile.shape(self.account_id) | {"Status": "DELETING"}

    # Associations with VPCs

    @property
    def associations(self) -> dict[str, Association]:
        """This account's associations; those of a Profile that isn't shared any more are lost ("Unsharing")."""
        visible = {profile.id for profile in self.visible()}
        self._associations = {
            id_: one for id_, one in self._associations.items() if one.status != "DELETED" and one.profile.id in visible
        }
        return self._associations

    def of_vpc(self, vpc_id: str) -> list[Association]:
        """Return the VPC's associations, by priority."""
        found = [one for one in self.associations.values() if one.vpc_id == vpc_id and one.is_alive]
        return sorted(found, key=lambda one: one.priority)

    def association(self, id_: str) -> Association:
        if id_ not in self.associations:
            raise missing(id_)
        return self.associations[id_]

    def associate(
        self, profile_id: str, vpc_id: str, name: str, priority: int | None, tags: dict[str, str]
    ) -> Association:
        profile = self.find(profile_id)
        if vpc_id not in ec2_backends[self.account_id][self.region_name].vpcs:
            raise missing(vpc_id)
        there = self.of_vpc(vpc_id)
        if any(one.profile is profile for one in there):
            raise ProfilesError("ResourceExistsException", f"{profile_id} is already associated with {vpc_id}.")
        if len(there) >= MAX_OF_VPC or sum(1 for _ in all_associations(profile)) >= MAX_VPCS:
            raise ProfilesError("LimitExceededException", "The maximum number of associations has been reached.")
        if there and priority is None:
            raise ProfilesError("ValidationException", f"{vpc_id} has an association: Priority is required.")
        priority = DEFAULT_PRIORITY if priority is None else priority
        self._refuse_priority(priority, there)
        made = Association(self.account_id, profile, vpc_id, name, priority, tags)
        self._associations[made.id] = made
        return made

    @staticmethod
    def _refuse_priority(priority: int, others: list[Association]) -> None:
        if any(one.priority == priority for one in others):
            raise ProfilesError("ValidationException", f"Priority {priority} is used by another association.")

    def update(self, id_: str, name: str | None, priority: int | None) -> Association:
        one = self.association(id_)
        others = [other for other in self.of_vpc(one.vpc_id) if other is not one]
        if priority is not None:
            self._refuse_priority(priority, others)
            one.priority = priority
            one.status = Transition("UPDATING", "COMPLETE")
        one.name = name or one.name
        one.times |= {"ModificationTime": _times()["ModificationTime"]}
        return one

    def disassociate(self, profile_id: str, vpc_id: str) -> Association:
        for one in self.of_vpc(vpc_id):
            if one.profile.id == profile_id:
                one.status = Transition("DELETING", "DELETED")
                return one
        raise missing(f"{profile_id}/{vpc_id}")

    # Resources

    def resources(self, profile: Profile) -> list[ResourceAssociation]:
        for arn, one in list(profile.resources.items()):
            if one.status == "DELETED":
                del profile.resources[arn]
        return list(profile.resources.values())

    def resource(self, id_: str) -> ResourceAssociation:
        for profile in self.visible():
            for one in self.resources(profile):
                if one.id == id_:
                    return one
        raise missing(id_)

    def add_resource(self, profile_id: str, arn: str, name: str, properties: str | None) -> ResourceAssociation:
        profile = self.own(profile_id, "AssociateResourceToProfile")
        kind = self._kind_of(arn)
        if kind == "FIREWALL_RULE_GROUP":
            _check_priority(properties)
        there = {one.arn: one for one in self.resources(profile)}
        if arn in there:
            raise ProfilesError("ConflictException", f"{arn} is already associated with {profile_id}.")
        made = ResourceAssociation(profile, arn, kind, name, properties)
        profile.resources[arn] = made
        return made

    def _kind_of(self, arn: str) -> str:
        found = _ARN.fullmatch(arn)
        kind = TYPES.get((found[1], found[4])) if found else None
        if not found or kind is None:
            raise ProfilesError("InvalidParameterException", f"{arn} is no resource of a Profile.")
        if kind == "VPC_ENDPOINT":
            here = (found[2], found[3]) == (self.region_name, self.account_id)
            endpoint = ec2_backends[self.account_id][self.region_name].vpc_end_points.get(found[5]) if here else None
            if endpoint is None or endpoint.state in ("deleting", "deleted"):
                raise missing(arn)
            if endpoint.vpc_endpoint_type != "Interface":
                raise ProfilesError("InvalidParameterException", f"{arn} is no interface endpoint.")
        elif kind == "PRIVATE_HOSTED_ZONE":
            zone = route53_backends[self.account_id]["aws"].zones.get(found[5])
            if zone is None or not zone.private_zone:
                raise missing(arn)
        return kind

    def remove_resource(self, profile_id: str, arn: str) -> ResourceAssociation:
        profile = self.own(profile_id, "DisassociateResourceFromProfile")
        for one in self.resources(profile):
            if one.arn == arn and one.status != "DELETING":
                one.status = Transition("DELETING", "DELETED")
                return one
        raise missing(arn)

    # Tags

    def tags_of(self, arn: str) -> dict[str, str]:
        for one in (*self.profiles.values(), *self.associations.values()):
            if one.arn == arn:
                return one.tags
        raise missing(arn)


def _check_priority(properties: str | None) -> None:
    """AssociateResourceToProfile: "allowed values for priority are between 100 and 9900"."""
    try:
        priority = json.loads(properties or "{}").get("priority")
    except ValueError:
        priority = None
    if not isinstance(priority, int) or not 100 <= priority <= 9900:
        raise ProfilesError("InvalidParameterException", "A rule group needs a priority between 100 and 9900.")


def all_associations(profile: Profile) -> Iterator[Association]:
    """Yield the associations of a Profile with VPCs of all accounts."""
    for account_id in list(route53profiles_backends):
        backend = route53profiles_backends[account_id][profile.region]
        yield from (one for one in list(backend.associations.values()) if one.profile is profile)


route53profiles_backends = BackendDict(ProfilesBackend, "route53profiles")
