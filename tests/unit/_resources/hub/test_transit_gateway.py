# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hub's and the spokes' rules, dict in, steps out."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref, Step
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub import (
    gateway_attachment,
    other_attachment,
    resource_share_association,
    shared_transit_gateway,
    spoke_attachment,
    transit_gateway,
    transit_gateway_association,
    transit_gateway_attachment,
    transit_gateway_membership,
    transit_gateway_propagation,
    transit_gateway_route,
    transit_gateway_static_route,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub.spoke_attachment import ACCEPTED_ADDRESS
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

from ..conftest import INPUTS

GATEWAY = {"transit_gateway": {"main": Actual("tgw-1", {}, details={"state": "available"})}}
TABLES = {
    "transit_gateway_route_table": {
        "customers": Actual("tgw-rtb-1", {}),
        "shared": Actual("tgw-rtb-2", {}),
        "theirs": Actual("tgw-rtb-9", {}, managed=False),
    }
}


def asked(state="pendingAcceptance", name="alpha", declared=True, table=None, account="222222222222"):
    fields = {"state": "available" if state in gateway_attachment.ACCEPTED else state, "tags": {}}
    details = {"state": state, "account_id": account, "vpc_id": "vpc-1", "declared": declared, "table": table}
    return {"spoke_attachment": {name: Actual(f"tgw-attach-{name}", fields, details=details)}}


WANTED = {"alpha": {"state": "available", "tags": {"Name": "alpha"}}}


# ---- spokes' attachments ------------------------------------------------------------------------------------------


def test_a_declared_attachment_is_accepted_and_named(planned, lines):
    plan = planned(spoke_attachment, WANTED, {**GATEWAY, **asked()}, undeclared="report", spokes={})
    assert lines(plan) == ["change spoke_attachment.alpha:state", "change spoke_attachment.alpha:tags.add"]
    (waits,) = [step for step in plan.steps if step.reads_only]
    assert waits.address == ACCEPTED_ADDRESS and "spoke_attachment.alpha:state" in waits.needs


@pytest.mark.parametrize("state", gateway_attachment.REQUESTED)
def test_one_that_is_not_ready_to_be_accepted_waits_for_the_next_run(planned, state):
    plan = planned(spoke_attachment, WANTED, {**GATEWAY, **asked(state)}, undeclared="report", spokes={})
    assert plan.steps == ()


@pytest.mark.parametrize(
    ("undeclared", "state", "steps"),
    [
        ("report", "pendingAcceptance", []),
        ("reject", "pendingAcceptance", ["change spoke_attachment.tgw-1"]),
        ("reject", "available", []),  # accepted by somebody: not ours to cut off
    ],
)
def test_an_undeclared_attachment_is_rejected_only_if_asked_for_and_never_once_accepted(
    planned, lines, undeclared, state, steps
):
    found = {**GATEWAY, **asked(state, name="tgw-1", declared=False)}
    assert lines(planned(spoke_attachment, {}, found, undeclared=undeclared, spokes={})) == steps


def test_a_hub_that_is_deleted_rejects_nobody(planned):
    found = {**GATEWAY, **asked(name="tgw-1", declared=False)}
    assert planned(spoke_attachment, {}, found, absent=True, undeclared="reject", spokes={}).steps == ()


OWNER = "tgw_hub/hub"
BIG = {"alpha": {"account_id": "222222222222", "vpc_id": None}}


def attached(id_, vpc="vpc-1", state="available", name=None, table=None, account="222222222222", **more):
    """As DescribeTransitGatewayAttachments has it; name: of the hub's own tags."""
    pairs = {"closednet:managed": OWNER, "closednet:name": name} if name else {}
    association = {"Association": {"TransitGatewayRouteTableId": table, "State": "associated"}} if table else {}
    details = {
        "TransitGatewayAttachmentId": id_,
        "ResourceOwnerId": account,
        "ResourceType": "vpc",
        "ResourceId": vpc,
        "State": state,
        "Tags": [{"Key": key, "Value": value} for key, value in pairs.items()],
        **association,
        **more,
    }
    return Actual(None, {}, False, details)


def as_read(*attachments, spokes=None, **inputs):
    """(found, declared): spoke_attachment as read from these."""
    there = {actual.details["TransitGatewayAttachmentId"]: actual for actual in attachments}
    found = defaultdict(dict, {**GATEWAY, **TABLES, "gateway_attachment": there})
    declared = declaring({**INPUTS, "spokes": BIG if spokes is None else spokes, **inputs}, {}, OWNER)
    found["spoke_attachment"] = spoke_attachment.read(SimpleNamespace(account_id="111111111111"), declared, found)
    return found, declared


def chosen(*attachments, **more):
    """The id of alpha's attachment."""
    found, _declared = as_read(*attachments, **more)
    there = found["spoke_attachment"].get("alpha")
    return there and there.id


KNOWN = {"alpha": {"account_id": "222222222222", "vpc_id": "vpc-1"}}
REPLACEMENT = attached("b", "vpc-2", "pendingAcceptance")


def test_what_an_account_asks_for_is_accepted_only_if_its_vpc_is_the_declared_one(planned):
    """The issue's: alpha replaces its attachment by another VPC."""
    assert chosen(REPLACEMENT, spokes=KNOWN) is None
    assert chosen(REPLACEMENT, attached("a", "vpc-1", "pendingAcceptance"), spokes=KNOWN) == "a"
    found, declared = as_read(REPLACEMENT, spokes=KNOWN)
    assert planned(spoke_attachment, WANTED, found, **vars(declared.inputs)).steps == ()
    (line,) = spoke_attachment.findings(WANTED, found, declared)
    assert line.startswith("alpha: account 222222222222 asks with b of vpc-2, and declared is vpc-1: not accepted")
    (line,) = spoke_attachment.notes(WANTED, found, declared)
    assert line == "undeclared: b of account 222222222222 (vpc-2) is pendingAcceptance; left as it is"


def test_nothing_new_is_accepted_or_rejected_while_the_vpc_is_not_known(planned):
    """The hub run alone; sibling: nor in place of one that is there."""
    found, declared = as_read(REPLACEMENT, undeclared="reject")
    assert planned(spoke_attachment, WANTED, found, **vars(declared.inputs)).steps == ()
    assert spoke_attachment.unidentified(found, declared) == ["alpha"]
    (line,) = spoke_attachment.findings(WANTED, found, declared)
    assert "which VPC is alpha's isn't known: not accepted; run its spoke" in line
    found, declared = as_read(REPLACEMENT, attached("a", name="alpha"), undeclared="reject")
    assert found["spoke_attachment"]["alpha"].id == "a"
    steps = planned(spoke_attachment, {}, found, **vars(declared.inputs)).steps
    assert [step.operation for step in steps] == ["ec2.reject_transit_gateway_vpc_attachment"]
    assert spoke_attachment.unidentified(found, declared) == []


def test_one_that_was_accepted_is_known_by_the_hubs_own_tags():
    assert chosen(attached("a", name="alpha"), attached("b", "vpc-2", name="alpha-2")) == "a"
    assert chosen(attached("a"), attached("b", "vpc-2")) is None


def test_neither_a_rename_nor_a_lost_tag_cuts_an_account_off():
    """Sibling: identity is the account, not what it is called."""
    assert chosen(attached("a", name="alpha-old", table="tgw-rtb-1"), REPLACEMENT) == "a"
    assert chosen(attached("a", table="tgw-rtb-1"), REPLACEMENT) == "a"
    # What somebody put into a table of his own is no sign.
    assert chosen(attached("a", table="tgw-rtb-9")) is None
    # That of another declared spoke.
    both = {**BIG, "beta": {"account_id": "222222222222", "vpc_id": None}}
    assert chosen(attached("a", name="beta", table="tgw-rtb-1"), spokes=both) is None


def test_which_of_two_is_meant_must_be_said():
    both = (attached("a", table="tgw-rtb-1"), attached("b", "vpc-2", table="tgw-rtb-1"))
    with pytest.raises(Conflict, match=r"\(alpha\) has a \(vpc-1\), b \(vpc-2\); say which vpc_id"):
        chosen(*both)
    assert chosen(*both, spokes=KNOWN) == "a"


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (
            "failed",
            "alpha: account 222222222222 has no attachment to accept yet (a (vpc-1 of account 222222222222, fai",
        ),
        ("rejected", "rejected)); run its spoke, then the hub again"),
        ("rollingBack", "rollingBack)); run its spoke"),
        ("initiatingRequest", "no attachment to accept yet (initiatingRequest); run the hub again"),
        (
            "dreaming",
            "alpha: a of account 222222222222 is dreaming, a state that isn't known here; it is left as it is",
        ),
        ("available", None),
        ("modifying", None),
    ],
)
def test_what_keeps_a_spoke_from_being_attached_is_told(state, line):
    found, declared = as_read(attached("a", state=state, name="alpha"), spokes=KNOWN)
    lines = spoke_attachment.findings(WANTED, found, declared)
    assert lines == [] if line is None else line in lines[0]


