# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The consumer's rules, dict in, steps out."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref, refs
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.privatelink import (
    alias_record,
    consumed_service,
    interface_endpoint,
    private_zone,
)
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

NAME = "billing.example.internal"
SERVICE_NAME = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
WANTED = {
    "main": {
        "vpc": "vpc-1",
        "service_name": SERVICE_NAME,
        "tier": "endpoint",
        "groups": ["sg-1"],
        "tags": {"Name": "billing"},
    }
}
INPUTS = {"dns_name": NAME, "wait_for_acceptance": False, "service_name": SERVICE_NAME, "service_region": None}


def vpc(*zones):
    subnets = {f"endpoint.{z}": {"AvailabilityZoneId": z, "SubnetId": f"subnet-{z[-1]}"} for z in zones}
    return {"existing_vpc": {"main": Actual("vpc-1", {}, False, {"subnets": subnets, "route_tables": {}})}}


def offered(*zones, acceptance_required=True, private_dns_name="", verification=None):
    details = {
        "zones": list(zones),
        "acceptance_required": acceptance_required,
        "private_dns_name": private_dns_name,
        "verification": verification,
    }
    return {"consumed_service": {"main": Actual(SERVICE_NAME, {}, False, details)}}


def endpoint(state="available", error="", **fields):
    there = {
        "type": "Interface",
        "vpc": "vpc-1",
        "service_name": SERVICE_NAME,
        "subnets": ["subnet-1", "subnet-2"],
        "groups": ["sg-1"],
        "private_dns": False,
        "tags": {"Name": "billing"},
        **fields,
    }
    entries = [{"DnsName": "vpce-1.vpce-svc-0.eu-central-1.vpce.amazonaws.com", "HostedZoneId": "ZAWS"}]
    details = {"state": state, "error": error, "dns_entries": entries}
    return {"vpc_endpoint": {"main": Actual("vpce-1", there, details=details)}}


BOTH = {**vpc("euc1-az1", "euc1-az2"), **offered("euc1-az1", "euc1-az2")}


def verified(name=NAME, state="verified", **more):
    return offered("euc1-az1", "euc1-az2", private_dns_name=name, verification=state, **more)


# ---- the endpoint -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "subnets"),
    [
        (["euc1-az1", "euc1-az2"], ["euc1-az1", "euc1-az2"], ["subnet-1", "subnet-2"]),
        (["euc1-az1", "euc1-az2"], ["euc1-az2", "euc1-az3"], ["subnet-2"]),
        (["euc1-az3"], ["euc1-az1", "euc1-az3"], ["subnet-3"]),
    ],
)
def test_an_endpoint_is_in_the_zones_that_both_sides_have(planned, mine, theirs, subnets):
    (made,) = planned(interface_endpoint, WANTED, {**vpc(*mine), **offered(*theirs)}, **INPUTS).steps
    assert made.params["SubnetIds"] == subnets
    assert made.params["PrivateDnsEnabled"] is False
    # What the provider does then is its turn.
    assert "pendingAcceptance" in made.wait.until


def test_without_a_common_zone_both_lists_are_named(planned):
    found = {**vpc("euc1-az1", "euc1-az2"), **offered("euc1-az3")}
    with pytest.raises(Conflict, match="'endpoint' has subnets in euc1-az1, euc1-az2; the service is in euc1-az3"):
        planned(interface_endpoint, WANTED, found, **INPUTS)


def test_a_service_of_another_region_has_no_zones_of_ours_and_is_asked_for_by_its_region(planned):
    found = {**vpc("euw1-az1", "euw1-az2"), **offered()}
    found["consumed_service"]["main"].details["zones"] = None
    inputs = {**INPUTS, "service_region": "eu-central-1", "region": "eu-west-1"}
    (made,) = planned(interface_endpoint, WANTED, found, **inputs).steps
    assert (made.params["SubnetIds"], made.params["ServiceRegion"]) == (["subnet-1", "subnet-2"], "eu-central-1")
    at_home = {**inputs, "region": "eu-central-1"}
    (made,) = planned(interface_endpoint, WANTED, {**vpc("euc1-az1"), **offered("euc1-az1")}, **at_home).steps
    assert "ServiceRegion" not in made.params


