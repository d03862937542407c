# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks, subnets, addresses, internal load balancers and firewall rules of the emulated Compute Engine.

Sources: discovery document compute v1 (revision 20261106), the reference pages
https://cloud.google.com/compute/docs/reference/rest/v1/..., and recordings, see test_gcp_recordings.py.
"""

from __future__ import annotations

import pytest

from tests.emulator.gcp_world import (
    BACKEND,
    BALANCER,
    CONSUMER_A,
    OTHER_REGION,
    REGION,
    Google,
    OperationFailed,
    Refusal,
    name,
)

NETWORK, SUBNETWORK = name("global/networks/main"), name("subnetworks/apps")
URL = "https://www.googleapis.com/compute/v1/"


def refused(call, *arguments, **parameters):
    """Return (status, reason, message) of a call that is refused at once."""
    with pytest.raises(Refusal) as caught:
        call(*arguments, **parameters)
    return caught.value.status, caught.value.reason, caught.value.message


def failed(call, *arguments, **parameters):
    """Return (code, message, status) of an operation's error."""
    with pytest.raises(OperationFailed) as caught:
        call(*arguments, **parameters)
    return caught.value.code, caught.value.message, caught.value.operation["httpErrorStatusCode"]


def test_network(google: Google) -> None:
    made = google.insert("global/networks", name="second", autoCreateSubnetworks=False, description="of a test")
    assert made["kind"] == "compute#network"
    assert made["description"] == "of a test"
    assert made["selfLink"] == URL + name("global/networks/second")
    assert made["selfLinkWithId"] == f"{URL}projects/recruiting-b/global/networks/{made['id']}"
    assert google.get(f"global/networks/{made['id']}")["name"] == "second"
    google.delete("global/networks/second")
    assert google.find("global/networks/second") is None


def test_resource_exists_once_its_operation_is_done(google: Google, emulator) -> None:
    """Operations: https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses#handling_api_responses."""
    emulator.control("POST", "settings", {"transition": {"google-operation": 100}})
    path = google.path("global/networks")
    operation = google.call("POST", path, {"name": "slow", "autoCreateSubnetworks": False})
    assert operation["status"] == "RUNNING"
    assert google.find("global/networks/slow") is None
    again = refused(google.call, "POST", path, {"name": "slow", "autoCreateSubnetworks": False})
    assert again[:2] == (409, "alreadyExists")
    subnet = {"name": "early", "network": "global/networks/slow", "ipCidrRange": "10.9.0.0/24"}
    assert refused(google.call, "POST", google.path("subnetworks"), subnet)[:2] == (400, "resourceNotReady")
    google.wait(operation)
    assert google.get("global/networks/slow")
    deletion = google.call("DELETE", google.path("global/networks/slow"))
    assert google.get("global/networks/slow"), "it exists until its deletion is DONE"
    assert refused(google.call, "DELETE", google.path("global/networks/slow"))[:2] == (400, "resourceNotReady")
    google.wait(deletion)
    assert google.find("global/networks/slow") is None


@pytest.mark.parametrize("bad", ["Upper", "-a", "a-", "a" * 64, "a_b", "1a"])
def test_name(google: Google, bad: str) -> None:
    """RFC 1035, at most 63 characters: https://cloud.google.com/compute/docs/naming-resources."""
    status, reason, message = refused(google.insert, "global/networks", name=bad, autoCreateSubnetworks=False)
    assert (status, reason) == (400, "invalid")
    assert message.startswith(f"Invalid value for field 'resource.name': '{bad}'.")


def test_nat_subnet(google: Google) -> None:
    made = google.insert(
        "subnetworks",
        name="nat",
        network=NETWORK,
        ipCidrRange="192.168.0.0/29",
        purpose="PRIVATE_SERVICE_CONNECT",
        description="for NAT",
    )
    assert made["purpose"] == "PRIVATE_SERVICE_CONNECT"
    assert "stackType" not in made, "recorded for PRIVATE_NAT"
    body = {"name": "in-nat", "addressType": "INTERNAL", "subnetwork": name("subnetworks/nat")}
    assert refused(google.insert, "addresses", **body)[:2] == (400, "invalid")


@pytest.mark.parametrize("cidr", ["10.0.0.1/24", "10.0.0.0/30", "10.0.0.0/3", "no-cidr", "fd00::/64", ""])
def test_range_that_no_subnet_has(google: Google, cidr: str) -> None:
    """https://cloud.google.com/vpc/docs/subnets#valid-ranges"""
    status, reason, _ = refused(google.insert, "subnetworks", name="bad", network=NETWORK, ipCidrRange=cidr)
    assert status == 400
    assert reason == ("invalid" if cidr else "required")


