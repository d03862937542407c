# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files that services write to a bucket themselves; the records come from the test (control API, vended_logs)."""

from __future__ import annotations

import gzip
import json
import re
import urllib.error
from typing import Any

import pytest

from .conftest import HUB, SPOKE, Emulator
from .firewalls import Firewalls
from .log_streams import BUCKET, Archive, policy

AT = 1_700_000_000  # 2023-11-14T22:13:20Z


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    made = Archive(emulator)
    allow(made)
    return made


def allow(archive: Archive, account_id: str = SPOKE) -> None:
    """Set the policy of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{account_id}/*",
        "Condition": {
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account_id},
            "ArnLike": {"aws:SourceArn": f"arn:aws:logs:*:{account_id}:*"},
        },
    }
    archive.of["s3"].put_bucket_policy(Bucket=BUCKET, Policy=policy(statement))


def written(archive: Archive, source: str, *records: dict[str, Any], **more: Any) -> tuple[str, list[str]]:
    """Have a log file written; return its key and lines."""
    body = {"source": source, "records": records, "at": AT, **more}
    answer = archive.emulator.control("POST", "vended_logs", body)
    assert answer["bucket"] == BUCKET
    return answer["key"], gzip.decompress(archive.read(answer["key"])).decode().splitlines()


def create_flow_log(ec2: Any, vpc_id: str, **more: Any) -> str:
    destination = {"LogDestinationType": "s3", "LogDestination": f"arn:aws:s3:::{BUCKET}"}
    given = {"ResourceIds": [vpc_id], "ResourceType": "VPC", "TrafficType": "ALL", **destination, **more}
    identity: str = ec2.create_flow_logs(**given)["FlowLogIds"][0]
    return identity


def test_flow_logs(archive: Archive, ec2: Any, vpc_id: str) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html; a header, fields between spaces, "-" for
    none: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html"""
    identity = create_flow_log(ec2, vpc_id, LogFormat="${version} ${srcaddr} ${dstaddr} ${action}")
    key, lines = written(archive, identity, {"version": 2, "srcaddr": "10.1.0.4", "action": "REJECT"})
    name = rf"{SPOKE}_vpcflowlogs_eu-central-1_{identity}_20231114T2213Z_[0-9a-f]{{8}}\.log\.gz"
    assert re.fullmatch(rf"AWSLogs/{SPOKE}/vpcflowlogs/eu-central-1/2023/11/14/{name}", key)
    assert lines == ["version srcaddr dstaddr action", "2 10.1.0.4 - REJECT"]


def test_bucket_policy(archive: Archive, ec2: Any, vpc_id: str) -> None:
    """The writer is delivery.logs.amazonaws.com for the source's account: the bucket's policy decides."""
    identity = create_flow_log(ec2, vpc_id)
    allow(archive, HUB)
    with pytest.raises(urllib.error.HTTPError) as error:
        written(archive, identity, {"version": 2})
    assert "doesn't allow s3:PutObject" in json.load(error.value)["error"]
    assert archive.objects() == {}


def test_resolver(archive: Archive, client: Any) -> None:
    """The path: keys that users of Datadog's forwarder quote; JSON lines: resolver-query-logs-example-json."""
    resolver = client(SPOKE, "route53resolver")
    made = resolver.create_resolver_query_log_config(
        Name="all", DestinationArn=f"arn:aws:s3:::{BUCKET}", CreatorRequestId="1"
    )
    record = {"vpc_id": "vpc-1234567890abcdef0", "query_name": "example.com."}
    key, lines = written(archive, made["ResolverQueryLogConfig"]["Id"], record)
    folder = f"AWSLogs/{SPOKE}/vpcdnsquerylogs/{record['vpc_id']}/2023/11/14/"
    assert re.fullmatch(rf"{folder}{record['vpc_id']}_vpcdnsquerylogs_{SPOKE}_20231114T2213Z_\w{{8}}\.log\.gz", key)
    assert list(map(json.loads, lines)) == [record]


def test_network_firewall(archive: Archive) -> None:
    """https://docs.aws.amazon.com/network-firewall/latest/developerguide/logging-s3.html: its example of a key."""
    firewalls = Firewalls(archive.emulator)
    arn = firewalls.create()["Firewall"]["FirewallArn"]
    target = {"bucketName": BUCKET, "prefix": "AWSLogs-of-firewalls"}
    config = {"LogType": "FLOW", "LogDestinationType": "S3", "LogDestination": target}
    firewalls.nfw.update_logging_configuration(
        FirewallArn=arn, LoggingConfiguration={"LogDestinationConfigs": [config]}
    )
    resource = f"arn:aws:s3:::{BUCKET}/AWSLogs-of-firewalls/AWSLogs/{SPOKE}/*"
    writer = {"Service": "delivery.logs.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": writer, "Action": "s3:PutObject", "Resource": resource}
    archive.of["s3"].put_bucket_policy(Bucket=BUCKET, Policy=policy(statement))
    record = {"firewall_name": "egress", "event": {"event_type": "netflow"}}
    key, lines = written(archive, arn, record, log_type="FLOW")
    folder = f"AWSLogs-of-firewalls/AWSLogs/{SPOKE}/network-firewall/flow/eu-central-1/egress/2023/11/14/22/"
    name = rf"{SPOKE}_network-firewall_flow_eu-central-1_egress_202311142213_[0-9a-f]{{8}}\.log\.gz"
    assert re.fullmatch(folder + name, key) and list(map(json.loads, lines)) == [record]


def test_unknown_source(archive: Archive) -> None:
    for source in ("fl-00000000000000000", "rslvr-qlc-1", f"arn:aws:network-firewall:eu-central-1:{SPOKE}:firewall/x"):
        with pytest.raises(urllib.error.HTTPError) as error:
            written(archive, source, {"version": 2})
        assert error.value.code == 400
