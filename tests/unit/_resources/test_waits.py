# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States that a wait names are AWS's: a misspelt one would be waited for until the end, or fail what is well."""

from __future__ import annotations

import ast
from pathlib import Path

import botocore.session
import pytest

RESOURCES = Path(__file__).resolve().parents[3] / "plugins" / "module_utils" / "_resources"
# File -> the shapes of its states in botocore's model of the service.
SHAPES = {
    "hub/resource_share_association.py": ("ram", "ResourceShareAssociationStatus"),
    "hub/shared_transit_gateway.py": ("ec2", "TransitGatewayState"),
    "hub/transit_gateway.py": ("ec2", "TransitGatewayState"),
    "hub/transit_gateway_association.py": ("ec2", "TransitGatewayAssociationState"),
    "hub/transit_gateway_attachment.py": ("ec2", "TransitGatewayAttachmentState"),
    "hub/transit_gateway_prefix_list_reference.py": ("ec2", "TransitGatewayPrefixListReferenceState"),
    "hub/transit_gateway_propagation.py": ("ec2", "TransitGatewayPropagationState"),
    "hub/transit_gateway_route_table.py": ("ec2", "TransitGatewayRouteTableState"),
    "iam/lambda_function.py": ("lambda", "State", "LastUpdateStatus"),
    "privatelink/endpoint_service.py": ("ec2", "ServiceState"),
    "privatelink/load_balancer.py": ("elbv2", "LoadBalancerStateEnum"),
    "privatelink/private_dns_verification.py": ("ec2", "DnsNameState"),
    "shared/route53.py": ("route53", "ChangeStatus"),
    "vpc/block_public_access_exclusion.py": ("ec2", "VpcBlockPublicAccessExclusionState"),
    "vpc/nat_gateway.py": ("ec2", "NatGatewayState"),
    "vpc/subnet.py": ("ec2", "SubnetCidrBlockStateCode"),
    "vpc/vpc.py": ("ec2", "VpcState", "VpcCidrBlockStateCode"),
    "vpc/vpc_ipv6.py": ("ec2", "VpcCidrBlockStateCode"),
}
# Whose waits name no states on the way, and why.
WITHOUT_PENDING = {
    "endpoints/common.py": "the model writes PendingAcceptance, EC2 answers pendingAcceptance",
    "hub/spoke_attachment.py": "all that is pending is asked for, until there is none",
    "hub/transit_gateway_membership.py": "only the state on the way is asked for",
    "privatelink/endpoint_connection.py": "as endpoints",
    "privatelink/interface_endpoint.py": "as endpoints",
    "vpc/block_public_access.py": "its state is shown with the mode, which says of which change it is",
}
KEYS = ("until", "pending", "failed")


def waits(path):
    """The calls that make a Wait, directly or by a function of the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Wait", "_wait"):
            yield node


def constants(path, node):
    """Texts in a keyword's value, and in what the file calls so."""
    names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = [item for item in tree.body if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)]
    given = [item.value for item in assigned if item.targets[0].id in names]
    while more := {name.id for value in given for name in ast.walk(value) if isinstance(name, ast.Name)} - names:
        names |= more
        given += [item.value for item in assigned if item.targets[0].id in more]
    parts = (part for value in (node, *given) for part in _values(value))
    return [part.value.strip() for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _values(node):
    """All below it, but the keys of a mapping and what it is asked for."""
    if isinstance(node, ast.Dict):
        return [part for value in node.values for part in ast.walk(value)]
    return [] if isinstance(node, ast.Subscript) else list(ast.walk(node))


FILES = {
    path.relative_to(RESOURCES).as_posix(): path
    for path in sorted(RESOURCES.glob("*/*.py"))
    if any(getattr(node.func, "id", "") == "Wait" for node in waits(path))
}


def test_every_file_that_waits_is_looked_at():
    assert FILES.keys() == SHAPES.keys() | WITHOUT_PENDING.keys()


@pytest.mark.parametrize("file", SHAPES)
def test_states_are_those_of_aws(file):
    service, *shapes = SHAPES[file]
    model = botocore.session.get_session().get_service_model(service)
    known = {state for shape in shapes for state in model.shape_for(shape).enum}
    for node in waits(FILES[file]):
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        named = [state for key in KEYS if key in keywords for state in constants(FILES[file], keywords[key])]
        assert set(named) <= known, (file, node.lineno)
        until = "until" in keywords or len(node.args) > 3
        assert "pending" in keywords or not until or None in keywords or "mode" in ast.unparse(node), (
            file,
            node.lineno,
        )
