# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which events a trail's selectors log, and which selectors CloudTrail refuses.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html, API_AdvancedFieldSelector.html,
API_PutEventSelectors.html. Insights and network activity events don't occur here.
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError

DEFAULT = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
EXCLUDABLE = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
TYPES = ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
CATEGORIES = ("Management", "Data", "NetworkActivity")
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
FIELDS = (
    "eventCategory",
    "eventName",
    "eventSource",
    "readOnly",
    "resources.ARN",
    "resources.type",
    "userIdentity.arn",
)


class InvalidSelectors(JsonRESTError):
    code = 400

    def __init__(self, message: str):
        super().__init__("InvalidEventSelectorsException", message)


def check(basic: list[dict[str, Any]], advanced: list[dict[str, Any]]) -> None:
    """Raise InvalidSelectors. The texts are not verified on AWS."""
    if bool(basic) == bool(advanced):
        raise InvalidSelectors("Specify either EventSelectors or AdvancedEventSelectors.")
    if len(basic) > 5:
        raise InvalidSelectors("A trail can have up to 5 event selectors.")
    if sum(len(each["Values"]) for one in basic for each in one.get("DataResources", [])) > 250:
        raise InvalidSelectors("A trail is limited to 250 data resources.")
    for one in basic:
        _check_basic(one)
    for one in advanced:
        _check_advanced(one["FieldSelectors"])


def _check_basic(one: dict[str, Any]) -> None:
    if one.get("ReadWriteType", "All") not in ("All", "ReadOnly", "WriteOnly"):
        raise InvalidSelectors(f"Invalid ReadWriteType: {one['ReadWriteType']}")
    for each in one.get("DataResources", []):
        if each.get("Type") not in TYPES:
            raise InvalidSelectors(f"Value {each.get('Type')} for DataResources.Type is invalid.")
        for value in each["Values"]:
            if not value.startswith("arn:"):
                raise InvalidSelectors(f"Value {value} for DataResources.Values is invalid.")
    if set(one.get("ExcludeManagementEventSources", [])) - set(EXCLUDABLE):
        raise InvalidSelectors("ExcludeManagementEventSources takes kms.amazonaws.com and rdsdata.amazonaws.com.")


def _check_advanced(fields: list[dict[str, Any]]) -> None:
    named = {field["Field"]: field for field in fields}
    if len(named) != len(fields) or set(named) - set(FIELDS):
        raise InvalidSelectors("A field is not valid, or is selected twice.")
    category = named.get("eventCategory", {}).get("Equals", [])
    if len(category) != 1 or category[0] not in CATEGORIES:
        raise InvalidSelectors("eventCategory must be Equals one of Management, Data, NetworkActivity.")
    if category == ["Data"] and len(named.get("resources.type", {}).get("Equals", [])) != 1:
        raise InvalidSelectors("A selector of data events must have resources.type Equals one type.")


def logs(trail: Any, record: dict[str, Any], resource: str) -> bool:
    """Return true if a trail's selectors log an event. resource: ARN of a data event's resource, else ""."""
    if trail.advanced_event_selectors:
        return any(_selects(one["FieldSelectors"], record, resource) for one in trail.advanced_event_selectors)
    return any(_logs(one, record, resource) for one in trail.event_selectors or [DEFAULT])


def _logs(selector: dict[str, Any], record: dict[str, Any], resource: str) -> bool:
    wanted = {"ReadOnly": True, "WriteOnly": False}.get(selector.get("ReadWriteType", "All"))
    if wanted is not None and record["readOnly"] is not wanted:
        return False
    if record["managementEvent"]:
        excluded = selector.get("ExcludeManagementEventSources") or []
        return selector.get("IncludeManagementEvents", True) and record["eventSource"] not in excluded
    kind = kind_of(record)
    return any(
        # "arn:aws:s3" and "arn:aws:lambda": all of the account; "arn:aws:s3:::bucket/": with this prefix.
        each["Type"] == kind and any(resource.startswith(value) for value in each["Values"])
        for each in selector.get("DataResources") or []
    )


def kind_of(record: dict[str, Any]) -> str:
    return {"s3.amazonaws.com": "AWS::S3::Object", "lambda.amazonaws.com": "AWS::Lambda::Function"}.get(
        record["eventSource"], ""
    )


def _selects(fields: list[dict[str, Any]], record: dict[str, Any], resource: str) -> bool:
    values = {
        "eventCategory": record["eventCategory"],
        "eventName": record["eventName"],
        "eventSource": record["eventSource"],
        "readOnly": str(record["readOnly"]).lower(),
        "resources.ARN": resource,
        "resources.type": kind_of(record) if record["eventCategory"] == "Data" else "",
        "userIdentity.arn": record["userIdentity"].get("arn", ""),
    }
    return all(_fits(field, values[field["Field"]]) for field in fields)


def _fits(field: dict[str, Any], value: str) -> bool:
    tests = {
        "Equals": value.__eq__,
        "StartsWith": value.startswith,
        "EndsWith": value.endswith,
    }
    for operator in OPERATORS:
        given = field.get(operator)
        if not given:
            continue
        found = any(tests[operator.removeprefix("Not")](one) for one in given)
        if found is operator.startswith("Not"):
            return False
    return True
