# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An interface VPC endpoint to another account's endpoint service."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Call, Conflict, Kind, reconcile
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import MADE, Ref, Step
from ansible_collections.closednet.aws.plugins.module_utils._core.waiters import Wait
from ansible_collections.closednet.aws.plugins.module_utils._domain.ledger import WAITING
from ansible_collections.closednet.aws.plugins.module_utils._resources import moving
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import (
    names,
    owner_filter,
    tag,
    tag_specifications,
    tags_of,
    untag,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.existing_vpc import (
    subnets_by_zone,
    unknown_subnets,
)

READ_AFTER = ()
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteTags",
    "ec2:DeleteVpcEndpoints",
    "ec2:DescribeVpcEndpoints",
    "ec2:ModifyVpcEndpoint",
)
ADDRESS = "vpc_endpoint.main"
READ = ("ec2.describe_vpc_endpoints", "VpcEndpoints")
# No page says that an endpoint comes back from these, so it isn't tried; what is to be done about each.
OVER = {
    "rejected": "the provider refused it, or its approval has expired. Once the account is among the service's"
    " consumers again: state=absent, then run again",
    "failed": "AWS couldn't make it. Mend the cause, then state=absent, then run again",
    "expired": "the provider didn't answer in time. Once the account is among the service's consumers: state=absent,"
    " then run again",
}


def read(aws, declared, found):
    """{name: Actual} with fields vpc, service_name, subnets and groups (ids, sorted), private_dns (bool), tags;
    details: state, dns_entries, error.
    """
    endpoints = aws.read(*READ, Filters=[owner_filter(declared.owner)])
    alive = [endpoint for endpoint in endpoints if _state(endpoint) != "deleted"]
    return {
        name: Actual(
            endpoint["VpcEndpointId"],
            {
                "vpc": endpoint["VpcId"],
                "service_name": endpoint["ServiceName"],
                "subnets": sorted(endpoint["SubnetIds"]),
                "groups": sorted(group["GroupId"] for group in endpoint["Groups"]),
                "private_dns": endpoint["PrivateDnsEnabled"],
                "tags": tags_of(endpoint),
            },
            details={
                "state": _state(endpoint),
                "dns_entries": endpoint.get("DnsEntries", []),
                "error": endpoint.get("LastError", {}).get("Message", ""),
            },
        )
        for name, endpoint in names(alive, "VpcEndpointId").items()
    }


def _state(endpoint):
    """EC2 answers pendingAcceptance where its model says PendingAcceptance (botocore's enum State)."""
    return endpoint["State"][0].lower() + endpoint["State"][1:]


def connected(found):
    """Whether the endpoint answers, or will without anybody's decision."""
    there = found["vpc_endpoint"].get("main")
    service = found["offered_service"].get("main")
    if there and there.details["state"] != "deleting":
        return there.details["state"] in ("available", "pending")
    return bool(service) and not service.details["acceptance_required"]


def uses_private_dns(dns_name, found):
    """Whether the endpoint can answer, or answers already, to the service's own private DNS name. A name that lost its
    verification goes on working in endpoints that have it ("Manage DNS names for VPC endpoint services").
    """
    service, there = found["offered_service"].get("main"), found["vpc_endpoint"].get("main")
    if not service or dns_name not in (None, service.details["private_dns_name"]):
        return False
    return service.details["verification"] == "verified" or bool(there and there.fields["private_dns"])


def plan(wanted, found, declared):
    there = found["vpc_endpoint"]
    over = {name: actual for name, actual in there.items() if actual.details["state"] in OVER}
    if wanted and "main" in over:
        return []  # see notes
    wanted = {name: _complete(fields, found, declared) for name, fields in wanted.items()}
    waits, wanted, staying = moving.part(KIND.name, wanted, there, declared.absent, _removed)
    waits += moving.settle(KIND.name, wanted, staying, _settled)
    steps = reconcile(KIND, wanted, staying, purge_tags=declared.purge_tags)
    if wanted and declared.scope["wait_for_acceptance"]:
        steps += _acceptance(staying)
    return waits + steps


