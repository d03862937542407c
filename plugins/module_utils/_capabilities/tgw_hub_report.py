# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tgw_hub reports beside its plan."""

from __future__ import annotations

from .._resources.hub import spoke_attachment, transit_gateway_static_route


def report(declared, found, ids, states):
    return {
        "transit_gateway_id": ids.get("transit_gateway.main"),
        "route_table_ids": {
            address.name: id_ for address, id_ in ids.items() if address.kind == "transit_gateway_route_table"
        },
        "tables": {
            segment: {
                "associations": sorted(
                    member
                    for member, there in found["transit_gateway_association"].items()
                    if there.fields["table"] == table.id
                ),
                "propagations": sorted(
                    name.partition("/")[2]
                    for name, there in found["transit_gateway_propagation"].items()
                    if there.fields["table"] == table.id
                ),
                "routes": [
                    {key: route[key] for key in ("cidr", "attachments", "type", "state", "prefix_list")}
                    for route in found["transit_gateway_table_route"][segment].details["routes"]
                ],
            }
            for segment, table in found["transit_gateway_route_table"].items()
            if table.managed
        },
        **transit_gateway_static_route.ways_out(found, declared),
        "resource_share_arn": ids.get("resource_share.main"),
        "pending": sorted(name for name in declared.inputs.spokes if name not in found["spoke_attachment"]),
        "unidentified": spoke_attachment.unidentified(found, declared),
        "undeclared": [
            {
                "attachment_id": actual.id,
                "account_id": actual.details["account_id"],
                "vpc_id": actual.details["vpc_id"],
                "state": actual.details["state"],
            }
            for actual in found["spoke_attachment"].values()
            if not actual.details["declared"]
        ],
    }