def test_subnet_patch_needs_the_fingerprint(google: Google) -> None:
    """Stale: 412 conditionNotMet; missing: 400 required (recorded, ansible/ansible#70230)."""
    before = google.get("subnetworks/apps")
    assert refused(google.patch, "subnetworks/apps", privateIpGoogleAccess=True) == (
        400,
        "required",
        "Required field 'resource.fingerprint' not specified",
    )
    after = google.patch("subnetworks/apps", privateIpGoogleAccess=True, fingerprint=before["fingerprint"])
    assert after["privateIpGoogleAccess"] is True
    assert after["fingerprint"] != before["fingerprint"]
    stale = refused(google.patch, "subnetworks/apps", privateIpGoogleAccess=False, fingerprint=before["fingerprint"])
    assert stale[:2] == (412, "conditionNotMet")
    fixed = refused(google.patch, "subnetworks/apps", description="new", fingerprint=after["fingerprint"])
    assert fixed[:2] == (400, "invalid"), "set only at creation: discovery document"


def test_larger_range_of_a_subnet(google: Google) -> None:
    """https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks/expandIpCidrRange"""
    body = {"network": NETWORK, "purpose": "PRIVATE_SERVICE_CONNECT"}
    before = google.insert("subnetworks", name="nat", ipCidrRange="192.168.0.8/29", **body)
    google.insert("subnetworks", name="other", ipCidrRange="192.168.0.32/29", **body)
    expand = "subnetworks/nat/expandIpCidrRange"
    for wrong in ("192.168.0.8/29", "192.168.0.0/29", "192.168.0.8/30", "192.168.0.1/28", "10.9.0.0/16"):
        assert refused(google.write, "POST", expand, {"ipCidrRange": wrong})[:2] == (400, "invalid"), wrong
    assert "'other'" in failed(google.write, "POST", expand, {"ipCidrRange": "192.168.0.0/26"})[1]
    google.write("POST", expand, {"ipCidrRange": "192.168.0.0/28"})
    after = google.get("subnetworks/nat")
    assert after["ipCidrRange"] == "192.168.0.0/28"
    assert after["fingerprint"] != before["fingerprint"]


def test_backends_of_the_seed(google: Google) -> None:
    group = f"projects/recruiting-b/zones/{REGION}-a/instanceGroups/{BACKEND}"
    assert google.get(group)["network"] == URL + NETWORK
    assert [item["name"] for item in google.get(group.rpartition("/")[0])["items"]] == [BACKEND]
    assert refused(google.get, f"{group}-none")[:2] == (404, "notFound")
    assert refused(google.get, f"networkEndpointGroups/{BACKEND}")[:2] == (404, "notFound")


def test_address(google: Google) -> None:
    made = google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=SUBNETWORK)
    # The balancer of the seed has the first one.
    assert made["address"] == "10.0.0.3"
    assert (made["status"], made["purpose"], made["labelFingerprint"]) == ("RESERVED", "GCE_ENDPOINT", "42WmSpB8rSM=")
    body = {"name": "two", "addressType": "INTERNAL", "subnetwork": SUBNETWORK, "address": "10.0.0.3"}
    assert failed(google.insert, "addresses", **body)[0] == "IP_IN_USE_BY_ANOTHER_RESOURCE"
    assert google.find("addresses/two") is None
    for outside in ("10.1.0.5", "10.0.0.0", "10.0.0.1", "10.0.255.254", "10.0.255.255", "words"):
        assert refused(google.insert, "addresses", **{**body, "address": outside})[:2] == (400, "invalid"), outside
    google.delete("addresses/one")
    assert google.insert("addresses", **body)["address"] == "10.0.0.3"


def test_subnet_of_another_region(google: Google) -> None:
    there = name("subnetworks/apps", region=OTHER_REGION)
    refusal = refused(google.insert, "addresses", name="one", addressType="INTERNAL", subnetwork=there)
    assert refusal[:2] == (400, "invalid")


def test_address_labels(google: Google) -> None:
    """addresses.setLabels with labelFingerprint; stale: 412."""
    made = google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=SUBNETWORK, labels={"a": "b"})
    google.write(
        "POST",
        "addresses/one/setLabels",
        {"labels": {"team": "b"}, "labelFingerprint": made["labelFingerprint"]},
    )
    after = google.get("addresses/one")
    assert after["labels"] == {"team": "b"}
    body = {"labels": {}, "labelFingerprint": made["labelFingerprint"]}
    assert refused(google.write, "POST", "addresses/one/setLabels", body)[:2] == (412, "conditionNotMet")