def test_before_there_is_a_gateway_to_ask_for_it_is_a_note():
    found, declared = as_read(spokes=KNOWN)
    (line,) = spoke_attachment.findings(WANTED, found, declared)
    assert spoke_attachment.notes(WANTED, found, declared) == []
    found["transit_gateway"] = {}
    assert spoke_attachment.findings(WANTED, found, declared) == []
    assert spoke_attachment.notes(WANTED, found, declared) == [line]


def test_an_attachment_in_an_unknown_state_stays_where_it_is(planned):
    found, declared = as_read(attached("tgw-attach-alpha", state="dreaming", name="alpha"), spokes=KNOWN)
    assert planned(spoke_attachment, WANTED, found, **vars(declared.inputs)).steps == ()
    found["transit_gateway_association"] = {"alpha": joined()}
    assert planned(transit_gateway_association, IN_CUSTOMERS, found, **vars(declared.inputs)).steps == ()
    del found["transit_gateway_association"]["alpha"]
    assert planned(transit_gateway_association, IN_CUSTOMERS, found, **vars(declared.inputs)).steps == ()


def test_one_that_somebody_else_accepted_is_a_finding():
    found, declared = as_read(attached("z", account="999999999999"), spokes={})
    (line,) = spoke_attachment.findings({}, found, declared)
    assert "undeclared: z of account 999999999999 (vpc-1) is available; kept out of all tables" in line


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            {"Association": {"TransitGatewayPolicyTableId": "tgw-ptb-1", "State": "associated"}},
            "z (vpc-1 of account 222222222222, available) is associated with policy table tgw-ptb-1",
        ),
        ({"NatGatewaySupport": "enabled"}, "has NAT (enabled): others may reach it"),
        ({"NatGatewaySupport": "enabling"}, "has NAT (enabling)"),
        ({"NatGatewaySupport": "disabled"}, None),
        ({"State": "dreaming"}, "this state isn't known here"),
    ],
)
def test_what_decides_beside_route_tables_is_a_finding(more, line):
    found, declared = as_read(attached("z", **more))
    lines = gateway_attachment.findings({}, found, declared)
    assert lines == [] if line is None else line in lines[0]


