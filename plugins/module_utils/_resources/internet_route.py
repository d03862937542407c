# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes to the internet: to an internet gateway or a NAT gateway. Other routes are other modules' (transit gateway,
endpoints) or AWS's (local).
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Call, Kind, reconcile

READ_AFTER = ("route_table",)
PERMISSIONS = ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute")
# via -> (argument of CreateRoute and field of DescribeRouteTables, prefix of its ids)
TARGETS = {"internet_gateway": ("GatewayId", "igw-"), "nat_gateway": ("NatGatewayId", "nat-")}


def read(aws, declared, found):
    """{"table/destination": Actual} with fields route_table, destination, via, target (an id)."""
    routes = {}
    for name, table in found["route_table"].items():
        for route in table.details["routes"]:
            for via, (key, prefix) in TARGETS.items():
                destination = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
                if destination and route.get(key, "").startswith(prefix):
                    fields = {
                        "route_table": table.id,
                        "destination": destination,
                        "via": via,
                        "target": route[key],
                    }
                    routes[f"{name}/{destination}"] = Actual(f"{table.id}/{destination}", fields, table.owned)
    return routes


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["internet_route"])


def _arguments(fields):
    cidr = "DestinationIpv6CidrBlock" if ":" in fields["destination"] else "DestinationCidrBlock"
    return {"RouteTableId": fields["route_table"], cidr: fields["destination"]}


def _to(fields):
    argument, _prefix = TARGETS[fields["via"]]
    return {**_arguments(fields), argument: fields["target"]}


KIND = Kind(
    "internet_route",
    create=lambda fields: Call("ec2.create_route", _to(fields)),
    changes={("via", "target"): lambda id_, before, after: [Call("ec2.replace_route", _to(after))]},
    delete=lambda id_, fields: Call("ec2.delete_route", _arguments(fields)),
    after_kinds=("internet_gateway_attachment",),
)
