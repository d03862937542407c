# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of inventories/logs: through to the archive, verified, replayed, and evidence for auditors."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import time

import pytest
import yaml

from tests.emulator.conftest import running
from tests.integration.conftest import REGION, ROOT, Site, lines

LOGS, SEED = ROOT / "inventories" / "logs", ROOT / "inventories" / "logs.emulator.yml"
ARCHIVE, PAYMENTS, SHOP, MANAGEMENT = "131313131313", "230000000001", "230000000002", "999999999999"
BUCKET, TRAILS = "logs-of-example", "trails-of-example"
# A buffer of a minute takes 0.1 s, CloudTrail's hour 7 s.
QUICK = {"log_delivery": {"scale": 0.002}, "transition": 50}
VERIFY = ("-e", "logs_verify_pause=1", "-e", "logs_verify_seconds=20", "-e", "logs_verify_events=3")


class LogSite(Site):
    """Copy of inventories/logs on an emulator with its seed."""

    def __init__(self, emulator, home):
        self.emulator, self.home, self.inventory = emulator, home, home / "inventory"
        shutil.copytree(LOGS, self.inventory)
        (key,) = yaml.safe_load(SEED.read_text(encoding="utf-8"))["access_keys"]
        self.key = {name: key[name] for name in ("access_key_id", "secret_access_key")}

    def client(self, account_id, service="s3"):
        return super().client(account_id, service)

    def verify(self, *more):
        return self.run("logs_verify", *VERIFY, *more)

    def query(self, sql, workgroup="logs", database="logs"):
        """Rows of a query, as lists of text."""
        athena = self.client(ARCHIVE, "athena")
        context = {"Database": database}
        id_ = athena.start_query_execution(QueryString=sql, WorkGroup=workgroup, QueryExecutionContext=context)
        state = "QUEUED"
        while state in ("QUEUED", "RUNNING"):
            done = athena.get_query_execution(QueryExecutionId=id_["QueryExecutionId"])["QueryExecution"]["Status"]
            state = done["State"]
        assert state == "SUCCEEDED", done
        found = athena.get_query_results(QueryExecutionId=id_["QueryExecutionId"])["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found[1:]]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    with running(seed, tmp_path_factory.mktemp("emulator")) as process:
        process.control("POST", "settings", QUICK)
        yield process


@pytest.fixture(scope="module")
def site(emulator, tmp_path_factory):
    """The archive, its trail and sources, as declared, with two log groups of a service."""
    site = LogSite(emulator, tmp_path_factory.mktemp("site"))
    for account in (PAYMENTS, SHOP):
        site.client(account, "logs").create_log_group(logGroupName="/ecs/app")
    site.run("logs").succeeded()
    emulator.control("POST", "snapshot")
    return site


@pytest.fixture(autouse=True)
def as_converged(site):
    """Each test begins with what the first run made."""
    site.emulator.control("POST", "restore")
    site.emulator.control("POST", "settings", QUICK)


def wrong(run):
    """What logs_verify says at its end."""
    assert run.code != 0, run.output
    start = run.output.index('"msg": [', run.output.index("Show what is wrong")) + len('"msg": ')
    return json.JSONDecoder().raw_decode(run.output[start:])[0]


def test_marked_events_arrive_and_nothing_else_is_written(site):
    run = site.verify().succeeded()
    told = lines(run)
    assert re.match(r"payments: 3 of 3 marked events arrived within \d+ s", told[0]), told
    assert re.match(r"shop: 3 of 3 marked events arrived within \d+ s", told[1]), told
    assert {write.partition(" ")[2] for write in run.writes} <= {
        "CreateLogStream",
        "PutLogEvents",
        "StartQueryExecution",
    }


def test_everything_that_is_wrong_is_told_of_all_hosts(site):
    logs = site.client(SHOP, "logs")
    (policy,) = logs.describe_account_policies(policyType="SUBSCRIPTION_FILTER_POLICY")["accountPolicies"]
    logs.delete_account_policy(policyName=policy["policyName"], policyType="SUBSCRIPTION_FILTER_POLICY")
    site.client(PAYMENTS, "logs").create_log_group(logGroupName="/ecs/new")
    site.client(MANAGEMENT, "cloudtrail").stop_logging(Name="organization")
    site.client(ARCHIVE).put_object(Bucket=BUCKET, Key="errors/cloudwatch/processing-failed/2026/11/28/10/x", Body=b"x")
    told = "\n".join(wrong(site.verify("-e", "logs_verify_seconds=2")))
    for text in (
        "shop: the subscriptions: not as declared",
        "shop: none of 3 marked events",
        "payments: the subscriptions: not as declared",
        "payments: log groups without retention keep their events for ever: /ecs/new",
        "management: trail organization is off",
        "log-archive: errors/cloudwatch/ has 1 objects",
    ):
        assert text in told, (text, told)


def test_a_changed_file_of_the_trail_is_found(site):
    digest(site, PAYMENTS)
    site.verify().succeeded()
    s3 = site.client(ARCHIVE)
    key = newest(site, f"AWSLogs/o-logs123456/{PAYMENTS}/CloudTrail/")
    # As the archive's administrator, who may bypass governance; of a new version, which Athena reads.
    s3.put_object(Bucket=TRAILS, Key=key, Body=gzip.compress(b'{"Records": []}'))
    (problem,) = [line for line in wrong(site.verify()) if "invalid" in line]
    assert problem.startswith(f"log-archive: the trail's files of account {PAYMENTS}, {REGION} are invalid")
    assert key in problem and "its content isn't what CloudTrail delivered" in problem


def digest(site, account):
    """Wait until there is a log file of the account, and a digest that names it."""
    site.client(account, "iam").list_roles()
    deadline = time.monotonic() + 60
    prefix = f"AWSLogs/o-logs123456/{account}/"
    while time.monotonic() < deadline:
        keys = [item["Key"] for item in listed(site, f"{prefix}CloudTrail-Digest/")]
        s3 = site.client(ARCHIVE)
        for key in keys:
            body = gzip.decompress(s3.get_object(Bucket=TRAILS, Key=key)["Body"].read())
            if json.loads(body)["logFiles"]:
                return
    raise AssertionError(f"no digest with a log file under {prefix}")


def listed(site, prefix, bucket=TRAILS):
    return site.client(ARCHIVE).list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])


