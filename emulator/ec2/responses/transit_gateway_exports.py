# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ExportTransitGatewayRoutes: the routes of a route table, as a JSON file in a bucket.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-export-route-tables.html has an example of the file, and says that its
name "includes the AWS account ID, AWS Region, route table ID, and a timestamp"; in which order is not verified. The
folder is that of API_ExportTransitGatewayRoutes.html.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.accounts import Accounts
from emulator.ec2.filters import unknown_filter
from emulator.ec2.models.transit_gateway_routes import search
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters
from emulator.principals import Principal
from emulator.s3.delivery import put_object

FOLDER = "VPCTransitGateway/TransitGatewayRouteTables"
DESTINATION = "transit-gateway-route-destination-cidr-block"


class TransitGatewayExportResponse(TransitGatewayParameters):
    def export_transit_gateway_routes(self) -> ActionResult:
        """Export a table's routes, all or those that pass the filters, in the name of the caller.

        The codes for a bucket that doesn't exist or refuses, S3's, are not verified.
        """
        table, bucket = self.own_table(), self.tgw_required("S3Bucket")
        filters = self._filters_from_querystring()
        routes = _exported(list(table.routes()), filters)
        name = f"{self.current_account}_{self.region}_{table.id}_{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}.json"
        key = f"{FOLDER}/{name}"
        body = {
            "filter": [{"name": name, "values": values} for name, values in filters.items()],
            "routes": [_lower(route) for route in routes],
        }
        refused = put_object(
            self._exporter(), bucket, key, json.dumps(body, indent=2).encode(), parameters={"ContentType": "text/json"}
        )
        if refused:
            raise EC2ClientError(refused.code, refused.message)
        return ActionResult({"S3Location": f"s3://{bucket}/{key}"})

    def _exporter(self) -> Principal | str:
        principal = Accounts.principals.find(self.get_access_key())
        return principal or f"arn:aws:iam::{self.current_account}:root"


def _exported(routes: list[dict[str, Any]], filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the routes that pass the filters of ExportTransitGatewayRoutes: those of the search, and one by CIDR."""
    filters = dict(filters)
    for name in ("attachment.resource-type", "prefix-list-id"):  # of SearchTransitGatewayRoutes alone
        if name in filters:
            raise unknown_filter(name)
    blocks = filters.pop(DESTINATION, None)
    if blocks is not None:
        filters["route-search.exact-match"] = blocks
    return search(routes, filters) if filters else sorted(routes, key=lambda route: route["DestinationCidrBlock"])


def _lower(value: Any) -> Any:
    """Return a value whose keys begin with a small letter, as in the file: destinationCidrBlock."""
    if isinstance(value, list):
        return [_lower(one) for one in value]
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower(one) for name, one in value.items()}
    return value
