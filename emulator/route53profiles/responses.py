# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

from moto.core.responses import BaseResponse

from emulator.route53profiles.models import ProfilesBackend, route53profiles_backends


class ProfilesResponses(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="route53profiles")

    @property
    def backend(self) -> ProfilesBackend:
        return route53profiles_backends[self.current_account][self.region]

    def create_profile(self) -> str:
        return json.dumps({"Profile": self.backend.create(self._get_param("Name"), self._get_param("ClientToken"))})

    def associate_profile(self) -> str:
        names = ("ProfileId", "ResourceId", "Name")
        return json.dumps({"ProfileAssociation": self.backend.associate(*(self._get_param(name) for name in names))})

    def disassociate_profile(self) -> str:
        gone = self.backend.disassociate(self._get_param("ProfileId"), self._get_param("ResourceId"))
        return json.dumps({"ProfileAssociation": gone})

    def list_profile_associations(self) -> str:
        vpc_id = self._get_param("ResourceId") or self._get_param("resourceId")
        return json.dumps({"ProfileAssociations": self.backend.of(vpc_id)})
