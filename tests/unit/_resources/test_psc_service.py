# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provider's side of Private Service Connect: answers of the API in, plan out.

Shapes: discovery document compute v1, and the recorded attachment of magic-modules#5031 (URLs of a host; what is empty
is left out). Rules: https://cloud.google.com/vpc/docs/about-vpc-hosted-services.
"""

from __future__ import annotations

import copy
from collections import Counter

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.closednet.aws.plugins.module_utils._capabilities import psc_service, psc_service_info
from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import NoCloud
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Conflict, Renamed
from ansible_collections.closednet.aws.plugins.module_utils._core.runner import converge
from ansible_collections.closednet.aws.plugins.module_utils._resources.psc import nat_subnet

B, NUMBER, REGION = "recruiting-b", "415104041264", "asia-northeast1"
HOST = "https://www.googleapis.com/compute/v1/"
IN_B = f"projects/{B}/regions/{REGION}"
MARK = "closednet:managed=psc_service/matching-api closednet:name="
CONSUMER = {"project_id": "recruiting-a", "reason": "db", "requested_by": "team-a"}
OPTIONS = {"forwarding_rule": "given", "nat_cidrs": ["192.168.0.0/29"], "consumers": [CONSUMER]}


class Google(NoCloud):
    """A project with resources as the API answers them: collection -> [resource]. Reads only."""

    account_id, region, partition, project_number = B, REGION, None, NUMBER

    def __init__(self, resources):
        self.resources, self.calls = resources, Counter()

    def items(self, operation, **params):
        self.calls[operation] += 1
        return copy.deepcopy(self.resources.get(operation.split(".")[1], []))

    def get(self, operation, **params):
        self.calls[operation] += 1
        (name,) = params.values()
        found = [one for one in self.resources.get(operation.split(".")[1], []) if one["name"] == name]
        return copy.deepcopy(found[0]) if found else None


def url(kind, name, project=B):
    where = "global" if kind in ("networks", "firewalls") else f"regions/{REGION}"
    return f"{HOST}projects/{project}/{where}/{kind}/{name}"


def resource(kind, name, **fields):
    return {"name": name, "selfLink": url(kind, name), **fields}


RULE = resource(
    "forwardingRules",
    "given",
    loadBalancingScheme="INTERNAL",
    network=url("networks", "main"),
    IPProtocol="TCP",
    ports=["443"],
)


def subnet(name="matching-api-nat-1", cidr="192.168.0.0/29", purpose="PRIVATE_SERVICE_CONNECT", **fields):
    described = {"description": f"{MARK}{name.partition('api-')[2]}"} if name.startswith("matching-api-") else {}
    own = {"ipCidrRange": cidr, "purpose": purpose, "network": url("networks", "main")}
    return resource("subnetworks", name, **{**own, **described, **fields})


def accepted(project="recruiting-a", limit=1):
    return {"projectIdOrNum": project, "connectionLimit": limit}


def attachment(**fields):
    given = {
        "description": f"{MARK}main",
        "targetService": url("forwardingRules", "given"),
        "natSubnets": [url("subnetworks", "matching-api-nat-1")],
        "connectionPreference": "ACCEPT_MANUAL",
        "consumerAcceptLists": [accepted()],
        "reconcileConnections": True,
        "enableProxyProtocol": False,
        "fingerprint": "abc=",
        "pscServiceAttachmentId": {"high": "36190541368524859", "low": "0"},
        **fields,
    }
    name = given.pop("name", "matching-api")
    return resource("serviceAttachments", name, **given)


def endpoint(status, project="recruiting-a", name="matching", **fields):
    return {"status": status, "endpoint": url("forwardingRules", name, project), "pscConnectionId": "1", **fields}


def published(*endpoints, **fields):
    connected = {"connectedEndpoints": list(endpoints)} if endpoints else {}
    return {
        "forwardingRules": [RULE],
        "subnetworks": [subnet()],
        "serviceAttachments": [attachment(**connected, **fields)],
    }


def read(resources, **options):
    """Return (Declared, found) of a service."""
    capability = psc_service.CAPABILITY
    given = {"project_id": B, "region": REGION, "name": "matching-api", **OPTIONS, **options}
    params = ArgumentSpecValidator(capability.full_argument_spec()).validate(given).validated_parameters
    declared, found = capability.declare(params), {}
    for one in capability.resources:
        found[one.KIND.name] = one.read(Google(resources), declared, found)
    return declared, found


def run(resources, check=True, capability=psc_service.CAPABILITY, **options):
    given = {"project_id": B, "region": REGION, "name": "matching-api", **options}
    if not capability.reads_only and given.get("state") != "absent":
        given = {**OPTIONS, **given}
    given = {name: value for name, value in given.items() if value is not None}
    result = ArgumentSpecValidator(capability.full_argument_spec(), **capability.constraints).validate(given)
    assert not result.error_messages, result.error_messages
    params = result.validated_parameters
    return converge(capability, capability.declare(params), Google(resources), params, check)


def plan(resources, **options):
    return [f"{step['action']} {step['address']}" for step in run(resources, **options)["plan"]]


def patch(resources, **options):
    (step,) = run(resources, **options)["plan"]
    assert step["operation"] == "compute.serviceAttachments.patch"
    return step


def body(resources, **options):
    """Body of the one call of the plan."""
    capability = psc_service.CAPABILITY
    given = {"project_id": B, "region": REGION, "name": "matching-api", **OPTIONS, **options}
    params = ArgumentSpecValidator(capability.full_argument_spec()).validate(given).validated_parameters
    sent = []

    class Recorder(Google):
        def call(self, operation, **params):
            sent.append((operation, params))
            return {"target": f"{IN_B}/x/y"}

    converge(capability, capability.declare(params), Recorder(resources), {**params, "confirm_removals": []}, False)
    ((operation, params),) = sent
    assert operation == "compute.serviceAttachments.patch"
    return params


# ---- what is created ----------------------------------------------------------------------------------------------


def test_a_new_service_has_its_nat_subnet_first():
    result = run({"forwardingRules": [RULE]}, firewall={})
    assert [step["address"] for step in result["plan"]] == [
        "nat_subnet.nat-1",
        "nat_firewall.main",
        "service_attachment.main",
    ]
    created = result["plan"][-1]["after"]
    assert created["nat_subnets"] == ["(known after nat_subnet.nat-1)"]
    assert created["target_service"] == f"{IN_B}/forwardingRules/given"
    assert result["plan"][0]["after"]["network"] == f"projects/{B}/global/networks/main"
    assert result["plan"][1]["after"]["ports"] == ["443"]


def test_a_plan_can_be_made_before_the_forwarding_rule_exists_but_not_applied():
    result = run({}, firewall={})
    assert result["plan"][-1]["after"]["target_service"] == "(known after referenced_rule.main)"
    with pytest.raises(Conflict, match="forwarding_rule: .*/given doesn't exist in region asia-northeast1"):
        run({}, check=False)


def test_what_is_as_declared_needs_nothing():
    assert plan(published()) == []
    number = published(endpoint("ACCEPTED"))
    for one in number["serviceAttachments"] + number["subnetworks"]:
        for key, value in one.items():
            if isinstance(value, str):
                one[key] = value.replace(f"projects/{B}/", f"projects/{NUMBER}/")
    # Whether answers have the project's id or its number isn't documented.
    assert plan(number) == []


@pytest.mark.parametrize("order", [1, -1])
def test_lists_are_compared_as_sets(order):
    """hashicorp/terraform-provider-google #12409, #25913: their orders are random."""
    both = [CONSUMER, {**CONSUMER, "project_id": "recruiting-c"}]
    given = published(
        consumerAcceptLists=[accepted(), accepted("recruiting-c")][::order],
        natSubnets=[url("subnetworks", f"matching-api-nat-{number}") for number in (1, 2)][::order],
    )
    given["subnetworks"].append(subnet("matching-api-nat-2", "192.168.1.0/29"))
    assert plan(given, consumers=both, nat_cidrs=["192.168.1.0/29", "192.168.0.0/29"]) == []


