# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import base64
import json
from typing import Any

from moto.cloudtrail.exceptions import InvalidParameterCombinationException
from moto.cloudtrail.models import cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse

from emulator import clock
from emulator.cloudtrail import creation, lookup, selection, watch
from emulator.cloudtrail.delivery import deliver, public_key
from emulator.cloudtrail.models import Backend, CloudTrailError, Trail

DAY = 86400
# One key for each region, from before the tests' clocks to after them.
VALID = (1735689600.0, 2082758400.0)
CHANGES = {
    "S3BucketName": "bucket_name",
    "S3KeyPrefix": "s3_key_prefix",
    "SnsTopicName": "sns_topic_name",
    "IncludeGlobalServiceEvents": "include_global_service_events",
    "IsMultiRegionTrail": "is_multi_region",
    "IsOrganizationTrail": "is_org_trail",
    "CloudWatchLogsLogGroupArn": "cw_log_group_arn",
    "CloudWatchLogsRoleArn": "cw_role_arn",
    "KmsKeyId": "kms_key_id",
}


class CloudTrailResponses(CloudTrailResponse):
    @property
    def parameters(self) -> dict[str, Any]:
        return json.loads(self.body or "{}")

    @property
    def backend(self) -> Backend:
        return cloudtrail_backends[self.current_account][self.region]

    def create_trail(self) -> str:
        """Answer CreateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html"""
        asked = self.parameters
        is_global = asked.get("IncludeGlobalServiceEvents", True)
        multi_region, organization = asked.get("IsMultiRegionTrail", False), asked.get("IsOrganizationTrail", False)
        if multi_region and not is_global:
            raise InvalidParameterCombinationException("Multi-Region trail must include global service events.")
        owner = creation.check_organization(self.current_account) if organization else self.current_account
        trail = cloudtrail_backends[owner][self.region].create_trail(
            asked["Name"],
            asked.get("S3BucketName"),
            asked.get("S3KeyPrefix"),
            asked.get("SnsTopicName"),
            is_global,
            multi_region,
            asked.get("EnableLogFileValidation", False),
            organization,
            asked.get("CloudWatchLogsLogGroupArn"),
            asked.get("CloudWatchLogsRoleArn"),
            asked.get("KmsKeyId"),
            asked.get("TagsList", []),
        )
        try:
            creation.check_place(trail)
        except CloudTrailError:
            del cloudtrail_backends[owner][self.region].trails[trail.trail_name]
            raise
        return self._described(trail)

    def update_trail(self) -> str:
        asked = self.parameters
        trail = self._own(asked["Name"])
        if asked.get("IsOrganizationTrail"):
            creation.check_organization(self.current_account)
        before = {attribute: getattr(trail, attribute) for attribute in CHANGES.values()}
        for name, attribute in CHANGES.items():
            if name in asked:
                setattr(trail, attribute, asked[name])
        try:
            if trail.is_multi_region and not trail.include_global_service_events:
                raise InvalidParameterCombinationException("Multi-Region trail must include global service events.")
            creation.check_place(trail)
        except Exception:
            for attribute, value in before.items():
                setattr(trail, attribute, value)
            raise
        if "EnableLogFileValidation" in asked:
            trail.validate(asked["EnableLogFileValidation"])
        return self._described(trail)

    def _described(self, trail: Trail) -> str:
        """Build the answer of CreateTrail and UpdateTrail, which lacks what only DescribeTrails has."""
        told = trail.description()
        return json.dumps(
            {name: value for name, value in told.items() if not name.startswith(("HasCustom", "HasInsight"))}
        )

    def _own(self, name: str) -> Trail:
        """Return a trail that the caller may change here: in its home region, and of the organization its owner's."""
        if name.startswith("arn:"):
            region, account_id = name.split(":")[3:5]
            if account_id == self.current_account and region != self.region:
                raise CloudTrailError(
                    "InvalidHomeRegionException",
                    f"Trail {name} is not in its home region. Its home region is {region}.",
                )
        trail = self.backend.find(name) if name.startswith("arn:") else self._by_name(name)
        if trail.account_id != self.current_account:
            organization = creation.organization_of(self.current_account)
            if not creation.is_delegated(organization, self.current_account):
                # Not verified on AWS: the operations' pages list the error, not when it comes.
                raise CloudTrailError(
                    "NotOrganizationMasterAccountException",
                    "You must be signed in to the management account of the organization.",
                )
        return trail

    def _by_name(self, name: str) -> Trail:
        shadows = [trail for trail in self.backend.describe_trails(True) if trail.trail_name == name]
        home = next((trail for trail in shadows if trail.region_name != self.region), None)
        if name not in self.backend.trails and home and home.account_id == self.current_account:
            raise CloudTrailError(
                "InvalidHomeRegionException", f"Trail {name} is not in its home region. It is {home.region_name}."
            )
        return self.backend.find(name)

    def get_trail(self) -> str:
        return json.dumps({"Trail": self.backend.find(self.parameters["Name"]).description(include_region=True)})

    def get_trail_status(self) -> str:
        return json.dumps(self.backend.find(self.parameters["Name"]).status.description())

    def describe_trails(self) -> str:
        asked = self.parameters
        names = asked.get("trailNameList") or []
        shadow = asked.get("includeShadowTrails", True) is not False
        found = self.backend.describe_trails(shadow)
        if names:
            found = [
                trail
                for trail in self.backend.describe_trails(True)
                if trail.arn in names or (trail.trail_name in names and trail.trail_name in self.backend.trails)
            ]
        return json.dumps({"trailList": [trail.description(include_region=True) for trail in found]})

    def start_logging(self) -> str:
        self._own(self.parameters["Name"]).start_logging()
        return "{}"

    def stop_logging(self) -> str:
        self._own(self.parameters["Name"]).stop_logging()
        return "{}"

    def delete_trail(self) -> str:
        trail = self._own(self.parameters["Name"])
        trail.stop_logging()
        deliver(trail)
        watch.forget(trail)
        del cloudtrail_backends[trail.account_id][trail.region_name].trails[trail.trail_name]
        return "{}"

    def put_event_selectors(self) -> str:
        asked = self.parameters
        trail = self._own(asked["TrailName"])
        trail.put_event_selectors(asked.get("EventSelectors") or [], asked.get("AdvancedEventSelectors") or [])
        return self._selectors(trail)

    def get_event_selectors(self) -> str:
        name = self.parameters["TrailName"]
        if name.startswith("arn:") and name.split(":")[3] != self.region:
            # aws/aws-sdk-java#1309
            text = f"Region in ARN is wrong, you can only access resources in region {self.region}."
            raise CloudTrailError("CloudTrailARNInvalidException", text)
        return self._selectors(self.backend.find(name))

    @staticmethod
    def _selectors(trail: Trail) -> str:
        if trail.advanced_event_selectors:
            return json.dumps({"TrailARN": trail.arn, "AdvancedEventSelectors": trail.advanced_event_selectors})
        return json.dumps({"TrailARN": trail.arn, "EventSelectors": trail.event_selectors or [selection.DEFAULT]})

    def add_tags(self) -> str:
        asked = self.parameters
        self._tagged(asked["ResourceId"]).add_tags(resource_id=asked["ResourceId"], tags_list=asked["TagsList"])
        return "{}"

    def remove_tags(self) -> str:
        asked = self.parameters
        self._tagged(asked["ResourceId"]).remove_tags(resource_id=asked["ResourceId"], tags_list=asked["TagsList"])
        return "{}"

    def list_tags(self) -> str:
        arns = self.parameters["ResourceIdList"]
        listed = [item for arn in arns for item in self._tagged(arn).list_tags(resource_id_list=[arn])]
        return json.dumps({"ResourceTagList": listed})

    def _tagged(self, arn: str) -> Backend:
        """Return the backend with the trail's tags: the management account's for a delegated administrator."""
        if not arn.startswith("arn:") or arn.count(":") < 5:
            raise CloudTrailError("CloudTrailARNInvalidException", f"Invalid ARN: {arn}")
        owner, organization = arn.split(":")[4], creation.organization_of(self.current_account)
        if owner == self.current_account or (
            organization and creation.is_delegated(organization, self.current_account)
        ):
            backend = cloudtrail_backends[owner][self.region]
            if arn in [trail.arn for trail in backend.trails.values()]:
                return backend
        raise CloudTrailError("ResourceNotFoundException", f"Resource not found: {arn}")

    def list_public_keys(self) -> str:
        """Answer ListPublicKeys; without times: of the last 24 hours."""
        asked = self.parameters
        now = clock.now().timestamp()
        end = float(asked.get("EndTime") or now)
        start = float(asked.get("StartTime") or end - DAY)
        if start > end:
            raise CloudTrailError("InvalidTimeRangeException", "The start time is after the end time.")
        if start > VALID[1] or end < VALID[0]:
            return json.dumps({"PublicKeyList": []})
        der, fingerprint = public_key(self.region)
        key = {
            "Value": base64.b64encode(der).decode(),
            "ValidityStartTime": VALID[0],
            "ValidityEndTime": VALID[1],
            "Fingerprint": fingerprint,
        }
        return json.dumps({"PublicKeyList": [key]})

    def lookup_events(self) -> str:
        return json.dumps(lookup.answer(self.parameters, self.current_account, self.region))
