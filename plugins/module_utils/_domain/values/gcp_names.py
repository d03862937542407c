# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and ids of Google Cloud: checks before any call, and comparison of URLs and relative names. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.errors import Invalid

# Of a project, with the domain of those that old G Suite domains have: `example.com:recruiting`
# (https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects, "Before you begin").
PROJECT_ID = r"([a-z0-9][a-z0-9.-]*\.[a-z]{2,}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
# RFC 1035 (https://docs.cloud.google.com/compute/docs/naming-resources).
RESOURCE = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
REGION = r"[a-z]+-[a-z]+[0-9]{1,2}"
# Hosts that Google writes before a relative name: answers mix both (recordings of 2021 and 2025).
API = re.compile(r"^((https?://[^/]+)?/?(compute/(v1|beta|alpha)/)?|//compute\.googleapis\.com/)(?=projects/)")
NAME = re.compile(
    r"projects/(?P<project>[^/]+)/(global|regions/(?P<region>[^/]+)|zones/(?P<zone>[^/]+))/(?P<kind>[^/]+)/(?P<name>[^/]+)"
)


@dataclass(frozen=True)
class Name:
    """A resource's relative name in parts. region: "" for a global one; a zone where it is zonal."""

    project: str
    region: str
    kind: str
    name: str
    zonal: bool = False

    def __str__(self) -> str:
        where = f"{'zones' if self.zonal else 'regions'}/{self.region}" if self.region else "global"
        return f"projects/{self.project}/{where}/{self.kind}/{self.name}"


def project_id(option: str, value: Any) -> str:
    """Return a project's id. Raises Invalid, also for a project's number, which isn't its id."""
    if re.fullmatch(r"[0-9]+", str(value)):
        expected = f"its id, such as recruiting-b (gcloud projects describe {value} shows it)"
        raise Invalid(option, str(value), "is a project's number", expected)
    expected = "the id of a project, such as recruiting-b: 6 to 30 lowercase letters, digits or -, the first a letter"
    return _matched(PROJECT_ID, option, value, "is no project id", expected)


def project_number(option: str, value: Any) -> str:
    """Return a project's number as text. Raises Invalid."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return _matched(r"[1-9][0-9]{0,19}", option, text, "is no project number", "digits, such as 415104041262")


def resource_name(option: str, value: Any) -> str:
    """Return the name of a Compute Engine or Cloud DNS resource. Raises Invalid."""
    expected = "1 to 63 lowercase letters, digits or -, the first a letter, the last no -"
    return _matched(RESOURCE, option, value, "is no name of a resource", expected)


def region(option: str, value: Any) -> str:
    """Return the name of a region. Raises Invalid, also for a zone."""
    if isinstance(value, str) and re.fullmatch(f"{REGION}-[a-z]", value):
        raise Invalid(option, value, "is a zone", f"its region, {value[:-2]}")
    return _matched(REGION, option, value, "is no region of Google Cloud", "one such as asia-northeast1")


def service_account(option: str, value: Any) -> str:
    """Return the email address of a service account. Raises Invalid."""
    pattern = r"[a-z0-9][a-z0-9._-]{0,62}@[a-z0-9][a-z0-9.:-]*\.[a-z]{2,}"
    expected = "an email address such as operator@recruiting-b.iam.gserviceaccount.com"
    return _matched(pattern, option, value, "is no service account", expected)


def regional(project: str, region_: str, kind: str, name: str) -> str:
    """Relative name of a regional resource."""
    return str(Name(project, region_, kind, name))


def global_(project: str, kind: str, name: str) -> str:
    """Relative name of a global resource."""
    return str(Name(project, "", kind, name))


def relative(url: Any) -> str:
    """Relative name of a URL or relative name, "" of none: `projects/P/regions/R/serviceAttachments/N`."""
    return API.sub("", str(url), count=1) if url else ""


def url(name: str) -> str:
    """URL of a resource of Compute Engine, by its relative name."""
    return f"https://www.googleapis.com/compute/v1/{name}"


def last(url: Any) -> str:
    """Name at the end of a URL or relative name."""
    return str(url or "").rpartition("/")[2]


def project_of(url: Any) -> str:
    """Project of a URL or relative name, as it is written there: its id or its number; "" if it names none."""
    match = re.match(r"projects/([^/]+)", relative(url))
    return match[1] if match else ""


def parse(option: str, value: Any, kind: str = "serviceAttachments") -> Name:
    """Return the parts of a URL or relative name of this kind. Raises Invalid."""
    where = "global" if kind == "networks" else "regions/REGION"
    expected = f"projects/PROJECT/{where}/{kind}/NAME, or its URL"
    match = NAME.fullmatch(relative(value)) if isinstance(value, str) else None
    if not match or match["kind"] != kind:
        raise Invalid(option, value, f"is no name of {'an' if kind[0] in 'aeiou' else 'a'} {kind[:-1]}", expected)
    place = match["region"] or match["zone"] or ""
    for pattern, part in ((f"{PROJECT_ID}|[0-9]+", match["project"]), (RESOURCE, match["name"])):
        _matched(pattern, option, part, f"in {value!r} can't be a part of it", expected)
    if place:
        _matched(f"{REGION}(-[a-z])?", option, place, f"in {value!r} is no region or zone", expected)
    return Name(match["project"], place, kind, match["name"], zonal=bool(match["zone"]))


def own(option: str, value: str, kind: str, project: str, region_: str = "") -> str:
    """Return the relative name of a resource of this project and region, given by name, relative name or URL.

    region_: "" for a global one. Raises Invalid, also for one of another project or region.
    """
    if "/" not in value:
        return str(Name(project, region_, kind, resource_name(option, value)))
    return str(check_own(option, parse(option, value, kind), project, region_))


def check_own(option: str, name: Name, project: str, region_: str) -> Name:
    """Return the name, which may be a zone's of the region. Raises Invalid for one of another project or region."""
    if name.project != project:
        raise Invalid(option, str(name), f"is one of project {name.project}", f"one of project {project}")
    there = name.region[:-2] if name.zonal else name.region
    if there != region_:
        raise Invalid(option, str(name), f"is in {there or 'no region'}", f"one in {region_ or 'no region'}")
    return name


def same(one: Any, other: Any, ids: Mapping[str, str] | None = None) -> bool:
    """Return true if two URLs or relative names name the same resource.

    ids: project number -> id. Google documents neither whether answers have one or the other.
    """
    return _canonical(one, ids or {}) == _canonical(other, ids or {})


def _canonical(url: Any, ids: Mapping[str, str]) -> str:
    name = relative(url)
    project = project_of(name)
    return name.replace(f"projects/{project}", f"projects/{ids[project]}", 1) if project in ids else name


def _matched(pattern: str, option: str, value: Any, problem: str, expected: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise Invalid(option, value, problem, expected)
    return value
