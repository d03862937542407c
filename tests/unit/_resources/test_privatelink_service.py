# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provider's rules, dict in, steps out."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._domain.privatelink import acceptance
from ansible_collections.closednet.aws.plugins.module_utils._resources.privatelink import (
    endpoint_connection,
    endpoint_service,
    private_dns_verification,
    referenced_load_balancer,
    target,
    verification_record,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import elbv2
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

TODAY = date(2026, 6, 15)
PAYMENTS, PARTNER, AUDIT = (digit * 12 for digit in "678")


# ---- the service --------------------------------------------------------------------------------------------------

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/net/a/0"
FIELDS = {
    "load_balancers": [BALANCER],
    "acceptance_required": True,
    "private_dns_name": "",
    "supported_ip_address_types": ["ipv4"],
    "supported_regions": ["eu-central-1"],
    "principals": [f"arn:aws:iam::{PAYMENTS}:root"],
    "tags": {"Name": "billing"},
}
DECLARED = {**FIELDS, "supported_regions": [], "principals": [f"arn:{{partition}}:iam::{PAYMENTS}:root"]}


def service(state="available", private_dns=None, **fields):
    details = {"state": state, "service_name": "com.amazonaws.vpce.x", "private_dns": private_dns or {}}
    return {"endpoint_service": {"main": Actual("vpce-svc-1", {**FIELDS, **fields}, details=details)}}


def test_a_new_service_takes_nobody_until_its_principals_are_set_and_tells_its_name(planned):
    made, permitted = planned(endpoint_service, {"main": DECLARED}, {}).steps
    assert made.operation == "ec2.create_vpc_endpoint_service_configuration"
    assert made.params["AcceptanceRequired"] is True
    assert made.params["SupportedRegions"] == ["eu-central-1"]
    assert "PrivateDnsName" not in made.params
    assert permitted.params == {
        "ServiceId": Ref("endpoint_service.main"),
        "AddAllowedPrincipals": [f"arn:aws:iam::{PAYMENTS}:root"],
    }
    # Only AWS knows the name, and tells it in its answer.
    assert made.outputs == {"name": "ServiceConfiguration.ServiceName"}


def test_a_service_as_declared_needs_nothing(planned):
    assert planned(endpoint_service, {"main": DECLARED}, service()).steps == ()


@pytest.mark.parametrize(
    ("there", "arguments"),
    [
        ({"acceptance_required": False}, [{"AcceptanceRequired": True}]),
        ({"private_dns_name": "api.example.com"}, [{"RemovePrivateDnsName": True}]),
        (
            # New ones first, so that the service is never without.
            {"load_balancers": ["arn:old"]},
            [{"AddNetworkLoadBalancerArns": [BALANCER]}, {"RemoveNetworkLoadBalancerArns": ["arn:old"]}],
        ),
        (
            {"supported_ip_address_types": ["ipv6"]},
            [{"AddSupportedIpAddressTypes": ["ipv4"]}, {"RemoveSupportedIpAddressTypes": ["ipv6"]}],
        ),
        ({"supported_regions": ["eu-central-1", "eu-west-1"]}, [{"RemoveSupportedRegions": ["eu-west-1"]}]),
        (
            {"principals": ["*"]},
            [{"AddAllowedPrincipals": [f"arn:aws:iam::{PAYMENTS}:root"], "RemoveAllowedPrincipals": ["*"]}],
        ),
    ],
)
def test_what_differs_is_changed_back(planned, there, arguments):
    steps = planned(endpoint_service, {"main": DECLARED}, service(**there)).steps
    assert [step.params for step in steps] == [{"ServiceId": "vpce-svc-1", **one} for one in arguments]
    for earlier, later in zip(steps, steps[1:]):
        assert earlier.address in later.needs


@pytest.mark.parametrize(("state", "waits"), [("pending", ("Available",)), ("deleting", ("Deleted",))])
def test_what_is_on_its_way_is_waited_for(planned, lines, state, waits):
    plan = planned(endpoint_service, {"main": DECLARED}, service(state))
    first = plan.steps[0]
    assert first.reads_only and first.wait.until == waits
    anew = ["create endpoint_service.main", "change endpoint_service.main:principals"] if state == "deleting" else []
    assert lines(plan) == anew
    assert not anew or first.address in plan.steps[1].needs


def test_absent_removes_it(planned, lines):
    assert lines(planned(endpoint_service, {"main": DECLARED}, service(), absent=True)) == [
        "delete endpoint_service.main"
    ]


# ---- its connections ----------------------------------------------------------------------------------------------


def connected(*states, account=PAYMENTS):
    created = datetime(2026, 6, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    return {
        "endpoint_connection": {
            f"vpce-{index}": Actual(
                f"vpce-{index}", {}, False, {"account_id": account, "state": state, "created": created}
            )
            for index, state in enumerate(states)
        }
    }


def inputs(*accounts, expires=None, undeclared="report"):
    entry = {"reason": "settlement", "requested_by": "finance", "expires": expires}
    entries = acceptance.parse("consumers", [{"account_id": account, **entry} for account in accounts])
    return {"ledger": entries, "today": TODAY, "undeclared": undeclared}


def test_each_decision_is_a_step_with_its_reason_and_all_are_waited_for_at_once(planned, lines):
    found = {**service(), **connected("pendingAcceptance", "available", "pendingAcceptance")}
    plan = planned(endpoint_connection, {}, found, **inputs(PAYMENTS))
    assert lines(plan) == ["change endpoint_connection.vpce-0", "change endpoint_connection.vpce-2"]
    first, second, settled = plan.steps
    assert first.operation == "ec2.accept_vpc_endpoint_connections"
    assert first.params == {"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["vpce-0"]}
    assert first.before["state"] == "pendingAcceptance"
    assert first.after["state"] == "available"
    assert first.after["reason"] == "settlement (asked for by finance), without end"
    assert settled.reads_only and settled.needs == (first.address, second.address)
    assert "'vpce-0', 'vpce-2'" in settled.wait.states


@pytest.mark.parametrize(
    ("accounts", "expires", "undeclared", "state", "reason"),
    [
        ([PAYMENTS], "2026-06-14", "report", "available", "expired on 2026-06-14; settlement (asked for by finance)"),
        ([PAYMENTS], "2026-06-14", "report", "pendingAcceptance", "expired on 2026-06-14; settlement (asked for by f"),
        ([PARTNER], None, "report", "available", "not in the ledger"),
        ([PARTNER], None, "reject", "pendingAcceptance", "not in the ledger"),
    ],
)
def test_who_is_not_approved_is_cut(planned, accounts, expires, undeclared, state, reason):
    found = {**service(), **connected(state)}
    (step, _settled) = planned(
        endpoint_connection, {}, found, **inputs(*accounts, expires=expires, undeclared=undeclared)
    ).steps
    assert step.operation == "ec2.reject_vpc_endpoint_connections"
    assert step.after["reason"].startswith(reason)


def test_absent_rejects_them_all_before_the_service_goes(planned, lines):
    found = {**service(), **connected("available", "rejected", "pendingAcceptance", "deleting")}
    plan = planned(endpoint_connection, {}, found, absent=True, **inputs(PAYMENTS))
    assert lines(plan) == ["change endpoint_connection.vpce-0", "change endpoint_connection.vpce-2"]
    # `removes` of the service waits for what has its id in `before`.
    assert {step.before["service"] for step in plan.steps} == {"vpce-svc-1"}


def notes(resource, wanted, found, absent=False, **inputs):
    return resource.notes(wanted, found, declaring(inputs, absent=absent))


def findings(resource, wanted, found, absent=False, **inputs):
    return resource.findings(wanted, found, declaring(inputs, absent=absent))


@pytest.mark.parametrize(
    ("state", "of_approved", "of_others"),
    [
        ("available", "", ""),
        ("pendingAcceptance", "", ""),  # accepted by this very plan
        ("deleting", "", ""),
        ("pending", "AWS hasn't finished", ""),
        ("rejected", f"account {PAYMENTS} is in the ledger, but AWS can't take that back; it has to remove", ""),
        ("failed", f"account {PAYMENTS} is in the ledger", ""),
        ("expired", f"account {PAYMENTS} is in the ledger", ""),
        ("partial", "AWS has it in some zones only", ""),
        # Unknown is not safe, whosever it is.
        ("frozen", "a state that is not known here", "a state that is not known here"),
    ],
)
def test_a_connection_that_does_not_work_is_told_with_who_has_to_act(planned, state, of_approved, of_others):
    found = {**service(), **connected(state)}
    for accounts, meaning in (((PAYMENTS,), of_approved), ((PARTNER,), of_others)):
        told = findings(endpoint_connection, {}, found, **inputs(*accounts))
        assert [line.startswith(f"vpce-0 of account {PAYMENTS} is {state}: {meaning}") for line in told] == (
            [True] if meaning else []
        )
    assert findings(endpoint_connection, {}, found, absent=True, **inputs(PAYMENTS)) == []


def test_who_is_connected_in_some_zones_only_is_cut_as_any_other(planned, lines):
    """State of VpcEndpoint has Partial, too."""
    found = {**service(), **connected("partial")}
    assert lines(planned(endpoint_connection, {}, found, **inputs())) == ["change endpoint_connection.vpce-0"]


def test_who_waits_without_an_approval_is_told_and_who_has_expired():
    found = {**service(), **connected("pendingAcceptance")}
    (line,) = notes(endpoint_connection, {}, found, **inputs())
    assert line.startswith(f"undeclared: vpce-0 of account {PAYMENTS} waits: not in the ledger")
    (line,) = notes(endpoint_connection, {}, found, **inputs(PAYMENTS, expires="2026-06-14"))
    assert line.startswith(f"consumers: account {PAYMENTS} expired on 2026-06-14")
    assert notes(endpoint_connection, {}, found, **inputs(PAYMENTS)) == []
    assert notes(endpoint_connection, {}, found, absent=True, **inputs()) == []


def test_connections_are_shown_with_their_age_and_what_the_ledger_says():
    (shown,) = endpoint_connection.printable(declaring(inputs(PAYMENTS)), connected("pendingAcceptance"))
    assert shown == {
        "vpc_endpoint_id": "vpce-0",
        "account_id": PAYMENTS,
        "state": "pendingAcceptance",
        "created": "2026-06-02T01:30:00+00:00",
        "age_days": 13,
        "verdict": "accepted",
        "reason": "settlement (asked for by finance), without end",
        "decision": "accept",
    }


# ---- its private name ---------------------------------------------------------------------------------------------

NAME = "api.example.com"
RECORD = {"name": f"_x1.{NAME}", "value": "vpce:abc"}
GIVEN = {"Name": "_x1", "Type": "TXT", "Value": "vpce:abc", "State": "pendingVerification"}
ZONE = {"main": {"private_dns_name": NAME, "zone": "Z1"}}


def named(state="pendingVerification", **given):
    return service(private_dns={**GIVEN, "State": state, **given}, private_dns_name=NAME)


def published(**fields):
    there = {"zone": "Z1", "ttl": 300, **RECORD, **fields}
    return {"verification_record": {"main": Actual(f"Z1/{there['name']}", there)}}


def test_the_record_of_a_new_name_is_looked_up_and_published(planned):
    for found, service_id in (({}, Ref("endpoint_service.main")), (service(), "vpce-svc-1")):
        given, record = planned(verification_record, ZONE, found).steps
        assert given.reads_only and set(given.outputs) == {"Name", "Value"}
        assert given.params == {"ServiceIds": [service_id]}
        assert "endpoint_service.main:private_dns_name" in given.needs
        (change,) = record.params["ChangeBatch"]["Changes"]
        assert change["Action"] == "UPSERT"
        assert str(change["ResourceRecordSet"]["Name"]).endswith(f".{NAME}")
        assert str(change["ResourceRecordSet"]["ResourceRecords"][0]["Value"]).startswith('"')


def test_a_known_record_is_published_once(planned, lines):
    plan = planned(verification_record, ZONE, named())
    assert lines(plan) == ["create verification_record.main"]
    assert plan.steps[0].after == {"zone": "Z1", "ttl": 300, **RECORD}
    assert planned(verification_record, ZONE, {**named(), **published()}).steps == ()


def test_a_wildcard_is_verified_by_its_parent(planned):
    wanted = {"main": {"private_dns_name": "*.example.com", "zone": "Z1"}}
    found = service(private_dns=GIVEN, private_dns_name="*.example.com")
    assert planned(verification_record, wanted, found).steps[0].after["name"] == "_x1.example.com"


@pytest.mark.parametrize(
    ("there", "steps"),
    [
        ({"value": "vpce:old"}, ["change verification_record.main:value"]),
        ({"ttl": 60}, ["change verification_record.main:ttl"]),
        (
            {"name": "_x0.old.example.com"},
            ["create verification_record.main", "delete verification_record.main:replaced"],
        ),
    ],
)
def test_a_record_that_says_something_else_is_mended(planned, lines, there, steps):
    assert lines(planned(verification_record, ZONE, {**named(), **published(**there)})) == steps


def test_without_a_zone_nothing_is_published_and_without_a_name_the_record_goes(planned, lines):
    elsewhere = {"main": {"private_dns_name": NAME, "zone": None}}
    assert planned(verification_record, elsewhere, named()).steps == ()
    assert lines(planned(verification_record, {}, {**named(), **published()})) == ["delete verification_record.main"]


def start(start=True):
    return {"main": {"private_dns_name": NAME, "start": start}}


@pytest.mark.parametrize("found", [{}, service(), named(), named("failed")])
def test_verification_is_started_once_the_record_is_there(planned, lines, found):
    plan = planned(private_dns_verification, start(), found)
    assert lines(plan) == ["change private_dns_verification.main"]
    (step,) = plan.steps
    assert "verification_record.main" in step.needs
    assert (step.wait.until, step.wait.failed) == (("verified",), ("failed",))
    known = f"public DNS must answer vpce:abc for TXT {RECORD['name']}"
    assert step.wait.hint == (known if found in (named(), named("failed")) else step.wait.hint) != ""


def test_a_verified_name_needs_nothing(planned):
    assert planned(private_dns_verification, start(), named("verified")).steps == ()
    assert findings(private_dns_verification, start(False), named("verified")) == []


@pytest.mark.parametrize("state", ["pendingVerification", "failed"])
def test_what_somebody_else_has_to_publish_is_told(planned, state):
    assert planned(private_dns_verification, start(False), named(state)).steps == ()
    (line,) = findings(private_dns_verification, start(False), named(state))
    assert line.startswith(f"private_dns_name is {state}: public DNS must answer vpce:abc for TXT {RECORD['name']}")


# ---- load balancers and targets -----------------------------------------------------------------------------------


def given_one(arn, type="network", state="active", vpc="vpc-1"):
    return {arn: Actual(arn, {}, False, {"type": type, "state": state, "vpc": vpc})}


def test_a_given_load_balancer_is_used_as_it_is(planned):
    found = {"referenced_load_balancer": {**given_one("a"), **given_one("b")}}
    assert planned(referenced_load_balancer, {"a": {}, "b": {}}, found).steps == ()


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({}, "a doesn't exist nor any of the others"),
        ({**given_one("a", "application"), **given_one("b")}, "a is of type application"),
        ({**given_one("a"), **given_one("b", state="provisioning")}, "b is provisioning; expected active"),
        ({**given_one("a"), **given_one("b", vpc="vpc-2")}, "they are in vpc-1, vpc-2; expected one VPC"),
    ],
)
def test_what_cannot_stand_behind_a_service(planned, found, text):
    with pytest.raises(Conflict, match=f"^load_balancer_arns: {text}"):
        planned(referenced_load_balancer, {"a": {}, "b": {}}, {"referenced_load_balancer": found})


VPC = {"existing_vpc": {"main": Actual("vpc-1", {}, False, {"subnets": {"app": {"CidrBlock": "10.20.0.0/24"}}})}}


@pytest.mark.parametrize(
    ("target_id", "found", "zone"),
    [
        ("10.20.0.10", VPC, {}),
        ("10.9.0.10", VPC, {"AvailabilityZone": "all"}),
        ("10.9.0.10", {}, {}),  # a plan made before the VPC is there
        ("i-0123456789abcdef0", VPC, {}),
    ],
)
def test_a_target_outside_the_vpc_is_registered_for_all_zones(planned, target_id, found, zone):
    wanted = {f"443/{target_id}:8443": {"target_group": "arn:group", "target": target_id, "port": 8443}}
    (step,) = planned(target, wanted, found, {"target": wanted, "target_group": {"443": {}}}).steps
    assert step.params == {"TargetGroupArn": "arn:group", "Targets": [{"Id": target_id, "Port": 8443, **zone}]}


def registered(state="healthy"):
    fields = {"target_group": "arn:group", "target": "10.20.0.10", "port": 443, "zone": None}
    details = {"state": state, "reason": "Health checks failed"}
    return {"target": {"443/10.20.0.10:443": Actual("arn:group/10.20.0.10:443", fields, details=details)}}


def test_a_target_that_is_no_longer_declared_is_taken_out_unless_its_group_goes(planned, lines):
    found = {**VPC, **registered()}
    assert lines(planned(target, {}, found, {"target": {}, "target_group": {"443": {}}})) == [
        "delete target.443/10.20.0.10:443"
    ]
    assert planned(target, {}, found, {"target": {}, "target_group": {}}).steps == ()
    assert planned(target, {}, found, {"target": {}, "target_group": {"443": {}}}, absent=True).steps == ()


@pytest.mark.parametrize(("state", "told"), [("healthy", 0), ("initial", 1), ("unhealthy", 1), ("x", 1)])
def test_a_target_that_is_not_well_is_told(state, told):
    lines = findings(target, {"443/10.20.0.10:443": {}}, registered(state))
    meaning = target.MEANINGS.get(state, "a state that is not known here; see what AWS says of it")
    assert lines == [f"target 443/10.20.0.10:443 is {state} (Health checks failed): {meaning}"][:told]


names = st.from_regex(r"(internal-)?[A-Za-z0-9]([A-Za-z0-9 ._+=@-]{0,110}[A-Za-z0-9])?", fullmatch=True)


@given(names, names, st.text(), st.text())
def test_names_of_load_balancers_and_their_parts_are_allowed_and_differ(one, other, part, another):
    """CreateLoadBalancer, CreateTargetGroup: at most 32 letters, digits and hyphens, no hyphen first or last; a load
    balancer's doesn't begin with internal-.
    """
    whole = elbv2.name(f"privatelink_service/{one}")
    for name in (whole, elbv2.part_name(whole, part)):
        assert re.fullmatch(r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?", name), name
    assert (whole == elbv2.name(f"privatelink_service/{other}")) == (one == other)
    assert (elbv2.part_name(whole, part) == elbv2.part_name(whole, another)) == (part == another)