VPN = {"ResourceType": "vpn", "ResourceId": "vpn-1"}
OFFICE = {"office": {"attachment_id": "o", "resource_type": "vpn"}}


@pytest.mark.parametrize(
    ("others", "more", "line"),
    [
        ({}, VPN, "undeclared: o (vpn vpn-1 of account 222222222222, available), associated with tgw-rtb-9; kept out"),
        ({}, {**VPN, "ResourceType": "flying-carpet"}, "undeclared: o (flying-carpet vpn-1"),
        (OFFICE, VPN, None),
        (OFFICE, {**VPN, "State": "failed"}, "office: o (vpn vpn-1 of account 222222222222, failed) isn't available"),
        (
            OFFICE,
            {**VPN, "ResourceType": "connect"},
            "office: o (connect vpn-1 of account 222222222222, available) is no vpn",
        ),
        (
            {"office": {**OFFICE["office"], "attachment_id": "p"}},
            {},
            "office: p isn't attached to this Transit Gateway",
        ),
    ],
)
def test_members_made_elsewhere(others, more, line):
    found, declared = as_read(attached("o", table="tgw-rtb-9", **more), others=others)
    lines = other_attachment.findings({}, found, declared)
    assert lines == [] if line is None else line in lines[0]
    found["other_attachment"] = other_attachment.read(None, declared, found)
    assert ("office" in found["other_attachment"]) == (line is None)


