# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A log archive: marked events of two accounts arrive, are queried, replayed, and read by each account's auditor."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError
from demo_stage import REGION, ROOT, DemoFailed, Stage, say

PLAYBOOKS = ("site",)
ARCHIVE = "log-archive"
LOG_BUCKET, TRAIL_BUCKET = "logs-of-example", "trails-of-example"
AUDITED, OTHER = "shop", "payments"
PAGES = ROOT / ".cache" / "audit"
EVENTS = 5
# What Firehose waits, and CloudTrail, as parts of what they wait on AWS.
SCALE = 0.002


def archive() -> int:
    """Show the archive and its auditors; return the number of hosts."""
    with Stage("logs") as stage:
        stage.control("POST", "settings", {"log_delivery": {"scale": SCALE}})
        for account in (AUDITED, OTHER):
            create_log_group(stage, account)
        stage.run("first run: archive, trail and subscriptions", PLAYBOOKS)
        again = stage.run_again(PLAYBOOKS)
        for account in (AUDITED, OTHER):
            write_lines(stage, account, EVENTS)
        log_traffic(stage, AUDITED)
        stage.control("POST", "console_login", {"account": stage.account_id(AUDITED), "user": "root", "mfa": False})
        stage.run("do the logs of each source arrive? Marked events, through to Athena", ("logs_verify",))
        say("queries of the workgroup")
        show_rows(stage, "calls_by_a_role", ["OrganizationAccountAccessRole"])
        show_rows(stage, "console_sign_ins_without_mfa")
        show_rows(stage, "rejected_flows")
        show_rows(stage, "dropped_by_the_firewall")
        replay(stage)
        say(f"the auditor of {AUDITED} reads that account's logs, and no other's")
        show_auditor(stage)
        stage.run("evidence for each account's auditor", ("audit_report",), ("-e", f"audit_dir={PAGES}"))
        print(f"who used which role when: {(PAGES / 'index.html').relative_to(ROOT)}", flush=True)
        return len(again)


def create_log_group(stage: Stage, account: str) -> None:
    """Create the log group of a service, as whoever runs it does."""
    logs = stage.client(account, "logs")
    logs.create_log_group(logGroupName=f"/ecs/{account}")
    logs.create_log_stream(logGroupName=f"/ecs/{account}", logStreamName="task")


def write_lines(stage: Stage, account: str, number: int) -> None:
    """Write lines of a service as an application does, into a log group of the account."""
    now = int(time.time() * 1000)
    lines = [{"payment_id": f"p-{n}", "amount": 100 * n, "currency": "EUR", "note": "none"} for n in range(number)]
    events = [{"timestamp": now + place, "message": json.dumps(line)} for place, line in enumerate(lines)]
    logs = stage.client(account, "logs")
    logs.put_log_events(logGroupName=f"/ecs/{account}", logStreamName="task", logEvents=events)


def log_traffic(stage: Stage, account: str) -> None:
    """Create a VPC with flow logs and a firewall with alert logs, and let both write what they stopped.

    The emulator has no traffic, so the records are given.
    """
    ec2, firewalls = stage.client(account), stage.client(account, "network-firewall")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/28")["Subnet"]["SubnetId"]
    (flow_log,) = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{LOG_BUCKET}",
    )["FlowLogIds"]
    actions = {"StatelessDefaultActions": ["aws:forward_to_sfe"], "StatelessFragmentDefaultActions": ["aws:drop"]}
    policy = firewalls.create_firewall_policy(FirewallPolicyName="central", FirewallPolicy=actions)
    firewall = firewalls.create_firewall(
        FirewallName="central",
        FirewallPolicyArn=policy["FirewallPolicyResponse"]["FirewallPolicyArn"],
        VpcId=vpc,
        SubnetMappings=[{"SubnetId": subnet}],
    )["Firewall"]["FirewallArn"]
    destination = {"LogType": "ALERT", "LogDestinationType": "S3", "LogDestination": {"bucketName": LOG_BUCKET}}
    firewalls.update_logging_configuration(
        FirewallArn=firewall, LoggingConfiguration={"LogDestinationConfigs": [destination]}
    )
    now = int(time.time())
    flow = {"version": 2, "account-id": stage.account_id(account), "interface-id": "eni-0a1b2c3d4e5f60718"}
    flow |= {"srcaddr": "10.1.0.4", "dstaddr": "203.0.113.9", "srcport": 40000, "dstport": 22, "protocol": 6}
    flow |= {"packets": 3, "bytes": 180, "start": now - 60, "end": now, "action": "REJECT", "log-status": "OK"}
    stage.control("POST", "vended_logs", {"source": flow_log, "records": [flow]})
    alert = {"action": "blocked", "signature": "egress-denied group=everyone", "signature_id": 1, "severity": 3}
    event = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000000+0000", time.gmtime(now)), "event_type": "alert"}
    event |= {"src_ip": "10.1.0.4", "src_port": 40001, "dest_ip": "198.51.100.7", "dest_port": 443, "proto": "TCP"}
    event |= {"alert": alert, "tls": {"sni": "exfiltration.example"}}
    stopped = {"firewall_name": "central", "event_timestamp": str(now), "event": event}
    stage.control("POST", "vended_logs", {"source": firewall, "records": [stopped], "log_type": "ALERT"})