def test_a_name_of_another_region_is_told_with_the_option(planned):
    with pytest.raises(Conflict, match="of eu-central-1; expected one of eu-west-1, or service_region: eu-"):
        planned(consumed_service, {"main": {}}, offered(), **INPUTS, region="eu-west-1")


def test_it_can_be_planned_before_the_vpc_is_there(planned):
    (made,) = planned(interface_endpoint, WANTED, offered("euc1-az1"), **INPUTS).steps
    assert str(made.after["subnets"][0]) == "subnets of tier endpoint in (known after existing_vpc.main)"


def told(resource, name, found, wanted=None):
    inputs = {**INPUTS, "account_id": "111111111111", "region": "eu-central-1"}
    wanted = {"main": {}} if wanted is None else wanted
    return getattr(resource, name)(wanted, {"vpc_endpoint": {}, **found}, declaring(inputs))


def test_a_service_that_is_not_found_yet_can_be_planned_for_and_is_noted(planned):
    found = {**vpc("euc1-az1"), "consumed_service": {}}
    (made,) = planned(interface_endpoint, WANTED, found, **INPUTS).steps
    assert (
        str(made.after["subnets"][0]) == "subnets of tier endpoint in the zones of (known after consumed_service.main)"
    )
    assert {ref.address for ref in refs(made.params)} == {"consumed_service.main"}
    assert planned(private_zone, {NAME: {"name": NAME}}, found, **INPUTS).steps == ()
    (note,) = told(consumed_service, "notes", found)
    assert note.startswith(f"account 111111111111 finds no {SERVICE_NAME} in eu-central-1. The provider has to")
    assert told(consumed_service, "findings", found) == told(consumed_service, "notes", found, wanted={}) == []


def test_a_service_that_is_no_longer_found_changes_nothing_and_is_not_as_declared(planned):
    """What was lost of sight is no reason to take a name or a zone away."""
    there = endpoint(private_dns=True, subnets=["subnet-7"])
    found = {**vpc("euc1-az1"), "consumed_service": {}, **there}
    assert planned(interface_endpoint, WANTED, found, **INPUTS).steps == ()
    assert planned(private_zone, {NAME: {"name": NAME}}, found, **INPUTS).steps == ()
    found = {**vpc("euc1-az1"), "consumed_service": {}, **endpoint(), **zone()}
    assert planned(interface_endpoint, WANTED, found, **INPUTS).steps == ()
    assert planned(private_zone, {NAME: found["private_zone"][NAME].fields}, found, **INPUTS).changes == []
    (finding,) = told(consumed_service, "findings", found)
    assert "The provider has to put this account among the service's consumers" in finding
    assert told(consumed_service, "notes", found) == []


@pytest.mark.parametrize(
    ("offer", "there", "dns_name", "private_dns"),
    [
        # Not there yet: the service's own name can be had at once only where nobody has to accept.
        (verified(acceptance_required=False), {}, NAME, True),
        (verified(), {}, NAME, False),
        (offered("euc1-az1", "euc1-az2", acceptance_required=False), {}, NAME, False),
        # Accepted.
        (verified(), endpoint(), NAME, True),
        (verified(), endpoint("pending"), NAME, True),
        (verified(), endpoint(), None, True),
        (verified(), endpoint(), "other.example.internal", False),
        (verified(state="pendingVerification"), endpoint(), NAME, False),
        (verified(state="failed"), endpoint(), None, False),
        (verified(), endpoint("pendingAcceptance"), NAME, False),
        # A name that lost its verification goes on working in endpoints that have it.
        (verified(state="failed"), endpoint(private_dns=True), NAME, True),
        # It is declared otherwise.
        (verified(), endpoint(private_dns=True), "other.example.internal", False),
    ],
)
def test_private_dns_is_for_the_services_own_verified_name_once_connected(planned, offer, there, dns_name, private_dns):
    found = {**BOTH, **offer, **there}
    plan = planned(interface_endpoint, WANTED, found, **{**INPUTS, "dns_name": dns_name})
    had = there["vpc_endpoint"]["main"].fields["private_dns"] if there else None
    declared = [step.params.get("PrivateDnsEnabled") for step in plan.changes]
    assert declared == ([] if had == private_dns else [private_dns])


