# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Block Public Access and its exclusions: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html"""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import public_access
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import ALPHA, World, block

OUT, IN, NAT = ("eni-web", "8.8.8.8"), ("8.8.8.8", "eni-web"), ("i-app", "8.8.8.8")
BOTH, INGRESS = "block-bidirectional", "block-ingress"
PRIVATE, PUBLIC, VPC = "subnet/subnet-app", "subnet/subnet-public", "vpc/vpc-alpha"
TWO_WAYS, EGRESS = "allow-bidirectional", "allow-egress"


def exclusion(resource, mode=TWO_WAYS, state="create-complete"):
    arn = f"arn:aws:ec2:eu-central-1:{ALPHA}:{resource}"
    id_ = f"vpcbpa-exclude-{resource}-{mode}"
    return {"ExclusionId": id_, "ResourceArn": arn, "InternetGatewayExclusionMode": mode, "State": state}


# (mode, exclusions) -> verdicts of: out of a public subnet, in from the internet, out by the NAT gateway
CASES = [
    (BOTH, [], "denied", "denied", "denied"),
    (INGRESS, [], "denied", "denied", "delivered"),
    ("off", [], "delivered", "delivered", "delivered"),
    (BOTH, [exclusion(VPC)], "delivered", "delivered", "delivered"),
    (INGRESS, [exclusion(VPC)], "delivered", "delivered", "delivered"),
    (BOTH, [exclusion(VPC, EGRESS)], "delivered", "denied", "delivered"),
    (INGRESS, [exclusion(VPC, EGRESS)], "denied", "denied", "delivered"),
    (BOTH, [exclusion(PUBLIC)], "delivered", "delivered", "unknown"),
    (BOTH, [exclusion(PUBLIC, EGRESS)], "delivered", "denied", "unknown"),
    (BOTH, [exclusion(PUBLIC), exclusion(PRIVATE)], "delivered", "delivered", "delivered"),
    (BOTH, [exclusion(PRIVATE)], "denied", "denied", "denied"),
    (BOTH, [exclusion(VPC, state="create-in-progress")], "denied", "denied", "denied"),
    (BOTH, [exclusion(VPC, state="disable-complete")], "denied", "denied", "denied"),
    (BOTH, [exclusion("vpc/vpc-other")], "denied", "denied", "denied"),
    ("block-sideways", [], "unknown", "unknown", "unknown"),
]


@pytest.mark.parametrize(("mode", "exclusions", "out", "into", "by_nat"), CASES)
def test_modes_and_exclusions(mode, exclusions, out, into, by_nat):
    world = World()
    block(mode)(world)
    world.files[ALPHA]["VpcBlockPublicAccessExclusions"] = exclusions
    for ends, expected in ((OUT, out), (IN, into), (NAT, by_nat)):
        verdict = world.trace(*ends, port=443)
        assert verdict.verdict == expected, (ends, verdict)
        blocked = expected == "denied"
        assert (verdict.decided_by.by == "vpc_block_public_access") == blocked
        assert len([one for one in verdict.blockers if "Block Public" in one.says]) == (expected != "delivered")
    assert world.trace("i-app", "eni-data", port=443).verdict == "delivered"


def test_modes_and_states_are_those_of_the_api_model():
    model = botocore.session.get_session().get_service_model("ec2")
    states = model.shape_for("VpcBlockPublicAccessExclusionState").enum
    assert {*public_access.IN_FORCE, *public_access.NOT_IN_FORCE} == set(states)
    assert set(public_access.MODES) == set(model.shape_for("InternetGatewayBlockMode").enum)
    modes = model.shape_for("InternetGatewayExclusionMode").enum
    assert {public_access.BOTH_WAYS, public_access.EGRESS_ONLY} == set(modes)
