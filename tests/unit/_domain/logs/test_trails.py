# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import trails

CARDS, FUNCTION = "arn:aws:s3:::cards/", "arn:aws:lambda:eu-central-1:222222222222:function:pay"
TABLE = "arn:aws:dynamodb:eu-central-1:222222222222:table/cards"
SOUND = {
    "logging": True,
    "delivery_error": "",
    "digest_error": "",
    "silent_hours": 0,
    "validation": True,
    "multi_region": True,
    "management": "All",
    "excluded": [],
    "bucket": "b",
    "data": [],
    "account_id": "222222222222",
    "region": "eu-central-1",
}


@pytest.mark.parametrize("name", ["audit", "a.b-c_d", "x" * 128])
def test_names(name):
    trails.check_name("name", name)


@pytest.mark.parametrize("name", ["ab", "x" * 129, "-audit", "audit.", "a..b", "a b", "ä-trail", "audit\n", None])
def test_no_names(name):
    """CreateTrail: letters, digits, ._-, no two of these next to each other, first and last a letter or digit"""
    with pytest.raises(Invalid, match="is no name of a trail"):
        trails.check_name("name", name)


def test_selectors_are_read_back_as_written():
    field = trails.selectors([TABLE, FUNCTION, CARDS, CARDS])
    assert field["data"] == [TABLE, FUNCTION, CARDS]
    written = trails.event_selectors(field)
    assert [item["Type"] for item in written[0]["DataResources"]] == [
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::S3::Object",
    ]
    assert trails.read_selectors({"EventSelectors": written}) == field
    assert trails.read_selectors({}) == trails.DEFAULT == trails.selectors([])


@pytest.mark.parametrize(
    ("basic", "management"),
    [
        ([{"ReadWriteType": "ReadOnly"}], "ReadOnly"),
        ([{"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}], "All"),
        ([{"ReadWriteType": "All", "IncludeManagementEvents": False}], ""),
        ([{}], "All"),
    ],
)
def test_management_events_of_basic_selectors(basic, management):
    assert trails.read_selectors({"EventSelectors": basic})["management"] == management


def advanced(**fields):
    return {"FieldSelectors": [{"Field": field, "Equals": value} for field, value in fields.items()]}


@pytest.mark.parametrize(
    ("selectors", "management"),
    [
        ([advanced(eventCategory=["Management"])], "All"),
        ([advanced(eventCategory=["Management"], readOnly=["true"])], "ReadOnly"),
        ([advanced(eventCategory=["Management"], readOnly=["false"])], "WriteOnly"),
        ([advanced(eventCategory=["Management"], eventSource=["kms.amazonaws.com"])], "partly"),
        ([advanced(eventCategory=["Data"])], ""),
    ],
)
def test_management_events_of_advanced_selectors(selectors, management):
    field = trails.read_selectors({"AdvancedEventSelectors": selectors})
    assert field["management"] == management and field != trails.DEFAULT


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("arn:aws:s3:::trails/x", "is in a bucket of the archive, whose log would log itself"),
        ("arn:aws:s3:::logs/", "is in a bucket of the archive"),
        ("arn:aws:s3", "is nothing of which data events can be logged"),
        ("arn:aws:s3:::cards", "is nothing of which data events can be logged"),
        ("arn:aws:s3:::c*rds/", "is nothing of which data events can be logged"),
        ("arn:aws:sqs:eu-central-1:222222222222:x", "is nothing of which data events can be logged"),
    ],
)
def test_data_events_that_are_refused(value, text):
    with pytest.raises(Invalid, match=r"data_events\[1\]") as invalid:
        trails.check_data_events("data_events", [CARDS, value], ["trails", "logs"])
    assert text in str(invalid.value)


def test_no_more_data_resources_than_cloudtrail_takes():
    with pytest.raises(Invalid, match="has 251 entries"):
        trails.check_data_events("data_events", [f"{CARDS}{number}" for number in range(251)], [])


def test_a_sound_trail():
    assert trails.faults(SOUND) == trails.deviations(SOUND, "b", []) == []


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"logging": False}, "logging is off"),
        ({"logging": None}, "its status can't be read here"),
        ({"delivery_error": "AccessDenied"}, "S3 refuses its log files (AccessDenied)"),
        ({"digest_error": "NoSuchBucket"}, "S3 refuses its digests (NoSuchBucket)"),
        ({"silent_hours": 2}, "nothing was delivered for 2 hours"),
    ],
)
def test_faults(changed, text):
    (line,) = trails.faults({**SOUND, **changed})
    assert text in line


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"validation": False}, "log file validation is off"),
        ({"multi_region": False}, "it logs one region only"),
        ({"management": None}, "its event selectors can't be read in this account and region"),
        ({"management": ""}, "of management events it logs none"),
        ({"excluded": ["kms.amazonaws.com"]}, "it leaves out management events of kms.amazonaws.com"),
        ({"bucket": "c"}, "it delivers to the bucket c, declared is b"),
    ],
)
def test_deviations(changed, text):
    (line,) = trails.deviations({**SOUND, **changed}, "b", [])
    assert text in line


def test_data_events_that_somebody_elses_trail_lacks():
    assert trails.deviations(SOUND, "b", [CARDS]) == [f"it doesn't log the declared data events of {CARDS}"]
