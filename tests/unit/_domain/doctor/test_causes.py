# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of causes: its areas, its ranks, and that every read which may be denied hides a cause."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import causes
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.causes import AREAS, CAUSES, HIDES, RANK
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.diagnose import diagnose
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.dns import OVERRIDE
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.facts import KINDS
from ansible_collections.closednet.aws.plugins.module_utils._resources.facts import (
    vpc_facts,
    workload_facts,
    workload_references,
)
from ansible_collections.closednet.aws.tests.unit._domain.doctor import doctor_facts
from ansible_collections.closednet.aws.tests.unit._domain.doctor.test_diagnose import BREAKS, resolver_rule
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

ROOM = Path(causes.__file__).parent
# Read where a route needs them; egress_routes.py finds the same cause unknown where they were denied.
ONLY_WHERE_A_ROUTE_NEEDS_THEM = {
    "TransitGatewayVpcAttachments": "nacl_transit_gateway_subnet",
    "VpcBlockPublicAccessExclusions": "vpc_block_public_access",
    "VpcBlockPublicAccessOptions": "vpc_block_public_access",
}


def files_of(cause):
    return {path.stem for path in ROOM.glob("*.py") if path.stem != "causes" and f'"{cause}"' in path.read_text()}


def test_an_areas_causes_are_found_in_its_files_and_nowhere_else():
    found = {area: set() for area in AREAS}
    for id_, cause in CAUSES.items():
        assert files_of(id_), f"nothing finds {id_}"
        found[cause.area] |= files_of(id_)
    assert found == {area: set(files) for area, files in AREAS.items()}


def test_the_table_reads_in_the_order_of_the_ranks():
    assert list(CAUSES) == sorted(CAUSES, key=RANK.__getitem__)


# ---- reads that may be denied ----------------------------------------------------------------------------------------


def test_every_read_of_the_vpc_hides_a_cause_or_is_asked_for_by_a_route():
    assert set(KINDS) - HIDES.keys() == ONLY_WHERE_A_ROUTE_NEEDS_THEM.keys()
    text = (ROOM / "egress_routes.py").read_text()
    assert all(f'"{word}"' in text for pair in ONLY_WHERE_A_ROUTE_NEEDS_THEM.items() for word in pair)


class Denying:
    """Answers these operations and denies all others."""

    region = doctor_facts.REGION

    def __init__(self, answers):
        self.answers = answers

    def read(self, operation, key="", **params):
        if operation in self.answers:
            return self.answers[operation]
        raise ClientError({"Error": {"Code": "AccessDenied"}}, operation)

    call = read

    @staticmethod
    def gather(*readings):
        return [reading() for reading in readings]


def test_every_kind_that_is_read_of_the_vpc_is_a_kind_of_facts():
    facts = doctor_facts.healthy()
    facts["RouteTables"][0]["Routes"].append({"TransitGatewayId": "tgw-1"})
    inputs = {
        **{key: facts[key] for key in ("account_id", "region", "partition", "vpc_id")},
        "central": None,
        "snapshot_dir": None,
        "subnet_ids": [],
        "vpc_name": None,
    }
    opening = {
        f"ec2.{operation}": facts[kind]
        for operation, kind in (
            ("describe_vpcs", "Vpcs"),
            ("describe_route_tables", "RouteTables"),
            ("describe_vpc_endpoints", "VpcEndpoints"),
        )
    } | {"route53profiles.list_profile_associations": facts["ProfileAssociations"]}
    denied = set()
    for answers in ({}, opening):
        aws = Denying({"ec2.describe_subnets": facts["Subnets"], **answers})
        denied |= vpc_facts.read(aws, declaring(inputs), {})["main"].details["denied"].keys()
    assert denied == set(KINDS)


@pytest.mark.parametrize(
    ("module", "reading", "also"),
    [(workload_facts, r'\bput\(\s*"(\w+)"', []), (workload_references, r'_reading\(aws, "(\w+)"', ["Simulations"])],
    ids=["workloads", "references"],
)
def test_every_read_of_a_workload_and_its_references_hides_a_cause(module, reading, also):
    kinds = {*re.findall(reading, Path(module.__file__).read_text()), *also}
    assert len(kinds) >= 10
    assert kinds <= HIDES.keys()


def server_of_its_own(facts):
    facts["DhcpOptions"][0]["DhcpConfigurations"][0]["Values"] = [{"Value": "10.4.0.10"}]


def firewall(facts):
    facts["FirewallRuleGroupAssociations"] = [{"Id": "rslvr-frgassoc-1", "FirewallRuleGroupId": "rslvr-frg-1"}]


def route53_profile(facts):
    zone = {"ProfileId": "rp-1", "ResourceArn": "arn:aws:route53:::hostedzone/Z77", "Status": "COMPLETE"}
    facts["ProfileResourceAssociations"].append(zone)


def private_zone(facts):
    facts["HostedZones"].append({"HostedZoneId": "Z99", "Name": "logs.eu-central-1.amazonaws.com."})


# The first break of each cause, and where another read than the first's decides.
NAMED = {cause: name for name, (_make, cause, _resource) in reversed(BREAKS.items())}
TROUBLES = {name: BREAKS[name][:2] for name in (*NAMED.values(), "workload group without the endpoints")}
TROUBLES |= {
    "DNS servers of one's own": (server_of_its_own, "custom_dhcp_dns"),
    "a rule of the resolver": (lambda facts: resolver_rule(facts, "logs.eu-central-1.amazonaws.com."), OVERRIDE),
    "DNS Firewall": (firewall, OVERRIDE),
    "a Route 53 Profile": (route53_profile, OVERRIDE),
    "a private zone": (private_zone, OVERRIDE),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_no_denied_read_hides_a_cause_in_silence(name):
    """But for the endpoints themselves: without them nothing behind them is looked at."""
    make, cause = TROUBLES[name]
    facts = doctor_facts.healthy()
    make(facts)
    assert [kind for kind in KINDS if kind != "VpcEndpoints" and cause not in found_without(facts, kind)] == []


def found_without(facts, kind):
    """The causes that are found where a kind can't be read."""
    denied = copy.deepcopy({key: value for key, value in facts.items() if key != kind})
    denied["denied"] = {kind: "ec2:SomeAction"}
    return {finding.id for finding in diagnose(denied, doctor_facts.target())}


def test_without_the_endpoints_all_that_is_known_of_them_is_unknown():
    endpoints = {"endpoint_missing", "endpoint_not_available", "private_dns_off", "endpoint_policy_denies"}
    assert endpoints <= found_without(doctor_facts.healthy(), "VpcEndpoints")
