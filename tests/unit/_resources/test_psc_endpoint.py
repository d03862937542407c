# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules of an endpoint of Private Service Connect, dict in, steps out."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Plan, Ref, refs
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict, order_kinds
from ansible_collections.closednet.aws.plugins.module_utils._resources.psc import (
    existing_subnetwork,
    mark,
    own_attachment,
    psc_address,
    psc_endpoint,
    psc_record,
    psc_zone,
)
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

OWNER, HERE = "psc_endpoint/matching", "projects/recruiting-a/regions/asia-northeast1"
SERVICE = "projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api"
NETWORK, NAME = "projects/recruiting-a/global/networks/main", "matching.example.internal"
SUBNETWORK, ADDRESS, RULE = f"{HERE}/subnetworks/apps", f"{HERE}/addresses/matching", f"{HERE}/forwardingRules/matching"
TAGS = mark.tags(OWNER, "main")
INPUTS = {
    "account_id": "recruiting-a",
    "region": "asia-northeast1",
    "name": "matching",
    "service": SERVICE,
    "network": None,
    "subnetwork": "apps",
    "address": None,
    "dns_name": NAME,
    "wait_for_acceptance": False,
    "allow_disconnect": False,
}
PLACE = {"account_id": "recruiting-a", "project_number": "415104041263"}
RESOURCES = (existing_subnetwork, own_attachment, psc_address, psc_endpoint, psc_zone, psc_record)


def wanted(found, **inputs):
    """What a task declares, with the ids that were found in place of Refs."""
    subnetwork = SUBNETWORK if found["existing_subnetwork"] else Ref("existing_subnetwork.main")
    reserved = ADDRESS if found["psc_address"] else Ref("psc_address.main")
    given = {**INPUTS, **inputs}
    zones = {given["dns_name"]: {"name": given["dns_name"], "tags": mark.tags(OWNER, given["dns_name"])}}
    return {
        "existing_subnetwork": {"main": {}},
        "own_attachment": {"main": {}},
        "psc_address": {
            "main": {"name": "matching", "subnetwork": subnetwork, "address": given["address"], "tags": TAGS}
        },
        "psc_endpoint": {
            "main": {
                "name": "matching",
                "service": given["service"],
                "address": reserved,
                "global_access": given.get("global_access", False),
                "tags": TAGS,
            }
        },
        "psc_zone": zones if given["dns_name"] else {},
        "psc_record": {given["dns_name"]: {}} if given["dns_name"] else {},
    }


def subnetwork(**details):
    there = {"network": NETWORK, "cidr": "10.0.0.0/16", "purpose": "PRIVATE", **details}
    return {"existing_subnetwork": {"main": Actual(SUBNETWORK, {}, False, there)}}


def address(managed=True, **fields):
    there = {"name": "matching", "subnetwork": SUBNETWORK, "address": "10.0.0.2", "tags": TAGS, **fields}
    return {"psc_address": {"main": Actual(ADDRESS, there, managed)}}


def endpoint(status="ACCEPTED", managed=True, **fields):
    there = {
        "name": "matching",
        "service": SERVICE,
        "network": NETWORK,
        "address": ADDRESS,
        "global_access": False,
        "status": status,
        "tags": TAGS,
        **fields,
    }
    return {"psc_endpoint": {"main": Actual(RULE, there, managed, {"ip": "10.0.0.2", "connection_id": "361905413685"})}}


def zone(name=NAME, **fields):
    id_ = psc_zone.zone_id(name, declaring(INPUTS, owner=OWNER))
    there = {"name": name, "zone": id_, "networks": [NETWORK], "tags": mark.tags(OWNER, name), **fields}
    return {"psc_zone": {name: Actual(id_, there)}}


def record(name=NAME, **fields):
    zone_id = psc_zone.zone_id(name, declaring(INPUTS, owner=OWNER))
    there = {"zone": zone_id, "name": name, "ttl": psc_record.TTL, "addresses": ["10.0.0.2"], **fields}
    return {"psc_record": {name: Actual(f"{zone_id}/rrsets/{name}./A", there)}}


def everything(**fields):
    return {**subnetwork(), **address(), **endpoint(**fields), **zone(), **record()}


def read(found):
    return {resource.KIND.name: found.get(resource.KIND.name, {}) for resource in RESOURCES}


