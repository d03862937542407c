# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that decide where packets go, of one account and region, or of a saved snapshot: read only."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ..._core.reconcile import Actual, ResourceType
from ..._domain.network import attachment_nat, policy_tables, snapshot
from ..shared import snapshot_folder
from ..shared.ec2 import customers_list, filters, lists_in_rules
from . import load_balancers

READ_AFTER = ()
INPUTS = ("snapshot_dir",)
# A kind of snapshot.KINDS -> the operation whose answer has a key of its name.
DESCRIBED = {
    "InternetGateways": "describe_internet_gateways",
    "NatGateways": "describe_nat_gateways",
    "NetworkAcls": "describe_network_acls",
    "NetworkInterfaces": "describe_network_interfaces",
    "PrefixLists": "describe_prefix_lists",
    "Reservations": "describe_instances",
    "RouteTables": "describe_route_tables",
    "SecurityGroups": "describe_security_groups",
    "ServiceConfigurations": "describe_vpc_endpoint_service_configurations",
    "Subnets": "describe_subnets",
    "TransitGatewayAttachments": "describe_transit_gateway_attachments",
    "TransitGatewayPolicyTables": "describe_transit_gateway_policy_tables",
    "TransitGatewayRouteTables": "describe_transit_gateway_route_tables",
    "TransitGatewayVpcAttachments": "describe_transit_gateway_vpc_attachments",
    "VpcBlockPublicAccessExclusions": "describe_vpc_block_public_access_exclusions",
    "VpcEndpoints": "describe_vpc_endpoints",
    "VpcPeeringConnections": "describe_vpc_peering_connections",
    "Vpcs": "describe_vpcs",
}
PUBLIC_ACCESS = "describe_vpc_block_public_access_options"
PERMISSIONS = (
    *(f"ec2:{''.join(word.capitalize() for word in name.split('_'))}" for name in (*DESCRIBED.values(), PUBLIC_ACCESS)),
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetTransitGatewayAttachmentNatConfiguration",
    "ec2:GetTransitGatewayPolicyTableEntries",
    "ec2:SearchTransitGatewayRoutes",
    *load_balancers.PERMISSIONS,
)
KIND = ResourceType("network_snapshot")


def read(aws, declared, found):
    """Return {"main": Actual}; details: snapshot (parsed), files ({path: content}).

    Of the folder inputs.snapshot_dir, or of the account where that is None. Raises Invalid.
    """
    folder = declared.inputs.snapshot_dir
    files = snapshot_folder.load(Path(folder)) if folder is not None else _describe(aws)
    return {"main": Actual(None, {}, False, {"snapshot": snapshot.parse(files), "files": files})}


def _describe(aws: Any) -> dict[str, Any]:
    described = (partial(aws.read, f"ec2.{operation}", kind) for kind, operation in DESCRIBED.items())
    options, balancers, *answers = aws.gather(
        partial(aws.call, f"ec2.{PUBLIC_ACCESS}"), partial(load_balancers.describe, aws), *described
    )
    kinds = {**dict(zip(DESCRIBED, answers)), **balancers}
    kinds["TransitGatewayRouteTables"] = [t for t in kinds["TransitGatewayRouteTables"] if t["State"] == "available"]
    tables = [table["TransitGatewayRouteTableId"] for table in kinds["TransitGatewayRouteTables"]]
    kinds["TransitGatewayRoutes"] = aws.gather(*(partial(_routes, aws, table_id) for table_id in tables))
    policies = kinds.pop("TransitGatewayPolicyTables")
    ids = [table["TransitGatewayPolicyTableId"] for table in policies if table["State"] == "available"]
    kinds[policy_tables.ENTRIES] = aws.gather(*(partial(_policies, aws, table_id) for table_id in ids))
    with_nat = [
        item["TransitGatewayAttachmentId"]
        for item in kinds["TransitGatewayAttachments"]
        if item.get("NatGatewaySupport", "disabled") != "disabled"
        and item.get("TransitGatewayOwnerId") == aws.account_id
    ]
    kinds[attachment_nat.CONFIGURATIONS] = aws.gather(*(partial(_nat, aws, id_) for id_ in with_nat))
    lists = sorted(_named_lists(kinds) - {item["PrefixListId"] for item in kinds["PrefixLists"]})
    customers = aws.gather(*(partial(customers_list, aws, list_id) for list_id in lists))
    kinds["PrefixLists"] = [*kinds["PrefixLists"], *filter(None, customers)]
    kinds[snapshot.OPTIONS] = options[snapshot.OPTIONS]
    folder = f"accounts/{aws.account_id}/{aws.region}"
    return {f"{folder}/{kind}.json": {kind: items} for kind, items in kinds.items()}


def _named_lists(kinds: dict[str, list[dict[str, Any]]]) -> set[str]:
    """Return the ids of the prefix lists that routes and rules name: AWS's, of DescribePrefixLists, and customers'."""
    routes = [route for table in kinds["RouteTables"] for route in table["Routes"]]
    in_transit = [route for table in kinds["TransitGatewayRoutes"] for route in table["Routes"]]
    found = {route["DestinationPrefixListId"] for route in routes if route.get("DestinationPrefixListId")}
    found |= {route["PrefixListId"] for route in in_transit if route.get("PrefixListId")}
    return found | lists_in_rules(kinds["SecurityGroups"])


def _nat(aws: Any, attachment_id: str) -> dict[str, Any]:
    """Return the NAT configuration of an attachment, which the owner of its transit gateway can read."""
    keys = ("TransitGatewayAttachmentId", "NatGatewaySupport", "NatGatewayRules")
    found = aws.call("ec2.get_transit_gateway_attachment_nat_configuration", TransitGatewayAttachmentId=attachment_id)
    return {key: found[key] for key in keys if key in found}


def _policies(aws: Any, table_id: str) -> dict[str, Any]:
    kind = policy_tables.ENTRIES
    entries = aws.read("ec2.get_transit_gateway_policy_table_entries", kind, TransitGatewayPolicyTableId=table_id)
    return {"TransitGatewayPolicyTableId": table_id, kind: entries}


def _routes(aws: Any, table_id: str) -> dict[str, Any]:
    routes = aws.read(
        "ec2.search_transit_gateway_routes",
        "Routes",
        TransitGatewayRouteTableId=table_id,
        Filters=filters(state=["active", "blackhole"]),
    )
    # All pages were read.
    return {"TransitGatewayRouteTableId": table_id, "Routes": routes, "AdditionalRoutesAvailable": False}
