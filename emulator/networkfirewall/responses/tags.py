# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on tags and resource policies of any resource."""

from __future__ import annotations

import json

from moto.core.responses import ActionResult, EmptyResult

from emulator.networkfirewall.errors import NetworkFirewallError, invalid_request, not_found
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.networkfirewall.models.policies import Policy
from emulator.networkfirewall.models.policies_v2 import PolicyV2
from emulator.networkfirewall.models.resource import Resource
from emulator.networkfirewall.models.rule_groups import RuleGroup
from emulator.networkfirewall.responses.base import Base

SHARED = (RuleGroup, Policy, PolicyV2, Firewall)


class TagResponse(Base):
    def _resource(self) -> Resource:
        arn = self.request["ResourceArn"]
        for resource in self.backend.of(Resource):
            if resource.arn == arn:
                return resource
        raise not_found(arn)

    def tag_resource(self) -> ActionResult:
        self._resource().tag(self.request["Tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        resource = self._resource()
        for key in self.request["TagKeys"]:
            resource.tags.pop(key, None)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        return self.paged("Tags", self._resource().tag_list())

    # Resource policies

    def put_resource_policy(self) -> ActionResult:
        """Store the policy that shares a rule group, a policy or a firewall: API_PutResourcePolicy."""
        resource = self._resource()
        if not isinstance(resource, SHARED):
            raise invalid_request("ResourceArn is invalid", resource.arn, "ResourceArn")  # not verified
        if not _is_policy(self.request["Policy"]):
            text = "The policy statement failed validation."  # the model's description
            raise NetworkFirewallError("InvalidResourcePolicyException", text)
        resource.resource_policy = self.request["Policy"]
        return EmptyResult()

    def describe_resource_policy(self) -> ActionResult:
        resource = self._resource()
        if resource.resource_policy is None:
            raise not_found(resource.arn)
        return ActionResult({"Policy": resource.resource_policy})

    def delete_resource_policy(self) -> ActionResult:
        resource = self._resource()
        if resource.resource_policy is None:
            raise not_found(resource.arn)
        resource.resource_policy = None
        return EmptyResult()


def _is_policy(document: str) -> bool:
    """Return true for JSON whose statements all have a principal."""
    try:
        statements = json.loads(document)["Statement"]
        return all("Principal" in statement for statement in statements)
    except (ValueError, KeyError, TypeError):
        return False
