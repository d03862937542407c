# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy

import pytest

from ansible_collections.closednet.aws.plugins.filter import log_archives as filters
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import inventory, sources

ARCHIVE, ALPHA, BETA, MANAGEMENT = "999999999999", "111111111111", "222222222222", "333333333333"
AUDITOR = {"principal_arns": ["arn:aws:iam::444444444444:role/auditor"], "account_ids": [ALPHA]}
PAYMENTS = {"type": "custom", "name": "payments", "columns": [{"name": "amount", "type": "bigint"}]}
GROUPS = {"logs": ["archive"], "log_sources": ["alpha", "beta"], "audit_trails": ["management"], "pci": ["beta"]}
ACCOUNTS = {
    "archive": {
        "account_id": ARCHIVE,
        "region": "eu-central-1",
        "log_archive_bucket": "logs-of-example",
        "log_archive_trail_bucket": "trails-of-example",
        "log_archive_organization_id": "o-abcdefghij",
        "log_archive_object_lock": {"mode": "governance", "days": 30},
        "log_archive_auditors": [AUDITOR],
        "log_archive_tables": [{"type": "cloudwatch"}, PAYMENTS, {"type": "cloudtrail"}],
    },
    "alpha": {"account_id": ALPHA, "region": "eu-central-1", "log_source_table": "payments"},
    "beta": {"account_id": BETA, "region": "eu-central-1"},
    "management": {"account_id": MANAGEMENT, "region": "eu-central-1", "audit_trail_organization": True},
}
OTHER = {"account_id": "555555555555", "region": "eu-west-1", "log_archive_bucket": "others"}


def changed(**hosts):
    """ACCOUNTS with these variables too, by host; None: without it."""
    accounts = copy.deepcopy(ACCOUNTS)
    for host, variables in hosts.items():
        of_host = accounts.setdefault(host, {})
        of_host.update(variables)
        for name in [name for name, value in variables.items() if value is None]:
            del of_host[name]
    return accounts


def told(accounts, **groups):
    return [str(invalid) for invalid in inventory.problems(accounts, {**GROUPS, **groups})]


def test_a_sound_inventory_has_no_problem():
    assert told(ACCOUNTS) == []
    assert inventory.problems(ACCOUNTS, None) == [] and inventory.problems({}, {"logs": ["elsewhere"]}) == []