def balancer(google: Google, label: str = "lb", **more):
    """Create health check, backend service and forwarding rule, and return the rule."""
    google.insert("healthChecks", name=label, type="TCP", tcpHealthCheck={"port": 443})
    google.insert(
        "backendServices",
        name=label,
        loadBalancingScheme="INTERNAL",
        protocol="TCP",
        healthChecks=[name(f"healthChecks/{label}")],
        backends=[{"group": f"projects/recruiting-b/zones/{REGION}-a/instanceGroups/{BACKEND}"}],
    )
    body = {
        "name": label,
        "loadBalancingScheme": "INTERNAL",
        "backendService": name(f"backendServices/{label}"),
        "network": NETWORK,
        "subnetwork": SUBNETWORK,
        "ports": ["443"],
    }
    return google.insert("forwardingRules", **{**body, **more})


def test_internal_load_balancer(google: Google) -> None:
    rule = balancer(google)
    assert (rule["IPProtocol"], rule["allowGlobalAccess"], rule["IPAddress"]) == ("TCP", False, "10.0.0.3")
    assert rule["backendService"] == URL + name("backendServices/lb")
    check = google.get("healthChecks/lb")
    assert check["tcpHealthCheck"] == {"port": 443, "proxyHeader": "NONE"}
    assert (check["checkIntervalSec"], check["timeoutSec"]) == (5, 5)
    assert google.patch("forwardingRules/lb", allowGlobalAccess=True)["allowGlobalAccess"] is True
    for change in ({"ports": ["80"]}, {"labels": {"a": "b"}}, {"backendService": None}, {"description": "new"}):
        assert refused(google.patch, "forwardingRules/lb", **change)[:2] == (400, "invalid"), change


def test_order_of_deletion(google: Google) -> None:
    """What another resource uses is not deleted: 400 resourceInUseByAnotherResource."""
    balancer(google)
    google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=SUBNETWORK)
    for used in ("healthChecks/lb", "backendServices/lb", "subnetworks/apps"):
        status, reason, message = refused(google.delete, used)
        assert (status, reason) == (400, "resourceInUseByAnotherResource")
        assert f"resource '{name(used)}' is already being used by '" in message
    for free in ("forwardingRules/lb", "backendServices/lb", "healthChecks/lb", "addresses/one"):
        google.delete(free)


def test_rule_takes_a_reserved_address(google: Google) -> None:
    google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=SUBNETWORK, address="10.0.0.77")
    rule = balancer(google, IPAddress=name("addresses/one"))
    assert rule["IPAddress"] == "10.0.0.77", "the answer has the IP"
    address = google.get("addresses/one")
    assert (address["status"], address["users"]) == ("IN_USE", [rule["selfLink"]])
    assert refused(google.delete, "addresses/one")[1] == "resourceInUseByAnotherResource"
    google.delete("forwardingRules/lb")
    assert google.get("addresses/one")["status"] == "RESERVED"


def test_rule_with_the_address_of_another(google: Google) -> None:
    taken = google.get(f"forwardingRules/{BALANCER}")["IPAddress"]
    text = f"IP '{taken}' is already being used by another resource."
    assert failed(balancer, google, IPAddress=taken)[:2] == ("IP_IN_USE_BY_ANOTHER_RESOURCE", text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"backendService": ""},
        {"backendService": name("backendServices/nowhere")},
        {"subnetwork": name("subnetworks/office")},
        {"subnetwork": name("subnetworks/apps", region=OTHER_REGION)},
        {"ports": []},
        {"ports": ["1", "2", "3", "4", "5", "6"]},
        {"ports": ["443"], "allPorts": True},
        {"ports": ["x"]},
        {"IPAddress": "bare-name"},
        {"IPProtocol": "NONE"},
        {"noSuchField": 1},
    ],
)
def test_rule_that_is_refused(google: Google, wrong) -> None:
    google.insert("subnetworks", name="other", network=NETWORK, ipCidrRange="10.20.0.0/24")
    assert refused(balancer, google, **wrong)[0] in (400, 404)
    assert google.find("forwardingRules/lb") is None


def test_backend_service_patch(google: Google) -> None:
    """A patch needs the fingerprint (ansible/ansible#70230); lists are replaced whole (JSON merge patch)."""
    balancer(google)
    before = google.get("backendServices/lb")
    assert refused(google.patch, "backendServices/lb", backends=[])[1] == "required"
    after = google.patch("backendServices/lb", backends=[], fingerprint=before["fingerprint"], timeoutSec=10)
    assert (after.get("backends"), after["timeoutSec"], after["protocol"]) == ([], 10, "TCP")
    scheme = {"loadBalancingScheme": "INTERNAL_MANAGED", "fingerprint": after["fingerprint"]}
    assert refused(google.patch, "backendServices/lb", **scheme)[:2] == (400, "invalid")


