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
from . import evidence, further_reads, load_balancers
from .noted_reads import Reads, Wanted, permissions

READ_AFTER = ()
INPUTS = ("read_twice", "save_snapshot_dir", "snapshot_dir")
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
ROUTES, POLICIES = "search_transit_gateway_routes", "get_transit_gateway_policy_table_entries"
NAT, ENTRIES = "get_transit_gateway_attachment_nat_configuration", "get_managed_prefix_list_entries"
# Prefix lists of customers, which become a part of PrefixLists.
CUSTOMERS = "PrefixListsOfCustomers"
PERMISSIONS = (
    *permissions({"ec2": (*DESCRIBED.values(), PUBLIC_ACCESS, ROUTES, POLICIES, NAT, ENTRIES)}),
    *further_reads.PERMISSIONS,
    *load_balancers.PERMISSIONS,
)
KIND = ResourceType("network_snapshot")


def read(aws, declared, found):
    """Return {"main": Actual}; details: snapshot (parsed), files ({path: content}).

    Of the folder inputs.snapshot_dir, or of the account where that is None. For a folder to save in, more kinds are
    read, and what is denied is noted. Raises Invalid.
    """
    asked = declared.inputs
    if asked.snapshot_dir is not None:
        files = snapshot_folder.load(Path(asked.snapshot_dir))
    elif asked.save_snapshot_dir is None:
        files = _files(aws, _describe(aws, saving=False))
    else:
        folder = f"accounts/{aws.account_id}/{aws.region}/"
        files = evidence.read(partial(_saved, aws), folder, asked.read_twice, aws.versions)
    return {"main": Actual(None, {}, False, {"snapshot": snapshot.parse(files), "files": files})}


def _saved(aws: Any) -> dict[str, Any]:
    reads = _describe(aws, saving=True)
    unread = [reads.unread[key] for key in sorted(reads.unread)]
    return {**_files(aws, reads), f"accounts/{aws.account_id}/{aws.region}/{snapshot.UNREAD}.json": {"Unread": unread}}


def _files(aws: Any, reads: Reads) -> dict[str, Any]:
    """Return {path in a snapshot's folder: content}."""
    folder = f"accounts/{aws.account_id}/{aws.region}"
    return {f"{folder}/{kind}.json": {kind: items} for kind, items in reads.kinds.items()}


def _describe(aws: Any, saving: bool) -> Reads:
    """Read an account. saving: the further kinds, too; what is denied is noted then."""
    reads = Reads(aws, goes_on=saving)
    described = (reads.described(kind, f"ec2.{operation}", kind) for kind, operation in DESCRIBED.items())
    reads.take(
        Wanted(snapshot.OPTIONS, f"ec2.{PUBLIC_ACCESS}", partial(aws.call, f"ec2.{PUBLIC_ACCESS}")),
        *load_balancers.first(reads),
        *described,
        *(further_reads.first(reads) if saving else ()),
    )
    for kind, state in (("TransitGatewayRouteTables", "State"), ("TransitGatewayPolicyTables", "State")):
        if kind in reads.kinds:
            reads.kinds[kind] = [item for item in reads.kinds[kind] if item[state] == "available"]
    reads.take(*_then(reads), *load_balancers.then(reads), *(further_reads.then(reads) if saving else ()))
    reads.take(*load_balancers.last(reads), *_customers_lists(reads))
    _arrange(reads)
    return reads


def _then(reads: Reads) -> list[Wanted]:
    """Return the kinds that are read for each table and attachment of transit gateways."""
    tables = [table["TransitGatewayRouteTableId"] for table in reads.of("TransitGatewayRouteTables")]
    policies = [table["TransitGatewayPolicyTableId"] for table in reads.of("TransitGatewayPolicyTables")]
    with_nat = [
        item["TransitGatewayAttachmentId"]
        for item in reads.of("TransitGatewayAttachments")
        if item.get("NatGatewaySupport", "disabled") != "disabled"
        and item.get("TransitGatewayOwnerId") == reads.aws.account_id
    ]
    return [
        reads.for_each("TransitGatewayRoutes", f"ec2.{ROUTES}", _routes, tables, "TransitGatewayRouteTables"),
        reads.for_each(policy_tables.ENTRIES, f"ec2.{POLICIES}", _policies, policies, "TransitGatewayPolicyTables"),
        reads.for_each(attachment_nat.CONFIGURATIONS, f"ec2.{NAT}", _nat, with_nat, "TransitGatewayAttachments"),
    ]


def _customers_lists(reads: Reads) -> list[Wanted]:
    """Return the kind CUSTOMERS: the prefix lists that routes and rules name and that aren't AWS's."""
    lists = sorted(_named_lists(reads) - {item["PrefixListId"] for item in reads.of("PrefixLists")})
    operation = f"ec2.{ENTRIES}"

    def entries(aws: Any, list_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = reads.part(
            "PrefixLists", list_id, operation, partial(customers_list, aws, list_id)
        )
        return found

    return [reads.for_each(CUSTOMERS, operation, entries, lists, "PrefixLists")]


def _arrange(reads: Reads) -> None:
    """Bring the kinds in the form of a snapshot's files."""
    kinds = reads.kinds
    kinds.pop("TransitGatewayPolicyTables", None)
    reads.unread.pop(("TransitGatewayPolicyTables", ""), None)
    customers = kinds.pop(CUSTOMERS, [])
    reads.unread.pop((CUSTOMERS, ""), None)
    if "PrefixLists" in kinds:
        kinds["PrefixLists"] = [*kinds["PrefixLists"], *filter(None, customers)]
    if snapshot.OPTIONS in kinds:
        kinds[snapshot.OPTIONS] = kinds[snapshot.OPTIONS][snapshot.OPTIONS]
    further_reads.flat(reads)


def _named_lists(reads: Reads) -> set[str]:
    """Return the ids of the prefix lists that routes and rules name: AWS's, of DescribePrefixLists, and customers'."""
    routes = [route for table in reads.of("RouteTables") for route in table["Routes"]]
    in_transit = [route for table in reads.of("TransitGatewayRoutes") for route in table["Routes"]]
    found = {route["DestinationPrefixListId"] for route in routes if route.get("DestinationPrefixListId")}
    found |= {route["PrefixListId"] for route in in_transit if route.get("PrefixListId")}
    return found | lists_in_rules(reads.of("SecurityGroups"))


def _nat(aws: Any, attachment_id: str) -> dict[str, Any]:
    """Return the NAT configuration of an attachment, which the owner of its transit gateway can read."""
    keys = ("TransitGatewayAttachmentId", "NatGatewaySupport", "NatGatewayRules")
    found = aws.call(f"ec2.{NAT}", TransitGatewayAttachmentId=attachment_id)
    return {key: found[key] for key in keys if key in found}


def _policies(aws: Any, table_id: str) -> dict[str, Any]:
    kind = policy_tables.ENTRIES
    entries = aws.read(f"ec2.{POLICIES}", kind, TransitGatewayPolicyTableId=table_id)
    return {"TransitGatewayPolicyTableId": table_id, kind: entries}


def _routes(aws: Any, table_id: str) -> dict[str, Any]:
    routes = aws.read(
        f"ec2.{ROUTES}",
        "Routes",
        TransitGatewayRouteTableId=table_id,
        Filters=filters(state=["active", "blackhole"]),
    )
    # All pages were read.
    return {"TransitGatewayRouteTableId": table_id, "Routes": routes, "AdditionalRoutesAvailable": False}