def test_a_project_is_known_by_its_number_if_the_entry_has_it():
    given = published(endpoint("ACCEPTED", "415104041262"), consumerAcceptLists=[accepted("415104041262")])
    assert plan(given, consumers=[{**CONSUMER, "project_number": "415104041262"}]) == []
    result = run(given)
    assert any("add project_number" in note for note in result["notes"])
    # Unknown isn't permitted: it asks for a confirmation rather than cutting what may be the declared project.
    with pytest.raises(
        Conflict, match="confirm_removals: this would remove matching-api/415104041262 .*project_number"
    ):
        run(given, check=False)


# ---- one patch ----------------------------------------------------------------------------------------------------


def test_all_changes_are_one_patch_with_what_the_api_demands():
    """Terraform's provider sends name and enableProxyProtocol with each: b/198329756, b/198308475."""
    sent = body(published(reconcileConnections=False, consumerAcceptLists=[]))
    assert sent["serviceAttachment"] == "matching-api"
    assert sent["body"] == {
        "name": "matching-api",
        "fingerprint": "abc=",
        "connectionPreference": "ACCEPT_MANUAL",
        "reconcileConnections": True,
        "enableProxyProtocol": False,
        "natSubnets": [f"{IN_B}/subnetworks/matching-api-nat-1"],
        "consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}],
        "consumerRejectLists": [],
    }


