# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of Compute's resources: URLs and relative names, projects/P/regions/R/KIND/N or projects/P/global/KIND/N."""

from __future__ import annotations

import re
from typing import NamedTuple

HOST = "https://www.googleapis.com/compute/v1/"
_BEFORE = re.compile(r"^https?://[^/]+/(?:compute/)?(?:v1|beta|alpha)/")


class Parts(NamedTuple):
    project: str
    # global, regions/R or zones/Z.
    scope: str
    collection: str
    name: str


def relative(reference: str, project_id: str) -> str:
    """Return the relative name of a URL, or of a partial name in that project: regions/R/subnetworks/N."""
    path = _BEFORE.sub("", reference).strip("/")
    return path if path.startswith("projects/") else f"projects/{project_id}/{path}"


def url(path: str) -> str:
    """Return the URL that answers have. What is a URL, an IP address or empty stays as it is."""
    return f"{HOST}{path}" if path.startswith("projects/") else path


def parts(path: str) -> Parts | None:
    """Return the parts of a relative name, None if it isn't one."""
    words = path.split("/")
    if len(words) == 5 and words[0] == "projects" and words[2] == "global":
        return Parts(words[1], "global", words[3], words[4])
    if len(words) == 6 and words[0] == "projects" and words[2] in ("regions", "zones"):
        return Parts(words[1], f"{words[2]}/{words[3]}", words[4], words[5])
    return None


def region_of(path: str) -> str:
    """Return the region of a regional or zonal resource, empty for a global one."""
    found = parts(path)
    if found is None or found.scope == "global":
        return ""
    kind, _, name = found.scope.partition("/")
    return name.rpartition("-")[0] if kind == "zones" else name


def last(path: str) -> str:
    return path.rpartition("/")[2]
