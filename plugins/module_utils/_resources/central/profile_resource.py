# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The central endpoints in the Profile. Resources that others added to it are never changed."""

from __future__ import annotations

from ..._core.plan import Address, Ref
from ..._core.reconcile import Actual
from ..endpoints import common
from ..shared.ec2 import filters
from . import profiles

READ_AFTER = ("route53_profile", "vpc_endpoint")
INPUTS = ()
PERMISSIONS = (
    "ec2:DescribeVpcEndpoints",
    "route53profiles:AssociateResourceToProfile",
    "route53profiles:DisassociateResourceFromProfile",
    "route53profiles:ListProfileResourceAssociations",
)


def read(aws, declared, found):
    """Return {service: Actual} of the managed endpoints in the Profile, with fields profile, endpoint, resource_name.

    Other resources by their ARN: managed if the association has one of this module's names, which an endpoint leaves
    behind that was deleted otherwise. details: state, arn, gone (bool: its endpoint exists in none of the account's
    VPCs).
    """
    profile = found["route53_profile"].get("main")
    if not profile:
        return {}
    services = {there.id: service for service, there in found["vpc_endpoint"].items() if there.managed}
    listed = profiles.resources_of(aws, profile.id)
    gone = _gone(aws, {item["ResourceArn"] for item in listed} - {_arn(declared, id_) for id_ in services})
    items = {}
    for item in listed:
        endpoint = item["ResourceArn"].rpartition(":vpc-endpoint/")[2]
        name = services.get(endpoint, item["ResourceArn"])
        left = item["Name"].startswith(profiles.name_of("")) and ":vpc-endpoint/" in item["ResourceArn"]
        if item["Status"] != "DELETED":
            items[name] = Actual(
                item["Id"],
                {"profile": profile.id, "endpoint": endpoint, "resource_name": item["Name"]},
                managed=name in services.values() or left,
                details={
                    "state": profiles.state(item["Status"]),
                    "arn": item["ResourceArn"],
                    "gone": item["ResourceArn"] in gone,
                },
            )
    return items


def _arn(declared, endpoint_id):
    return "arn:{partition}:ec2:{region}:{account_id}:vpc-endpoint/".format(**declared.place) + endpoint_id


def _gone(aws, arns):
    """Return those of the ARNs that are of endpoints that don't exist any more."""
    ids = {arn.rpartition("/")[2]: arn for arn in arns if ":vpc-endpoint/" in arn}
    if not ids:
        return set()
    listed = aws.read(*common.READ, Filters=filters(vpc_endpoint_id=sorted(ids)))
    return set(ids.values()) - {
        ids[item["VpcEndpointId"]] for item in listed if common.state(item["State"]) not in ("deleting", "deleted")
    }


def plan(wanted, found, declared):
    there, offered = found["profile_resource"], found["aws_endpoint_service"]
    wanted = {
        service: {**fields, "needs": (Address("vpc_endpoint", service, "private_dns"),)}
        for service, fields in wanted.items()
        if service in offered and offered[service].details["private_dns"]
    }
    arn_of = _arn_of(_arn(declared, "{}"))
    return profiles.plan_resources(_kind(arn_of), wanted, there, declared, arn_of)


def _arn_of(form):
    def arn_of(fields):
        endpoint = fields["endpoint"]
        return Ref(endpoint.address, form) if isinstance(endpoint, Ref) else form.format(endpoint)

    return arn_of


def findings(wanted, found, declared):
    return profiles.findings(wanted, found["profile_resource"])


def _kind(arn_of):
    # Once its endpoint answers; it is taken out before the endpoint is deleted.
    return profiles.resource_kind("profile_resource", arn_of, depends_on=("route53_profile", "vpc_endpoint"))


KIND = _kind(_arn_of("{}"))