def test_a_gateway_with_spokes_is_not_deleted(planned):
    found = defaultdict(dict, {**GATEWAY, **asked("available")})
    declared = SimpleNamespace(absent=True)
    with pytest.raises(Conflict, match=r"tgw-attach-alpha \(account 222222222222\).*remove those first"):
        transit_gateway.refuse({}, found, declared)
    # Its removal can be shown, since those of the spokes may be shown only, too.
    assert [step.removes for step in planned(transit_gateway, {}, found, absent=True).steps] == ["tgw-1"]
    (note,) = transit_gateway.notes({}, found, declared)
    assert "tgw-attach-alpha" in note and "which have to go first" in note
    present = SimpleNamespace(absent=False)
    assert transit_gateway.notes({}, found, present) == [] and transit_gateway.refuse({}, found, present) is None


# ---- tables -------------------------------------------------------------------------------------------------------

IN_CUSTOMERS = {"alpha": {"attachment": "tgw-attach-alpha", "table": "tgw-rtb-1"}}


def joined(state="associated", **fields):
    return Actual("x", {**IN_CUSTOMERS["alpha"], **fields}, details={"state": state})


@pytest.mark.parametrize(("state", "waits"), [("associated", 0), ("associating", 1)])
def test_an_attachment_that_an_earlier_run_left_on_its_way_is_waited_for(planned, state, waits):
    found = {**TABLES, **asked("available"), "transit_gateway_association": {"alpha": joined(state)}}
    plan = planned(transit_gateway_association, IN_CUSTOMERS, found)
    assert plan.changes == [] and len(plan.steps) == waits and all(step.wait for step in plan.steps)


def test_an_attachment_moves_by_leaving_before_entering(planned):
    there = {"transit_gateway_association": {"alpha": joined(table="tgw-rtb-2")}}
    found = {**TABLES, **asked("available", table="tgw-rtb-2"), **there}
    leave, enter, settled = planned(transit_gateway_association, IN_CUSTOMERS, found).steps
    assert leave.operation == "ec2.disassociate_transit_gateway_route_table" and leave.wait.until == ("disassociated",)
    assert enter.operation == "ec2.associate_transit_gateway_route_table" and leave.address in enter.needs
    assert settled.reads_only and enter.address in settled.needs


def test_an_attachment_is_associated_once_it_is_accepted(planned):
    found = {**TABLES, **asked()}
    for resource in (transit_gateway_association, transit_gateway_propagation):
        step = planned(resource, IN_CUSTOMERS, found).steps[0]
        assert step.action == "create" and ACCEPTED_ADDRESS in step.needs


@pytest.mark.parametrize("attachment", [Ref("spoke_attachment.alpha"), "tgw-attach-alpha"])
def test_an_attachment_that_its_spoke_has_yet_to_make_is_in_no_table_yet(planned, attachment):
    found = {**TABLES, **(asked("initiating") if attachment == "tgw-attach-alpha" else {})}
    wanted = {"alpha": {"attachment": attachment, "table": "tgw-rtb-1"}}
    assert planned(transit_gateway_association, wanted, found).steps == ()


def test_an_attachment_in_somebody_elses_table_is_in_the_way(planned):
    with pytest.raises(Conflict, match="tgw-attach-alpha is associated with tgw-rtb-9"):
        planned(transit_gateway_association, IN_CUSTOMERS, {**TABLES, **asked("available", table="tgw-rtb-9")})


def test_new_members_of_a_table_are_waited_for_by_one_call(planned):
    wanted = {name: {"attachment": f"tgw-attach-{name}", "table": "tgw-rtb-1"} for name in ("alpha", "beta", "gamma")}
    waits = [step for step in planned(transit_gateway_association, wanted, TABLES).steps if step.reads_only]
    assert [len(step.needs) for step in waits] == [3]


