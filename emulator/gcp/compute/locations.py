# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regions and zones: https://cloud.google.com/compute/docs/regions-zones."""

from __future__ import annotations

from typing import Any

from emulator.gcp import lists, names
from emulator.gcp.call import Call
from emulator.gcp.errors import Refused, not_found
from emulator.gcp.registry import handles

REGIONS = (
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "asia-southeast3",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
)


def check_region(region: str) -> None:
    """Raise Refused for an unknown region."""
    if region not in REGIONS:
        raise Refused(400, "invalid", f"Invalid value for field 'region': '{region}'. Unknown region.")


def _shown(call: Call, region: str) -> dict[str, Any]:
    return {
        "kind": "compute#region",
        "id": str(1000 + 10 * REGIONS.index(region)),
        "creationTimestamp": "1969-12-31T16:00:00.000-08:00",
        "name": region,
        "description": region,
        "status": "UP",
        "selfLink": names.url(f"projects/{call.project_id}/regions/{region}"),
    }


@handles("compute.regions.get", "compute.regions.get")
def get(call: Call) -> dict[str, Any]:
    if call.region not in REGIONS:
        raise not_found(f"projects/{call.project_id}/regions/{call.region}")
    return _shown(call, call.region)


@handles("compute.regions.list", "compute.regions.list")
def list_regions(call: Call) -> dict[str, Any]:
    shown = [_shown(call, region) for region in REGIONS]
    return lists.listed("compute#region", f"projects/{call.project_id}/regions", shown, call.params)


@handles("compute.projects.get", "compute.projects.get")
def get_project(call: Call) -> dict[str, Any]:
    return {
        "kind": "compute#project",
        "id": call.project.number if call.project else "",
        "name": call.project_id,
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "selfLink": names.url(f"projects/{call.project_id}"),
    }
