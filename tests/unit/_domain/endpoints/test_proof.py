# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof of the paths to the hub's endpoints: on all ports of a service, each by itself."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import central
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.vpc import Vpc
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import proof
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints.resolution import Answer
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    acl,
    group,
    interface,
    subnet,
    table,
    vpc,
)

SERVICE, ADDRESS, HUB = "backup-gateway", "10.4.8.5", "vpce-hub"
# https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-network.html
PORTS = [443, 1026, 1027, 1028, 1031, 2222]
CIDR, ACCOUNT = "10.4.0.0/16", "111111111111"


def network(ports):
    """Network of a workload's subnet and an endpoint, whose security group admits these ports."""
    sources = [{"CidrIp": CIDR}]
    admitted = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": sources} for port in ports]
    endpoint = {"VpcEndpointId": HUB, "VpcEndpointType": "Interface", "VpcId": "vpc-hub"}
    kinds = {
        "Vpcs": [vpc(ACCOUNT, "hub", CIDR)],
        "Subnets": [subnet("hub", "app", "10.4.0.0/24"), subnet("hub", "endpoint", "10.4.8.0/26")],
        "RouteTables": [table("hub", "main", [], cidr=CIDR)],
        "NetworkAcls": [acl("hub", "main", "app", "endpoint")],
        "SecurityGroups": [group("hub", "endpoint", ingress=admitted)],
        "NetworkInterfaces": [interface("hub", "endpoint", "hub", ADDRESS, ["endpoint"])],
        "VpcEndpoints": [{**endpoint, "NetworkInterfaceIds": ["eni-hub"], "State": "available"}],
    }
    return snapshot.parse({f"{kind}.json": {kind: items} for kind, items in kinds.items()})


def unproven(ports):
    hub = {"profile_id": "rp-1", "endpoints": {SERVICE: {"id": HUB, "addresses": [ADDRESS]}}}
    told = proof.unproven({"subnet_ids": ["subnet-app"]}, hub, [SERVICE], network(ports), paths_only=True)
    return [text.partition(" to ")[2].partition(": ")[0] for text in told]


def test_all_ports_open():
    assert unproven(PORTS) == []


@pytest.mark.parametrize("shut", PORTS)
def test_each_port_is_proven_by_itself(shut):
    assert unproven([port for port in PORTS if port != shut]) == [f"{ADDRESS}:{shut}"]


@pytest.mark.parametrize("shut", PORTS)
def test_the_doctor_finds_each_shut_port(shut):
    facts = {"vpc_id": "vpc-1", "Central": {"network": network([port for port in PORTS if port != shut])}}
    answer = Answer("profile_endpoint", HUB, profile_id="rp-1")
    (finding,) = central._paths(Vpc(facts), SERVICE, answer, [ADDRESS], ["subnet-app"])
    assert (finding.id, finding.status) == ("central_endpoint_path", "cause")
    assert f"to {ADDRESS}:{shut}, the hub's endpoint for {SERVICE}" in finding.message