BLACKHOLE = {"customers/10.1.0.0/16": {"table": "tgw-rtb-1", "cidr": "10.1.0.0/16", "attachment": "blackhole"}}


def static(attachment, name="customers/10.1.0.0/16"):
    fields = {"table": "tgw-rtb-1", "cidr": name.partition("/")[2], "attachment": attachment}
    return {"transit_gateway_static_route": {name: Actual(f"tgw-rtb-1/{fields['cidr']}", fields)}}


def test_a_blackhole_takes_the_place_of_a_static_route_by_one_call(planned):
    (step,) = planned(transit_gateway_static_route, BLACKHOLE, static("tgw-attach-1")).steps
    assert (step.operation, step.params["Blackhole"]) == ("ec2.replace_transit_gateway_route", True)


def test_any_other_static_route_in_our_tables_goes(planned, lines):
    found = static("tgw-attach-1", "customers/10.9.0.0/16")
    assert lines(planned(transit_gateway_static_route, {}, found)) == [
        "delete transit_gateway_static_route.customers/10.9.0.0/16"
    ]


# ---- the share ----------------------------------------------------------------------------------------------------


def shared(entity, type_="PRINCIPAL"):
    return {f"{type_} {entity}": {"share": "arn:share", "type": type_, "entity": entity}}


def test_an_account_may_have_to_accept_so_its_association_is_not_waited_for(planned):
    organization = "arn:aws:organizations::9:organization/o-1"
    (invited,) = planned(resource_share_association, shared("555555555555"), {}).steps
    (known,) = planned(resource_share_association, shared(organization), {}).steps
    assert invited.wait is None and known.wait.until == ("ASSOCIATED",)


def test_the_gateway_is_shared_by_its_arn_before_its_id_is_known(planned):
    (step,) = planned(resource_share_association, shared(Ref("transit_gateway.main"), "RESOURCE"), {}).steps
    assert str(step.after["entity"]) == (
        "arn:aws:ec2:eu-central-1:111111111111:transit-gateway/(known after transit_gateway.main)"
    )


def invited(planned, status):
    invitation = {"resourceShareInvitationArn": "arn:invitation", "status": status}
    found = {"transit_gateway": {"invitation": Actual(None, {"share": "arn:share"}, False, invitation)}}
    return planned(shared_transit_gateway, {"main": {}}, found, hub_account_id="1" * 12, transit_gateway_id=None).steps


def test_an_invitation_of_the_hub_is_accepted_and_then_the_gateway_looked_up(planned):
    accept, look_up = invited(planned, "PENDING")
    assert accept.params == {"resourceShareInvitationArn": "arn:invitation"}
    assert look_up.reads_only and look_up.id_path and accept.address in look_up.needs


def test_an_invitation_accepted_by_a_run_that_was_cut_off_is_waited_for_but_not_for_ever(planned):
    wait, look_up = invited(planned, "ACCEPTED")
    assert wait.reads_only and wait.wait.within < 600 and wait.address in look_up.needs


# ---- a VPC's attachment and routes --------------------------------------------------------------------------------


def existing_vpc(zones=("az1", "az2"), managed="tiered_vpc/alpha"):
    tags = [{"Key": "closednet:managed", "Value": managed}]
    subnets = {
        f"tgw.{number}": {"SubnetId": f"subnet-{number}", "AvailabilityZoneId": zone}
        for number, zone in enumerate(zones)
    }
    tables = {name: {"RouteTableId": f"rtb-{name}", "Tags": tags} for name in ("app", "tgw")}
    return {"existing_vpc": {"main": Actual("vpc-1", {}, False, {"subnets": subnets, "route_tables": tables})}}


ATTACHMENT = {"transit_gateway": "tgw-1", "vpc": "vpc-1", "tier": "tgw", "dns_support": True, "tags": {}}


def attachment(state="available", **fields):
    there = {"transit_gateway": "tgw-1", "vpc": "vpc-1", "subnets": ["subnet-0", "subnet-1"], "dns_support": True}
    return {
        "transit_gateway_attachment": {
            "main": Actual("tgw-attach-1", {**there, "tags": {}, **fields}, details={"state": state})
        }
    }