def planned(found, absent=False, **inputs):
    """The whole module's plan, ordered as the engine orders it."""
    found = read(found)
    given = {key: value for key, value in {**INPUTS, **inputs}.items() if key != "global_access"}
    resources = wanted(found, **inputs)
    declared = declaring(given, resources, OWNER, absent)
    steps = []
    for resource in RESOURCES:
        steps += resource.plan({} if absent else resources[resource.KIND.name], found, declared)
    return Plan(tuple(order_kinds(steps, [resource.KIND for resource in RESOURCES])))


def told(hook, found, resource=psc_endpoint, absent=False, **inputs):
    found = read(found)
    declared = declaring({**INPUTS, **inputs}, wanted(found), OWNER, absent)
    return getattr(resource, hook)({} if absent else wanted(found)[resource.KIND.name], found, declared)


def order(plan):
    """Addresses in an order in which the engine may apply them; what could be applied at once, in the plan's order."""
    needs, done = plan.prerequisites(), []
    while len(done) < len(needs):
        done += [address for address in needs if address not in done and needs[address] <= set(done)]
    return done


# ---- create, keep, delete ----------------------------------------------------------------------------------------


def test_a_new_endpoint_has_an_address_a_rule_a_zone_and_a_record(lines):
    plan = planned(subnetwork())
    assert lines(plan) == [
        "create psc_address.main",
        "create psc_endpoint.main",
        f"create psc_zone.{NAME}",
        f"create psc_record.{NAME}",
    ]
    steps = {str(step.address): step for step in plan.steps}
    body = steps["psc_endpoint.main"].params["body"]
    assert body == {
        "name": "matching",
        "description": "closednet:managed=psc_endpoint/matching closednet:name=main",
        "IPAddress": Ref("psc_address.main"),
        "network": NETWORK,
        "target": SERVICE,
        "allowPscGlobalAccess": False,
    }
    assert steps["psc_address.main"].params["body"]["addressType"] == "INTERNAL"
    # Which address it is, Google Cloud says when the endpoint exists.
    assert steps[f"psc_record.{NAME}"].params["body"]["rrdatas"] == [Ref("psc_endpoint_answer.main", output="ip")]
    (visible,) = steps[f"psc_zone.{NAME}"].params["body"]["privateVisibilityConfig"]["networks"]
    assert visible == {"networkUrl": f"https://www.googleapis.com/compute/v1/{NETWORK}"}


def test_what_is_as_declared_stays():
    assert planned(everything()).steps == ()


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "NEEDS_ATTENTION", "STATUS_UNSPECIFIED", "FROZEN"])
def test_an_endpoint_that_is_not_accepted_stays(status):
    assert planned(everything(status=status)).steps == ()


def test_it_is_deleted_before_its_address_and_the_record_before_its_zone():
    done = order(planned(everything(), absent=True))
    assert done.index("psc_endpoint.main") < done.index("psc_address.main")
    assert done.index(f"psc_record.{NAME}") < done.index(f"psc_zone.{NAME}")
    assert len(done) == 4


def test_a_declared_address_is_in_the_plan():
    plan = planned(subnetwork(), address="10.0.0.9")
    steps = {str(step.address): step for step in plan.steps}
    assert steps["psc_address.main"].params["body"]["address"] == "10.0.0.9"
    assert steps[f"psc_record.{NAME}"].after["addresses"] == ["10.0.0.9"]


def test_global_access_is_changed_in_place(lines):
    plan = planned(everything(), global_access=True)
    assert lines(plan) == ["change psc_endpoint.main:global_access"]
    assert plan.steps[0].params == {"forwardingRule": "matching", "body": {"allowPscGlobalAccess": True}}


# ---- created anew ------------------------------------------------------------------------------------------------

OTHER = SERVICE.replace("matching-api", "other-api")