def test_a_zone_that_answers_the_name_already_keeps_it(planned):
    found = {**BOTH, **verified(), **endpoint(), **zone()}
    assert planned(interface_endpoint, WANTED, found, **INPUTS).steps == ()


@pytest.mark.parametrize(
    ("there", "arguments"),
    [
        ({"subnets": ["subnet-2", "subnet-9"]}, {"AddSubnetIds": ["subnet-1"], "RemoveSubnetIds": ["subnet-9"]}),
        ({"groups": ["sg-9"]}, {"AddSecurityGroupIds": ["sg-1"], "RemoveSecurityGroupIds": ["sg-9"]}),
    ],
)
def test_what_differs_is_changed_back(planned, there, arguments):
    (step,) = planned(interface_endpoint, WANTED, {**BOTH, **endpoint(**there)}, **INPUTS).steps
    assert step.params == {"VpcEndpointId": "vpce-1", **arguments}


def test_another_service_is_another_endpoint(planned):
    with pytest.raises(Conflict, match="vpce-1 has service_name 'x'"):
        planned(interface_endpoint, WANTED, {**BOTH, **endpoint(service_name="x")}, **INPUTS)


def findings(found, wanted=None):
    return interface_endpoint.findings(WANTED if wanted is None else wanted, found, declaring(INPUTS))


@pytest.mark.parametrize("state", interface_endpoint.TERMINAL_STATES)
def test_what_is_over_is_left_and_told_with_what_to_do(planned, lines, state):
    found = {**BOTH, **endpoint(state, error="no address left", subnets=[])}
    assert planned(interface_endpoint, WANTED, found, **INPUTS).steps == ()
    (finding,) = findings(found)
    assert finding.startswith(f"vpce-1 is {state} (no address left): ")
    assert "state=absent, then run again" in finding
    assert lines(planned(interface_endpoint, WANTED, found, absent=True, **INPUTS)) == ["delete vpc_endpoint.main"]


def test_what_waits_for_the_provider_is_told(planned):
    found = {**BOTH, **endpoint("pendingAcceptance")}
    assert planned(interface_endpoint, WANTED, found, **INPUTS).steps == ()
    (finding,) = findings(found)
    assert finding.startswith("vpce-1 is pendingAcceptance: the provider has to accept it")
    assert findings(endpoint()) == findings({"vpc_endpoint": {}}) == findings(found, wanted={}) == []
    assert findings(endpoint("frozen")) == ["vpce-1 is frozen: a state that is not known here; see what AWS says of it"]


@pytest.mark.parametrize(
    ("there", "asks"),
    [({}, True), (endpoint("pendingAcceptance"), True), (endpoint(), False)],
)
def test_the_decision_is_waited_for_if_asked_for_and_not_made(planned, there, asks):
    plan = planned(interface_endpoint, WANTED, {**BOTH, **there}, **{**INPUTS, "wait_for_acceptance": True})
    waits = [step for step in plan.steps if step.address == "vpc_endpoint.main:accepted"]
    assert bool(waits) == asks
    for step in waits:
        assert step.wait.until == ("available",) and set(interface_endpoint.TERMINAL_STATES) < set(step.wait.failed)


def test_one_that_leaves_is_waited_for_before_its_successor_is_made(planned):
    gone, made = planned(interface_endpoint, WANTED, {**BOTH, **endpoint("deleting")}, **INPUTS).steps
    assert gone.reads_only and gone.wait.until == ("deleted",)
    assert made.action == "create" and gone.address in made.needs


def test_one_that_is_being_made_is_waited_for(planned):
    (step,) = planned(interface_endpoint, WANTED, {**BOTH, **endpoint("pending")}, **INPUTS).steps
    assert step.reads_only and "available" in step.wait.until


# ---- its private name ---------------------------------------------------------------------------------------------

ZONE = {NAME: {"name": NAME, "vpc": "vpc-1", "comment": "closednet:managed=module/x"}}
RECORD = {NAME: {"zone": "Z1", "name": NAME}}


def zone(managed=True, **details):
    there = {**ZONE[NAME], "region": "eu-central-1"} if managed else {}
    return {"private_zone": {NAME: Actual("Z1", there, managed, details)}}


