# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States that a wait names are the cloud's: a misspelt one would be waited for until the end, or fail what is well."""

from __future__ import annotations

import ast
import json
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import botocore.session
import pytest

PACKAGE = "ansible_collections.closednet.aws.plugins.module_utils._resources"
RESOURCES = Path(__file__).resolve().parents[3] / "plugins" / "module_utils" / "_resources"
# File -> the shapes of its states in botocore's model of the service; of Google Cloud, in its discovery document.
SHAPES = {
    "central/profiles.py": ("route53profiles", "ProfileStatus"),
    "endpoints/common.py": ("ec2", "State"),
    "firewall/common.py": (
        "network-firewall",
        *("FirewallStatusValue", "ConfigurationSyncState", "TransitGatewayAttachmentStatus", "ResourceStatus"),
    ),
    "firewall/firewall.py": ("network-firewall", "FirewallStatusValue"),
    "firewall/firewall_route.py": ("ec2", "RouteState"),
    "hub/other_attachment.py": ("ec2", "TransitGatewayAttachmentState"),
    "hub/resource_share_association.py": ("ram", "ResourceShareAssociationStatus"),
    "hub/shared_transit_gateway.py": ("ec2", "TransitGatewayState"),
    "hub/transit_gateway.py": ("ec2", "TransitGatewayState"),
    "hub/transit_gateway_association.py": ("ec2", "TransitGatewayAssociationState"),
    "hub/transit_gateway_attachment.py": ("ec2", "TransitGatewayAttachmentState"),
    "hub/transit_gateway_prefix_list_reference.py": ("ec2", "TransitGatewayPrefixListReferenceState"),
    "hub/transit_gateway_propagation.py": ("ec2", "TransitGatewayPropagationState"),
    "hub/transit_gateway_route_table.py": ("ec2", "TransitGatewayRouteTableState"),
    "iam/lambda_function.py": ("lambda", "State", "LastUpdateStatus"),
    "logs/delivery_stream.py": ("firehose", "DeliveryStreamStatus"),
    "members/account_assignment.py": ("sso-admin", "StatusValues"),
    "members/permission_set_provisioning.py": ("sso-admin", "StatusValues"),
    "privatelink/endpoint_connection.py": ("ec2", "State"),
    "privatelink/endpoint_service.py": ("ec2", "ServiceState"),
    "privatelink/interface_endpoint.py": ("ec2", "State"),
    "privatelink/load_balancer.py": ("elbv2", "LoadBalancerStateEnum"),
    "privatelink/private_dns_verification.py": ("ec2", "DnsNameState"),
    "proxy/ecs_service.py": ("ecs", "DeploymentRolloutState"),
    "psc/psc_endpoint.py": ("compute.v1", "ForwardingRule.pscConnectionStatus"),
    "registry/algorithm_table.py": ("dynamodb", "TableStatus"),
    "shared/route53.py": ("route53", "ChangeStatus"),
    "vpc/block_public_access.py": ("ec2", "VpcBlockPublicAccessState"),
    "vpc/block_public_access_exclusion.py": ("ec2", "VpcBlockPublicAccessExclusionState"),
    "vpc/nat_gateway.py": ("ec2", "NatGatewayState"),
    "vpc/subnet.py": ("ec2", "SubnetCidrBlockStateCode"),
    "vpc/vpc.py": ("ec2", "VpcState", "VpcCidrBlockStateCode"),
    "vpc/vpc_ipv6.py": ("ec2", "VpcCidrBlockStateCode"),
}
# Whose waits name no states on the way, and why.
WITHOUT_PENDING = {
    "hub/spoke_attachment.py": "all that is pending is asked for, until there is none",
    "hub/transit_gateway_membership.py": "only the state on the way is asked for",
}
KEYS = ("until", "pending", "failed")


def waits(path):
    """The calls that make a Wait, directly or by a function of the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Wait", "_wait"):
            yield node


FILES = {
    path.relative_to(RESOURCES).as_posix(): path
    for path in sorted(RESOURCES.glob("*/*.py"))
    if any(getattr(node.func, "id", "") == "Wait" for node in waits(path))
}


class States:
    """The states that an expression of a resource file names, its constants looked up in the file."""

    def __init__(self, file):
        self.constants = vars(import_module(f"{PACKAGE}.{file.removesuffix('.py').replace('/', '.')}"))
        self.assigned = {
            node.targets[0].id: node.value
            for node in ast.walk(ast.parse(FILES[file].read_text(encoding="utf-8")))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }

    def of(self, node):
        """Of texts the first word: that of Block Public Access is shown with the mode."""
        looped = {part.target.id for part in ast.walk(node) if isinstance(part, ast.comprehension)}
        return {text.split()[0] for text in self._texts(node, looped) if text.strip()}

    def _texts(self, node, known):
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.Name(id=name) if name in self.constants:
                yield from flat(self.constants[name])
            case ast.Name(id=name) if name in self.assigned and name not in known:
                assigned = self.assigned[name]
                looped = {part.target.id for part in ast.walk(assigned) if isinstance(part, ast.comprehension)}
                yield from self._texts(assigned, known | looped | {name})
            case ast.Attribute(value=ast.Name(id=file), attr=name):
                yield from flat(getattr(self.constants.get(file), name, ()))
            case ast.Subscript(value=ast.Name(id=name)):
                yield from flat(list(self.constants.get(name, {}).values()))
            case ast.Compare():
                return
            case _:
                for child in ast.iter_child_nodes(node):
                    yield from self._texts(child, known)


def flat(value):
    return [value] if isinstance(value, str) else [text for part in value for text in flat(part)]


@cache
def model_of(service):
    return botocore.session.get_session().get_service_model(service)


@cache
def schemas_of(document):
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    return json.loads((folder / f"{document}.json").read_text(encoding="utf-8"))["schemas"]


def enum(service, *shapes):
    """EC2 answers pendingAcceptance where its model says PendingAcceptance."""
    if service.endswith(".v1"):
        names = [shape.split(".") for shape in shapes]
        return {state for schema, name in names for state in schemas_of(service)[schema]["properties"][name]["enum"]}
    states = {state for shape in shapes for state in model_of(service).shape_for(shape).enum}
    return states | {state[0].lower() + state[1:] for state in states} if shapes == ("State",) else states


def test_every_file_that_waits_is_looked_at():
    assert FILES.keys() == SHAPES.keys() | WITHOUT_PENDING.keys()


@pytest.mark.parametrize("file", SHAPES)
def test_states_are_those_of_the_cloud(file):
    known, states = enum(*SHAPES[file]), States(file)
    for node in waits(FILES[file]):
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        named = {key: states.of(keywords[key]) for key in KEYS if key in keywords}
        assert set().union(*named.values()) <= known, (file, node.lineno)
        until = "until" in keywords or len(node.args) > 3
        assert named.get("pending") or not until or None in keywords, (file, node.lineno)


@pytest.mark.parametrize("file", SHAPES)
def test_what_is_deleted_may_have_been_in_any_state(file):
    """It is shown in that for a moment, which is no reason to fail. Of a file with several shapes, in any of one."""
    service, *shapes = SHAPES[file]
    known, states = [enum(service, *shapes), *(enum(service, shape) for shape in shapes)], States(file)
    for node in waits(FILES[file]):
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if "gone" in keywords and "pending" in keywords:
            named = {state.lower() for key in KEYS if key in keywords for state in states.of(keywords[key])}
            assert named in [{state.lower() for state in states_} for states_ in known], (file, node.lineno)