@pytest.mark.parametrize(
    ("found", "inputs"),
    [
        (everything(status="CLOSED"), {}),
        (everything(), {"service": OTHER}),
        ({**everything(), **subnetwork(network=f"{NETWORK}-2")}, {}),
        (everything(address="10.0.0.77"), {}),
    ],
    ids=["closed", "another service", "another network", "another address by hand"],
)
def test_nothing_of_it_can_be_changed_so_it_is_created_anew(lines, found, inputs):
    plan = planned(found, **inputs)
    assert [line for line in lines(plan) if "psc_endpoint" in line] == [
        "create psc_endpoint.main",
        "delete psc_endpoint.main:replaced",
    ]
    assert order(plan).index("psc_endpoint.main:replaced") < order(plan).index("psc_endpoint.main")
    # Its address stays, and so does the name's record.
    assert not [line for line in lines(plan) if "psc_address" in line or "psc_record" in line]


@pytest.mark.parametrize("inputs", [{"address": "10.0.0.9"}, {"address": None}])
def test_another_address_takes_a_new_endpoint_and_the_record_follows(lines, inputs):
    """Names are the same before and after, so nothing but the order tells the two addresses apart."""
    found = everything() if inputs["address"] else {**everything(), **address(subnetwork=f"{HERE}/subnetworks/old")}
    plan = planned(found, **inputs)
    done = [step for step in order(plan) if "answer" not in step]
    assert done == [
        "psc_endpoint.main:replaced",
        "psc_address.main:replaced",
        "psc_address.main",
        "psc_endpoint.main",
        f"psc_record.{NAME}:addresses",
    ]


@pytest.mark.parametrize(
    ("told_as", "stays"),
    [
        (SERVICE, True),
        # Google documents neither whether an answer has the id or the number of a project.
        (SERVICE.replace("recruiting-b", "415104041262"), True),
        (SERVICE.replace("recruiting-b", "recruiting-x"), False),
        (OTHER, False),
        (OTHER.replace("recruiting-b", "415104041262"), False),
    ],
)
def test_the_service_is_recognized_by_id_and_number_of_its_project(told_as, stays):
    rule = {
        "name": "matching",
        "selfLink": f"https://www.googleapis.com/compute/v1/{RULE}",
        "target": f"https://www.googleapis.com/compute/v1/{told_as}",
        "network": f"https://compute.googleapis.com/compute/v1/{NETWORK}",
        "IPAddress": "10.0.0.2",
        "pscConnectionStatus": "ACCEPTED",
        "description": mark.text(TAGS),
    }
    cloud = SimpleNamespace(items=lambda operation: [rule], **PLACE)
    found = read({**everything(), "psc_endpoint": {}})
    found["psc_endpoint"] = psc_endpoint.read(cloud, declaring(INPUTS, owner=OWNER), found)
    assert (planned(found).steps == ()) == stays


# ---- connections that would be cut -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "inputs", "absent", "cut"),
    [
        ("ACCEPTED", {"service": OTHER}, False, True),
        ("ACCEPTED", {}, True, True),
        ("NEEDS_ATTENTION", {}, True, True),
        ("FROZEN", {}, True, True),
        ("ACCEPTED", {}, False, False),
        ("PENDING", {"service": OTHER}, False, False),
        ("REJECTED", {}, True, False),
        ("CLOSED", {}, False, False),
    ],
)
def test_what_would_cut_a_connection_takes_allow_disconnect(status, inputs, absent, cut):
    found = everything(status=status)
    asked = ["It takes allow_disconnect: true" in note for note in told("notes", found, absent=absent, **inputs)]
    assert any(asked) == cut
    assert told("refuse", found, absent=absent, **{**inputs, "allow_disconnect": True}) is None
    confirmed = told("notes", found, absent=absent, **{**inputs, "allow_disconnect": True})
    assert [note.endswith("its connections are cut") for note in confirmed if "This deletes" in note] == [True] * cut
    if cut:
        with pytest.raises(Conflict, match=f"allow_disconnect: This deletes {RULE}.*is {status}: its connections are"):
            told("refuse", found, absent=absent, **inputs)
    else:
        told("refuse", found, absent=absent, **inputs)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("PENDING", "is PENDING: the provider has to put project recruiting-a among the service's consumers"),
        (
            "REJECTED",
            "is REJECTED: the provider's reject list, or an organization policy, refuses project",
        ),
        ("NEEDS_ATTENTION", "is NEEDS_ATTENTION: the provider has to act"),
        ("FROZEN", "is FROZEN: a status that is not known here"),
    ],
)
def test_who_has_to_act_is_told(status, text):
    (finding,) = told("findings", everything(status=status))
    assert finding.startswith(f"{RULE} {text}")
    assert told("findings", everything(status=status), absent=True) == []


