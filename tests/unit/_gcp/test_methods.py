# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of methods is what Google's discovery documents say."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._gcp.methods import HOSTS, METHODS, MOST

VERSIONS = {"compute": "v1", "dns": "v1", "cloudresourcemanager": "v3"}


def documents():
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    return {name: json.loads((folder / f"{name}.{version}.json").read_text()) for name, version in VERSIONS.items()}


def methods_of(document):
    for resource in (document.get("resources") or {}).values():
        yield from ((method["id"], method) for method in (resource.get("methods") or {}).values())
        yield from methods_of(resource)


DOCUMENTS = documents()
OFFICIAL = {
    id_: (document, method) for document in DOCUMENTS.values() for id_, method in methods_of(document) if id_ in METHODS
}


def answer_of(id_):
    document, method = OFFICIAL[id_]
    return document["schemas"][method["response"]["$ref"]]["properties"]


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.id)
def test_verb_path_and_request_id(method):
    document, official = OFFICIAL[method.id]
    assert (method.verb, method.path) == (official["httpMethod"], document["servicePath"] + official["path"])
    assert document["rootUrl"] == HOSTS[method.service] + "/"
    assert method.repeatable == ("requestId" in official["parameters"])
    assert method.reads != method.repeatable or method.service == "dns"
    if method.reads and method.verb != "GET":
        assert method.id.endswith((".wait", ".testIamPermissions"))


@pytest.mark.parametrize("method", [one for one in METHODS.values() if one.id.endswith(("ist", "search"))], ids=str)
def test_pages(method):
    official = OFFICIAL[method.id][1]["parameters"]
    properties = answer_of(method.id)
    assert "pageToken" in official and "nextPageToken" in properties
    if method.service == "compute":
        assert int(official["maxResults"]["default"]) == MOST
    assert properties[method.items]["type"] == "array"


def test_a_write_of_compute_answers_an_operation():
    writes = [one for one in METHODS.values() if one.service == "compute" and not one.reads]
    assert writes and all(OFFICIAL[one.id][1]["response"]["$ref"] == "Operation" for one in writes)


def url(id_, **params):
    return METHODS[id_].url("https://x", params)


def test_parameters_become_parts_of_the_path():
    assert url("compute.serviceAttachments.get", project="example.com:p", region="r", serviceAttachment="a") == (
        "https://x/compute/v1/projects/example.com%3Ap/regions/r/serviceAttachments/a"
    )
    assert url("cloudresourcemanager.folders.get", name="folders/111") == "https://x/v3/folders/111"
    record = url("dns.resourceRecordSets.get", project="p", managedZone="z", name="*.x.", type="A")
    assert record.endswith("/managedZones/z/rrsets/%2A.x./A")


@pytest.mark.parametrize("name", ["", None, ".", ".."])
def test_a_part_that_would_call_another_url_is_refused(name):
    """RFC 3986, 5.2.4: clients remove dot segments."""
    with pytest.raises(ValueError, match=re.escape("compute.networks.get: network is")):
        url("compute.networks.get", project="p", network=name)
    with pytest.raises(ValueError, match="name is"):
        url("cloudresourcemanager.folders.get", name=f"folders/{name or ''}")


@pytest.mark.parametrize("name", ["a/../../x", "a?x=1", "a#x", "a%2e%2e"])
def test_a_hostile_name_stays_one_part(name):
    assert url("compute.networks.get", project="p", network=name).rpartition("/")[2].count("/") == 0
    assert not re.search(r"[?#]|/\.\.", url("compute.networks.get", project="p", network=name))
