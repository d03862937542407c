# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All operations of Route 53 Profiles. The shape of answers: AWS's examples of the CLI, and botocore's model."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, BaseResponse
from moto.core.utils import get_service_model

from emulator.route53profiles.models import ProfilesBackend, ProfilesError, route53profiles_backends

MOST = 100


class ProfilesResponses(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="route53profiles")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> ProfilesBackend:
        return route53profiles_backends[self.current_account][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        try:
            self._check_parameters()
        except ProfilesError as error:
            status, headers, body = self.serialized(ActionResult(error))
            headers, body = self._enrich_response(headers, body)
            return status, headers, body
        return super().call_action()

    def _check_parameters(self) -> None:
        """Raise ValidationException for a length, range or pattern that the service's model doesn't allow."""
        shape = get_service_model("route53profiles").operation_model(self._get_action()).input_shape
        for name, member in shape.members.items():
            value, rules = self._get_param(name), member.metadata
            if not isinstance(value, (str, int)):
                continue
            size = value if isinstance(value, int) else len(value)
            fits = rules.get("min", size) <= size <= rules.get("max", size)
            pattern = rules.get("pattern", "")
            if not fits or pattern and not re.fullmatch(pattern, str(value)):
                raise ProfilesError("ValidationException", f"Value '{value}' at '{name}' failed to satisfy constraint")

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._get_param("Tags") or []}

    def _page(self, key: str, items: list[dict[str, Any]]) -> ActionResult:
        token, size = self._get_param("NextToken"), int(self._get_param("MaxResults") or MOST)
        try:
            start = int(base64.b64decode(token)) if token else 0
        except ValueError:
            raise ProfilesError("InvalidNextTokenException", "The token isn't valid.") from None
        answer: dict[str, Any] = {key: items[start : start + size]}
        if start + size < len(items):
            answer["NextToken"] = base64.b64encode(str(start + size).encode()).decode()
        return ActionResult(answer)

    # Profiles

    def create_profile(self) -> ActionResult:
        profile = self.backend.create(self._get_param("Name"), self._get_param("ClientToken"), self._tags())
        return ActionResult({"Profile": profile.shape(self.current_account)})

    def get_profile(self) -> ActionResult:
        profile = self.backend.find(self._get_param("ProfileId"))
        return ActionResult({"Profile": profile.shape(self.current_account)})

    def delete_profile(self) -> ActionResult:
        return ActionResult({"Profile": self.backend.delete(self._get_param("ProfileId"))})

    def list_profiles(self) -> ActionResult:
        return self._page("ProfileSummaries", [one.summary(self.current_account) for one in self.backend.visible()])

    # Associations with VPCs

    def associate_profile(self) -> ActionResult:
        made = self.backend.associate(
            self._get_param("ProfileId"),
            self._get_param("ResourceId"),
            self._get_param("Name"),
            self._get_param("Priority"),
            self._tags(),
        )
        # AWS's example of associate-profile.
        return ActionResult({"ProfileAssociation": _begun(made.shape(), "CREATING")})

    def get_profile_association(self) -> ActionResult:
        return ActionResult(
            {"ProfileAssociation": self.backend.association(self._get_param("ProfileAssociationId")).shape()}
        )

    def update_profile_association(self) -> ActionResult:
        id_, name, priority = (self._get_param(key) for key in ("ProfileAssociationId", "Name", "Priority"))
        changed = self.backend.update(id_, name, priority)
        return ActionResult({"ProfileAssociation": changed.shape()})

    def disassociate_profile(self) -> ActionResult:
        ended = self.backend.disassociate(self._get_param("ProfileId"), self._get_param("ResourceId"))
        return ActionResult({"ProfileAssociation": _begun(ended.shape(), "DELETING")})

    def list_profile_associations(self) -> ActionResult:
        vpc_id, profile_id = self._get_param("ResourceId"), self._get_param("ProfileId")
        found = [
            one.shape()
            for one in self.backend.associations.values()
            if vpc_id in (None, one.vpc_id) and profile_id in (None, one.profile.id)
        ]
        return self._page("ProfileAssociations", found)

    # Resources

    def associate_resource_to_profile(self) -> ActionResult:
        made = self.backend.add_resource(
            self._get_param("ProfileId"),
            self._get_param("ResourceArn"),
            self._get_param("Name"),
            self._get_param("ResourceProperties"),
        )
        return ActionResult({"ProfileResourceAssociation": _begun(made.shape(), "CREATING")})

    def get_profile_resource_association(self) -> ActionResult:
        one = self.backend.resource(self._get_param("ProfileResourceAssociationId"))
        return ActionResult({"ProfileResourceAssociation": one.shape()})

    def update_profile_resource_association(self) -> ActionResult:
        raise NotImplementedError("UpdateProfileResourceAssociation")

    def disassociate_resource_from_profile(self) -> ActionResult:
        ended = self.backend.remove_resource(self._get_param("ProfileId"), self._get_param("ResourceArn"))
        return ActionResult({"ProfileResourceAssociation": _begun(ended.shape(), "DELETING")})

    def list_profile_resource_associations(self) -> ActionResult:
        profile = self.backend.find(self._get_param("ProfileId"))
        arn, kind = self._get_param("ResourceArn"), self._get_param("ResourceType")
        found = [
            one.shape()
            for one in self.backend.resources(profile)
            if arn in (None, one.arn) and kind in (None, one.kind)
        ]
        return self._page("ProfileResourceAssociations", found)

    # Tags

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"Tags": dict(self.backend.tags_of(self._get_param("ResourceArn")))})

    def tag_resource(self) -> ActionResult:
        self.backend.tags_of(self._get_param("ResourceArn")).update(self._get_param("Tags"))
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        tags = self.backend.tags_of(self._get_param("ResourceArn"))
        for key in self._get_param("TagKeys"):
            tags.pop(key, None)
        return ActionResult({})


def _begun(shape: Mapping[str, Any], status: str) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key != "StatusMessage"} | {"Status": status}
