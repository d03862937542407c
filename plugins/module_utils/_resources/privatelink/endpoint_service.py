# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An endpoint service configuration and the principals that may find it."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Actual, Call, ResourceType, refuse_renamed
from ..shared import in_transition, states
from ..shared.ec2 import by_name, duplicate_check, members, of_module, owned, tag, tag_specifications, tags_of, untag
from . import load_balancer

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateVpcEndpointServiceConfiguration",
    "ec2:DeleteTags",
    "ec2:DeleteVpcEndpointServiceConfigurations",
    "ec2:DescribeVpcEndpointServiceConfigurations",
    "ec2:DescribeVpcEndpointServicePermissions",
    "ec2:ModifyVpcEndpointServiceConfiguration",
    "ec2:ModifyVpcEndpointServicePermissions",
    # For more than its own region: service authorization reference, AWS PrivateLink.
    "vpce:AllowMultiRegion",
)
ADDRESS = "endpoint_service.main"
READ = "ec2.describe_vpc_endpoint_service_configurations"
STATES = {"Pending": "pending", "Available": "available", "Deleting": "deleting"}
# These count as none: a failed service never works.
TERMINAL_STATES = ("Deleted", "Failed")


def read(aws, declared, found):
    """Return {name: Actual}; services of the module's other names by id, not managed, without principals.

    Fields: load_balancers (ARNs), principals (ARNs or *), supported_ip_address_types, supported_regions, all sorted,
    acceptance_required, private_dns_name ("": none), tags; details: state, service_name, regions ({region: state}),
    private_dns (PrivateDnsNameConfiguration).
    """
    services = aws.read(READ, "ServiceConfigurations", Filters=[of_module(declared.owner)])
    alive = by_name(
        [service for service in services if service["ServiceState"] not in TERMINAL_STATES], "ServiceId", declared.owner
    )
    own = [service["ServiceId"] for service in alive.values() if owned(service, declared.owner)]
    listed = aws.gather(
        *(
            lambda id_=id_: aws.read(
                "ec2.describe_vpc_endpoint_service_permissions", "AllowedPrincipals", ServiceId=id_
            )
            for id_ in own
        )
    )
    principals = dict(zip(own, listed))
    return {
        name: Actual(
            service["ServiceId"],
            {
                "load_balancers": sorted(service.get("NetworkLoadBalancerArns", [])),
                "acceptance_required": service["AcceptanceRequired"],
                "private_dns_name": service.get("PrivateDnsName", ""),
                "supported_ip_address_types": sorted(service["SupportedIpAddressTypes"]),
                "supported_regions": sorted(region["Region"] for region in service.get("SupportedRegions", [])),
                "principals": sorted(one["Principal"] for one in principals.get(service["ServiceId"], ())),
                "tags": tags_of(service),
            },
            managed=service["ServiceId"] in own,
            details={
                "state": STATES.get(service["ServiceState"], service["ServiceState"]),
                "service_name": service["ServiceName"],
                "regions": {
                    region["Region"]: region.get("ServiceState", "Available")
                    for region in service.get("SupportedRegions", [])
                },
                "private_dns": service.get("PrivateDnsNameConfiguration", {}),
            },
        )
        for name, service in alive.items()
    }


def plan(wanted, found, declared):
    there = found["endpoint_service"]
    # AWS counts the service's own region as one that it supports.
    wanted = {
        name: {
            **fields,
            "supported_regions": sorted({*fields["supported_regions"], declared.place["region"]}),
            "principals": sorted(principal.format(**declared.place) for principal in fields["principals"]),
        }
        for name, fields in wanted.items()
    }
    refuse_renamed(KIND, wanted, there, _same)
    steps = in_transition.reconcile_with_waits(KIND, wanted, there, declared, _available, _removed)
    steps = [replace(step, needs=(*step.needs, load_balancer.SETTLED)) for step in steps]
    return steps


def _same(wanted, there):
    """Return true if both mean the same service.

    One load balancer may be behind two services, with a private DNS name each.
    """
    name = wanted["private_dns_name"]
    return name == there["private_dns_name"] and bool(name or wanted["load_balancers"] == there["load_balancers"])


def findings(wanted, found, declared):
    there = found["endpoint_service"]
    return states.findings(wanted, there, ("available",), {}) + [
        f"{service.id} is {state} in {region}: AWS has to finish there; who can't connect from it should open a case"
        for name, service in there.items()
        for region, state in service.details["regions"].items()
        if name in wanted and region in wanted[name]["supported_regions"] and state != "Available"
    ]


def _available(id_):
    return Wait(
        READ,
        {"ServiceIds": [id_]},
        "ServiceConfigurations[].ServiceState",
        until=("Available",),
        pending=("Pending",),
        failed=("Failed",),
    )


def _removed(id_):
    return Wait(
        READ,
        {"ServiceIds": [id_]},
        "ServiceConfigurations[].ServiceState",
        until=("Deleted",),
        pending=("Pending", "Available", "Failed", "Deleting"),
        gone=True,
    )


def _create(fields):
    named = {"PrivateDnsName": fields["private_dns_name"]} if fields["private_dns_name"] else {}
    return Call(
        "ec2.create_vpc_endpoint_service_configuration",
        {
            "NetworkLoadBalancerArns": fields["load_balancers"],
            "AcceptanceRequired": fields["acceptance_required"],
            "SupportedIpAddressTypes": fields["supported_ip_address_types"],
            "SupportedRegions": fields["supported_regions"],
            **named,
            **tag_specifications("vpc-endpoint-service", fields),
        },
        id_path="ServiceConfiguration.ServiceId",
        # AWS chooses the service's name, and the consumers need it.
        outputs={"name": "ServiceConfiguration.ServiceName"},
        wait=_available(OWN_ID),
    )


def _modify(id_, suffix="", **arguments):
    return Call(
        "ec2.modify_vpc_endpoint_service_configuration",
        {"ServiceId": id_, **arguments},
        wait=_available(id_),
        suffix=suffix,
    )


def _acceptance(id_, before, after):
    return [_modify(id_, AcceptanceRequired=after["acceptance_required"])]


def _private_dns_name(id_, before, after):
    wanted = after["private_dns_name"]
    return [_modify(id_, **({"PrivateDnsName": wanted} if wanted else {"RemovePrivateDnsName": True}))]


def _list(field, member):
    """Return a function of (id, before, after) -> Calls; new ones first, so that the service is never without."""

    def calls(id_, before, after):
        changed = members(member, before[field], after[field])
        return [_modify(id_, key.removesuffix(member).lower(), **{key: items}) for key, items in changed.items()]

    return calls


def _principals(id_, before, after):
    changed = members("AllowedPrincipals", before["principals"], after["principals"])
    return [Call("ec2.modify_vpc_endpoint_service_permissions", {"ServiceId": id_, **changed})]


KIND = ResourceType(
    "endpoint_service",
    create=_create,
    changes={
        ("load_balancers",): _list("load_balancers", "NetworkLoadBalancerArns"),
        ("acceptance_required",): _acceptance,
        ("private_dns_name",): _private_dns_name,
        ("supported_ip_address_types",): _list("supported_ip_address_types", "SupportedIpAddressTypes"),
        ("supported_regions",): _list("supported_regions", "SupportedRegions"),
        ("principals",): _principals,
    },
    delete=lambda id_, fields: Call(
        "ec2.delete_vpc_endpoint_service_configurations", {"ServiceIds": [id_]}, wait=_removed(id_)
    ),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        READ, "ServiceConfigurations[?contains(['Pending', 'Available'], ServiceState)].ServiceId", fields
    ),
    defaults={"principals": []},
)
