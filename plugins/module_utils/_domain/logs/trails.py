# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails of CloudTrail: event selectors, data events, and what is wrong with a trail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid

# Whose changes Control Tower undoes, and its policies forbid.
CONTROL_TOWER = "aws-controltower-"
ALL = "All"
# "You can specify up to 250 resources": EventSelector.DataResources.
MOST_DATA_RESOURCES = 250
# Selectors of a trail that was given none: "all read and write management events, and no data events".
DEFAULT: Mapping[str, Any] = {"management": ALL, "excluded": [], "data": []}
# Of a trail whose selectors AWS doesn't show to this account.
UNKNOWN: Mapping[str, Any] = {"management": None}
# A digest comes every hour even if nothing happened, and takes a while; so an older delivery is none that is late.
STALE_HOURS = 2
_TYPES = {
    "AWS::S3::Object": r"s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?]*",
    "AWS::Lambda::Function": r"lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}",
    "AWS::DynamoDB::Table": r"dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}",
}


def check_name(option: str, value: Any) -> None:
    """Check a trail's name, as CreateTrail does. Raises Invalid."""
    pattern = r"(?=.{3,128}$)[A-Za-z0-9]+([._-][A-Za-z0-9]+)*"
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        expected = "3 to 128 letters, digits or single ._- between them"
        raise Invalid(option, value, "is no name of a trail", expected)


def data_type(arn: str) -> str:
    """Return the type of data events of an ARN, "" if basic event selectors know none."""
    found = [kind for kind, rest in _TYPES.items() if re.fullmatch(rf"arn:aws[\w-]*:{rest}", arn, re.ASCII)]
    return found[0] if found else ""


def check_data_events(option: str, values: Sequence[Any], buckets: Iterable[str]) -> None:
    """Check the ARNs whose data events are logged; buckets: the archive's, which CloudTrail itself writes to.

    Raises Invalid: logging what is written to the log's own bucket is a loop.
    """
    archive = set(buckets)
    example = "arn:aws:s3:::BUCKET/PREFIX, or a Lambda function's or DynamoDB table's ARN"
    for index, value in enumerate(values):
        place = f"{option}[{index}]"
        if not isinstance(value, str) or not data_type(value):
            raise Invalid(place, value, "is nothing of which data events can be logged", example)
        bucket = value.split(":", 5)[5].partition("/")[0] if data_type(value) == "AWS::S3::Object" else ""
        if bucket in archive:
            raise Invalid(place, value, "is in a bucket of the archive, whose log would log itself", "another bucket")
    if len(values) > MOST_DATA_RESOURCES:
        raise Invalid(option, None, f"has {len(values)} entries", f"{MOST_DATA_RESOURCES} at most")


def selectors(data_events: Iterable[str]) -> dict[str, Any]:
    """Return the field of a trail that logs all management events and these data events."""
    return {**DEFAULT, "data": sorted(set(data_events))}


def event_selectors(field: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the argument EventSelectors of PutEventSelectors; field: as of selectors()."""
    kinds = sorted({data_type(arn) for arn in field["data"]})
    return [
        {
            "ReadWriteType": ALL,
            "IncludeManagementEvents": True,
            "DataResources": [
                {"Type": kind, "Values": [arn for arn in field["data"] if data_type(arn) == kind]} for kind in kinds
            ],
            "ExcludeManagementEventSources": [],
        }
    ]


def read_selectors(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field of GetEventSelectors' answer.

    management: All, ReadOnly, WriteOnly, "" (none). excluded: services whose management events aren't logged. data:
    ARNs. advanced: the selectors in their own form, which no declaration equals.
    """
    advanced = answer.get("AdvancedEventSelectors") or []
    if advanced:
        return {"management": _of_advanced(advanced), "advanced": advanced}
    basic = answer.get("EventSelectors") or []
    if not basic:
        return dict(DEFAULT)
    managing = [one for one in basic if one.get("IncludeManagementEvents", True)]
    return {
        "management": _merged(one.get("ReadWriteType", ALL) for one in managing),
        "excluded": sorted({name for one in managing for name in one.get("ExcludeManagementEventSources", [])}),
        "data": sorted({arn for one in basic for item in one.get("DataResources", []) for arn in item["Values"]}),
    }


def _merged(kinds: Iterable[str]) -> str:
    known = set(kinds)
    # By the alphabet, partly comes last: the one that says least.
    return ALL if ALL in known or {"ReadOnly", "WriteOnly"} <= known else max(known, default="")


def _of_advanced(advanced: Sequence[Mapping[str, Any]]) -> str:
    kinds = []
    for selector in advanced:
        fields = {field["Field"]: field for field in selector["FieldSelectors"]}
        if fields.get("eventCategory", {}).get("Equals") != ["Management"]:
            continue
        only = fields.get("readOnly", {}).get("Equals")
        limited = fields.keys() - {"eventCategory", "readOnly"}
        kinds.append("partly" if limited else {"true": "ReadOnly", "false": "WriteOnly"}[only[0]] if only else ALL)
    return _merged(kinds)


def faults(trail: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the delivery of a trail; trail: the details of account_trail."""
    lines = []
    if trail["logging"] is None:
        lines.append("its status can't be read here, so nobody knows whether it logs")
    elif not trail["logging"]:
        lines.append("logging is off: start it (StartLogging)")
    if trail["delivery_error"]:
        lines.append(
            f"S3 refuses its log files ({trail['delivery_error']}): see the policies of the bucket and of the KMS key"
        )
    if trail["digest_error"]:
        lines.append(
            f"S3 refuses its digests ({trail['digest_error']}): see the policies of the bucket and of the KMS key"
        )
    hours = trail["silent_hours"]
    if trail["logging"] and not trail["delivery_error"] and hours is not None and hours >= STALE_HOURS:
        lines.append(f"nothing was delivered for {hours} hours, not even a digest: see the bucket's policy")
    return lines


def deviations(trail: Mapping[str, Any], bucket: str, data_events: Sequence[str]) -> list[str]:
    """Return how somebody else's trail differs from the one that is declared, beside faults()."""
    lines = []
    if not trail["validation"]:
        lines.append(
            "log file validation is off, so nobody can prove that its files are whole (EnableLogFileValidation)"
        )
    if not trail["multi_region"]:
        lines.append("it logs one region only (IsMultiRegionTrail)")
    if trail["management"] is None:
        lines.append(
            f"its event selectors can't be read in this account and region, so nobody knows which management events it"
            f" logs: see GetEventSelectors of account {trail['account_id']} in {trail['region']}"
        )
    elif trail["management"] != ALL:
        lines.append(f"of management events it logs {trail['management'] or 'none'}, not all")
    if trail["excluded"]:
        lines.append(f"it leaves out management events of {', '.join(trail['excluded'])}")
    if trail["bucket"] != bucket:
        lines.append(
            f"it delivers to the bucket {trail['bucket']}, declared is {bucket}; declare the former if it is right"
        )
    missing = sorted(set(data_events) - set(trail["data"]))
    if missing:
        lines.append(f"it doesn't log the declared data events of {', '.join(missing)}")
    return lines
