# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The firewall, found by its name, and its endpoints in a VPC or at a Transit Gateway; never replaced."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import OWN_ID, Address, Ref, Step, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile, refuse_renamed
from ..shared import states
from ..shared.ec2 import owned, pairs, tags_of
from ..vpc import existing_vpc
from . import firewall_endpoint, firewall_logging
from .common import GONE, READY, STATES, TAGGING, ready, state_of, tag, untag
from .zones import placed_in

READ_AFTER = ()
INPUTS = ("aws_name", "firewall_tier", "topology", "zones")
PERMISSIONS = (
    # What AWS does with the caller's permissions: the managed policy AWSNetworkFirewallFullAccess.
    "ec2:CreateVpcEndpoint/network-firewall.amazonaws.com",
    "ec2:DeleteVpcEndpoints/network-firewall.amazonaws.com",
    "iam:CreateServiceLinkedRole/network-firewall.amazonaws.com",
    "network-firewall:AssociateAvailabilityZones",
    "network-firewall:AssociateFirewallPolicy",
    "network-firewall:AssociateSubnets",
    "network-firewall:CreateFirewall",
    "network-firewall:DeleteFirewall",
    "network-firewall:DescribeFirewall",
    "network-firewall:DisassociateAvailabilityZones",
    "network-firewall:DisassociateSubnets",
    "network-firewall:ListFirewalls",
    "network-firewall:UpdateAvailabilityZoneChangeProtection",
    "network-firewall:UpdateFirewallDeleteProtection",
    "network-firewall:UpdateFirewallPolicyChangeProtection",
    "network-firewall:UpdateSubnetChangeProtection",
    *TAGGING,
)
ADDRESS = Address("firewall", "main")
# field -> (argument of CreateFirewall and key of Firewall, operation that changes it)
PROTECTIONS = {
    "delete_protection": ("DeleteProtection", "update_firewall_delete_protection"),
    "subnet_change_protection": ("SubnetChangeProtection", "update_subnet_change_protection"),
    "policy_change_protection": ("FirewallPolicyChangeProtection", "update_firewall_policy_change_protection"),
    "zone_change_protection": ("AvailabilityZoneChangeProtection", "update_availability_zone_change_protection"),
}
# field -> (protection, argument of its calls, verb's noun, how a member is written)
PLACES = {
    "subnets": ("subnet_change_protection", "SubnetMappings", "subnets"),
    "zones": ("zone_change_protection", "AvailabilityZoneMappings", "availability_zones"),
}


def read(aws, declared, found):
    """Return {"main": Actual} of the firewall; the id is its ARN. Without it, {name: Actual} of the module's others.

    Fields: name, vpc, subnets (sorted ids) or transit_gateway, zones; policy (ARN), protections, tags. details: state,
    attachments ({AZ as AWS names it: Attachment}), transit_gateway_attachment.
    """
    answer = _describe(aws, declared.inputs.aws_name)
    if answer:
        return {"main": _actual(answer, declared.owner)}
    listed = [] if declared.absent else aws.read("network-firewall.list_firewalls", "Firewalls")
    others = aws.gather(*(lambda name=one["FirewallName"]: _describe(aws, name) for one in listed))
    return {other["Firewall"]["FirewallName"]: _actual(other, declared.owner) for other in others if other}


def _actual(answer, owner):
    firewall, status = answer["Firewall"], answer["FirewallStatus"]
    attached = bool(firewall.get("TransitGatewayId"))
    places = {
        "transit_gateway": firewall.get("TransitGatewayId"),
        "zones": sorted(zone["AvailabilityZone"] for zone in firewall.get("AvailabilityZoneMappings", [])),
    }
    if not attached:
        places = {
            "vpc": firewall["VpcId"],
            "subnets": sorted(mapping["SubnetId"] for mapping in firewall["SubnetMappings"]),
        }
    return Actual(
        firewall["FirewallArn"],
        {
            "name": firewall["FirewallName"],
            **places,
            "policy": firewall["FirewallPolicyArn"],
            **{field: bool(firewall.get(key)) for field, (key, _operation) in _protections(attached).items()},
            "tags": tags_of(firewall),
        },
        owned(firewall, owner),
        {
            "state": state_of(status),
            "attachments": {
                zone: sync.get("Attachment", {}) for zone, sync in sorted(status.get("SyncStates", {}).items())
            },
            "transit_gateway_attachment": status.get("TransitGatewayAttachmentSyncState", {}).get("AttachmentId"),
        },
    )


