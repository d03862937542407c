# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails as CloudTrail describes them: API_DescribeTrails, API_GetTrailStatus, API_GetEventSelectors."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import trail_report

MOMENT = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
ALL = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}


def trail(selectors=None, status=None, **changed):
    return {
        "Name": "main",
        "TrailARN": "arn:aws:cloudtrail:eu-central-1:222222222222:trail/main",
        "S3BucketName": "trail",
        "IsMultiRegionTrail": True,
        "LogFileValidationEnabled": True,
        "Status": {"IsLogging": True, "StartLoggingTime": MOMENT, **(status or {})},
        "Selectors": selectors or ALL,
        **changed,
    }


def test_a_good_trail():
    told = trail_report.as_data(trail())
    assert (told["problems"], told["logging"], told["management_events"]) == ([], True, "all")
    assert (told["logging_since"], told["latest_delivery"]) == ("2026-11-28T12:00:00Z", None)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"status": {"IsLogging": False, "StopLoggingTime": MOMENT}}, "main is off since 2026-11-28T12:00:00Z"),
        ({"status": {"LatestDeliveryError": "NoSuchBucket"}}, "main can't deliver log files: NoSuchBucket"),
        ({"status": {"LatestDigestDeliveryError": "AccessDenied"}}, "main can't deliver digests: AccessDenied"),
        ({"LogFileValidationEnabled": False}, "main: log file validation is off"),
        ({"Status": {"error": "denied"}}, "main: its status is not known: denied"),
        ({"selectors": {"error": "denied"}}, "main: what it records is not known: denied"),
        ({"selectors": {"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}}, "main doesn't record all"),
    ],
)
def test_what_is_wrong(changed, says):
    (problem,) = trail_report.as_data(trail(**changed))["problems"]
    assert problem.startswith(f"trail {says}")


def field(name, *values):
    return {"Field": name, "Equals": list(values)}


@pytest.mark.parametrize(
    ("selectors", "events"),
    [
        (ALL, "all"),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly"}, {"ReadWriteType": "ReadOnly"}]}, "all"),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]}, "none"),
        ({"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]}, "some"),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [field("eventCategory", "Management")]}]}, "all"),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [field("eventCategory", "Management"), field("readOnly", "false")]},
                    {"FieldSelectors": [field("eventCategory", "Data")]},
                ]
            },
            "write",
        ),
        (
            {
                "AdvancedEventSelectors": [
                    {
                        "FieldSelectors": [
                            field("eventCategory", "Management"),
                            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
                        ]
                    }
                ]
            },
            "some",
        ),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [field("eventCategory", "Data")]}]}, "none"),
        ({"error": "denied"}, "unknown"),
    ],
)
def test_management_events(selectors, events):
    assert trail_report.management_events(selectors) == events