@pytest.mark.parametrize(
    ("hosts", "groups", "problem"),
    [
        (
            {"beta": {"region": "eu-west-1"}},
            {},
            "beta.region: 'eu-west-1' has no log archive, to which beta would send (archives: archive in eu-cen",
        ),
        ({"archive": {"log_archive_state": "absent"}}, {"audit_trails": [], "log_sources": ["beta"]}, "beta.region: "),
        (
            {"second": {**OTHER, "region": "eu-central-1"}},
            {"logs": ["archive", "second"]},
            "second.region: 'eu-central-1' is also the region of the log archive archive",
        ),
        (
            {"second": {**OTHER, "log_archive_bucket": "trails-of-example"}},
            {"logs": ["archive", "second"]},
            "second.log_archive_bucket: 'trails-of-example' is also archive.log_archive_trail_bucket",
        ),
        (
            {"archive": {"log_archive_transport": "centralization"}},
            {},
            "archive.log_archive_transport: 'centralization' copies log groups into this account, and archive sub",
        ),
        (
            {"archive": {"log_archive_trail_bucket": "logs-of-example"}},
            {},
            "archive.log_archive_trail_bucket: 'logs-of-example' is also archive.log_archive_bucket",
        ),
        (
            {"archive": {"log_archive_retention_days": 90}},
            {},
            "archive.log_archive_retention_days: 90 deletes what PCI DSS 10.5.1 wants kept for 12 months, of beta",
        ),
        (
            {"archive": {"log_archive_trail_retention_days": 364}},
            {},
            "archive.log_archive_trail_retention_days: 364 deletes what PCI DSS 10.5.1 wants",
        ),
        (
            {"archive": {"log_archive_object_lock": {"days": 500}, "log_archive_trail_object_lock": {"days": 30}}},
            {},
            "archive.log_archive_retention_days: 400 is less than log_archive_object_lock.days (500)",
        ),
        (
            {"archive": {"log_archive_trail_object_lock": {"mode": "compliance", "days": 500}}},
            {},
            "archive.log_archive_trail_retention_days: 400 is less than log_archive_trail_object_lock.days (500)",
        ),
        (
            {"alpha": {"log_source_table": "payment"}},
            {},
            "alpha.log_source_table: 'payment' is no table of archive that CloudWatch Logs can fill; expected cloud",
        ),
        (
            {"alpha": {"log_source_table": "cloudtrail"}},
            {},
            "alpha.log_source_table: 'cloudtrail' is no table of archive",
        ),
        (
            {"beta": {"log_source_log_groups": [{"name": "a"}, {"name": "b", "table": "pay"}]}},
            {},
            "beta.log_source_log_groups[1].table: 'pay' is no table of archive",
        ),
        (
            {"archive": {"log_archive_tables": [PAYMENTS]}},
            {},
            "beta.log_source_table: 'cloudwatch' is no table of archive that CloudWatch Logs can fill; expected pay",
        ),
        (
            {},
            {"audit_trails": ["management", "alpha"]},
            "alpha.audit_trail_state: would be recorded a second time, which costs: management has the organization's",
        ),
        (
            {"archive": {"log_archive_organization_id": None}},
            {},
            "archive.log_archive_organization_id: is missing, and management has the trail of an organization",
        ),
        (
            {"archive": {"log_archive_trail_bucket": None}},
            {},
            "management.region: 'eu-central-1' has no log archive with a trail bucket, to which management would write",
        ),
        (
            {"management": {"audit_trail_data_events": ["arn:aws:s3:::cards/", "arn:aws:s3:::logs-of-example/"]}},
            {},
            "management.audit_trail_data_events[1]: 'arn:aws:s3:::logs-of-example/' is in a bucket of the archive",
        ),
        (
            {"archive": {"log_archive_auditors": [{**AUDITOR, "account_ids": ["666666666666"]}]}},
            {},
            "archive.log_archive_auditors[0].account_ids[0]: '666666666666' is no source of this archive",
        ),
        (
            {"archive": {"log_archive_auditors": [{**AUDITOR, "account_ids": ["alpha"]}]}},
            {},
            "archive.log_archive_auditors[0].account_ids[0]: 'alpha' is no AWS account id",
        ),
        (
            {"archive": {"log_archive_tables": [{"type": "custom", "name": "payments"}]}},
            {},
            "archive.log_archive_tables[0].columns: are missing",
        ),
        ({"management": {"audit_trail_name": "a"}}, {}, "management.audit_trail_name: 'a' is no name of a trail"),
        (
            {"beta": {"log_source_log_groups": [{"name": "a b"}]}},
            {},
            "beta.log_source_log_groups[0].name: 'a b' is no name of a log group",
        ),
        (
            {"gamma": {"account_id": "7" * 12, "vpc_flow_logs": {"destination": "arn:aws:s3:::logs-of-example"}}},
            {},
            "gamma.vpc_flow_logs.destination: 'arn:aws:s3:::logs-of-example' is the bucket of archive, whose policy",
        ),
        (
            {"alpha": {"vpc_flow_logs": {"destination": "arn:aws:s3:::logs-of-example/flows"}}},
            {},
            "alpha.vpc_flow_logs.destination: 'arn:aws:s3:::logs-of-example/flows' has a folder, in which no table",
        ),
        (
            {"alpha": {"egress_logs": [{"log_type": "ALERT", "destination": "logs-of-example/egress"}]}},
            {},
            "alpha.egress_logs[0].destination: 'logs-of-example/egress' has a folder, in which no table",
        ),
    ],
)
def test_a_problem_is_told_with_host_and_variable(hosts, groups, problem):
    found = told(changed(**hosts), **groups)
    assert len(found) == 1 and found[0].startswith(problem), found


@pytest.mark.parametrize(
    "hosts",
    [
        {"archive": {"log_archive_retention_days": 0, "log_archive_trail_retention_days": 0}},
        {"alpha": {"vpc_flow_logs": {"destination": "arn:aws:s3:::logs-of-example"}}},
        {"gamma": {"account_id": "7" * 12, "vpc_flow_logs": {"destination": "arn:aws:s3:::somewhere-else/flows"}}},
        {"alpha": {"egress_logs": [{"log_type": "ALERT", "destination": "logs-of-example"}]}},
        {"alpha": {"egress_logs": [{"destination_type": "cloud-watch-logs", "destination": "logs-of-example/x"}]}},
        {"beta": {"log_source_state": "absent", "region": "eu-west-1", "log_source_table": "gone"}},
        {"beta": {"log_source_all_log_groups": False, "log_source_log_groups": [{"name": "a", "table": "payments"}]}},
    ],
)
def test_what_is_right_is_left_alone(hosts):
    assert told(changed(**hosts)) == []


def test_without_a_pci_account_logs_may_be_kept_for_less():
    """The module has a minimum of its own; this check is about PCI DSS."""
    assert told(changed(archive={"log_archive_retention_days": 90}), pci=["alpha_of_another_region"]) == []


def test_a_source_knows_the_archive_of_its_region():
    groups = {**GROUPS, "logs": ["archive", "second"]}
    accounts = changed(second={**OTHER, "log_archive_name": "west"}, gamma={"account_id": "7" * 12})
    found = sources.archive_of(accounts, groups, "eu-west-1")
    assert (found["host"], found["name"], found["tables"]) == ("second", "west", ["cloudwatch"])
    assert sources.archive_of(accounts, groups, "eu-central-1")["tables"] == ["cloudwatch", "payments"]
    # A trail of another region writes to the only trail bucket that there is.
    assert sources.trail_archive_of(accounts, groups, "us-east-1")["host"] == "archive"
    with pytest.raises(
        Invalid, match="region: 'us-east-1' has 0 log archives; .* archive in eu-central-1, second in eu-w"
    ):
        sources.archive_of(accounts, groups, "us-east-1")
    with pytest.raises(Invalid, match="second.region: is missing"):
        sources.archive_of({"second": {"account_id": "5" * 12}}, {"logs": ["second"]}, None)