def rows_of(stage: Stage, query: str, parameters: list[str]) -> list[list[str]]:
    """Run a query, named or SQL, in the archive's workgroup; return its rows, the header first. Raises DemoFailed."""
    athena = stage.client(ARCHIVE, "athena")
    ids = athena.list_named_queries(WorkGroup="logs")["NamedQueryIds"]
    named = {one["Name"]: one for one in athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]}
    arguments = {"ExecutionParameters": parameters} if parameters else {}
    text = named[query]["QueryString"] if query in named else query
    execution = athena.start_query_execution(QueryString=text, WorkGroup="logs", **arguments)["QueryExecutionId"]
    status = {"State": "QUEUED"}
    while status["State"] in ("QUEUED", "RUNNING"):
        time.sleep(0.1)
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
    if status["State"] != "SUCCEEDED":
        raise DemoFailed(f"{query}: {status}")
    found = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in found]


def show_rows(stage: Stage, query: str, parameters: list[str] | None = None) -> None:
    """Print the first rows of a named query. Raises DemoFailed if there are none."""
    header, *rows = rows_of(stage, query, [f"'{value}'" for value in parameters or []])
    print(f"\n{query}: {len(rows)} rows\n  " + " | ".join(header), flush=True)
    for row in rows[:3]:
        print("  " + " | ".join(row), flush=True)
    if not rows:
        raise DemoFailed(f"{query} has no rows")


def replay(stage: Stage) -> None:
    """Let the handler fail, and replay. Raises DemoFailed unless each line is there once."""
    say("the handler fails for a while: nothing arrives, and nothing is lost")
    stage.control("POST", "faults", {"service": "lambda", "operation": "Invoke", "action": "error", "times": 4})
    write_lines(stage, OTHER, EVENTS)
    errors = []
    deadline = time.monotonic() + 60
    while not errors and time.monotonic() < deadline:
        time.sleep(0.2)
        listed = stage.client(ARCHIVE, "s3").list_objects_v2(Bucket=LOG_BUCKET, Prefix="errors/")
        errors = [item["Key"] for item in listed.get("Contents", [])]
    for key in errors:
        print(f"  {key}", flush=True)
    if not errors:
        raise DemoFailed("the error prefix is empty")
    for title in ("replay delivers it", "a second replay delivers nothing"):
        stage.run(title, ("log_replay",))
    counted = "SELECT count(*), count(DISTINCT id) FROM logs.payments WHERE log_group = '/ecs/payments'"
    _header, (lines, ids) = rows_of(stage, counted, [])
    print(f"lines of {OTHER}: {lines}, of them different: {ids}, written: {2 * EVENTS}", flush=True)
    if {lines, ids} != {str(2 * EVENTS)}:
        raise DemoFailed(f"{2 * EVENTS} lines were written, {lines} arrived")


def show_auditor(stage: Stage) -> None:
    """Print what the auditor of one account may. Raises DemoFailed if that is more or less than its own prefix."""
    s3 = auditor(stage, AUDITED)
    for account, allowed in ((AUDITED, True), (OTHER, False)):
        prefix = f"AWSLogs/{stage.seed['organization']['id']}/{stage.account_id(account)}/"
        show_attempt(f"lists {prefix}", allowed, s3.list_objects_v2, Bucket=TRAIL_BUCKET, Prefix=prefix)
        operator = stage.client(ARCHIVE, "s3")
        key = operator.list_objects_v2(Bucket=TRAIL_BUCKET, Prefix=prefix)["Contents"][0]["Key"]
        show_attempt(f"reads {key}", allowed, s3.get_object, Bucket=TRAIL_BUCKET, Key=key)
    show_attempt("deletes it", False, s3.delete_object, Bucket=TRAIL_BUCKET, Key=key)
    (version,) = operator.list_object_versions(Bucket=TRAIL_BUCKET, Prefix=key)["Versions"]
    of_version = {"Bucket": TRAIL_BUCKET, "Key": key, "VersionId": version["VersionId"]}
    show_attempt("and the archive's administrator deletes it", False, operator.delete_object, **of_version)


def auditor(stage: Stage, account: str) -> Any:
    """Create the auditor's role in the account as its owner would; return its client of S3."""
    iam = stage.client(account, "iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": stage.account_id("management")}, "Action": "sts:AssumeRole"}
    reads = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "kms:Decrypt"], "Resource": "*"}
    role = iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="auditor", PolicyName="reads", PolicyDocument=document(reads))
    keys = {
        "aws_access_key_id": stage.variables["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": stage.variables["AWS_SECRET_ACCESS_KEY"],
    }
    place = {"region_name": REGION, "endpoint_url": stage.variables["AWS_ENDPOINT_URL"]}
    session = boto3.client("sts", **keys, **place).assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
    return boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        **place,
    )


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def show_attempt(what: str, allowed: bool, call: Any, **arguments: Any) -> None:
    """Print whether a call is allowed. Raises DemoFailed if that isn't as expected."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException", "403"):
            raise
        answer = "refused"
    else:
        answer = "allowed"
    print(f"{answer}  {what}", flush=True)
    if (answer == "allowed") != allowed:
        raise DemoFailed(f"{what}: {answer}")
