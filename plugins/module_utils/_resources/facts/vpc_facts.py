# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts that decide whether workloads of a VPC reach AWS's services, of the account or a saved snapshot: read only.

Fewer than 30 calls, pages apart. The subnets must be readable; any other read that is denied is left out and reported.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..._core.reconcile import OWNER_TAG, Actual, Conflict, ResourceType
from ..._domain.doctor import facts_files, policies
from ..._domain.endpoints import resolution
from ..._domain.network import snapshot
from ..shared import route53, snapshot_folder
from ..shared.ec2 import customers_list, dns_attributes, filters, lists_in_rules, tags_of
from ..shared.partial_reads import merge_reads, read_if_allowed, unless

READ_AFTER = ("workload_facts",)
INPUTS = ("central", "snapshot_dir", "subnet_ids", "vpc_id", "vpc_name")
PERMISSIONS = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "ec2:DescribeVpcBlockPublicAccessOptions",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ec2:GetManagedPrefixListEntries",
    "organizations:DescribeOrganization",
    "route53:ListHostedZonesByVPC",
    "route53profiles:ListProfileAssociations",
    "route53profiles:ListProfileResourceAssociations",
    "route53resolver:ListFirewallRuleGroupAssociations",
    "route53resolver:ListResolverRuleAssociations",
    "route53resolver:ListResolverRules",
)
KIND = ResourceType("vpc_facts")
ATTRIBUTES = ("EnableDnsSupport", "EnableDnsHostnames")


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the VPC's and whose details are facts, see _domain/doctor/facts.py.

    Of the folder inputs.snapshot_dir, or of the account where that is None. Raises Conflict, Invalid.
    """
    folder, inputs = declared.inputs.snapshot_dir, declared.inputs
    of_targets = found["workload_facts"]["main"].id if "workload_facts" in found else ""
    vpc_id = of_targets or inputs.vpc_id
    if folder is None:
        facts = _described(aws, declared.place, vpc_id or _vpc_id(aws, inputs))
    else:
        facts = _saved(Path(folder), vpc_id, inputs)
    if inputs.central is not None:
        facts = {**facts, "Central": _of_hub(inputs.central)}
    return {"main": Actual(facts["vpc_id"], {}, False, facts)}


def _of_hub(central):
    """Return what is known of the hub, see _domain/doctor/central.py, with the snapshot of networks that is named."""
    folder = central["snapshot_dir"]
    network = snapshot.parse(snapshot_folder.load(Path(folder))) if folder is not None else None
    return {**central, "network": network}


def _saved(folder, vpc_id, inputs):
    documents = snapshot_folder.load(folder)
    subnets = snapshot_folder.every(documents, "Subnets")
    owner = f"tiered_vpc/{inputs.vpc_name}"
    by_id = {item["SubnetId"]: item for item in subnets}
    chosen = (
        [by_id[id_] for id_ in inputs.subnet_ids if id_ in by_id]
        if inputs.subnet_ids
        else [item for item in subnets if tags_of(item).get(OWNER_TAG) == owner]
    )
    return facts_files.facts(documents, vpc_id or _one_vpc(inputs, chosen))


def _described(aws, place, vpc_id):
    facts = {
        **place,
        "vpc_id": vpc_id,
        "Subnets": aws.read("ec2.describe_subnets", "Subnets", Filters=filters(vpc_id=vpc_id)),
    }

    facts = merge_reads(facts, aws.gather(*_reads(aws, vpc_id)))
    more = (_dhcp_options, _customers_lists, _attachments, _profile_resources, _organization)
    facts = merge_reads(facts, aws.gather(*(lambda reading=reading: reading(aws, facts) for reading in more)))
    if "CustomersLists" in facts:
        facts["PrefixLists"] = facts["PrefixLists"] + facts.pop("CustomersLists")
    return facts


def _reads(aws, vpc_id):
    """Return the reads that can run at the same time, each a function."""

    def listed(kind, service="route53resolver", **params):
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
        return read_if_allowed(
            kind, f"{service}:List{kind}", lambda: aws.read(f"{service}.list_{words}", kind, **params)
        )

    return [
        *_ec2_reads(aws, vpc_id),
        lambda: read_if_allowed(
            "HostedZones", "route53:ListHostedZonesByVPC", lambda: route53.zones_of_vpc(aws, vpc_id)
        ),
        lambda: listed("ResolverRules"),
        lambda: listed("ResolverRuleAssociations", Filters=[{"Name": "VPCId", "Values": [vpc_id]}]),
        lambda: listed("FirewallRuleGroupAssociations", VpcId=vpc_id),
        lambda: listed("ProfileAssociations", "route53profiles", ResourceId=vpc_id),
    ]


def _ec2_reads(aws, vpc_id):
    of_vpc = filters(vpc_id=vpc_id)

    def described(kind, operation, action, key=None, **params):
        return read_if_allowed(kind, f"ec2:{action}", lambda: aws.read(f"ec2.{operation}", key or kind, **params))

    return [
        lambda: described("Vpcs", "describe_vpcs", "DescribeVpcs", VpcIds=[vpc_id]),
        lambda: read_if_allowed(
            "VpcAttributes", "ec2:DescribeVpcAttribute", lambda: dict(zip(ATTRIBUTES, dns_attributes(aws, vpc_id)))
        ),
        lambda: described("VpcEndpoints", "describe_vpc_endpoints", "DescribeVpcEndpoints", Filters=of_vpc),
        lambda: described(
            "ServiceDetails",
            "describe_vpc_endpoint_services",
            "DescribeVpcEndpointServices",
            Filters=filters(owner="amazon"),
        ),
        lambda: described("RouteTables", "describe_route_tables", "DescribeRouteTables", Filters=of_vpc),
        lambda: described("NetworkAcls", "describe_network_acls", "DescribeNetworkAcls", Filters=of_vpc),
        lambda: described("SecurityGroups", "describe_security_groups", "DescribeSecurityGroups", Filters=of_vpc),
        lambda: described(
            "NetworkInterfaces",
            "describe_network_interfaces",
            "DescribeNetworkInterfaces",
            Filters=filters(vpc_id=vpc_id, interface_type="vpc_endpoint"),
        ),
        lambda: described("PrefixLists", "describe_prefix_lists", "DescribePrefixLists"),
        lambda: read_if_allowed(
            "VpcBlockPublicAccessOptions",
            "ec2:DescribeVpcBlockPublicAccessOptions",
            lambda: aws.call("ec2.describe_vpc_block_public_access_options")["VpcBlockPublicAccessOptions"],
            where_unknown={},
        ),
        lambda: read_if_allowed(
            "VpcBlockPublicAccessExclusions",
            "ec2:DescribeVpcBlockPublicAccessExclusions",
            lambda: aws.read("ec2.describe_vpc_block_public_access_exclusions", "VpcBlockPublicAccessExclusions"),
            where_unknown=[],
        ),
    ]


def _vpc_id(aws, inputs):
    """Return the id of the one VPC of the subnets that are given by their ids or by vpc_name; raise Conflict else."""
    if not inputs.subnet_ids and not inputs.vpc_name:
        return _one_vpc(inputs, [])
    if inputs.subnet_ids:
        query = {"SubnetIds": inputs.subnet_ids}
    else:
        query = {"Filters": filters(**{f"tag:{OWNER_TAG}": f"tiered_vpc/{inputs.vpc_name}"})}
    return _one_vpc(inputs, aws.read("ec2.describe_subnets", "Subnets", **query))


def _one_vpc(inputs, subnets):
    """Return the id of the one VPC of these subnets, which are given by their ids or by vpc_name.

    Raises Conflict where neither is given, or the subnets are in no VPC or several.
    """
    if not inputs.subnet_ids and not inputs.vpc_name:
        raise Conflict("targets: what was read of them tells no VPC; give subnet_ids, vpc_id or vpc_name")
    owner = f"tiered_vpc/{inputs.vpc_name}"
    where = "subnet_ids: these subnets are" if inputs.subnet_ids else f"vpc_name: subnets of {owner} are"
    ids = sorted({subnet["VpcId"] for subnet in subnets})
    if len(ids) != 1:
        nowhere = "no VPC of the snapshot" if inputs.snapshot_dir else "no VPC of this account"
        raise Conflict(f"{where} in {', '.join(ids) or nowhere}; the doctor looks at one")
    return ids[0]


def _dhcp_options(aws, facts):
    id_ = facts["Vpcs"][0]["DhcpOptionsId"] if facts.get("Vpcs") else None
    if id_ is None:
        return {}
    if id_ == "default":
        return {"DhcpOptions": []}  # AWS's word for no options
    return read_if_allowed(
        "DhcpOptions",
        "ec2:DescribeDhcpOptions",
        lambda: aws.read("ec2.describe_dhcp_options", "DhcpOptions", DhcpOptionsIds=[id_]),
    )


def _customers_lists(aws, facts):
    """Return the prefix lists that rules of the security groups name, other than AWS's own, with their CIDRs."""
    if "PrefixLists" not in facts:
        return {}
    known = {item["PrefixListId"] for item in facts.get("PrefixLists", [])}
    named = sorted(lists_in_rules(facts.get("SecurityGroups", ())) - known)
    parts = aws.gather(
        *(
            lambda id_=id_: read_if_allowed(id_, "ec2:GetManagedPrefixListEntries", lambda: customers_list(aws, id_))
            for id_ in named
        )
    )
    # A list that can't be read is unknown where a rule names it.
    return {"CustomersLists": [part[id_] for id_, part in zip(named, parts) if part.get(id_)]}