@pytest.mark.parametrize(
    ("there", "field"),
    [
        ({"reconcileConnections": False}, "reconcile_connections"),
        ({"reconcileConnections": None}, "reconcile_connections"),
        ({"connectionPreference": "ACCEPT_AUTOMATIC", "consumerAcceptLists": []}, "accept+connection_preference"),
        ({"enableProxyProtocol": True}, "proxy_protocol"),
        ({"consumerRejectLists": ["recruiting-a"]}, "reject"),
        ({"consumerAcceptLists": [accepted(limit=2)]}, "accept"),
        ({"consumerAcceptLists": [{"networkUrl": url("networks", "x"), "connectionLimit": 1}]}, "accept"),
        ({"targetService": url("forwardingRules", "other")}, "target_service"),
    ],
)
def test_what_differs_is_changed_back(there, field):
    assert patch(published(**there))["address"] == f"service_attachment.main:{field}"


def test_the_plan_says_what_happens_to_each_endpoint():
    given = published(endpoint("PENDING"), endpoint("ACCEPTED", "recruiting-c"), consumerAcceptLists=[])
    assert patch(given)["after"]["effect"] == [
        "recruiting-a: PENDING -> ACCEPTED, its traffic begins",
        "recruiting-c: ACCEPTED -> PENDING, its traffic stops",
    ]


def test_expired_is_cut_without_a_confirmation_and_omitted_only_with_one():
    given = published(endpoint("ACCEPTED"))
    expired = [{**CONSUMER, "expires": "2020-01-01"}]
    result = run(given, consumers=expired)
    assert result["plan"][0]["after"]["effect"] == ["recruiting-a: ACCEPTED -> PENDING, its traffic stops"]
    assert not any("confirm_removals" in note for note in result["notes"])
    with pytest.raises(Conflict, match="matching-api/recruiting-a .*no longer declared"):
        run(given, check=False, consumers=[])


def test_a_run_cuts_only_so_many_expired_projects():
    names = [f"expired-{number}" for number in range(4)]
    given = published(*(endpoint("ACCEPTED", name) for name in names), consumerAcceptLists=[])
    expired = [{**CONSUMER, "project_id": name, "expires": "2020-01-01"} for name in names]
    with pytest.raises(Conflict, match="4 of 4 are more than one run takes"):
        run(given, check=False, consumers=expired)


def test_undeclared_projects_are_rejected_only_if_that_is_said():
    given = published(endpoint("PENDING", "x-stranger"), endpoint("CLOSED", "y-closed"))
    assert plan(given) == []
    assert any("endpoint matching of project x-stranger waits" in note for note in run(given)["notes"])
    step = patch(given, undeclared="reject")
    assert step["after"]["reject"] == ["x-stranger"]
    assert step["after"]["effect"] == ["x-stranger: PENDING -> REJECTED"]


def test_an_expired_project_is_left_waiting_not_rejected():
    given = published(endpoint("PENDING"), consumerAcceptLists=[])
    assert plan(given, consumers=[{**CONSUMER, "expires": "2020-01-01"}], undeclared="reject") == []


def test_more_strangers_than_a_reject_list_takes_dont_stop_a_run():
    """Whoever knows the URI can apply from as many projects as they like."""
    many = [endpoint("PENDING", f"stranger-{number:03}") for number in range(70)]
    result = run(published(*many), undeclared="reject")
    assert len(result["plan"][0]["after"]["reject"]) == 64
    assert any("6 more projects apply than a reject list takes" in line for line in result["findings"])