def test_why_an_endpoint_is_created_anew_is_told():
    (note,) = told("notes", everything(status="CLOSED"))
    assert note == (
        f"{RULE} is CLOSED and is created anew: its service was deleted, and a closed endpoint is never connected again"
    )
    (note,) = told("notes", everything(status="PENDING"), service=OTHER)
    assert note == f"{RULE} is PENDING and is created anew: its service is {SERVICE}, declared is {OTHER}"
    assert told("notes", everything()) == told("notes", everything(status="CLOSED"), absent=True) == []


def test_nobody_has_to_act_for_what_is_accepted_or_created_anew():
    assert told("findings", everything()) == told("findings", everything(status="CLOSED")) == []
    assert told("findings", subnetwork()) == []


@pytest.mark.parametrize(
    ("found", "waits"), [(subnetwork(), True), (everything(status="PENDING"), True), (everything(), False)]
)
def test_the_decision_is_awaited_if_asked_for_and_not_made(found, waits):
    steps = {str(step.address): step for step in planned(found, wait_for_acceptance=True).steps}
    assert ("psc_endpoint.main:accepted" in steps) == waits
    if found == subnetwork():
        # The name leads to what answers.
        assert "psc_endpoint.main:accepted" in steps[f"psc_zone.{NAME}"].needs


@pytest.mark.parametrize("left", [address(), zone(), {**address(), **zone(), **record()}])
def test_a_deletion_takes_nothing_from_an_endpoint_of_others_that_has_the_name(left):
    theirs = {**subnetwork(), **endpoint(managed=False, tags={}), **left}
    text = f"{RULE} isn't closednet's .its description has no closednet:managed., and would lose .*Delete it first$"
    with pytest.raises(Conflict, match=text):
        told("refuse", theirs, absent=True, allow_disconnect=True)
    assert "A run refuses that" in told("notes", theirs, absent=True)[0]
    nothing = {**subnetwork(), **endpoint(managed=False, tags={})}
    assert told("refuse", nothing, absent=True) is None and told("notes", nothing, absent=True) == []


# ---- what others have --------------------------------------------------------------------------------------------


def test_somebody_elses_endpoint_address_and_zone_are_named():
    found = {**subnetwork(), **endpoint(managed=False, tags={})}
    with pytest.raises(Conflict, match=f"{RULE} exists and isn't closednet's"):
        planned(found)
    with pytest.raises(Conflict, match=f"{ADDRESS} exists and isn't closednet's"):
        planned({**subnetwork(), **address(managed=False, tags={})})
    theirs = "projects/recruiting-a/managedZones/theirs"
    found = {**subnetwork(), "psc_zone": {NAME: Actual(theirs, {"name": NAME, "networks": [NETWORK]}, False)}}
    with pytest.raises(Conflict, match=f"dns_name: {NAME} is answered in this network already.*{theirs}"):
        planned(found)


def test_an_endpoint_of_another_name_to_the_same_service_is_the_same_one():
    old = endpoint(managed=False, tags=mark.tags("psc_endpoint/old", "main"))["psc_endpoint"]["main"]
    with pytest.raises(Conflict, match="its closednet:managed is psc_endpoint/old. Was the host renamed"):
        planned({**subnetwork(), "psc_endpoint": {"x": old}})
    other = endpoint(managed=False, service=OTHER, tags=mark.tags("psc_endpoint/old", "main"))["psc_endpoint"]["main"]
    assert planned({**subnetwork(), "psc_endpoint": {"x": other}}).changes


def test_a_zone_of_the_same_name_elsewhere_is_no_matter():
    """One of another network, and one that the same name has in another region."""
    elsewhere = declaring({**INPUTS, "region": "europe-west1"}, owner=OWNER)
    zones = [
        _zone("theirs", networks=("other",)),
        _zone(psc_zone.zone_id(NAME, elsewhere).rpartition("/")[2], networks=("other",), owner=OWNER),
    ]
    assert _read_zones(zones) == {}
    assert set(_read_zones([_zone("theirs", networks=("main", "other"))])) == {NAME}
    # Google documents neither whether an answer has the id or the number of a project.
    theirs = _zone("theirs", networks=("main",))
    (network,) = theirs["privateVisibilityConfig"]["networks"]
    network["networkUrl"] = network["networkUrl"].replace("recruiting-a", PLACE["project_number"])
    assert set(_read_zones([theirs])) == {NAME}