def _describe(aws, name):
    try:
        return aws.call("network-firewall.describe_firewall", FirewallName=name)
    except aws.errors as error:
        if aws.code(error) != GONE:
            raise
        return None


def _protections(attached):
    """Return those of PROTECTIONS that a firewall of a Transit Gateway has, or one in a VPC."""
    other = "subnet_change_protection" if attached else "zone_change_protection"
    return {field: of for field, of in PROTECTIONS.items() if field != other}


def plan(wanted, found, declared):
    there = found[KIND.name]
    if declared.absent:
        return _removal(found, declared)
    by_zone = {}
    if declared.inputs.topology == "inspection_vpc":
        by_zone = placed_in(declared.inputs.firewall_tier, "firewall_tier", found, declared.inputs.zones)
        # Where the VPC doesn't exist yet, nobody knows its subnets.
        subnets = existing_vpc.unknown_subnets(declared.inputs.firewall_tier, "main")
        subnets = subnets if by_zone is None else sorted(by_zone.values())
        wanted = {name: {**fields, "subnets": subnets} for name, fields in wanted.items()}
    if "main" not in there:
        # Not known before the hub has created it: a plan can be shown.
        wanted = {name: {**fields, **_gateway_to_come(fields)} for name, fields in wanted.items()}
    # A host's new name would create a second firewall beside the one that all routes lead to.
    refuse_renamed(KIND, wanted, there, lambda one, other: _place(one) == _place(other))
    _refuse_moved(wanted, there)
    waits = _settle(there, declared)
    settled = tuple(wait.address for wait in waits)
    steps = [
        replace(step, needs=(*step.needs, *settled, *_routes_before(step, found)))
        for step in reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)
    ]
    lookups = firewall_endpoint.lookups(by_zone or {}, found, declared.inputs.aws_name, waits + steps)
    if wanted and declared.inputs.topology != "inspection_vpc":
        lookups = firewall_endpoint.attachment(found, declared.inputs.aws_name, waits + steps)
    return waits + steps + lookups


def _removal(found, declared):
    """Steps that delete the firewall, its protection and its logging first: who declares it absent means it."""
    mine = {name: actual for name, actual in found[KIND.name].items() if actual.managed}
    unprotected = {name: {"delete_protection": False} for name in mine}
    logging = tuple(step.address for step in firewall_logging.plan({}, found, declared))
    removals = [replace(step, needs=(*step.needs, *logging)) for step in reconcile(KIND, {}, mine)]
    return reconcile(KIND, unprotected, mine) + removals


def _gateway_to_come(fields):
    unknown = "transit_gateway" in fields and fields["transit_gateway"] is None
    return {"transit_gateway": Ref("transit_gateway.main")} if unknown else {}


def _place(fields):
    return fields.get("vpc") or fields.get("transit_gateway")


def _refuse_moved(wanted, there):
    """Raise Conflict if the firewall exists elsewhere: neither VPC nor Transit Gateway of a firewall can change."""
    for name, fields in wanted.items():
        actual = there.get(name)
        for key, what in (("vpc", "VPC"), ("transit_gateway", "transit gateway")):
            not_said = key in fields and fields[key] is None
            if not actual or not actual.managed or not_said or fields.get(key) == actual.fields.get(key):
                continue
            elsewhere = fields.get(key) or "another topology"
            raise Conflict(
                f"{ADDRESS}: {actual.id} is in {_place(actual.fields)}, declared is {elsewhere}; AWS can't move a"
                f" firewall to another {what}, and this one is in use. Next: declare what exists, or create one of"
                " another name there, lead the routes to it, and delete this one with state: absent"
            )


def _routes_before(step, found):
    """Addresses of the routes' steps that come before this one: endpoints are removed after what leads to them."""
    if step.action != "change" or "disassociate" not in step.operation:
        return ()
    return tuple(Address("firewall_route", name) for name in found["firewall_route"])


def leaving(found, steps):
    """Return {zone: endpoint id} of the endpoints that these steps remove while the firewall stays."""
    removed = {
        place
        for step in steps
        if step.address.kind == KIND.name and "disassociate" in step.operation
        for field in PLACES
        for place in set(step.before.get(field, ())) - set(step.after.get(field, ()))
    }
    endpoints = found[firewall_endpoint.KIND.name]
    return {
        zone: there.details["endpoint"]
        for zone, there in endpoints.items()
        if zone in removed or there.details["subnet"] in removed
    }


