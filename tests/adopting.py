# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks without the owner's tags, as if somebody else had created them, and the ids by which they are adopted."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

OWNER_TAG, NAME_TAG = "closednet:managed", "closednet:name"
# Resource type of DescribeTags -> kind, where it isn't the type with underscores.
KINDS = {"natgateway": "nat_gateway", "vpc-flow-log": "flow_log"}


def owned_by_tags(ec2: Any, ram: Any, account: str) -> dict[str, dict[str, str]]:
    """Return {owner tag: {kind.name: id}} of an account, as its tags say."""
    by_id: dict[str, dict[str, str]] = defaultdict(dict)
    kinds = {}
    for tag in ec2.describe_tags()["Tags"]:
        by_id[tag["ResourceId"]][tag["Key"]] = tag["Value"]
        kinds[tag["ResourceId"]] = KINDS.get(tag["ResourceType"], tag["ResourceType"].replace("-", "_"))
    attachments = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    foreign = {item["TransitGatewayAttachmentId"] for item in attachments if item["ResourceOwnerId"] != account}
    for share in ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]:
        if share["status"] == "ACTIVE":
            by_id[share["resourceShareArn"]] = {tag["key"]: tag["value"] for tag in share.get("tags", [])}
            kinds[share["resourceShareArn"]] = "resource_share"
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for id_, tags in by_id.items():
        if OWNER_TAG in tags and NAME_TAG in tags:
            kind = "spoke_attachment" if id_ in foreign else kinds[id_]
            found[tags[OWNER_TAG]][f"{kind}.{tags[NAME_TAG]}"] = id_
    return dict(found)


def strip(ec2: Any, ram: Any, adopted: dict[str, dict[str, str]]) -> None:
    """Remove all tags of these resources by hand."""
    ids = [id_ for ids in adopted.values() for id_ in ids.values()]
    resources = [id_ for id_ in ids if not id_.startswith("arn:")]
    if resources:
        ec2.delete_tags(Resources=resources)
    for arn in (id_ for id_ in ids if id_.startswith("arn:aws:ram:")):
        tags = ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[arn])["resourceShares"][0]["tags"]
        ram.untag_resource(resourceShareArn=arn, tagKeys=[tag["key"] for tag in tags])