def _attachments(aws, facts):
    """Return the VPC's transit gateway attachments; {} where no route leads to a transit gateway."""
    routes = [route for table in facts.get("RouteTables", ()) for route in table["Routes"]]
    if not any(route.get("TransitGatewayId") for route in routes):
        return {}
    return read_if_allowed(
        "TransitGatewayVpcAttachments",
        "ec2:DescribeTransitGatewayVpcAttachments",
        lambda: aws.read(
            "ec2.describe_transit_gateway_vpc_attachments",
            "TransitGatewayVpcAttachments",
            Filters=filters(vpc_id=facts["vpc_id"]),
        ),
    )


def _profile_resources(aws, facts):
    """Return what the VPC's Route 53 Profiles have; {} where it has no Profile."""
    associations = [a for a in facts.get("ProfileAssociations", ()) if a.get("Status") not in resolution.OVER]
    if not associations:
        return {}

    def reading():
        operation, kind = "route53profiles.list_profile_resource_associations", "ProfileResourceAssociations"
        ids = sorted({association["ProfileId"] for association in associations})
        return [item for id_ in ids for item in aws.read(operation, kind, ProfileId=id_)]

    return read_if_allowed("ProfileResourceAssociations", "route53profiles:ListProfileResourceAssociations", reading)


def _organization(aws, facts):
    """Return the organization where a policy names one, else {}."""
    if not policies.ask_for_organization(facts):
        return {}

    return organization(aws)


def organization(aws):
    """Return {"Organization": DescribeOrganization's answer, {} outside of an organization}, or what is denied."""

    def reading():
        return unless(
            ("AWSOrganizationsNotInUseException",),
            lambda: aws.call("organizations.describe_organization")["Organization"],
            otherwise={},
        )

    return read_if_allowed("Organization", "organizations:DescribeOrganization", reading)