# ---- what interrupts all ------------------------------------------------------------------------------------------

INTERRUPTING = {
    "target": ({"targetService": url("forwardingRules", "other")}, {}, "replaces the target service"),
    "automatic": ({"connectionPreference": "ACCEPT_AUTOMATIC"}, {}, "switches from ACCEPT_AUTOMATIC"),
    "domain": ({"domainNames": ["p.example.com."]}, {}, "creates the service attachment again"),
    "nat": ({"natSubnets": [url("subnetworks", "x")]}, {}, "takes away a NAT subnet"),
    "absent": ({}, {"state": "absent"}, "deletes the service attachment"),
}


@pytest.mark.parametrize(("there", "options", "text"), INTERRUPTING.values(), ids=INTERRUPTING)
def test_what_interrupts_connected_endpoints_needs_a_confirmation(there, options, text):
    live = published(endpoint("ACCEPTED"), **there)
    with pytest.raises(Conflict, match=f"allow_disconnect: this {text}.* while endpoints are connected: recruiting-a"):
        run(live, check=False, **options)
    assert any(note.startswith(f"allow_disconnect: this {text}") for note in run(live, **options)["notes"])
    assert run(live, **options, allow_disconnect=True)["notes"] == []
    # Nobody is connected, so nobody is asked.
    for status in ("PENDING", "REJECTED", "CLOSED"):
        notes = run(published(endpoint(status), **there), **options)["notes"]
        assert not any("allow_disconnect" in note for note in notes)


def test_another_domain_name_creates_the_attachment_again_and_says_that_endpoints_close():
    live = published(endpoint("ACCEPTED"))
    result = run(live, domain_name="p.example.com", allow_disconnect=True)
    assert [f"{step['action']} {step['address']}" for step in result["plan"]] == [
        "create service_attachment.main",
        "delete service_attachment.main:replaced",
    ]
    assert result["plan"][1]["before"]["effect"] == [
        "recruiting-a: ACCEPTED -> CLOSED, its traffic stops; its consumer has to create it again"
    ]


# ---- who is in the way --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "description",
    [None, "", "by hand", MARK.replace("psc_service", "psc_endpoint") + "main", f"{MARK}main\n{MARK}main"],
)
def test_somebody_elses_attachment_of_the_name_is_in_the_way(description):
    with pytest.raises(Conflict, match="service_attachment.main: .*matching-api exists and isn't closednet's"):
        run(published(description=description))


def test_a_line_of_ones_own_beside_the_mark_is_left():
    assert plan(published(description=f"of team b\n{MARK}main")) == []


def test_another_name_of_the_module_with_the_same_load_balancer_is_a_renamed_host():
    given = published(name="old-api", description=MARK.replace("matching-api", "old-api") + "main")
    with pytest.raises(Renamed, match="its closednet:managed is psc_service/old-api"):
        run({**given, "subnetworks": []})


@pytest.mark.parametrize(
    "shared", [{"targetService": url("forwardingRules", "z")}, {"natSubnets": [url("subnetworks", "z")]}]
)
def test_a_load_balancer_or_nat_subnet_serves_one_attachment(shared):
    """about-vpc-hosted-services: "Each load balancer can be referenced only by a single service attachment"."""
    theirs = attachment(name="theirs", description="by hand", **shared)
    with pytest.raises(Conflict, match="serves .*/theirs already"):
        run({**published(), "serviceAttachments": [theirs]})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"loadBalancingScheme": "EXTERNAL"}, "is EXTERNAL; expected one of an internal load balancer"),
        ({"loadBalancingScheme": "", "target": url("serviceAttachments", "x")}, "is an endpoint of another service"),
    ],
)
def test_what_cannot_stand_behind_an_attachment(rule, text):
    with pytest.raises(Conflict, match=f"forwarding_rule: .*{text}"):
        run({"forwardingRules": [{**RULE, **rule}]})


# ---- NAT subnets --------------------------------------------------------------------------------------------------


