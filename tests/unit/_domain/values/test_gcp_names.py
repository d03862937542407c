# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of Google Cloud, as its pages and recordings of its API write them."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid, refusal
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import gcp_connection, gcp_names

RULE = "projects/recruiting-b/regions/us-west2/forwardingRules/ilb"
# The forms in answers of the API (magic-modules#5031, gcpdiag) and in documents of others.
FORMS = [
    RULE,
    f"/{RULE}",
    f"https://www.googleapis.com/compute/v1/{RULE}",
    f"https://compute.googleapis.com/compute/v1/{RULE}",
    f"https://www.googleapis.com/compute/beta/{RULE}",
    f"//compute.googleapis.com/{RULE}",
    f"http://127.0.0.1:5000/compute/v1/{RULE}",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_the_same_resource(form):
    assert gcp_names.relative(form) == RULE
    assert gcp_names.same(form, RULE)
    assert (gcp_names.project_of(form), gcp_names.last(form)) == ("recruiting-b", "ilb")
    parsed = gcp_names.parse("service", form, "forwardingRules")
    assert (parsed.project, parsed.region, parsed.name, str(parsed)) == ("recruiting-b", "us-west2", "ilb", RULE)


def test_a_number_stands_for_an_id_only_where_it_is_known():
    numbered = RULE.replace("recruiting-b", "415104041262")
    assert not gcp_names.same(numbered, RULE)
    assert gcp_names.same(numbered, RULE, {"415104041262": "recruiting-b"})
    assert not gcp_names.same(numbered, RULE, {"415104041262": "recruiting-a"})


def test_global_and_zonal_names():
    network = gcp_names.global_("recruiting-b", "networks", "main")
    assert network == "projects/recruiting-b/global/networks/main"
    assert str(gcp_names.parse("network", network, "networks")) == network
    group = "projects/p-12345/zones/us-west2-a/instanceGroups/web"
    assert str(gcp_names.parse("backends", group, "instanceGroups")) == group
    assert gcp_names.regional("recruiting-b", "us-west2", "forwardingRules", "ilb") == RULE
    assert gcp_names.relative(None) == gcp_names.project_of("") == gcp_names.last(None) == ""


@pytest.mark.parametrize(
    "value",
    [
        *("matching-api", "projects/p/regions/us-west2/serviceAttachments/a", RULE, None, 7, ""),
        *("projects/recruiting-b/regions/us-west2/serviceAttachments/A", "com.amazonaws.vpce.eu-west-1.vpce-svc-1"),
        *("projects/recruiting-b/regions/us-west2/serviceAttachments/a/..", "projects/recruiting-b/global/x"),
        *("projects/recruiting-b/regions/eu-west-1/serviceAttachments/a", f"{FORMS[2]}\n"),
        "https://evil.example/?x=projects/recruiting-b/regions/us-west2/serviceAttachments/a",
    ],
)
def test_what_is_no_name_of_an_attachment_is_refused(value):
    with pytest.raises(Invalid, match="expected projects/PROJECT/regions/REGION/serviceAttachments/NAME, or its URL"):
        gcp_names.parse("service", value)


@pytest.mark.parametrize("value", ["recruiting-b", "a12345", "a" * 30, "example.com:recruiting"])
def test_project_ids(value):
    """https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects: 6 to 30, the first a letter."""
    assert gcp_names.project_id("project_id", value) == value


@pytest.mark.parametrize(
    "value",
    [
        "a1234",
        "a" * 31,
        "Recruiting-b",
        "1recruiting",
        "recruiting-",
        "recruiting_b",
        "x:recruiting",
        None,
        "recruiting\n",
    ],
)
def test_what_is_no_project_id(value):
    with pytest.raises(Invalid, match="is no project id"):
        gcp_names.project_id("project_id", value)


def test_a_number_in_place_of_an_id_says_how_to_find_the_id():
    with pytest.raises(Invalid, match="is a project's number; expected its id.*gcloud projects describe 415104041262"):
        gcp_names.project_id("project_id", "415104041262")
    assert gcp_names.project_number("n", 415104041262) == "415104041262"
    for wrong in ("recruiting-b", "0", -1, True, ""):
        assert refusal(gcp_names.project_number, "n", wrong)


@pytest.mark.parametrize("value", ["asia-northeast1", "europe-west12", "us-central1", "northamerica-northeast2"])
def test_regions(value):
    assert gcp_names.region("region", value) == value
    with pytest.raises(Invalid, match=f"is a zone; expected its region, {value}"):
        gcp_names.region("region", f"{value}-b")


@pytest.mark.parametrize("value", ["eu-central-1", "ap-northeast-1", "europe", "", "EUROPE-west1", None])
def test_a_region_of_aws_is_none(value):
    assert refusal(gcp_names.region, "region", value)


@pytest.mark.parametrize("value", ["a", "matching-api", "a" * 63])
def test_names(value):
    assert gcp_names.resource_name("name", value) == value


@pytest.mark.parametrize("value", ["", "-a", "a-", "1a", "a" * 64, "A", "a_b", "a.b", None, "a\n", "ä"])
def test_what_is_no_name(value):
    assert refusal(gcp_names.resource_name, "name", value)


OPTIONS = {"project_id": "recruiting-b", "region": "asia-northeast1"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("project_id", "415104041262"),
        ("region", None),
        ("region", "eu-central-1"),
        ("access_token", "two words"),
        ("access_token", "ya29.a\r\nX-Evil: 1"),
        ("service_account_file", "a\nb"),
        ("impersonate_service_account", "operator"),
        ("impersonate_service_account", "a@b.iam.gserviceaccount.com/../x"),
        ("endpoint_url", "127.0.0.1:5000"),
        ("endpoint_url", "https://user:secret@example.com"),
        ("endpoint_url", "http://compute.example.com"),
        ("wait_timeout", 0),
    ],
)
def test_bad_connection_options(option, value):
    with pytest.raises(Invalid) as invalid:
        gcp_connection.check({**OPTIONS, option: value})
    assert invalid.value.option == option and "secret" not in str(invalid.value)
    assert "ya29" not in str(invalid.value)


def test_good_connection_options():
    for options in (
        {},
        {"endpoint_url": "http://127.0.0.1:5000"},
        {"endpoint_url": "http://[::1]:5000"},
        {"endpoint_url": "http://emulator:5000", "access_token": "token"},
        {"endpoint_url": "https://compute.googleapis.com/"},
        {"service_account_file": "/etc/key.json", "impersonate_service_account": "a@b-12345.iam.gserviceaccount.com"},
    ):
        gcp_connection.check({**OPTIONS, **options})


def test_two_credentials_are_one_too_many():
    with pytest.raises(Invalid, match="given together with access_token"):
        gcp_connection.check({**OPTIONS, "access_token": "token", "service_account_file": "/etc/key.json"})