@pytest.mark.parametrize(
    ("found", "steps"),
    [
        ({**BOTH, **endpoint("pendingAcceptance")}, []),
        ({**BOTH, **endpoint("rejected")}, []),
        (BOTH, []),
        (offered("euc1-az1", acceptance_required=False), [f"create private_zone.{NAME}"]),
        ({**BOTH, **endpoint()}, [f"create private_zone.{NAME}"]),
        ({**BOTH, **endpoint(), **zone()}, []),
        # The endpoint answers to the name itself.
        ({**BOTH, **verified(), **endpoint()}, []),
        # It stays when the service's own name is verified later, and when the connection is cut.
        ({**BOTH, **verified(), **endpoint(), **zone()}, []),
        ({**BOTH, **endpoint("rejected"), **zone()}, []),
    ],
)
def test_a_zone_is_made_once_the_endpoint_answers_and_stays(planned, lines, found, steps):
    assert lines(planned(private_zone, ZONE, found, **INPUTS)) == steps


def test_a_zone_says_whose_it_is_as_it_is_made(planned):
    (step,) = planned(private_zone, ZONE, {**BOTH, **endpoint()}, **INPUTS).steps
    assert step.params["VPC"] == {"VPCRegion": "eu-central-1", "VPCId": "vpc-1"}
    assert step.params["HostedZoneConfig"] == {"Comment": "closednet:managed=module/x", "PrivateZone": True}


def test_one_of_another_name_goes(planned, lines):
    assert lines(planned(private_zone, {}, {**BOTH, **endpoint(), **zone()}, **{**INPUTS, "dns_name": None})) == [
        f"delete private_zone.{NAME}"
    ]


@pytest.mark.parametrize(
    ("kind", "owner"), [("OwningAccount", "999999999999"), ("OwningService", "vpce.amazonaws.com")]
)
def test_a_name_that_is_answered_already_is_taken(planned, kind, owner):
    found = {**BOTH, **endpoint("pendingAcceptance"), **zone(managed=False, **{kind: owner})}
    with pytest.raises(Conflict, match=f"{NAME} is answered in this VPC already, by hosted zone Z1 of {owner}"):
        planned(private_zone, ZONE, found, **INPUTS)


def alias(**fields):
    first = endpoint()["vpc_endpoint"]["main"].details["dns_entries"][0]
    there = {**RECORD[NAME], "target_name": first["DnsName"], "target_zone": first["HostedZoneId"], **fields}
    return {"alias_record": {NAME: Actual(f"Z1/{NAME}", there)}}


@pytest.mark.parametrize(
    ("found", "steps"),
    [
        ({**BOTH, **endpoint("pendingAcceptance")}, []),
        ({**BOTH, **endpoint()}, [f"create alias_record.{NAME}"]),
        ({**BOTH, **endpoint(), **zone()}, [f"create alias_record.{NAME}"]),
        ({**BOTH, **endpoint(), **zone(), **alias()}, []),
        (
            {**BOTH, **endpoint(), **zone(), **alias(target_name="vpce-0.old")},
            [f"change alias_record.{NAME}:target_name"],
        ),
        ({**BOTH, **endpoint("rejected"), **zone(), **alias()}, []),
        ({**BOTH, **verified(), **endpoint(), **alias()}, [f"delete alias_record.{NAME}"]),
    ],
)
def test_an_alias_leads_to_the_endpoint_where_there_is_or_will_be_a_zone(planned, lines, found, steps):
    assert lines(planned(alias_record, RECORD, found, **INPUTS)) == steps


def test_where_a_new_endpoint_answers_is_looked_up(planned):
    looked_up, made = planned(
        alias_record, RECORD, {**BOTH, **offered("euc1-az1", acceptance_required=False)}, **INPUTS
    ).steps
    assert looked_up.reads_only and looked_up.params == {"VpcEndpointIds": [Ref("vpc_endpoint.main")]}
    (change,) = made.params["ChangeBatch"]["Changes"]
    assert change["ResourceRecordSet"]["AliasTarget"]["DNSName"] == Ref("vpc_endpoint_dns.main", output="name")
