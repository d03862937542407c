# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The central endpoints in the Profile. Resources that others added to it are never changed."""

from __future__ import annotations

from ..._core.plan import Address, Ref
from ..._core.reconcile import Actual, Call, ResourceType
from ..endpoints import common
from ..shared import in_transition, states
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
LIST, KEY = "route53profiles.list_profile_resource_associations", "ProfileResourceAssociations"


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
    listed = aws.read(LIST, KEY, ProfileId=profile.id)
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
    arn = _arn(declared, "{}")
    there, offered = found["profile_resource"], found["aws_endpoint_service"]
    wanted = {
        service: {
            **fields,
            # Its association keeps the name that it has.
            "resource_name": there[service].fields["resource_name"] if service in there else fields["resource_name"],
            "needs": (Address("vpc_endpoint", service, "private_dns"),),
        }
        for service, fields in wanted.items()
        if service in offered and offered[service].details["private_dns"]
    }
    return in_transition.reconcile_with_waits(_kind(arn), wanted, there, declared, *_waits(there, arn))


def _waits(there, arn):
    """Return the functions settled and removed: an association's id -> its Wait, which asks for the resource."""
    params = {actual.id: _select(actual.fields, arn) for actual in there.values()}
    return (
        lambda id_: profiles.settled(LIST, params[id_], f"{KEY}[].Status"),
        lambda id_: profiles.removed(LIST, params[id_], f"{KEY}[].Status"),
    )


def _select(fields, arn):
    endpoint = fields["endpoint"]
    formed = Ref(endpoint.address, arn) if isinstance(endpoint, Ref) else arn.format(endpoint)
    return {"ProfileId": fields["profile"], "ResourceArn": formed}


def findings(wanted, found, declared):
    return states.findings(wanted, found["profile_resource"], ("available",), profiles.MEANINGS)


def _kind(arn):
    def create(fields):
        select = _select(fields, arn)
        return Call(
            "route53profiles.associate_resource_to_profile",
            {**select, "Name": fields["resource_name"]},
            id_path="ProfileResourceAssociation.Id",
            wait=profiles.settled(LIST, select, f"{KEY}[].Status"),
        )

    def delete(id_, fields):
        select = _select(fields, arn)
        wait = profiles.removed(LIST, select, f"{KEY}[].Status")
        return Call("route53profiles.disassociate_resource_from_profile", select, wait=wait)

    return ResourceType(
        "profile_resource",
        create=create,
        delete=delete,
        # Once its endpoint answers; it is taken out before the endpoint is deleted.
        depends_on=("route53_profile", "vpc_endpoint"),
    )


KIND = _kind("{}")