def _settle(there, declared):
    """Return a step that waits for a firewall on which an earlier run, or somebody else, has worked."""
    return [
        Step(ADDRESS.at("ready"), wait.operation, wait.params, before=actual.fields, wait=wait, reads_only=True)
        for actual in there.values()
        if actual.managed and actual.details["state"] in ("PROVISIONING", "PENDING")
        for wait in [ready(declared.inputs.aws_name)]
    ]


def notes(wanted, found, declared):
    state = _state(found)
    if wanted and state is None and declared.inputs.topology != "inspection_vpc":
        return [
            "the firewall is ready once the account of the transit gateway has accepted its attachment, see the hub's"
        ]
    if not wanted or state in (None, READY):
        return []
    return [f"{found[KIND.name]['main'].id} is {state}: {STATES.get(state, 'see what AWS says of it')}"]


def findings(wanted, found, declared):
    return states.findings(wanted, found[KIND.name], (READY,), STATES)


def _state(found):
    there = found[KIND.name].get("main")
    return there and there.details["state"]


def _create(fields):
    places = {
        "VpcId": fields.get("vpc"),
        "SubnetMappings": _members("subnets", fields["subnets"]) if "subnets" in fields else None,
        "TransitGatewayId": fields.get("transit_gateway"),
        "AvailabilityZoneMappings": _members("zones", fields["zones"]) if "zones" in fields else None,
    }
    return Call(
        "network-firewall.create_firewall",
        {
            "FirewallName": fields["name"],
            "FirewallPolicyArn": fields["policy"],
            **{key: value for key, value in places.items() if value is not None},
            **{key: fields[field] for field, (key, _operation) in PROTECTIONS.items() if field in fields},
            "Tags": pairs(fields["tags"]),
        },
        id_path="Firewall.FirewallArn",
        wait=ready(OWN_ID),
    )


def _members(field, values):
    key = "SubnetId" if field == "subnets" else "AvailabilityZone"
    return [{key: value} for value in values]


def _change(id_, before, after):
    """Return the calls that change endpoints, policy and protections.

    A protection that stands in the way is off between, and on again at the end, or as declared.
    """
    calls, now = [], {field: before.get(field) for field in PROTECTIONS}

    def protect(field, value):
        if now[field] != value:
            key, operation = PROTECTIONS[field]
            suffix = f"{field} {'on' if value else 'off'}"
            calls.append(Call(f"network-firewall.{operation}", {"FirewallArn": id_, key: value}, suffix=suffix))
            now[field] = value

    for field, (protection, _argument, _noun) in PLACES.items():
        moves = _moves(id_, field, before.get(field), after.get(field))
        if moves:
            protect(protection, False)
            calls += moves
    if before["policy"] != after["policy"]:
        protect("policy_change_protection", False)
        policy = {"FirewallArn": id_, "FirewallPolicyArn": after["policy"]}
        calls.append(Call("network-firewall.associate_firewall_policy", policy, wait=ready(id_), suffix="policy"))
    for field in PROTECTIONS:
        if field in after:
            protect(field, after[field])
    return calls


def _moves(id_, field, before, after):
    """Return the calls that add endpoints, and then those that remove others."""
    _protection, argument, noun = PLACES[field]
    if before is None or after is None:
        return []
    added, removed = [v for v in after if v not in before], [v for v in before if v not in after]
    of_subnets = field == "subnets"
    gone = {"SubnetIds": removed} if of_subnets else {argument: _members(field, removed)}
    calls = []
    if added:
        add = {"FirewallArn": id_, argument: _members(field, added)}
        calls.append(Call(f"network-firewall.associate_{noun}", add, wait=ready(id_), suffix="add"))
    if removed:
        params = {"FirewallArn": id_, **gone}
        calls.append(Call(f"network-firewall.disassociate_{noun}", params, wait=ready(id_), suffix="remove"))
    return calls


KIND = ResourceType(
    "firewall",
    create=_create,
    changes={("subnets", "zones", "policy", *PROTECTIONS): _change},
    delete=lambda id_, fields: Call(
        "network-firewall.delete_firewall",
        {"FirewallArn": id_},
        wait=Wait(
            "network-firewall.describe_firewall",
            {"FirewallArn": id_},
            "[FirewallStatus.Status]",
            pending=("DELETING", "READY", "PROVISIONING", "FAILED"),
            gone=True,
        ),
    ),
    tag=tag,
    untag=untag,
)