def attach(planned, found, tier="tgw", subnet_ids=None, **more):
    wanted = {"main": {**ATTACHMENT, "tier": tier, "subnet_ids": subnet_ids}}
    return planned(transit_gateway_attachment, wanted, {**GATEWAY, **found}, **more)


def test_an_attachment_takes_one_subnet_of_each_zone(planned):
    (step,) = attach(planned, existing_vpc()).steps
    assert step.params["SubnetIds"] == ["subnet-0", "subnet-1"]
    with pytest.raises(Conflict, match="two subnets in az1"):
        attach(planned, existing_vpc(zones=("az1", "az1")))


def test_subnets_of_an_adopted_vpc_are_given_by_their_ids(planned):
    (step,) = attach(planned, existing_vpc(), subnet_ids=["subnet-1", "subnet-0"]).steps
    assert step.params["SubnetIds"] == ["subnet-0", "subnet-1"]
    with pytest.raises(Conflict, match="attachment_subnet_ids: the list has two subnets in az1"):
        attach(planned, existing_vpc(zones=("az1", "az1")), subnet_ids=["subnet-1", "subnet-0"])
    with pytest.raises(Conflict, match="attachment_subnet_ids: subnet-9 isn't in vpc-1; it has subnet-0, subnet-1"):
        attach(planned, existing_vpc(), subnet_ids=["subnet-9"])


def test_zones_in_which_an_attachment_has_no_subnet_are_told():
    wanted = {"main": {**ATTACHMENT, "tier": "tgw", "subnet_ids": ["subnet-0"]}}
    assert transit_gateway_attachment.notes(wanted, existing_vpc(), None) == [
        "attachment main has no subnet in az2: what is in subnet-1 can't reach the Transit Gateway"
    ]
    wanted["main"]["subnet_ids"] = ["subnet-0", "subnet-1"]
    assert transit_gateway_attachment.notes(wanted, existing_vpc(), None) == []
    assert transit_gateway_attachment.notes(wanted, {"existing_vpc": {}}, None) == []


def test_a_tier_that_is_not_there_is_named_with_those_that_are(planned):
    with pytest.raises(Conflict, match="attachment_tier: 'edge' has no subnet in vpc-1; it has tgw"):
        attach(planned, existing_vpc(), tier="edge")


def test_subnets_of_an_attachment_change_in_place(planned):
    (step,) = attach(planned, {**existing_vpc(), **attachment(subnets=["subnet-0", "subnet-9"])}).steps
    assert step.params["AddSubnetIds"] == ["subnet-1"] and step.params["RemoveSubnetIds"] == ["subnet-9"]


def test_another_attachment_of_the_vpc_is_in_the_way(planned):
    there = attachment()["transit_gateway_attachment"]["main"]
    theirs = Actual(there.id, there.fields, False, there.details)
    with pytest.raises(Conflict, match="tgw-attach-1 is in the way"):
        attach(planned, {**existing_vpc(), "transit_gateway_attachment": {"main": theirs}})


def test_an_attachment_on_its_way_out_is_waited_for(planned, lines):
    found = {**existing_vpc(), **attachment("deleting")}
    waits, made = attach(planned, found).steps
    assert waits.reads_only and waits.address in made.needs
    plan = attach(planned, found, absent=True)
    assert [step.reads_only for step in plan.steps] == [True] and lines(plan) == []


@pytest.mark.parametrize(("state", "waits"), [("pending", True), ("modifying", True), ("available", False)])
def test_an_attachment_on_its_way_in_is_waited_for_too(planned, lines, state, waits):
    plan = attach(planned, {**existing_vpc(), **attachment(state)})
    assert [step.reads_only for step in plan.steps] == [True] * waits and lines(plan) == []


ROUTE = {"attachment": "main", "tier": "app", "destination": "10.0.0.0/16", "transit_gateway": "tgw-1"}
SPOKE = {"owns_transit_gateway": False}


def route(target="tgw-1", managed=True, removable=True, table="app", destination="10.0.0.0/16"):
    fields = {"route_table": f"rtb-{table}", "destination": destination, "transit_gateway": target}
    there = Actual(f"rtb-{table}/{destination}", fields, managed, {"removable": removable})
    return {"transit_gateway_route": {f"main/{table}/{destination}": there}}


