# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Methods of Google's APIs that modules call, by the ids of the discovery documents.

Not the documents themselves: Compute Engine's has 5 MB. A test compares this table with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

HOSTS = {
    "compute": "https://compute.googleapis.com",
    "dns": "https://dns.googleapis.com",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com",
    "iamcredentials": "https://iamcredentials.googleapis.com",
}
REGION = "compute/v1/projects/{project}/regions/{region}"
ZONE = "compute/v1/projects/{project}/zones/{zone}"
GLOBAL = "compute/v1/projects/{project}/global"
# Most items of a page (maxResults of each `list` of Compute Engine).
MOST = 500
# Codes of a list's warning that say that it lacks items (`warning` of each list in the discovery document).
LACKING = ("UNREACHABLE", "PARTIAL_SUCCESS", "LIST_OVERHEAD_QUOTA_EXCEED")


@dataclass(frozen=True)
class Method:
    """A method of an API.

    path        from the host on; {name} is one part, {+name} may have several: folders/111
    items       key of a page's items; "" if it has no pages
    repeatable  a write with a requestId: sent again, it takes place once
    reads       it changes nothing, whatever its verb
    """

    id: str
    verb: str
    path: str
    items: str = ""
    repeatable: bool = False
    reads: bool = False

    @property
    def service(self) -> str:
        return self.id.partition(".")[0]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters in the path."""
        return re.findall(r"\{\+?(\w+)\}", self.path)

    def url(self, base: str, params: Mapping[str, Any]) -> str:
        """URL with the path's parameters filled in. Raises ValueError for one that is missing or no name."""

        def filled(match: re.Match[str]) -> str:
            several, name = match.groups()
            parts = str(params.get(name) or "").split("/") if several else [str(params.get(name) or "")]
            # A URL's client resolves these two: another resource would be called.
            if any(part in ("", ".", "..") for part in parts):
                raise ValueError(f"{self.id}: {name} is {params.get(name)!r}")
            return "/".join(quote(part, safe="") for part in parts)

        return f"{base}/" + re.sub(r"\{(\+?)(\w+)\}", filled, self.path)

    def of_page(self, page: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Items of a page of the method's answer. Raises ValueError if it isn't one."""
        items = page.get(self.items) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ValueError(f"{self.items} of its page is no list of items")
        return items

    def unread(self, page: Mapping[str, Any]) -> str:
        """What a page says that Google couldn't read, "" if it lacks nothing."""
        told = page.get("warning")
        warning = told if isinstance(told, Mapping) and told.get("code") in LACKING else {}
        lacking = page.get("unreachables") or page.get("unreachable") or warning.get("message") or warning.get("code")
        return str(lacking) if lacking else ""

    def knows(self, answer: Mapping[str, Any]) -> bool:
        """Return false of a reading's answer that is JSON and not this API's: it would be taken for an empty list.

        Compute Engine and Cloud DNS say in `kind` what an answer is; Resource Manager's may be empty.
        """
        if not self.reads or self.service not in ("compute", "dns"):
            return True
        return not {"kind", "name", "items", "nextPageToken", self.items}.isdisjoint(answer)


def _collection(name: str, root: str, collection: str, one: str, writes: str) -> Iterator[Method]:
    """Methods of a collection of Compute Engine. one: its parameter; writes: those of its writing methods."""
    many, single = f"{root}/{collection}", f"{root}/{collection}/{{{one}}}"
    yield Method(f"compute.{name}.get", "GET", single, reads=True)
    yield Method(f"compute.{name}.list", "GET", many, items="items", reads=True)
    of_writes = {
        "insert": ("POST", many),
        "patch": ("PATCH", single),
        "delete": ("DELETE", single),
    }
    for write in writes.split():
        verb, path = of_writes[write]
        yield Method(f"compute.{name}.{write}", verb, path, repeatable=True)


def _of_compute() -> Iterator[Method]:
    for name, root, collection, one, writes in (
        ("addresses", REGION, "addresses", "address", "insert delete"),
        ("firewalls", GLOBAL, "firewalls", "firewall", "insert patch delete"),
        ("forwardingRules", REGION, "forwardingRules", "forwardingRule", "insert patch delete"),
        ("instanceGroups", ZONE, "instanceGroups", "instanceGroup", ""),
        ("networkEndpointGroups", ZONE, "networkEndpointGroups", "networkEndpointGroup", ""),
        ("networks", GLOBAL, "networks", "network", "insert delete"),
        ("regionBackendServices", REGION, "backendServices", "backendService", "insert patch delete"),
        ("regionHealthChecks", REGION, "healthChecks", "healthCheck", "insert patch delete"),
        ("regionInstanceGroups", REGION, "instanceGroups", "instanceGroup", ""),
        ("regionNetworkEndpointGroups", REGION, "networkEndpointGroups", "networkEndpointGroup", ""),
        ("serviceAttachments", REGION, "serviceAttachments", "serviceAttachment", "insert patch delete"),
        ("subnetworks", REGION, "subnetworks", "subnetwork", "insert delete"),
    ):
        yield from _collection(name, root, collection, one, writes)
    for scope, root in (("global", GLOBAL), ("region", REGION)):
        single = f"{root}/operations/{{operation}}"
        yield Method(f"compute.{scope}Operations.get", "GET", single, reads=True)
        yield Method(f"compute.{scope}Operations.wait", "POST", f"{single}/wait", reads=True)
    expand = f"{REGION}/subnetworks/{{subnetwork}}/expandIpCidrRange"
    yield Method("compute.subnetworks.expandIpCidrRange", "POST", expand, repeatable=True)


def _of_dns() -> Iterator[Method]:
    zones = "dns/v1/projects/{project}/managedZones"
    records = f"{zones}/{{managedZone}}/rrsets"
    for name, many, single, items in (
        ("managedZones", zones, f"{zones}/{{managedZone}}", "managedZones"),
        ("resourceRecordSets", records, f"{records}/{{name}}/{{type}}", "rrsets"),
    ):
        yield Method(f"dns.{name}.get", "GET", single, reads=True)
        yield Method(f"dns.{name}.list", "GET", many, items=items, reads=True)
        yield Method(f"dns.{name}.create", "POST", many)
        yield Method(f"dns.{name}.patch", "PATCH", single)
        yield Method(f"dns.{name}.delete", "DELETE", single)


def _of_resource_manager() -> Iterator[Method]:
    for name in ("projects", "folders", "organizations"):
        here = f"cloudresourcemanager.{name}"
        yield Method(f"{here}.get", "GET", "v3/{+name}", reads=True)
        yield Method(f"{here}.search", "GET", f"v3/{name}:search", items=name, reads=True)
        yield Method(f"{here}.testIamPermissions", "POST", "v3/{+resource}:testIamPermissions", reads=True)


METHODS: Mapping[str, Method] = {
    method.id: method for methods in (_of_compute(), _of_dns(), _of_resource_manager()) for method in methods
}