def test_a_cidr_keeps_its_subnet_grows_or_gets_a_new_one():
    two = [subnet(), subnet("matching-api-nat-7", "192.168.7.0/29")]
    given = {**published(), "subnetworks": two}
    given["serviceAttachments"][0]["natSubnets"] = [one["selfLink"] for one in two]
    assert plan(given, nat_cidrs=["192.168.0.0/28", "192.168.7.0/29"]) == ["change nat_subnet.nat-1:cidr"]
    assert plan(given, nat_cidrs=["192.168.7.0/29", "192.168.0.0/29"]) == []
    moved = plan(given, nat_cidrs=["192.168.7.0/29", "10.99.0.0/29"])
    assert moved == [
        "create nat_subnet.nat-2",
        "change service_attachment.main:nat_subnets",
        "delete nat_subnet.nat-1",
    ]


def test_a_growing_subnet_takes_in_another_one_once_that_is_deleted():
    two = [subnet(), subnet("matching-api-nat-2", "192.168.0.8/29")]
    given = {**published(natSubnets=[one["selfLink"] for one in two]), "subnetworks": two}
    declared, found = read(given, nat_cidrs=["192.168.0.0/28"])
    steps = {step.address: step for step in nat_subnet.plan(declared.resources["nat_subnet"], found, declared)}
    assert set(steps) == {"nat_subnet.nat-1:cidr", "nat_subnet.nat-2"}
    assert steps["nat_subnet.nat-1:cidr"].operation == "compute.subnetworks.expandIpCidrRange"
    assert "nat_subnet.nat-2" in steps["nat_subnet.nat-1:cidr"].needs


def test_a_subnet_cannot_shrink():
    given = {**published(), "subnetworks": [subnet(cidr="192.168.0.0/28")]}
    with pytest.raises(Conflict, match="overlaps 192.168.0.0/28 of .*nat-1 in the same network. A subnet can't shrink"):
        run(given, nat_cidrs=["192.168.0.0/29"])


def test_a_cidr_that_overlaps_somebody_elses_subnet_is_refused_before_a_write():
    theirs = subnet("theirs", "192.168.0.0/24", "PRIVATE")
    with pytest.raises(Conflict, match="which overlaps 192.168.0.0/24 of .*/theirs in the same network"):
        run({"forwardingRules": [RULE], "subnetworks": [theirs]})
    other = {**theirs, "network": url("networks", "other")}
    assert run({"forwardingRules": [RULE], "subnetworks": [other]})["plan"]


def test_somebody_elses_subnet_of_the_name_is_in_the_way():
    theirs = subnet(cidr="192.168.9.0/29", description="by hand")
    with pytest.raises(Conflict, match="nat_subnet.nat-1: .*exists and isn't closednet's"):
        run({"forwardingRules": [RULE], "subnetworks": [theirs]})


def test_propagated_connections_take_addresses_too():
    given = published(endpoint("ACCEPTED", propagatedConnectionCount=4))
    with pytest.raises(Conflict, match="1 approved connections and 4 propagated ones need 5; one /28 takes them"):
        run(given, check=False)
    assert run(given)["nat"] == {"capacity": 4, "needed": 5, "used": 5, "propagated": 4}


@pytest.mark.parametrize(
    ("theirs", "text"),
    [
        ({"purpose": "PRIVATE"}, "has purpose PRIVATE; expected a subnet of purpose PRIVATE_SERVICE_CONNECT"),
        ({"network": url("networks", "other")}, "expected one of projects/recruiting-b/global/networks/main"),
        ({"name": "x"}, "not all of .* exist in region"),
    ],
)
def test_given_nat_subnets_are_checked(theirs, text):
    given = {"forwardingRules": [RULE], "subnetworks": [{**subnet("given-nat"), **theirs}]}
    with pytest.raises(Conflict, match=f"nat_subnets: .*{text}"):
        run(given, check=False, nat_cidrs=None, nat_subnets=["given-nat"])


def test_given_nat_subnets_are_counted_and_open_the_firewall():
    given = {"forwardingRules": [RULE], "subnetworks": [subnet("given-nat", "192.168.0.0/29")]}
    options = {"nat_cidrs": None, "nat_subnets": ["given-nat"], "firewall": {"target_tags": ["web"]}}
    result = run(given, **options)
    assert result["nat"]["capacity"] == 4
    assert result["plan"][0]["after"]["source_ranges"] == ["192.168.0.0/29"]
    many = [{**CONSUMER, "connection_limit": 5}]
    with pytest.raises(Conflict, match="nat_subnets: 192.168.0.0/29 has 4 usable addresses"):
        run(given, check=False, **options, consumers=many)


