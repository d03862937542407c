# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gateway endpoint of DynamoDB in the front's VPC, by which alone the front and the checker reach the tables.

One that somebody else created is used as it is; where none exists, the registry creates its own.
"""

from __future__ import annotations

from ..endpoints import common
from ..shared import in_transition
from ..shared.ec2 import filters
from ..vpc import effective_route_table

READ_AFTER = ("existing_vpc", "effective_route_table")
INPUTS = ("tiers",)
PERMISSIONS = common.PERMISSIONS
KIND = common.KIND
NAME = "dynamodb"


def read(aws, declared, found):
    """Return {"dynamodb": Actual} of the VPC's gateway endpoint, see endpoints.common.actual.

    Of several, the managed one; else the one that has the most route tables of the tier.
    """
    vpc = found["existing_vpc"].get("main")
    wanted = filters(vpc_id=vpc.id, service_name=_service(declared, aws.region)) if vpc else None
    listed = aws.read(*common.READ, Filters=wanted) if vpc else []
    alive = [common.actual(item, declared.owner) for item in listed if common.state(item["State"]) != "deleted"]
    tables = set(effective_route_table.effective(declared.inputs.tiers, found)) if vpc else set()

    def rank(endpoint):
        return endpoint.managed, len(tables & set(endpoint.fields["route_tables"]))

    gateways = [endpoint for endpoint in alive if endpoint.fields["type"] == "Gateway"]
    return {NAME: max(gateways, key=rank)} if gateways else {}


def _service(declared, region):
    return f"com.amazonaws.{region}.dynamodb"


def plan(wanted, found, declared):
    there = found["vpc_endpoint"]
    if NAME in there and not there[NAME].managed:
        return []
    known = "main" in found["existing_vpc"]
    tables = effective_route_table.effective(declared.inputs.tiers, found) if known else None
    complete = {
        name: {
            **fields,
            "service_name": _service(declared, declared.place["region"]),
            "route_tables": tables or [fields["vpc"]],
        }
        for name, fields in wanted.items()
    }
    return in_transition.reconcile_with_waits(KIND, complete, there, declared, common.settled, common.removed)


def findings(wanted, found, declared):
    lines = common.findings(wanted, found["vpc_endpoint"])
    there = found["vpc_endpoint"].get(NAME)
    if there and not there.managed and not declared.absent:
        tables = effective_route_table.effective(declared.inputs.tiers, found)
        lacking = sorted(set(tables) - set(there.fields["route_tables"]))
        if lacking:
            lines.append(
                f"{there.id}, the VPC's gateway endpoint of DynamoDB, isn't in {', '.join(lacking)}, which the front's"
                " subnets use: from there nobody reads the registry. Its owner has to add these route tables"
            )
    return lines
