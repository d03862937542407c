# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""1:1 NAT of attachments: API_ModifyTransitGatewayAttachmentNatConfiguration.html

That rules act on each packet alike, in both directions, is how the page words them; not verified.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import attachment_nat
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.snapshot import Unknown
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    HUB,
    World,
    route,
    static,
)

NAT_ALPHA, NAT_SHARED = "100.64.0.0/16", "100.65.0.0/16"
TRANSLATED = "100.65.1.10"  # of eni-dns, 10.0.1.10


def to(cidr, name):
    targets = [{"TransitGatewayAttachmentId": f"tgw-attach-{name}", "ResourceType": "vpc"}]
    return {"DestinationCidrBlock": cidr, "Type": "static", "State": "active", "TransitGatewayAttachments": targets}


def nat(name, match, onto, state="activated"):
    rule = {"RuleNumber": 1, "MatchSourceCidr": match, "NatCidr": onto, "State": state}
    return {"TransitGatewayAttachmentId": f"tgw-attach-{name}", "NatGatewayRules": [rule]}


@pytest.fixture
def world():
    """Both VPCs know each other by other CIDRs only."""
    world = World()
    hub = world.files[HUB]
    for attachment in hub["TransitGatewayAttachments"]:
        attachment["NatGatewaySupport"] = "enabled"
    hub["TransitGatewayAttachmentNatConfigurations"] = [
        nat("alpha", "10.1.0.0/16", NAT_ALPHA),
        nat("shared", "10.0.0.0/16", NAT_SHARED),
    ]
    for item in hub["TransitGatewayPropagations"]:
        item["TransitGatewayRouteTablePropagations"] = []
    hub["TransitGatewayStaticRoutes"] = [
        static("alpha", to(NAT_SHARED, "shared")),
        static("shared", to(NAT_ALPHA, "alpha")),
    ]
    world.item("rtb-app")["Routes"].append(route(NAT_SHARED, TransitGatewayId="tgw-1"))
    world.item("rtb-shared", HUB)["Routes"].append(route(NAT_ALPHA, TransitGatewayId="tgw-1"))
    return world


def test_both_sides_are_translated_and_back(world):
    verdict = world.trace("i-app", TRANSLATED, port=443)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "eni-dns"), verdict
    # The destination sees the translated source.
    world.item("sg-dns", HUB)["IpPermissions"] = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}]
    verdict = world.trace("i-app", TRANSLATED, port=443)
    assert verdict.verdict == "denied" and "from 100.64.1.10 to 10.0.1.10" in verdict.decided_by.message
    world.item("sg-dns", HUB)["IpPermissions"] = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": NAT_ALPHA}]}]
    assert world.trace("i-app", TRANSLATED, port=443).verdict == "delivered"


def test_the_own_addresses_have_no_route(world):
    """Red before: NAT was ignored, a false "delivered"."""
    assert world.trace("i-app", "eni-dns", port=443).verdict == "no_route"


def test_answers_need_a_route_to_the_translated_source(world):
    world.item("rtb-shared", HUB)["Routes"].pop()
    verdict = world.trace("i-app", TRANSLATED, port=443)
    assert (verdict.verdict, [one.direction for one in verdict.blockers]) == ("no_route", ["answer"])


def test_an_address_that_no_rule_has_stays_as_it_is(world):
    world.files[HUB]["TransitGatewayAttachmentNatConfigurations"][0] = nat("alpha", "10.1.99.0/24", "100.64.99.0/24")
    world.files[HUB]["TransitGatewayStaticRoutes"][1]["Routes"].append(to("10.1.0.0/16", "alpha"))
    assert world.trace("i-app", TRANSLATED, port=443).verdict == "delivered"


def test_answers_from_another_address_than_was_asked_are_unknown(world):
    world.files[HUB]["TransitGatewayStaticRoutes"][0]["Routes"].append(to("10.0.0.0/16", "shared"))
    verdict = world.trace("i-app", "eni-dns", port=443)
    assert verdict.verdict == "unknown" and "answers come from 100.65.1.10, not 10.0.1.10" in verdict.decided_by.message


UNKNOWN = {
    "enabling": lambda hub: hub["TransitGatewayAttachments"][0].update(NatGatewaySupport="enabling"),
    "a rule that changes": lambda hub: hub["TransitGatewayAttachmentNatConfigurations"].__setitem__(
        0, nat("alpha", "10.1.0.0/16", NAT_ALPHA, "pending")
    ),
    "not read": lambda hub: hub["TransitGatewayAttachmentNatConfigurations"].clear(),
    "a policy table, too": lambda hub: hub["TransitGatewayAttachments"][0].update(
        Association={"State": "associated", "TransitGatewayPolicyTableId": "tgw-ptb-1"}
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_told_of_nat_is_unknown(world, name):
    UNKNOWN[name](world.files[HUB])
    assert world.trace("i-app", TRANSLATED, port=443).verdict == "unknown"
    assert world.trace("i-app", "10.1.2.10", port=443).verdict == "delivered"


def test_a_rule_that_was_deactivated_does_nothing(world):
    hub = world.files[HUB]
    hub["TransitGatewayAttachmentNatConfigurations"][1] = nat("shared", "10.0.0.0/16", NAT_SHARED, "deactivated")
    assert world.trace("i-app", TRANSLATED, port=443).verdict == "no_route"


@pytest.mark.parametrize("support", ["enabled", "enabling", "disabling", "something new"])
def test_what_asks_about_all_packets_alike_is_unknown_with_nat(support):
    """Symmetry, and proofs that nobody reaches somebody, take no addresses, which NAT would change."""
    attachment = {"TransitGatewayAttachmentId": "tgw-attach-1", "NatGatewaySupport": support}
    assert attachment_nat.is_on(attachment) is True
    with pytest.raises(Unknown, match=rf"tgw-attach-1.*has NAT \({support}\).*looked at by packet"):
        attachment_nat.refuse(attachment)


@pytest.mark.parametrize("support", [{}, {"NatGatewaySupport": "disabled"}])
def test_without_nat_nothing_is_unknown(support):
    attachment = {"TransitGatewayAttachmentId": "tgw-attach-1", **support}
    assert attachment_nat.is_on(attachment) is False
    attachment_nat.refuse(attachment)