# ---- the firewall rule --------------------------------------------------------------------------------------------


def firewall(**fields):
    given = {
        "description": f"{MARK}main",
        "network": url("networks", "main"),
        "direction": "INGRESS",
        "priority": 1000,
        "sourceRanges": ["192.168.0.0/29"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
        **fields,
    }
    return {**published(), "firewalls": [resource("firewalls", "matching-api-psc", **given)]}


@pytest.mark.parametrize(
    ("there", "field"),
    [
        ({"sourceRanges": ["0.0.0.0/0"]}, "source_ranges"),
        # A rule lets in what comes from any of its sources.
        ({"sourceTags": ["others"]}, "other_sources"),
        ({"sourceServiceAccounts": ["x@y.iam.gserviceaccount.com"]}, "other_sources"),
        ({"allowed": [{"IPProtocol": "tcp"}]}, "ports"),
        ({"allowed": [{"IPProtocol": "all"}]}, "protocol+ports"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["443"]}, {"IPProtocol": "icmp"}]}, "protocol"),
        ({"targetTags": ["web"]}, "target_tags"),
        ({"disabled": True}, "disabled"),
        ({"priority": 65535}, "priority"),
    ],
)
def test_a_firewall_rule_that_lets_in_something_else_is_changed_back(there, field):
    assert plan(firewall(), firewall={}) == []
    assert plan(firewall(**there), firewall={}) == [f"change nat_firewall.main:{field}"]


def test_a_firewall_rule_that_is_no_longer_declared_is_deleted():
    assert plan(firewall()) == ["delete nat_firewall.main"]
    assert plan(firewall(description="by hand")) == []


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"ports": [], "allPorts": True}, ("tcp", [])),
        ({"IPProtocol": "L3_DEFAULT", "ports": [], "allPorts": True}, ("all", [])),
        ({"IPProtocol": "UDP", "ports": ["53", "8053"]}, ("udp", ["53", "8053"])),
        ({"loadBalancingScheme": "INTERNAL_MANAGED", "ports": [], "portRange": "443-443"}, ("tcp", ["443"])),
    ],
)
def test_a_firewall_rule_allows_what_the_load_balancer_answers(rule, allowed):
    steps = run({"forwardingRules": [{**RULE, **rule}]}, firewall={})["plan"]
    (after,) = (step["after"] for step in steps if step["address"] == "nat_firewall.main")
    assert (after["protocol"], after["ports"]) == allowed


# ---- findings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("NEEDS_ATTENTION", "the NAT subnets have no free address"),
        ("CLOSED", "its service attachment was deleted"),
        ("STATUS_UNSPECIFIED", "a status that is not known here"),
        ("ODD\x1b[31m", "a status that is not known here"),
        ("", "is without a status"),
    ],
)
def test_a_connection_that_does_not_work_is_a_finding(status, text):
    (line,) = run(published(endpoint(status)))["findings"]
    assert text in line and "\x1b" not in line


def test_an_endpoint_over_its_limit_is_a_finding():
    (line,) = run(published(endpoint("ACCEPTED", name="one"), endpoint("PENDING", name="two")))["findings"]
    assert "endpoint two of project recruiting-a is PENDING: over the project's connection_limit 1" in line


def test_the_info_module_tells_what_a_run_would_decide():
    given = published(endpoint("PENDING"), endpoint("PENDING", "x-stranger"), consumerAcceptLists=[])
    result = run(given, capability=psc_service_info.CAPABILITY, consumers=[CONSUMER], undeclared="reject")
    told = {line["project"]: (line["verdict"], line["decision"]) for line in result["connections"]}
    assert told == {"recruiting-a": ("accepted", "ACCEPTED"), "x-stranger": ("unknown", "REJECTED")}
    assert result["service_uri"] == url("serviceAttachments", "matching-api")
    assert result["service_attachment_id"] == {"high": "36190541368524859", "low": "0"}
    nothing = run({}, capability=psc_service_info.CAPABILITY)
    assert (nothing["service_attachment"], nothing["connections"]) == (None, [])