def newest(site, prefix):
    return max(listed(site, prefix), key=lambda item: item["LastModified"])["Key"]


def failed_record(number):
    """A record as Firehose puts it under an error prefix: "Handle failure in data transformation"."""
    told = {
        "messageType": "DATA_MESSAGE",
        "owner": SHOP,
        "logGroup": "/ecs/app",
        "logStream": "one",
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": f"{number}", "timestamp": int(time.time() * 1000), "message": f"late {number}"}],
    }
    data = base64.b64encode(gzip.compress(json.dumps(told).encode())).decode()
    return json.dumps({"arrivalTimestamp": int(time.time() * 1000), "errorCode": "x", "rawData": data}) + "\n"


def test_what_failed_is_replayed_once(site):
    body = "".join(failed_record(number) for number in range(4)) + "no record\n"
    key = "errors/cloudwatch/processing-failed/2026/11/28/10/logs-cloudwatch-1-x"
    site.client(ARCHIVE).put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    checked = site.run("log_replay", "--check").succeeded()
    assert checked.writes == [] and "4 events of 1 error objects would be delivered" in checked.output
    done = site.run("log_replay").succeeded()
    assert "4 events of 1 error objects delivered, 0 were there already; 0 objects are left" in done.output
    assert "the error record isn't JSON" in done.output
    again = site.run("log_replay").succeeded()
    assert again.writes == [] and "0 events of 0 error objects delivered" in again.output
    found = site.query(f"SELECT message FROM cloudwatch WHERE account = '{SHOP}' AND message LIKE 'late%' ORDER BY id")
    assert found == [[f"late {number}"] for number in range(4)]
    assert any("has 1 records that nobody can read" in line for line in wrong(site.verify()))


def test_evidence_for_an_auditor(site):
    s3 = site.client(PAYMENTS)
    with pytest.raises(s3.exceptions.ClientError):
        site.client(PAYMENTS, "s3").get_object(Bucket=TRAILS, Key=newest_of_anybody(site))
    digest(site, PAYMENTS)
    pages = site.home / "audit"
    run = site.run("audit_report", "-e", f"audit_dir={pages}").succeeded()
    assert {write.partition(" ")[2] for write in run.writes} <= {"StartQueryExecution"}
    found = json.loads((pages / "audit.json").read_text(encoding="utf-8"))
    assert found.keys() == {"log-archive", "management", "payments", "shop"}
    payments = found["payments"]
    assert (payments["integrity"], payments["problems"]) == ("valid", []), payments
    assert [trail["name"] for trail in payments["trails"]] == ["organization"]
    answers = {answer["query"]: answer for answer in payments["answers"]}
    assert not any(answer["error"] for answer in answers.values()), answers
    roles = {row["role"] for row in answers["roles_used"]["rows"]}
    assert f"arn:aws:iam::{PAYMENTS}:role/OrganizationAccountAccessRole" in roles
    page = (pages / "payments.html").read_text(encoding="utf-8")
    assert "Who used which role" in page and (pages / "payments.html").stat().st_mode & 0o777 == 0o600
    assert 'href="payments.html"' in (pages / "index.html").read_text(encoding="utf-8")
    assert json.loads((pages / "payments.json").read_text(encoding="utf-8")).keys() == {"payments"}


def newest_of_anybody(site):
    digest(site, SHOP)
    return newest(site, f"AWSLogs/o-logs123456/{SHOP}/CloudTrail/")


@pytest.mark.parametrize("playbook", ["logs_verify", "log_replay", "audit_report"])
def test_an_inventory_without_logs(site, playbook, tmp_path):
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"alpha": {"account_id": PAYMENTS}}}}))
    run = site.run(playbook, "-e", f"audit_dir={tmp_path}/audit", inventory=tmp_path / "hosts.yml")
    assert run.code != 0 and "the inventory has no account in" in run.output and run.calls == []


def test_the_folder_of_the_pages_is_missing(site):
    run = site.run("audit_report")
    assert run.code != 0 and "audit_dir is missing" in run.output and run.calls == []


def test_verify_does_not_pretend_in_check_mode(site):
    run = site.run("logs_verify", "--check")
    assert run.code != 0 and "run it without --check" in run.output and run.calls == []
