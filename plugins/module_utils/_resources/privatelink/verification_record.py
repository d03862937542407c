# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The TXT record in a public hosted zone by which AWS verifies that the provider owns a service's private DNS name.

"Manage DNS names for VPC endpoint services": AWS gives name and value, the record is NAME.DOMAIN.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref, Step
from ..._core.reconcile import Actual, reconcile
from ..shared import route53
from .endpoint_service import ADDRESS
from .endpoint_service import READ as READ_SERVICE

READ_AFTER = ("endpoint_service",)
INPUTS = ("private_dns_zone_id",)
PERMISSIONS = route53.PERMISSIONS
TTL_SECONDS = 300
# Address of the step that looks up what AWS gives.
GIVEN = "verification_record_given.main"


def read(aws, declared, found):
    """Return {"main": Actual} with fields zone, name, value, ttl (seconds), of the service's private DNS name."""
    service, zone = found["endpoint_service"].get("main"), declared.inputs.private_dns_zone_id
    record = service and record_of(service)
    if not record or not zone:
        return {}
    sets = aws.call(
        "route53.list_resource_record_sets",
        HostedZoneId=zone,
        StartRecordName=record["name"],
        StartRecordType="TXT",
        MaxItems="1",
    )["ResourceRecordSets"]
    return {
        "main": Actual(
            f"{zone}/{record['name']}",
            {"zone": zone, "name": record["name"], "value": value["Value"].strip('"'), "ttl": item["TTL"]},
        )
        for item in sets
        for value in item["ResourceRecords"]
        if item["Type"] == "TXT" and item["Name"] == route53.full_name(record["name"])
    }


def record_of(service):
    """Return {"name", "type", "value"} of the record to publish; None where the service has no private DNS name."""
    given = service.details["private_dns"]
    if not given.get("Name"):
        return None
    domain = _domain(service.fields["private_dns_name"])
    return {"name": f"{given['Name']}.{domain}", "type": given["Type"], "value": given["Value"]}


def looked_up(private_dns_name, ids):
    """Return the same for a name that the service got in this run; None in check mode."""
    if f"{GIVEN}:Name" not in ids:
        return None
    name = f"{ids[f'{GIVEN}:Name']}.{_domain(private_dns_name)}"
    return {"name": name, "type": "TXT", "value": ids[f"{GIVEN}:Value"]}


def _domain(private_dns_name):
    return private_dns_name.removeprefix("*.").rstrip(".").lower()


def plan(wanted, found, declared):
    steps = []
    service = found["endpoint_service"].get("main")
    if wanted:
        private_dns_name = wanted["main"]["private_dns_name"]
        fields = {"zone": wanted["main"]["zone"], "ttl": TTL_SECONDS}
        if service and service.fields["private_dns_name"] == private_dns_name:
            record = record_of(service)
            fields |= {"name": record["name"], "value": record["value"]}
        else:
            steps = [_look_up(service)]
            fields |= {
                "name": Ref(GIVEN, "{}." + _domain(private_dns_name), "Name"),
                "value": Ref(GIVEN, output="Value"),
            }
        # Without a zone, somebody else publishes it.
        wanted = {"main": fields} if fields["zone"] else {}
    return steps + reconcile(KIND, wanted, found["verification_record"])


def _look_up(service):
    """Return the step that looks up the record once the service has the name."""
    return Step(
        GIVEN,
        READ_SERVICE,
        {"ServiceIds": [service.id if service else Ref(ADDRESS)]},
        outputs={key: f"ServiceConfigurations[0].PrivateDnsNameConfiguration.{key}" for key in ("Name", "Value")},
        needs=(ADDRESS, f"{ADDRESS}:private_dns_name"),
        reads_only=True,
    )


def _record(fields):
    value = fields["value"]
    quoted = replace(value, form=f'"{value.form}"') if isinstance(value, Ref) else f'"{value}"'
    return {
        "Name": fields["name"],
        "Type": "TXT",
        "TTL": fields["ttl"],
        "ResourceRecords": [{"Value": quoted}],
    }


# Another private DNS name has another record.
KIND = route53.record_kind("verification_record", _record, ("value", "ttl"), replace_on_change=True)
