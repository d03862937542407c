# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The doctor's facts as files, in the layout of snapshot.py: ``accounts/<account id>/<region>/<Kind>.json``.

Kinds of this collection: VpcAttributes and HostedZones (HostedZoneSummaries) are lists whose items have a VpcId;
VpcBlockPublicAccessOptions, Organization and Denied ({kind: the IAM action that the credential lacked}) are objects.
VpcEndpointServices has DescribeVpcEndpointServices' ServiceDetails, as in Batfish's snapshots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..._core.errors import Invalid
from ..network import snapshot
from . import policies
from .facts import KINDS, Facts

PLACE = ("account_id", "region", "partition", "vpc_id")
NOT_SAVED = ("denied", "unread", "Central")
FILES = {"ServiceDetails": "VpcEndpointServices"}
OF_FILE = {file: kind for kind, file in FILES.items()}
# {kind: a key that its items have}, for kinds that snapshot.KINDS lacks.
ITEMS = {
    "DhcpOptions": "DhcpOptionsId",
    "FirewallRuleGroupAssociations": "FirewallRuleGroupId",
    "HostedZones": "HostedZoneId",
    "ProfileAssociations": "ProfileId",
    "ProfileResourceAssociations": "ResourceArn",
    "ResolverRuleAssociations": "ResolverRuleId",
    "ResolverRules": "DomainName",
    "ServiceDetails": "ServiceName",
    "VpcAttributes": "EnableDnsSupport",
    "VpcBlockPublicAccessExclusions": "ResourceArn",
}
# Kinds whose items don't name their VPC.
OF_VPC = ("VpcAttributes", "HostedZones")
# Names, such as those of environment variables, whose values aren't saved.
_SECRET = re.compile(r"pass|secret|token|credential|auth|private|api.?key|access.?key|dsn|connection", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")
ENVIRONMENTS = ("environment", "variables", "environmentvariables")
MASK = "left out of the snapshot"


def files(facts: Facts) -> dict[str, Any]:
    """Return {path: content of the file}, without secrets."""
    kinds: dict[str, Any] = {kind: value for kind, value in facts.items() if kind not in (*PLACE, *NOT_SAVED)}
    for kind in OF_VPC:
        if kind in kinds:
            items = kinds[kind] if isinstance(kinds[kind], list) else [kinds[kind]]
            kinds[kind] = [{"VpcId": facts["vpc_id"], **item} for item in items]
    if "Organization" in kinds:
        # Without the management account and its mail address.
        kinds["Organization"] = {key: value for key, value in kinds["Organization"].items() if key == "Id"}
    if facts.get("denied"):
        kinds["Denied"] = facts["denied"]
    folder = f"accounts/{facts['account_id']}/{facts['region']}"
    return {
        f"{folder}/{FILES.get(kind, kind)}.json": {kind: without_secrets(value)}
        for kind, value in sorted(kinds.items())
    }


def without_secrets(value: Any, of_environment: bool = False) -> Any:
    """Return the value with user data, logins in URLs, and values whose names suggest a secret masked."""
    if isinstance(value, str):
        return _LOGIN.sub("***", value)
    if isinstance(value, Mapping):
        name = value.get("name", value.get("Name"))
        pair = isinstance(name, str) and _SECRET.search(name)
        kept = {}
        for key, item in value.items():
            is_value = pair and str(key).lower() == "value" or of_environment and _SECRET.search(str(key))
            if is_value and isinstance(item, str) or str(key).lower() == "userdata":
                kept[key] = MASK
            else:
                kept[key] = without_secrets(item, str(key).lower() in ENVIRONMENTS)
        return kept
    if isinstance(value, Sequence):
        return [without_secrets(item) for item in value]
    return value


def facts(documents: Mapping[str, Any], vpc_id: str) -> Facts:
    """Return the facts of a VPC from a snapshot: its owner's view, else that of an account that it is shared with.

    documents: {path: content of the file}. The facts' unread has the kinds that no file holds. Raises Invalid if the
    snapshot lacks the VPC or its subnets, or a file is malformed.
    """
    read = snapshot.parse(documents)
    place, vpc = read.vpcs.get(vpc_id, (None, {}))
    place = place or next((place for place, item in read.every("Subnets") if item["VpcId"] == vpc_id), None)
    if place is None:
        raise Invalid("snapshot_dir", vpc_id, "isn't in the snapshot", "one with the account and region that has it")
    found: dict[str, Any] = {}
    for path, document in documents.items():
        name = path.removeprefix(place.folder).removesuffix(".json")
        kind = OF_FILE.get(name, name)
        if path.startswith(place.folder) and isinstance(document, Mapping) and kind in document:
            if kind in ITEMS:
                snapshot.items_of(path, kind, document, ITEMS[kind])
            found[kind] = _of_vpc(kind, document[kind], vpc_id)
    if not found.get("Subnets"):
        raise Invalid(f"{place.folder}Subnets.json", vpc_id, "has no subnet of it", "all of the VPC's subnets")
    if "DhcpOptions" in found:
        found["DhcpOptions"] = [o for o in found["DhcpOptions"] if o["DhcpOptionsId"] == vpc.get("DhcpOptionsId")]
    first = found["Subnets"][0]
    region = place.region or first["AvailabilityZone"].rstrip("abcdefghijklmnopqrstuvwxyz")
    denied = found.pop("Denied", {})
    # Kinds that are needed only if another kind refers to them.
    asked = {
        "DhcpOptions": bool(vpc.get("DhcpOptionsId")),
        "Organization": policies.ask_for_organization(found),
        "ProfileResourceAssociations": bool(found.get("ProfileAssociations")),
    }
    unread = {
        kind: f"{place.folder}{FILES.get(kind, kind)}.json isn't in the snapshot"
        for kind in KINDS
        if kind not in found and kind not in denied and asked.get(kind, True)
    }
    return cast(
        Facts,
        {
            "account_id": place.account_id or vpc.get("OwnerId") or first.get("OwnerId"),
            "region": region,
            "partition": _partition(region),
            "vpc_id": vpc_id,
            **found,
            "denied": denied,
            "unread": unread,
        },
    )


def _of_vpc(kind: str, value: Any, vpc_id: str) -> Any:
    """Return the items of the VPC and those that name no VPC, in the shape of Facts; an object as it is."""
    if not isinstance(value, list):
        return value
    keys = ("ResourceId",) if kind == "ProfileAssociations" else ("VpcId", "VPCId")
    items = [item for item in value if all(item.get(key, vpc_id) == vpc_id for key in keys)]
    if kind in OF_VPC:
        items = [{key: item[key] for key in item if key != "VpcId"} for item in items]
    return items[0] if kind == "VpcAttributes" and items else items


def _partition(region: str) -> str:
    """Return the partition of a region, by botocore's partitions.json."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-isob-": "aws-iso-b", "us-iso-": "aws-iso"}
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")
