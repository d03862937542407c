# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adoption: what others created is observed, then tagged, then owned; what an account had under another name is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.case import Case
from tests.contract.cases import CASES, TGW_HUB, TGW_SPOKE, TIERED_VPC
from tests.contract.conftest import Converged
from tests.contract.world import NAME_TAG, OWNER_TAG, World, capability

ADOPTING = [case for case in CASES if capability(case.module).adopts]
# Resource type of DescribeTags -> kind, where it isn't the type with underscores.
KINDS = {"natgateway": "nat_gateway", "vpc-flow-log": "flow_log"}
TAGGING = {"CreateTags", "TagResource", "AddTags"}


def owned_by_tags(world: World, account: str) -> dict[str, dict[str, str]]:
    """Return {owner tag: {kind.name: id}} of an account, as its tags say."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    by_id: dict[str, dict[str, str]] = defaultdict(dict)
    types = {}
    for tag in world.ec2(account).describe_tags()["Tags"]:
        by_id[tag["ResourceId"]][tag["Key"]] = tag["Value"]
        types[tag["ResourceId"]] = tag["ResourceType"]
    for id_, tags in by_id.items():
        if OWNER_TAG in tags and NAME_TAG in tags:
            owner, type_ = tags[OWNER_TAG], types[id_]
            kind = KINDS.get(type_, type_.replace("-", "_"))
            if owner.startswith("tgw_hub/") and kind == "transit_gateway_attachment":
                attachment = world.ec2(account).describe_transit_gateway_attachments(
                    TransitGatewayAttachmentIds=[id_]
                )["TransitGatewayAttachments"][0]
                kind = "spoke_attachment" if attachment["ResourceOwnerId"] != account else kind
            found[owner][f"{kind}.{tags[NAME_TAG]}"] = id_
    for share in world.client(account, "ram").get_resource_shares(resourceOwner="SELF")["resourceShares"]:
        tags = {tag["key"]: tag["value"] for tag in share.get("tags", [])}
        if OWNER_TAG in tags and share["status"] == "ACTIVE":
            found[tags[OWNER_TAG]][f"resource_share.{tags[NAME_TAG]}"] = share["resourceShareArn"]
    return dict(found)


def strip(world: World, account: str, adopted: dict[str, dict[str, str]]) -> None:
    """Remove all tags of these resources by hand, as if somebody else had created them."""
    ids = [id_ for ids in adopted.values() for id_ in ids.values()]
    resources = [id_ for id_ in ids if not id_.startswith("arn:")]
    if resources:
        world.ec2(account).delete_tags(Resources=resources)
    ram = world.client(account, "ram")
    for arn in (id_ for id_ in ids if id_.startswith("arn:aws:ram:")):
        tags = ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[arn])["resourceShares"][0]["tags"]
        ram.untag_resource(resourceShareArn=arn, tagKeys=[tag["key"] for tag in tags])


@pytest.mark.parametrize("case", ADOPTING, ids=str)
def test_what_others_created_is_observed_then_tagged_then_owned(
    converged: Callable[[Case], Converged], case: Case
) -> None:
    world = converged(case).of(case)
    before = world.contents(*case.accounts)
    settled = world.run(case.module, case.account, case.options, check=True)
    assert settled["plan"] == []
    adopted = owned_by_tags(world, case.account)
    assert adopted[f"{case.module}/{case.options['name']}"]
    strip(world, case.account, adopted)

    observed = world.run(case.module, case.account, case.options, adoption="observe", adopted_ids=adopted)

    assert world.writes == [] and not observed["changed"] and observed["plan"] == []
    assert [line for line in observed["findings"] if "adoption" in line] == []
    assert observed["findings"] == settled["findings"]
    assert any(note.startswith("adoption: tags sets the tags of") for note in observed["notes"])

    planned = world.run(case.module, case.account, case.options, check=True, adoption="tags", adopted_ids=adopted)
    assert {step["address"].rpartition(":")[2] for step in planned["plan"]} == {"tags.add"}
    tagged = world.run(
        *(case.module, case.account, case.options),
        adoption="tags",
        adopted_ids=adopted,
        approved_plan=planned["plan"],
    )
    assert tagged["plan"] == planned["plan"] and set(world.writes) <= TAGGING
    again = world.run(case.module, case.account, case.options, adoption="tags", adopted_ids=adopted)
    assert again["plan"] == [] and world.writes == []

    # Others of the account that are adopted, too, have their own module.
    for owner, ids in adopted.items():
        if owner != f"{case.module}/{case.options['name']}":
            retag(world, case.account, owner, ids)
    owned = world.run(case.module, case.account, case.options)
    assert owned["plan"] == [] and world.writes == []
    assert tags_apart(world.contents(*case.accounts)) == tags_apart(before)


def retag(world: World, account: str, owner: str, ids: dict[str, str]) -> None:
    for address, id_ in ids.items():
        name = address.partition(".")[2]
        tags = [{"Key": OWNER_TAG, "Value": owner}, {"Key": NAME_TAG, "Value": name}]
        world.ec2(account).create_tags(Resources=[id_], Tags=tags)


def tags_apart(contents: dict[str, list[Any]]) -> dict[str, int]:
    """Return the number of items by kind: nothing was created or deleted."""
    return {kind: len(items) for kind, items in contents.items()}


@pytest.mark.parametrize("case", [TIERED_VPC, TGW_HUB, TGW_SPOKE], ids=str)
def test_ids_without_a_phase_are_not_owned_at_once(converged: Callable[[Case], Converged], case: Case) -> None:
    world = converged(case).of(case)
    adopted = owned_by_tags(world, case.account)
    strip(world, case.account, adopted)

    text = str(world.failure(case.module, case.account, case.options, adopted_ids=adopted))

    assert "aren't set. Run with adoption: tags first" in text and world.writes == []
