# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._resources.psc import mark

SERVICE = "projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api"
MATCHING = {
    "project_id": "recruiting-a",
    "region": "asia-northeast1",
    "name": "matching",
    "service": SERVICE,
    "subnetwork": "apps",
}


@pytest.fixture
def endpoint(declare):
    return lambda **options: declare("psc_endpoint", **{**MATCHING, **options})


def test_an_endpoint_and_its_address_carry_the_mark(endpoint):
    resources = endpoint().resources
    assert resources["psc_endpoint"]["main"]["tags"] == mark.tags("psc_endpoint/matching", "main")
    assert resources["psc_endpoint"]["main"]["address"] == Ref("psc_address.main")
    assert resources["psc_address"]["main"]["subnetwork"] == Ref("existing_subnetwork.main")


def test_a_private_name_has_a_zone_and_a_record(endpoint):
    resources = endpoint(dns_name="matching.example.internal").resources
    assert set(resources["psc_zone"]) == set(resources["psc_record"]) == {"matching.example.internal"}
    # Read nevertheless: what an earlier declaration had is deleted.
    assert endpoint().resources["psc_zone"] == endpoint().resources["psc_record"] == {}


@pytest.mark.parametrize(
    "service",
    [
        SERVICE,
        f"https://www.googleapis.com/compute/v1/{SERVICE}",
        f"https://compute.googleapis.com/compute/v1/{SERVICE}",
    ],
)
def test_a_service_is_given_as_url_or_relative_name(endpoint, service):
    assert endpoint(service=service).inputs.service == SERVICE


def test_a_network_and_subnetwork_are_given_by_name_or_relative_name(endpoint):
    subnetwork = "projects/recruiting-a/regions/asia-northeast1/subnetworks/apps"
    network = "projects/recruiting-a/global/networks/main"
    assert endpoint().inputs.network is None
    for given in ("main", network):
        assert endpoint(network=given).inputs.network == network
    for given in ("apps", subnetwork):
        assert endpoint(subnetwork=given).inputs.subnetwork == "apps"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "Matching"}, "name: 'Matching' is no name of a resource"),
        ({"name": "a" * 64}, "is no name of a resource"),
        ({"service": "matching-api"}, "service: 'matching-api' is no name of a serviceAttachment; expected projects/"),
        ({"service": SERVICE.replace("serviceAttachments", "forwardingRules")}, "is no name of a serviceAttachment"),
        ({"service": SERVICE.replace("regions/asia-northeast1", "global")}, "is no service of a region"),
        (
            {"service": SERVICE.replace("asia-northeast1", "europe-west1")},
            "is a service of europe-west1, not of the endpoint's region; expected one of asia-northeast1, or region: e",
        ),
        ({"service": f"{SERVICE}/../x"}, "is no name of a serviceAttachment"),
        ({"network": "projects/other-project/global/networks/main"}, "is one of project other-project; expected one"),
        ({"network": "Main"}, "network: 'Main' is no name of a resource"),
        (
            {"subnetwork": "projects/recruiting-a/regions/europe-west1/subnetworks/apps"},
            "is in europe-west1; expected one in asia-northeast1",
        ),
        ({"subnetwork": "projects/a-host-project/regions/asia-northeast1/subnetworks/a"}, "of project a-host-project"),
        ({"address": "10.0.0.0/24"}, "address: '10.0.0.0/24' is no IPv4 address"),
        ({"address": "fd00::1"}, "address: 'fd00::1' is no IPv4 address"),
        ({"dns_name": "matching"}, "dns_name: 'matching' is no DNS name"),
        ({"dns_name": "*.example.internal"}, "dns_name: '*.example.internal' is a wildcard"),
    ],
)
def test_what_cannot_be_is_said_before_any_call(endpoint, options, text):
    with pytest.raises(Invalid) as error:
        endpoint(**options)
    assert text in str(error.value)


def test_absent_needs_only_the_name(declare):
    declared = declare(
        "psc_endpoint", project_id="recruiting-a", region="asia-northeast1", name="matching", state="absent"
    )
    assert declared.owner == "psc_endpoint/matching"