def _complete(fields, found, declared):
    subnets = _subnets(fields["tier"], found)
    # A zone of ours that answers the name already stays; see private_zone.
    answered = declared.scope["dns_name"] in found["private_zone"]
    private_dns = uses_private_dns(declared.scope["dns_name"], found) and connected(found) and not answered
    fields = {key: value for key, value in fields.items() if key != "tier"}
    return {**fields, "subnets": subnets, "private_dns": private_dns}


def _subnets(tier, found):
    """Those in the AZs that the service has, too: its load balancers answer nowhere else."""
    subnets = subnets_by_zone("tier", tier, "main", found)
    if subnets is None:
        return unknown_subnets(tier, "main")
    offered = found["offered_service"]["main"].details["zones"]
    common = sorted(subnet for zone, subnet in subnets.items() if zone in offered)
    if not common:
        raise Conflict(
            f"tier: {tier!r} has subnets in {', '.join(sorted(subnets))}; the service is in {', '.join(offered)}."
            " An endpoint needs a subnet in one of the service's zones"
        )
    return common


def _acceptance(staying):
    """A wait for the provider's decision, unless it was made."""
    there = staying.get("main")
    if there and there.details["state"] != WAITING:
        return []
    select = {"VpcEndpointIds": [there.id if there else Ref(ADDRESS)]}
    wait = Wait(READ[0], select, f"{READ[1]}[].State", until=("available",), failed=(*OVER, "deleting", "deleted"))
    return [Step(f"{ADDRESS}:accepted", READ[0], select, wait=wait, needs=(ADDRESS,), lookup=True)]


def notes(wanted, found, declared):
    there = found["vpc_endpoint"].get("main")
    if not wanted or not there:
        return []
    state = there.details["state"]
    if state in OVER:
        error = f" ({there.details['error']})" if there.details["error"] else ""
        return [f"{there.id} is {state}{error}: {OVER[state]}"]
    if state == WAITING:
        return [f"{there.id} is {state}: the provider's turn; private names follow when it has accepted"]
    return []


def _settled(id_):
    # pendingAcceptance is the provider's turn, so it ends this run's wait; what was rejected is reported.
    return Wait(
        READ[0],
        {"VpcEndpointIds": [id_]},
        f"{READ[1]}[].State",
        until=("available", WAITING, "rejected"),
        failed=("failed", "expired", "deleting", "deleted"),
    )


def _removed(id_):
    return Wait(
        READ[0],
        {"VpcEndpointIds": [id_]},
        f"{READ[1]}[].State",
        until=("deleted",),
        gone=("InvalidVpcEndpointId.NotFound",),
    )


def _create(fields):
    return Call(
        "ec2.create_vpc_endpoint",
        {
            "VpcEndpointType": "Interface",
            "VpcId": fields["vpc"],
            "ServiceName": fields["service_name"],
            "SubnetIds": fields["subnets"],
            "SecurityGroupIds": fields["groups"],
            # Left out, it means yes for some services.
            "PrivateDnsEnabled": fields["private_dns"],
            **tag_specifications("vpc-endpoint", fields),
        },
        yields="VpcEndpoint.VpcEndpointId",
        wait=_settled(MADE),
    )


def _modify(id_, arguments):
    return Call("ec2.modify_vpc_endpoint", {"VpcEndpointId": id_, **arguments}, wait=_settled(id_))


def _list(field, member):
    def calls(id_, before, after):
        members = {
            f"Add{member}": [item for item in after[field] if item not in before[field]],
            f"Remove{member}": [item for item in before[field] if item not in after[field]],
        }
        return [_modify(id_, {key: items for key, items in members.items() if items})]

    return calls


KIND = Kind(
    "vpc_endpoint",
    create=_create,
    changes={
        ("subnets",): _list("subnets", "SubnetIds"),
        ("groups",): _list("groups", "SecurityGroupIds"),
        ("private_dns",): lambda id_, before, after: [_modify(id_, {"PrivateDnsEnabled": after["private_dns"]})],
    },
    delete=lambda id_, fields: Call("ec2.delete_vpc_endpoints", {"VpcEndpointIds": [id_]}, wait=_removed(id_)),
    tag=tag,
    untag=untag,
)
