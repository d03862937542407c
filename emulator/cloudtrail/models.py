# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails: moto's, with AWS's validation, shadow trails of organizations, and what waits to be delivered.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html and the other operations' pages;
creating-trail-organization.html and cloudtrail-delegated-administrator.html of the user guide.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from moto.cloudtrail.exceptions import TrailNotFoundException
from moto.cloudtrail.models import CloudTrailBackend, cloudtrail_backends
from moto.cloudtrail.models import Trail as MotoTrail
from moto.core.exceptions import JsonRESTError
from moto.organizations.models import organizations_backends

from emulator import clock
from emulator.accounts import management_account_of
from emulator.cloudtrail import selection, watch

# (account id, region)
Place = tuple[str, str]
MOST_TRAILS = 5


class CloudTrailError(JsonRESTError):
    """Error of CloudTrail: CloudTrailError(code, message)."""

    code = 400


@dataclass
class Waiting:
    """Events of one account and region that wait for their log file."""

    since: datetime.datetime
    records: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Chain:
    """Digest files of one account and region. `start`: of the next one; `previous`: None before the first."""

    start: datetime.datetime
    previous: dict[str, str] | None = None
    # Log files that no digest names yet: (time of delivery, entry of logFiles).
    files: list[tuple[datetime.datetime, dict[str, Any]]] = field(default_factory=list)


class Status:
    """What GetTrailStatus tells."""

    def __init__(self) -> None:
        self.is_logging = False
        self.started: datetime.datetime | None = None
        self.stopped: datetime.datetime | None = None
        self.delivered: datetime.datetime | None = None
        self.delivery_error = ""
        self.digested: datetime.datetime | None = None
        self.digest_error = ""

    def description(self) -> dict[str, Any]:
        told: dict[str, Any] = {"IsLogging": self.is_logging}
        for name, moment in (
            ("StartLoggingTime", self.started),
            ("StopLoggingTime", self.stopped),
            ("LatestDeliveryTime", self.delivered),
            ("LatestDigestDeliveryTime", self.digested),
        ):
            if moment:
                told[name] = moment.timestamp()
        if self.delivery_error:
            told["LatestDeliveryError"] = self.delivery_error
        if self.digest_error:
            told["LatestDigestDeliveryError"] = self.digest_error
        return told | {
            "LatestDeliveryAttemptTime": _text(self.delivered),
            "LatestNotificationAttemptTime": "",
            "LatestNotificationAttemptSucceeded": "",
            "LatestDeliveryAttemptSucceeded": "" if self.delivery_error else _text(self.delivered),
            "TimeLoggingStarted": _text(self.started),
            "TimeLoggingStopped": _text(self.stopped),
        }


