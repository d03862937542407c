# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Common parts of Network Firewall's resources: ARN, id, update token, tags, status."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from emulator.networkfirewall.errors import invalid_request, stale_token
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_TagResource.html
MAX_TAGS = 50
DEFAULT_ENCRYPTION = {"KeyId": "AWS_OWNED_KMS_KEY", "Type": "AWS_OWNED_KMS_KEY"}


def new_id() -> str:
    return str(uuid4())


class Resource:
    """A resource with a name. Its status is ACTIVE until it is deleted."""

    status = StateClock("network-firewall-resource")
    # Part of its ARN.
    segment: str

    def __init__(self, account_id: str, region: str, name: str, request: dict[str, Any]):
        self.account_id, self.region, self.name = account_id, region, name
        self.arn = f"arn:aws:network-firewall:{region}:{account_id}:{self.segment}/{name}"
        self.id = new_id()
        self.token = new_id()
        self.description: str | None = request.get("Description")
        self.encryption: dict[str, Any] = request.get("EncryptionConfiguration") or dict(DEFAULT_ENCRYPTION)
        self.tags: dict[str, str] = {}
        self.tag(request.get("Tags") or [])
        self.resource_policy: str | None = None
        self.modified = datetime.now(timezone.utc)
        self.status = "ACTIVE"

    def tag(self, tags: list[dict[str, str]]) -> None:
        merged = self.tags | {tag["Key"]: tag["Value"] for tag in tags}
        if len(merged) > MAX_TAGS:
            raise invalid_request("Tags limit exceeded", len(merged), "Tags")  # not verified
        self.tags = merged

    def tag_list(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]

    def check_token(self, token: str | None) -> None:
        if token is not None and token != self.token:
            raise stale_token()

    def touch(self) -> None:
        """Record a change: a new update token."""
        self.token = new_id()
        self.modified = datetime.now(timezone.utc)

    def delete(self) -> None:
        self.status = Transition("DELETING", "DELETED")

    @property
    def is_gone(self) -> bool:
        return self.status == "DELETED"
