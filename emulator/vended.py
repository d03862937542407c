# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files that services write straight to a bucket: of VPC flow logs, Network Firewall, Resolver's query logs.

The emulator has no traffic: a test tells the records (control API, `vended_logs`). Paths and formats:
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html,
https://docs.aws.amazon.com/network-firewall/latest/developerguide/logging-s3.html; Resolver's, of which AWS's guide has
no path: users of Datadog's forwarder quote its keys. The writer is delivery.logs.amazonaws.com, as
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html has it in bucket policies.
"""

from __future__ import annotations

import datetime
import gzip
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from moto.ec2.models import ec2_backends
from moto.networkfirewall.models import networkfirewall_backends
from moto.route53resolver.models import route53resolver_backends

from emulator import clock, services
from emulator.firehose import storing
from emulator.iam.resource_policies import bucket_of, may

WRITER = "delivery.logs.amazonaws.com"
Records = Sequence[Mapping[str, Any]]


def write(source: str, records: Records, at: float | None = None, log_type: str = "ALERT") -> dict[str, str]:
    """Write a log file of records; return its {bucket, key}.

    source    id of a flow log (fl-...) or of a query logging configuration (rqlc-...), or a firewall's ARN
    records   of flow logs: by the fields' names, what is absent is "-"; of Resolver: one log entry, whose vpc_id is
              part of the path; of a firewall: its log entries
    at        time of the file in seconds since 1970; now if absent
    log_type  of a firewall: ALERT, FLOW or TLS

    Raises ValueError for an unknown source, one that doesn't log to S3, and a bucket that doesn't allow it.
    """
    when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc) if at is not None else clock.now()
    if source.startswith("fl-"):
        return _flow_log(source, records, when)
    if source.startswith(("rqlc-", "rslvr-qlc-")):
        return _queries(source, records, when)
    return _firewall(source, records, when, log_type)


def _flow_log(identity: str, records: Records, when: datetime.datetime) -> dict[str, str]:
    account_id, region, log = _found(ec2_backends, "flow_logs", identity)
    if log.destination["LogDestinationType"] != "s3":
        raise ValueError(f"{identity} doesn't log to S3")
    options = {name: str(value) for name, value in (log.destination.get("DestinationOptions") or {}).items()}
    if options.get("FileFormat", "plain-text") != "plain-text" or _is_set(options, "HiveCompatiblePartitions"):
        raise ValueError(f"the emulator doesn't write {options}")
    fields = re.findall(r"\$\{([^}]+)\}", log.settings["LogFormat"])
    lines = [" ".join(fields), *(" ".join(str(record.get(name, "-")) for name in fields) for record in records)]
    folder = f"{when:%Y/%m/%d/}" + (f"{when:%H/}" if _is_set(options, "PerHourPartition") else "")
    name = f"{account_id}_vpcflowlogs_{region}_{identity}_{when:%Y%m%dT%H%MZ}"
    path = f"AWSLogs/{account_id}/vpcflowlogs/{region}/{folder}{name}"
    return _put(log.destination["LogDestination"], path, lines, account_id, region)


def _found(backends: Any, attribute: str, identity: str) -> tuple[str, str, Any]:
    """Return (account, region, resource) of an id that one of a service's backends has. Raises ValueError."""
    for account_id, region, backend in backends.iter_backends():
        if identity in getattr(backend, attribute, {}):
            return account_id, region, getattr(backend, attribute)[identity]
    raise ValueError(f"there is no {identity}")


def _is_set(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() == "true"


def _queries(identity: str, records: Records, when: datetime.datetime) -> dict[str, str]:
    account_id, region, configuration = _found(route53resolver_backends, "resolver_query_log_configs", identity)
    vpc_id = records[0]["vpc_id"]
    name = f"{vpc_id}_vpcdnsquerylogs_{account_id}_{when:%Y%m%dT%H%MZ}"
    path = f"AWSLogs/{account_id}/vpcdnsquerylogs/{vpc_id}/{when:%Y/%m/%d}/{name}"
    return _put(configuration.destination_arn, path, list(map(json.dumps, records)), account_id, region)


def _firewall(arn: str, records: Records, when: datetime.datetime, log_type: str) -> dict[str, str]:
    services.register("networkfirewall")
    region, account_id = arn.split(":")[3:5] if arn.count(":") >= 5 else ("", "")
    found: Any = networkfirewall_backends[account_id][region].resources.get(arn) if account_id else None
    if found is None:
        raise ValueError(f"there is no firewall {arn}")
    targets = [one["LogDestination"] for one in found.logging if one["LogType"] == log_type]
    targets = [target for target in targets if "bucketName" in target]
    if not targets:
        raise ValueError(f"{arn} doesn't log {log_type} to S3")
    kind, firewall = log_type.lower(), arn.rpartition("/")[2]
    name = f"{account_id}_network-firewall_{kind}_{region}_{firewall}_{when:%Y%m%d%H%M}"
    path = f"AWSLogs/{account_id}/network-firewall/{kind}/{region}/{firewall}/{when:%Y/%m/%d/%H}/{name}"
    prefix = f"{targets[0]['prefix'].strip('/')}/" if targets[0].get("prefix") else ""
    bucket = f"arn:aws:s3:::{targets[0]['bucketName']}/{prefix}"
    return _put(bucket, path, list(map(json.dumps, records)), account_id, region)


def _put(destination: str, path: str, lines: list[str], account_id: str, region: str) -> dict[str, str]:
    """Write lines under a destination's ARN with its prefix. Raises ValueError if the bucket doesn't allow it."""
    name, _slash, prefix = destination.split(":", 5)[5].partition("/")
    prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    key = f"{prefix}{path}_{secrets.token_hex(4)}.log.gz"
    bucket = bucket_of(f"arn:aws:s3:::{name}")
    if bucket is None:
        raise ValueError(f"there is no bucket {name}")
    context: dict[str, str | list[str]] = {
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:SourceAccount": account_id,
        "aws:SourceArn": f"arn:aws:logs:{region}:{account_id}:delivery-source:emulator",
    }
    if not may(WRITER, "s3:PutObject", f"arn:aws:s3:::{name}/{key}", context).allows:
        raise ValueError(f"the policy of {name} doesn't allow s3:PutObject on {key} to {WRITER} of {account_id}")
    kms_key = storing.default_key(bucket)
    if kms_key and not may(WRITER, "kms:GenerateDataKey", kms_key, context).allows:
        raise ValueError(f"the policy of {kms_key} doesn't allow kms:GenerateDataKey to {WRITER} of {account_id}")
    storing.write(bucket, key, gzip.compress(("\n".join(lines) + "\n").encode()), kms_key)
    return {"bucket": name, "key": key}
