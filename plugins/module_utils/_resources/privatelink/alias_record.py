# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alias record at the apex of a private hosted zone that points to a VPC endpoint."""

from __future__ import annotations

from ..._core.plan import Ref, Step
from ..._core.reconcile import Actual, reconcile
from ..shared import route53
from . import interface_endpoint, private_zone

READ_AFTER = ("private_zone",)
INPUTS = ()
PERMISSIONS = route53.PERMISSIONS
DNS_ADDRESS = "vpc_endpoint_dns.main"


def read(aws, declared, found):
    """Return {zone's name: Actual} with fields zone, name, target_name, target_zone."""
    return {
        name: Actual(
            f"{zone_id}/{name}",
            {
                "zone": zone_id,
                "name": name,
                "target_name": item["AliasTarget"]["DNSName"].rstrip("."),
                "target_zone": item["AliasTarget"]["HostedZoneId"],
            },
        )
        for name, zone_id, item in route53.records_of(aws, found["private_zone"])
        if item["Type"] == "A" and "AliasTarget" in item and item["Name"] == route53.full_name(name)
    }


def plan(wanted, found, declared):
    planned = {name for name in wanted if name in found["private_zone"] or private_zone.is_due(found, declared)}
    steps = []
    if planned:
        targets, steps = _targets(found)
        wanted = {name: {**wanted[name], **targets} for name in planned}
    return steps + reconcile(KIND, wanted if planned else {}, found["alias_record"])


def _targets(found):
    """Return (the fields that name the record's target, the steps that look them up)."""
    endpoint = found["vpc_endpoint"].get("main")
    if endpoint and endpoint.details["dns_entries"]:
        first = endpoint.details["dns_entries"][0]
        return {"target_name": first["DnsName"], "target_zone": first["HostedZoneId"]}, []
    select = {"VpcEndpointIds": [Ref(interface_endpoint.ADDRESS)]}
    # The endpoint's regional name, the first that DescribeVpcEndpoints gives ("DNS names of interface endpoints").
    first = "VpcEndpoints[0].DnsEntries[0]"
    outputs = {"name": f"{first}.DnsName", "zone": f"{first}.HostedZoneId"}
    step = Step(DNS_ADDRESS, interface_endpoint.READ[0], select, outputs=outputs, reads_only=True)
    return {
        "target_name": Ref(DNS_ADDRESS, output="name"),
        "target_zone": Ref(DNS_ADDRESS, output="zone"),
    }, [step]


def _record(fields):
    return {
        "Name": fields["name"],
        "Type": "A",
        "AliasTarget": {
            "HostedZoneId": fields["target_zone"],
            "DNSName": fields["target_name"],
            "EvaluateTargetHealth": False,
        },
    }


KIND = route53.record_kind("alias_record", _record, ("target_name", "target_zone"))
