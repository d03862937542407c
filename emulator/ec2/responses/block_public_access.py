# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Block Public Access: the mode of an account and region, and the VPCs and subnets that are excluded from it.

https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html. Since moto has no declarative policies,
`/_emulator/settings` sets an organization's: {"vpc_block_public_access": {"222222222222": {"mode": "block-ingress",
"exclusions_allowed": "not-allowed"}}}.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.block_public_access import Exclusion, policies
from emulator.transitions import Transition

EXCLUSIONS = Listing(
    "VpcBlockPublicAccessExclusions",
    "ExclusionId",
    "ExclusionIds",
    {
        "internet-gateway-exclusion-mode": "InternetGatewayExclusionMode",
        "resource-arn": "ResourceArn",
        "state": "State",
    },
    prefix="vpcbpa-exclude",
)
BLOCK_MODES = ("off", "block-bidirectional", "block-ingress")
EXCLUSION_MODES = ("allow-bidirectional", "allow-egress")
RESOURCE_TYPE = "vpc-block-public-access-exclusion"
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
MAX_EXCLUSIONS = 50


class BlockPublicAccessResponse(Describing):
    def _options_item(self) -> dict[str, Any]:
        options, policy = self.ec2_backend.block_public_access, policies.get(self.current_account)
        item = {
            "AwsAccountId": self.current_account,
            "AwsRegion": self.region,
            "State": "update-complete" if policy else options.state,
            "InternetGatewayBlockMode": policy["mode"] if policy else options.mode,
            "ManagedBy": "declarative-policy" if policy else "account",
            "ExclusionsAllowed": self._exclusions_allowed(),
            "LastUpdateTimestamp": options.changed,
        }
        # From a listing of real accounts, https://github.com/turbot/steampipe-plugin-aws/pull/2595.
        return item | ({"Reason": "Default State"} if item["State"] == "default-state" else {})

    def _exclusions_allowed(self) -> str:
        return policies.get(self.current_account, {}).get("exclusions_allowed", "allowed")

    def describe_vpc_block_public_access_options(self) -> ActionResult:
        return ActionResult({"VpcBlockPublicAccessOptions": self._options_item()})

    def modify_vpc_block_public_access_options(self) -> ActionResult:
        mode = _one_of("InternetGatewayBlockMode", self.required("InternetGatewayBlockMode"), BLOCK_MODES)
        if self.current_account in policies:
            # "you won't be able to modify VPC BPA settings at the account level"; code and text are not verified.
            raise EC2ClientError(
                "DeclarativePolicyViolation", "This functionality has been disabled by a Declarative Policy."
            )
        options = self.ec2_backend.block_public_access
        if options.changed and options.state == "update-in-progress":
            # That AWS refuses this is neither documented nor verified.
            raise EC2ClientError("IncorrectState", "An update of VPC Block Public Access is in progress.")
        options.set(mode)
        return ActionResult(
            {"VpcBlockPublicAccessOptions": self._options_item() | {"InternetGatewayBlockMode": mode, "Reason": None}}
        )

    def _exclusion_item(self, exclusion: Exclusion) -> dict[str, Any]:
        item = {
            "ExclusionId": exclusion.id,
            "InternetGatewayExclusionMode": exclusion.mode,
            "ResourceArn": exclusion.resource_arn,
            "State": exclusion.state,
            "CreationTimestamp": exclusion.created,
            "LastUpdateTimestamp": exclusion.updated,
            "DeletionTimestamp": exclusion.deleted,
            "Tags": self.tag_list(exclusion.id),
        }
        if self._exclusions_allowed() == "not-allowed" and not exclusion.deleted:
            item["State"] = "disable-complete"  # when AWS shows this state is neither documented nor verified
        return item

    def _exclusion_answer(self, exclusion: Exclusion, state: str) -> ActionResult:
        return ActionResult({"VpcBlockPublicAccessExclusion": self._exclusion_item(exclusion) | {"State": state}})

    @creates("vpcbpa-exclude")
    def create_vpc_block_public_access_exclusion(self) -> ActionResult:
        """Create an exclusion; codes and texts of its errors are not verified, except for the two about parameters."""
        mode = self._exclusion_mode()
        arn = self._excluded_resource()
        tags = self.tags_for(RESOURCE_TYPE)
        if self._exclusions_allowed() == "not-allowed":
            raise EC2ClientError(
                "DeclarativePolicyViolation", "This functionality has been disabled by a Declarative Policy."
            )
        alive = [one for one in self.ec2_backend.exclusions.values() if one.state != "delete-complete"]
        if any(one.resource_arn == arn for one in alive):
            raise invalid_value(f"An exclusion for {arn} exists.")
        if len(alive) >= MAX_EXCLUSIONS:
            raise EC2ClientError(
                "ResourceLimitExceeded", f"The maximum number of exclusions ({MAX_EXCLUSIONS}) has been reached."
            )
        exclusion = Exclusion(arn, mode)
        self.ec2_backend.exclusions[exclusion.id] = exclusion
        self.ec2_backend.create_tags([exclusion.id], tags)
        return self._exclusion_answer(exclusion, "create-in-progress")

    def describe_vpc_block_public_access_exclusions(self) -> ActionResult:
        return self.listed(EXCLUSIONS, map(self._exclusion_item, self.ec2_backend.exclusions.values()))

    def modify_vpc_block_public_access_exclusion(self) -> ActionResult:
        mode = self._exclusion_mode()
        exclusion = self._settled_exclusion("modified")
        exclusion.mode, exclusion.updated = mode, datetime.now(timezone.utc)
        exclusion.state = Transition("update-in-progress", "update-complete")
        return self._exclusion_answer(exclusion, "update-in-progress")

    def delete_vpc_block_public_access_exclusion(self) -> ActionResult:
        exclusion = self._settled_exclusion("deleted")
        exclusion.deleted = datetime.now(timezone.utc)
        exclusion.state = Transition("delete-in-progress", "delete-complete")
        return self._exclusion_answer(exclusion, "delete-in-progress")

    def _settled_exclusion(self, participle: str) -> Exclusion:
        exclusion_id = self.required("ExclusionId")
        exclusion = self.ec2_backend.exclusions.get(exclusion_id)
        if exclusion is None:
            raise not_found(exclusion_id, "vpcbpa-exclude")
        if exclusion.state == "delete-complete":
            # By this text the Terraform provider recognizes what is deleted: vpc_block_public_access_exclusion.go.
            raise invalid_value(f"{exclusion_id} is in delete-complete state and cannot be {participle}")
        if exclusion.state.endswith("in-progress"):
            raise EC2ClientError("IncorrectState", f"{exclusion_id} is in {exclusion.state} state.")  # not verified
        return exclusion

    def _exclusion_mode(self) -> str:
        name = "InternetGatewayExclusionMode"
        return _one_of(name, self.required(name), EXCLUSION_MODES)

    def _excluded_resource(self) -> str:
        """Return the ARN of the resource to exclude: "A single VPC or subnet" that the account owns."""
        vpc_id, subnet_id = self._get_param("VpcId"), self._get_param("SubnetId")
        if vpc_id and subnet_id:
            raise EC2ClientError("InvalidParameterCombination", "Specify either vpcId or subnetId, not both.")
        if not (vpc_id or subnet_id):
            raise EC2ClientError("MissingParameter", "The request must contain the parameter vpcId or subnetId")
        resource = f"vpc/{self.vpc(vpc_id).id}" if vpc_id else f"subnet/{self.subnet(subnet_id).id}"
        return f"arn:{self.partition}:ec2:{self.region}:{self.current_account}:{resource}"


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise invalid_value(f"Value ({value}) for parameter {name[0].lower()}{name[1:]} is invalid.")
    return value