def _zone(name, networks, owner=""):
    urls = [f"https://www.googleapis.com/compute/v1/projects/recruiting-a/global/networks/{one}" for one in networks]
    visible = {"networks": [{"networkUrl": url} for url in urls]}
    text = mark.text(mark.tags(owner, NAME)) if owner else "by hand"
    return {"name": name, "dnsName": f"{NAME}.", "description": text, "privateVisibilityConfig": visible}


def _read_zones(zones, **inputs):
    cloud = SimpleNamespace(items=lambda operation: zones, **PLACE)
    return psc_zone.read(cloud, declaring({**INPUTS, **inputs}, owner=OWNER), read(subnetwork()))


def test_who_declares_no_name_needs_no_api_for_it():
    def disabled(operation):
        raise PermissionError("SERVICE_DISABLED")

    for code, name, fails in (
        ("SERVICE_DISABLED", None, False),
        ("accessNotConfigured", None, False),
        ("accessNotConfigured", NAME, True),
        ("forbidden", None, True),
    ):
        cloud = SimpleNamespace(items=disabled, errors=(PermissionError,), code=lambda error, code=code: code)
        declared = declaring({**INPUTS, "dns_name": name}, owner=OWNER)
        if fails:
            with pytest.raises(PermissionError):
                psc_zone.read(cloud, declared, read(subnetwork()))
        else:
            assert psc_zone.read(cloud, declared, read(subnetwork())) == {}


@pytest.mark.parametrize("name", ["a.b", f"{'a' * 60}.{'b' * 60}.example.internal", "9.in-addr.arpa", "_x.y_z.example"])
def test_a_zones_name_is_one_that_cloud_dns_takes(name):
    """1 to 63 characters, the first a letter, the last a letter or digit (discovery document, ManagedZone.name)."""
    made = psc_zone.zone_id(name, declaring(INPUTS, owner=OWNER)).rpartition("/")[2]
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", made), made


# ---- the subnetwork and the service ------------------------------------------------------------------------------


def test_it_can_be_planned_before_the_subnetwork_exists_and_not_applied():
    plan = planned({})
    assert {ref.address for step in plan.steps for ref in refs(step.params)} >= {"existing_subnetwork.main"}


@pytest.mark.parametrize("there", [endpoint(), address()])
def test_a_subnetwork_that_is_not_found_changes_nothing_of_what_exists(there):
    with pytest.raises(Conflict, match="project recruiting-a has no subnetwork apps in asia-northeast1.*exists"):
        planned(there)


@pytest.mark.parametrize(
    ("found", "inputs", "text"),
    [
        (subnetwork(purpose="PRIVATE_SERVICE_CONNECT"), {}, "has the purpose PRIVATE_SERVICE_CONNECT; an endpoint's"),
        *(
            (subnetwork(cidr="10.0.0.0/24"), {"address": address}, "expected one from 10.0.0.2 to 10.0.0.253")
            for address in ("10.0.0.0", "10.0.0.1", "10.0.0.254", "10.0.0.255", "10.0.1.2", "192.168.0.9")
        ),
        (subnetwork(), {"network": f"{NETWORK}-2"}, f"{SUBNETWORK} is one of {NETWORK}, not of {NETWORK}-2"),
        (
            {**subnetwork(), "own_attachment": {"main": Actual("x", {}, False, {"network": NETWORK})}},
            {},
            f"x is a service of {NETWORK}, the endpoint's own network",
        ),
    ],
)
def test_a_place_where_no_endpoint_can_be(found, inputs, text):
    with pytest.raises(Conflict) as conflict:
        planned(found, **inputs)
    assert text in str(conflict.value)


def test_a_missing_service_of_the_own_project_is_told_before_a_write():
    own = SERVICE.replace("recruiting-b", "recruiting-a")
    assert planned(subnetwork(), service=own).changes
    with pytest.raises(Conflict, match=f"service: {own} doesn't exist"):
        told("refuse", subnetwork(), own_attachment, service=own)
    told("refuse", subnetwork(), own_attachment)