class Trail(MotoTrail):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.status = Status()
        self.pending: dict[Place, Waiting] = {}
        self.chains: dict[Place, Chain] = {}
        # Accounts and regions with events so far.
        self.seen: set[Place] = set()
        self.validates_since: datetime.datetime | None = None

    def check_bucket_exists(self) -> None:
        """Do nothing: creation.py checks the bucket."""

    @property
    def organization_id(self) -> str:
        """Id of the organization in the paths of its trail; "" for a trail of one account."""
        if not self.is_org_trail:
            return ""
        return organizations_backends[self.account_id]["aws"].org.id

    @property
    def has_data(self) -> bool:
        """True if the trail may log data events."""
        advanced = (field for one in self.advanced_event_selectors for field in one["FieldSelectors"])
        return any(one.get("DataResources") for one in self.event_selectors) or any(
            field["Field"] == "eventCategory" and field.get("Equals") == ["Data"] for field in advanced
        )

    def take(self, record: dict[str, Any], resource: str) -> None:
        """Keep an event for the next log file, if the trail logs it."""
        place = record["recipientAccountId"], record["awsRegion"]
        logs = self.status.is_logging or self._is_its_end(record)
        if logs and self.covers(*place) and selection.logs(self, record, resource):
            self.seen.add(place)
            self.pending.setdefault(place, Waiting(clock.now())).records.append(record)

    def _is_its_end(self, record: dict[str, Any]) -> bool:
        """Return true for the StopLogging of this trail, which is its last event."""
        named = (record["requestParameters"] or {}).get("name")
        return record["eventName"] == "StopLogging" and named in (self.trail_name, self.arn)

    def covers(self, account_id: str, region: str) -> bool:
        if not self.is_multi_region and region != self.region_name:
            return False
        member = self.is_org_trail and management_account_of(account_id) == self.account_id
        return account_id == self.account_id or member

    def start_logging(self) -> None:
        if not self.status.is_logging:
            self.status.is_logging, self.status.started = True, clock.now()
            self._begin_chains()
        watch.listen(self)

    def stop_logging(self) -> None:
        if self.status.is_logging:
            self.status.is_logging, self.status.stopped = False, clock.now()

    def validate(self, wanted: bool) -> None:
        """Begin new chains of digest files, or end them."""
        if wanted is not self.log_validation:
            self.log_validation = wanted
            self._begin_chains()

    def _begin_chains(self) -> None:
        """Begin anew: a stop of the logging or of the validation breaks the chains (validate-logs of the AWS CLI)."""
        self.chains.clear()
        self.validates_since = clock.now().replace(microsecond=0) if self.log_validation else None

    def put_event_selectors(
        self, event_selectors: list[dict[str, Any]], advanced_event_selectors: list[dict[str, Any]]
    ) -> None:
        """Replace the selectors: "if you apply [one kind], any existing [of the other] are overwritten"."""
        selection.check(event_selectors or [], advanced_event_selectors or [])
        self.event_selectors = [selection.DEFAULT | one for one in event_selectors or []]
        self.advanced_event_selectors = advanced_event_selectors or []

    def description(self, include_region: bool = False) -> dict[str, Any]:
        told = super().description(include_region)
        custom = self.event_selectors not in ([], [selection.DEFAULT]) or bool(self.advanced_event_selectors)
        told["HasCustomEventSelectors"] = custom
        # Members that are not set are absent.
        return {name: value for name, value in told.items() if value is not None}


def organization_of(account_id: str) -> Any:
    """Return moto's organization of an account, None if it has none."""
    management = management_account_of(account_id)
    return organizations_backends[management]["aws"] if management else None


class Backend(CloudTrailBackend):
    def create_trail(self, *args: Any) -> Trail:
        """Create a trail; parameters as moto's. What AWS checks of bucket, key and organization: creation.py."""
        name, tags = args[0], args[-1]
        trail = Trail(self.account_id, self.region_name, *args[:-1])
        if name in self.trails:
            raise CloudTrailError(
                "TrailAlreadyExistsException", f"Trail {name} already exists for customer: {self.account_id}"
            )
        mine = [each for each in self.describe_trails(True) if each.account_id == self.account_id]
        if len(mine) >= MOST_TRAILS:
            raise CloudTrailError(
                "MaximumNumberOfTrailsExceededException",
                f"User: {self.account_id} already has {MOST_TRAILS} trails in {self.region_name}.",
            )
        self.trails[name] = trail
        self.tagging_service.tag_resource(trail.arn, tags)
        return trail

    def find(self, name: str) -> Trail:
        """Return a trail by its name here, or by its ARN also a shadow trail."""
        if not name.startswith("arn:"):
            try:
                return self.get_trail(name)
            except TrailNotFoundException:
                arn = f"arn:aws:cloudtrail:{self.region_name}:{self.account_id}:trail/{name}"
                raise TrailNotFoundException(account_id=self.account_id, name=arn) from None
        for trail in self.describe_trails(include_shadow_trails=True):
            if trail.arn == name:
                return trail
        raise TrailNotFoundException(account_id=self.account_id, name=name)

    def describe_trails(self, include_shadow_trails: bool) -> list[Trail]:
        own = list(self.trails.values())
        if not include_shadow_trails:
            return own
        found = [
            trail
            for region, backend in cloudtrail_backends[self.account_id].items()
            for trail in backend.trails.values()
            if trail.is_multi_region and region != self.region_name
        ]
        management = management_account_of(self.account_id)
        if management not in (None, self.account_id) and management in cloudtrail_backends:
            found += [
                trail
                for region, backend in cloudtrail_backends[management].items()
                for trail in backend.trails.values()
                if trail.is_org_trail and (trail.is_multi_region or region == self.region_name)
            ]
        return own + found

    def list_trails(self) -> list[Trail]:
        return self.describe_trails(include_shadow_trails=True)


def _text(moment: datetime.datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