def test_health_check_changes_its_type(google: Google) -> None:
    google.insert("healthChecks", name="check", type="TCP", tcpHealthCheck={"port": 443})
    after = google.patch("healthChecks/check", type="HTTP", httpHealthCheck={"port": 8080, "requestPath": "/ready"})
    assert "tcpHealthCheck" not in after
    assert after["httpHealthCheck"] == {"port": 8080, "requestPath": "/ready", "proxyHeader": "NONE"}
    both = {"type": "TCP", "tcpHealthCheck": {}, "httpHealthCheck": {}}
    assert refused(google.insert, "healthChecks", name="both", **both)[:2] == (400, "invalid")
    assert refused(google.patch, "healthChecks/check", timeoutSec=6)[:2] == (400, "invalid")


def test_firewall(google: Google) -> None:
    body = {
        "name": "nat-to-api",
        "network": NETWORK,
        "sourceRanges": ["192.168.0.0/29"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
        "targetTags": ["api"],
        "description": "from the NAT range",
    }
    made = google.insert("global/firewalls", **body)
    assert (made["priority"], made["direction"], made["disabled"]) == (1000, "INGRESS", False)
    after = google.patch("global/firewalls/nat-to-api", sourceRanges=["192.168.0.0/28"])
    assert (after["sourceRanges"], after["targetTags"]) == (["192.168.0.0/28"], ["api"])
    for wrong in (
        {"denied": body["allowed"]},
        {"allowed": []},
        {"sourceRanges": ["nowhere"]},
        {"targetServiceAccounts": ["a@b"], "targetTags": ["api"]},
        {"allowed": [{"IPProtocol": "icmp", "ports": ["1"]}]},
    ):
        status, reason, _ = refused(google.insert, "global/firewalls", **{**body, "name": "wrong", **wrong})
        assert (status, reason) == (400, "invalid"), wrong
    google.delete("global/firewalls/nat-to-api")


def test_lists(google: Google) -> None:
    """maxResults, pageToken and filter of the reference; an empty scope's warning is recorded (gcpdiag)."""
    for number in range(5):
        google.insert("addresses", name=f"a{number}", addressType="INTERNAL", subnetwork=SUBNETWORK)
    first = google.get("addresses?maxResults=2")
    second = google.get(f"addresses?maxResults=3&pageToken={first['nextPageToken']}")
    assert [item["name"] for item in first["items"] + second["items"]] == ["a0", "a1", "a2", "a3", "a4"]
    assert "nextPageToken" not in second
    assert [item["name"] for item in google.get("addresses?filter=name%20eq%20a3")["items"]] == ["a3"]
    assert [item["name"] for item in google.get("addresses?filter=name%3D%22a4%22")["items"]] == ["a4"]
    assert "items" not in google.get("addresses?filter=name%3Dnone")
    for expression in ("name", "name%20eq%20%28", "%22"):
        assert refused(google.get, f"addresses?filter={expression}")[:2] == (400, "invalid"), expression
    assert refused(google.get, "addresses?maxResults=%C2%B2")[:2] == (400, "invalid")
    assert refused(google.get, "addresses?maxResults=501")[:2] == (400, "invalid")
    assert refused(google.get, "addresses?noSuch=1")[:2] == (400, "invalid")
    scopes = google.get("aggregated/addresses")["items"]
    assert len(scopes[f"regions/{REGION}"]["addresses"]) == 5
    assert scopes["regions/africa-south1"] == {
        "warning": {
            "code": "NO_RESULTS_ON_PAGE",
            "message": "No results for the scope 'regions/africa-south1'.",
            "data": [{"key": "scope", "value": "regions/africa-south1"}],
        }
    }


def test_projects_are_apart(google: Google) -> None:
    """The same names and ranges exist in each project."""
    google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=SUBNETWORK)
    other = google.of(project=CONSUMER_A)
    assert other.find("addresses/one") is None
    made = other.insert(
        "addresses", name="one", addressType="INTERNAL", subnetwork=name("subnetworks/apps", CONSUMER_A)
    )
    assert made["address"] == "10.0.0.2"


def test_subnet_in_a_network_of_another_project(google: Google) -> None:
    theirs = name("global/networks/main", CONSUMER_A)
    refusal = refused(google.insert, "subnetworks", name="a", network=theirs, ipCidrRange="10.9.0.0/24")
    assert refusal[:2] == (400, "invalid")


def test_number_of_the_project_in_names(google: Google) -> None:
    """A path or a reference may have the project's number in place of its id: discovery, pattern of `project`."""
    assert google.of(project="200000000002").get("global/networks/main")["selfLink"] == URL + NETWORK
    by_number = SUBNETWORK.replace("recruiting-b", "200000000002")
    made = google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=URL + by_number)
    assert made["subnetwork"] == URL + SUBNETWORK