def route_steps(planned, lines, *found, wanted=None, **more):
    there = {key: value for part in (GATEWAY, existing_vpc(), *found) for key, value in part.items()}
    return lines(planned(transit_gateway_route, {"x": ROUTE} if wanted is None else wanted, there, **SPOKE, **more))


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("available", ["create transit_gateway_route.main/app/10.0.0.0/16"]),
        ("pendingAcceptance", []),  # the hub's turn is next
    ],
)
def test_routes_follow_once_the_attachment_is_available(planned, lines, state, steps):
    assert route_steps(planned, lines, attachment(state)) == steps


def test_the_hubs_own_routes_are_planned_before_its_vpc_is_there(planned):
    found = {**GATEWAY, "existing_vpc": {}, "transit_gateway_attachment": {}, "transit_gateway_route": {}}
    (step,) = planned(transit_gateway_route, {"x": ROUTE}, found, owns_transit_gateway=True).steps
    assert step.address == "transit_gateway_route.main/app(known after existing_vpc.main)/10.0.0.0/16"
    assert step.params["RouteTableId"] == Ref("existing_vpc.main")


@pytest.mark.parametrize("state", ["available", "pendingAcceptance"])
def test_a_route_elsewhere_for_a_declared_destination_is_told_even_before_that(planned, lines, state):
    with pytest.raises(Conflict, match=r"rtb-app/10\.0\.0\.0/16 is in the way"):
        route_steps(planned, lines, attachment(state), route("igw-1", managed=False, removable=False))


def test_a_route_to_the_gateway_that_is_no_longer_declared_goes_from_tiered_tables_only(planned, lines):
    assert route_steps(planned, lines, attachment(), route(), wanted={}) == [
        "delete transit_gateway_route.main/app/10.0.0.0/16"
    ]
    assert route_steps(planned, lines, attachment(), route(removable=False), wanted={}) == []


def test_absent_takes_declared_routes_from_others_tables_too(planned, lines):
    assert route_steps(planned, lines, attachment(), route(removable=False), absent=True) == [
        "delete transit_gateway_route.main/app/10.0.0.0/16"
    ]


def test_a_route_in_the_way_has_no_tag_to_be_handed_over_by(planned, lines):
    with pytest.raises(Conflict) as error:
        route_steps(planned, lines, attachment(), route("igw-1", managed=False, removable=False))
    assert "tag" not in str(error.value)
    assert "(transit_gateway igw-1, declared is tgw-1). Remove it, or declare what is there" in str(error.value)


def test_a_share_that_is_gone_is_told_in_words_and_its_attachment_stays(planned):
    """After a move to another organizational unit: the attachment works on."""
    wanted = {"main": {**ATTACHMENT, "transit_gateway": Ref("transit_gateway.main")}}
    with pytest.raises(Conflict) as error:
        planned(transit_gateway_attachment, wanted, {**existing_vpc(), **attachment()})
    assert "tgw-attach-1 leads to tgw-1, which this account can't see any more" in str(error.value)
    assert "don't delete it" in str(error.value) and "Ref(" not in str(error.value)


def test_a_member_made_elsewhere_that_is_no_longer_declared_is_asked_for_by_its_id():
    """It has no tag of the hub's; the whole list may have been lost."""
    found = defaultdict(dict, {"gateway_attachment": {"tgw-attach-9": attached("tgw-attach-9", ResourceType="vpn")}})
    leaves = Step(
        "transit_gateway_association.tgw-attach-9",
        "ec2.disassociate_transit_gateway_route_table",
        {},
        before={"attachment": "tgw-attach-9"},
        removes="tgw-attach-9",
    )
    resources = {"transit_gateway_association": {}, "transit_gateway_propagation": {}}
    declared = declaring({**INPUTS, "spokes": {}, "others": {}, "detached": []}, resources, OWNER)
    asked_for = transit_gateway_membership.removals(declared, found, [leaves]).undeclared
    assert asked_for == {"tgw-attach-9": "vpn of account 222222222222"}
