# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What decides whether workloads of one VPC reach AWS's services: read only.

Fewer than 25 calls, pages apart. The subnets have to be readable; any other read that is denied is left out and told.
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import OWNER_TAG, Actual, Conflict, Kind
from ansible_collections.closednet.aws.plugins.module_utils._resources import route53
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import (
    customers_list,
    dns_attributes,
    filters,
    lists_in_rules,
)

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # runner.run says what is missing

READ_AFTER = ()
PERMISSIONS = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ec2:GetManagedPrefixListEntries",
    "organizations:DescribeOrganization",
    "route53:ListHostedZonesByVPC",
)
KIND = Kind("vpc_facts")
DENIED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")
ATTRIBUTES = ("EnableDnsSupport", "EnableDnsHostnames")


def read(aws, declared, found):
    """{"main": Actual} whose id is the VPC's and whose details are facts, see _domain/doctor.py. Raises Conflict."""
    vpc_id = _vpc_id(aws, declared.scope)
    of_vpc = filters(vpc_id=vpc_id)
    place = {key: declared.scope[key] for key in ("account_id", "region", "partition")}
    facts = {**place, "vpc_id": vpc_id, "Subnets": aws.read("ec2.describe_subnets", "Subnets", Filters=of_vpc)}

    def described(kind, operation, action, key=None, **params):
        return _tried(kind, f"ec2:{action}", lambda: aws.read(f"ec2.{operation}", key or kind, **params))

    lists = ("PrefixLists", "ec2:DescribePrefixLists")
    parts = aws.gather(
        lambda: described("Vpcs", "describe_vpcs", "DescribeVpcs", VpcIds=[vpc_id]),
        lambda: _tried(
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
        lambda: _tried(*lists, lambda: aws.read("ec2.describe_prefix_lists", "PrefixLists")),
        lambda: _tried("HostedZones", "route53:ListHostedZonesByVPC", lambda: route53.zones_of_vpc(aws, vpc_id)),
    )
    facts = _with(facts, parts)
    more = (_dhcp_options, _customers_lists, _organization)
    facts = _with(facts, aws.gather(*(lambda reading=reading: reading(aws, facts) for reading in more)))
    if "CustomersLists" in facts:
        facts["PrefixLists"] = facts["PrefixLists"] + facts.pop("CustomersLists")
    return {"main": Actual(vpc_id, {}, False, facts)}


def _with(facts, parts):
    denied = {kind: action for part in (facts, *parts) for kind, action in part.get("denied", {}).items()}
    return {key: value for part in (facts, *parts) for key, value in part.items()} | {"denied": denied}


def _vpc_id(aws, scope):
    if scope["vpc_id"]:
        return scope["vpc_id"]
    if scope["subnet_ids"]:
        query, where = {"SubnetIds": scope["subnet_ids"]}, "subnet_ids: these subnets are"
    else:
        owner = f"tiered_vpc/{scope['vpc_name']}"
        query, where = {"Filters": filters(**{f"tag:{OWNER_TAG}": owner})}, f"vpc_name: subnets of {owner} are"
    ids = sorted({subnet["VpcId"] for subnet in aws.read("ec2.describe_subnets", "Subnets", **query)})
    if len(ids) != 1:
        raise Conflict(f"{where} in {', '.join(ids) or 'no VPC of this account'}; the doctor looks at one")
    return ids[0]


def _tried(kind, action, reading):
    """{kind: what was read}, or {"denied": {kind: action}}."""
    try:
        return {kind: reading()}
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        return {"denied": {kind: action}}


def _dhcp_options(aws, facts):
    id_ = facts["Vpcs"][0]["DhcpOptionsId"] if facts.get("Vpcs") else None
    if id_ is None:
        return {}
    if id_ == "default":
        return {"DhcpOptions": []}  # AWS's word for none at all
    return _tried(
        "DhcpOptions",
        "ec2:DescribeDhcpOptions",
        lambda: aws.read("ec2.describe_dhcp_options", "DhcpOptions", DhcpOptionsIds=[id_]),
    )


def _customers_lists(aws, facts):
    """The prefix lists that rules of the security groups name, other than AWS's own, with their CIDRs."""
    if "PrefixLists" not in facts:
        return {}
    known = {item["PrefixListId"] for item in facts.get("PrefixLists", [])}
    named = sorted(lists_in_rules(facts.get("SecurityGroups", ())) - known)
    parts = aws.gather(
        *(
            lambda id_=id_: _tried(id_, "ec2:GetManagedPrefixListEntries", lambda: customers_list(aws, id_))
            for id_ in named
        )
    )
    # One that can't be read is unknown where a rule needs it.
    return {"CustomersLists": [part[id_] for id_, part in zip(named, parts) if part.get(id_)]}


def _organization(aws, facts):
    """Only where a policy asks for it."""
    policies = [endpoint.get("PolicyDocument") or "" for endpoint in facts.get("VpcEndpoints", [])]
    if not any("OrgID" in policy for policy in policies):
        return {}

    def organization():
        try:
            return aws.call("organizations.describe_organization")["Organization"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "AWSOrganizationsNotInUseException":
                raise
            return {}

    return _tried("Organization", "organizations:DescribeOrganization", organization)


def plan(wanted, found, declared):
    return []
