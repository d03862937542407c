# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DescribeRegions."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value

REGIONS = Listing(
    "Regions",
    "RegionName",
    "",
    {"endpoint": "Endpoint", "opt-in-status": "OptInStatus", "region-name": "RegionName"},
)
# Disabled until the account enables them:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
OPT_IN = {
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
}


class RegionResponse(Describing):
    def describe_regions(self) -> ActionResult:
        """Return the regions; without AllRegions, those that are enabled: no account here enabled another.

        That a disabled one is returned if it is given by name is not verified.
        """
        items = {
            region.name: {
                "RegionName": region.name,
                "Endpoint": region.endpoint,
                "OptInStatus": "not-opted-in" if region.name in OPT_IN else "opt-in-not-required",
            }
            for region in RegionsAndZonesBackend.regions
        }
        names = self._get_param("RegionNames", [])
        for name in names:
            if name not in items:
                # https://github.com/awslabs/amazon-s3-tar-tool/pull/7
                raise invalid_value(f"Invalid region: [{name}]")
        every = bool(names or self._get_param("AllRegions"))
        shown = [items[name] for name in names or items if every or name not in OPT_IN]
        return self.listed(REGIONS, shown)
