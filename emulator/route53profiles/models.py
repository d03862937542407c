# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Profiles of one account and region, and their associations with VPCs.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53profiles_AssociateProfile.html; the messages of
errors, and which error a second profile of a VPC gets, aren't verified.
"""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import JsonRESTError
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random


class ProfilesError(JsonRESTError):
    code = 400


class ProfilesBackend(BaseBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.profiles: dict[str, dict[str, Any]] = {}
        self.associations: dict[str, dict[str, Any]] = {}

    def create(self, name: str, token: str) -> dict[str, Any]:
        id_ = f"rp-{mock_random.get_random_hex(14)}"
        self.profiles[id_] = {
            "Id": id_,
            "Arn": f"arn:aws:route53profiles:{self.region_name}:{self.account_id}:profile/{id_}",
            "Name": name,
            "OwnerId": self.account_id,
            "Status": "COMPLETE",
            "ShareStatus": "NOT_SHARED",
            "ClientToken": token,
        }
        return self.profiles[id_]

    def associate(self, profile_id: str, vpc_id: str, name: str) -> dict[str, Any]:
        vpcs = ec2_backends[self.account_id][self.region_name].describe_vpcs()
        if profile_id not in self.profiles or all(vpc.id != vpc_id for vpc in vpcs):
            raise ProfilesError("ResourceNotFoundException", f"{profile_id} or {vpc_id} does not exist.")
        if self.of(vpc_id):
            raise ProfilesError("ResourceExistsException", f"{vpc_id} is associated with a profile.")
        id_ = f"rpassoc-{mock_random.get_random_hex(14)}"
        self.associations[id_] = {
            "Id": id_,
            "Name": name,
            "OwnerId": self.account_id,
            "ProfileId": profile_id,
            "ResourceId": vpc_id,
            "Status": "COMPLETE",
        }
        return self.associations[id_]

    def disassociate(self, profile_id: str, vpc_id: str) -> dict[str, Any]:
        for item in self.of(vpc_id):
            if item["ProfileId"] == profile_id:
                return {**self.associations.pop(item["Id"]), "Status": "DELETING"}
        raise ProfilesError("ResourceNotFoundException", f"{profile_id} isn't associated with {vpc_id}.")

    def of(self, vpc_id: str | None) -> list[dict[str, Any]]:
        return [item for item in self.associations.values() if vpc_id in (None, item["ResourceId"])]


route53profiles_backends = BackendDict(ProfilesBackend, "route53profiles")