def test_log_groups_go_to_the_destinations_of_their_tables():
    archive = sources.archive_of(ACCOUNTS, GROUPS, "eu-central-1")
    groups = [{"name": "a", "filter_pattern": "x"}, {"name": "b", "table": "cloudwatch"}]
    found = sources.destinations(archive, True, "payments", groups)
    arn = f"arn:aws:logs:eu-central-1:{ARCHIVE}:destination:archive-"
    assert found == {
        "destination_arn": f"{arn}payments",
        "log_groups": [
            {"name": "a", "filter_pattern": "x", "destination_arn": f"{arn}payments"},
            {"name": "b", "destination_arn": f"{arn}cloudwatch"},
        ],
        "role_arn": None,
        "centralization": None,
    }
    assert sources.destinations(archive, False, None, [])["destination_arn"] is None
    china = {**archive, "partition": sources.partition_of("cn-north-1"), "region": "cn-north-1"}
    assert sources.destinations(china, True, None, [])["destination_arn"].startswith("arn:aws-cn:logs:cn-north-1:")


def test_in_the_archives_own_account_its_streams_are_subscribed():
    """PutAccountPolicy: "A Firehose stream in the same account", with a role; a destination is for others."""
    archive = sources.archive_of(ACCOUNTS, GROUPS, "eu-central-1")
    found = sources.destinations(archive, True, None, [{"name": "a", "table": "payments"}], ARCHIVE)
    arn = f"arn:aws:firehose:eu-central-1:{ARCHIVE}:deliverystream/archive-"
    role = f"arn:aws:iam::{ARCHIVE}:role/archive-dest-eu-central-1"
    assert (found["destination_arn"], found["role_arn"]) == (f"{arn}cloudwatch", role)
    assert found["log_groups"] == [{"name": "a", "destination_arn": f"{arn}payments", "role_arn": role}]


def test_where_aws_centralizes_only_the_archive_subscribes():
    settings = {"excluded_log_groups": ["/noise"], "encrypted_log_groups": False}
    accounts = {
        **ACCOUNTS,
        "archive": {
            **ACCOUNTS["archive"],
            "log_archive_transport": "centralization",
            "log_archive_centralization": settings,
        },
    }
    archive = sources.archive_of(accounts, GROUPS, "eu-central-1")
    nothing = {"destination_arn": None, "role_arn": None, "log_groups": []}
    assert sources.destinations(archive, True, None, [{"name": "a"}], "2" * 12) == {
        **nothing,
        "centralization": settings,
    }
    own = sources.destinations(archive, True, None, [], ARCHIVE)
    assert own["destination_arn"].endswith(":deliverystream/archive-cloudwatch") and own["centralization"] is None


def test_an_archive_knows_who_writes_to_it():
    """The trail of an organization covers its accounts that send no logs, too."""
    found = sources.archive_sources(ACCOUNTS, GROUPS, "archive")
    assert found == {
        "account_ids": [ALPHA, BETA],
        "regions": ["eu-central-1"],
        "trails": [
            {
                "name": "management",
                "account_id": MANAGEMENT,
                "region": "eu-central-1",
                "organization_id": "o-abcdefghij",
            }
        ],
        "trail_organization_id": "o-abcdefghij",
        "trail_account_ids": [ALPHA, BETA, MANAGEMENT, ARCHIVE],
    }
    of_account = changed(management={"audit_trail_organization": None, "audit_trail_name": "audit"})
    found = sources.archive_sources(of_account, GROUPS, "archive")
    assert found["trail_account_ids"] == [ALPHA, BETA, MANAGEMENT] and found["trail_organization_id"] is None
    assert found["trails"][0]["name"] == "audit" and found["trails"][0]["organization_id"] is None
    without = changed(archive={"log_archive_trail_bucket": None})
    assert sources.archive_sources(without, GROUPS, "archive")["trails"] == []


def test_filters_are_of_these():
    named = filters.FilterModule().filters()
    assert named["log_archive_of"](ACCOUNTS, GROUPS, "eu-central-1")["bucket"] == "logs-of-example"
    assert named["log_archive_of"](ACCOUNTS, GROUPS, "us-east-1", trails=True)["trail_bucket"] == "trails-of-example"
    assert named["log_archive_sources"](ACCOUNTS, GROUPS, "archive")["account_ids"] == [ALPHA, BETA]
    archive = named["log_archive_of"](ACCOUNTS, GROUPS, "eu-central-1")
    assert named["log_destinations"](archive, True)["destination_arn"].endswith(":destination:archive-cloudwatch")
