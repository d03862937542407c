# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firehose streams of an account: their states, versions and records.

States and puts as a third party captured them on AWS: while a stream is CREATING, puts are ResourceNotFoundException,
updates and deletion ResourceInUseException; deleting it again succeeds; an update that changes nothing keeps the
version.
"""

from __future__ import annotations

import copy
import datetime
import secrets
from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException
from moto.firehose.exceptions import (
    ConcurrentModificationException,
    InvalidArgumentException,
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from moto.firehose.models import FirehoseBackend
from moto.utilities.utils import get_partition

from emulator import clock
from emulator.firehose import configuration, schemas
from emulator.firehose.buffers import Entry
from emulator.firehose.delivery import Delivery
from emulator.transitions import StateClock, Transition

# API_PutRecordBatch: "as large as 1,000 KB", "500 records", "4 MB for the entire request"; captured boundaries.
LARGEST_RECORD, LARGEST_BATCH, MOST_RECORDS = 1_024_000, 4_194_304, 500
DESTINATION_ID = "destinationId-000000000001"
_OF_EXTENDED = (
    "ProcessingConfiguration",
    "S3BackupMode",
    "S3BackupDescription",
    "DataFormatConversionConfiguration",
    "DynamicPartitioningConfiguration",
    "FileExtension",
    "CustomTimeZone",
)


class InvalidSource(ServiceException):
    """https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html: InvalidSourceException"""

    def __init__(self) -> None:
        text = "Only requests from CloudWatch Logs are supported when CloudWatch Logs decompression is enabled."
        super().__init__("InvalidSourceException", text)


class Stream:
    """Stream with a destination in S3. Attributes have moto's names where moto reads them."""

    status = StateClock("delivery-stream")

    def __init__(self, account_id: str, region: str, name: str, destination: dict[str, Any]):
        self.account_id, self.region, self.delivery_stream_name = account_id, region, name
        self.delivery_stream_arn = f"arn:{get_partition(region)}:firehose:{region}:{account_id}:deliverystream/{name}"
        self.delivery_stream_type = "DirectPut"
        self.source: dict[str, Any] = {}
        self.destination = destination
        self.encryption: dict[str, Any] = {"Status": "DISABLED"}
        self.created, self.updated = clock.now(), None
        self.version_id = "1"
        self.delivery = Delivery(self)
        self.status = Transition("CREATING", "ACTIVE")

    @property
    def delivery_stream_status(self) -> str:
        return self.status

    def describe(self) -> dict[str, Any]:
        plain = {key: value for key, value in self.destination.items() if key not in _OF_EXTENDED}
        described = {
            "DeliveryStreamName": self.delivery_stream_name,
            "DeliveryStreamARN": self.delivery_stream_arn,
            "DeliveryStreamStatus": self.status,
            "DeliveryStreamEncryptionConfiguration": self.encryption,
            "DeliveryStreamType": self.delivery_stream_type,
            "VersionId": self.version_id,
            "CreateTimestamp": self.created,
            "Destinations": [
                {
                    "DestinationId": DESTINATION_ID,
                    "S3DestinationDescription": plain,
                    "ExtendedS3DestinationDescription": self.destination,
                }
            ],
            "HasMoreDestinations": False,
        }
        return described | ({"LastUpdateTimestamp": self.updated} if self.updated else {})


class StreamsBackend(FirehoseBackend):
    delivery_streams: dict[str, Any]

    def create_stream(self, name: str, given: dict[str, Any], encryption: Any, tags: list[dict[str, str]]) -> Stream:
        if self.find(name):
            raise ResourceInUseException(f"Firehose {name} under accountId {self.account_id} already exists")
        # API_CreateDeliveryStream: "By default, you can create up to 5,000 Firehose streams per Region."
        if len(self.delivery_streams) >= 5000:
            raise LimitExceededException("You have already consumed your firehose quota of 5000 hoses.")
        if error := self.tagger.validate_tags(tags):
            raise ValidationException(error)
        destination = configuration.described(given)
        configuration.check(destination, given.get("BufferingHints"))
        self._check_schema(destination)
        stream = Stream(self.account_id, self.region_name, name, destination)
        if encryption:
            stream.encryption = _encrypted(encryption)
        self.tagger.tag_resource(stream.delivery_stream_arn, tags)
        self.delivery_streams[name] = stream
        return stream

    def _check_schema(self, destination: dict[str, Any]) -> None:
        if configuration.converts(destination):
            schema = destination["DataFormatConversionConfiguration"]["SchemaConfiguration"]
            schemas.check_access(self.account_id, self.region_name, schema)

    def find(self, name: str) -> Stream | None:
        """Return a stream, None if there is none, or none any more."""
        stream: Stream | None = self.delivery_streams.get(name)
        if stream and stream.status == "DELETED":
            self.tagger.delete_all_tags_for_resource(stream.delivery_stream_arn)
            del self.delivery_streams[name]
            return None
        return stream

    def get(self, name: str) -> Stream:
        if stream := self.find(name):
            return stream
        raise ResourceNotFoundException(f"Firehose {name} under account {self.account_id} not found.")

    def delete_delivery_stream(self, delivery_stream_name: str) -> None:
        stream = self.get(delivery_stream_name)
        if stream.status == "CREATING":
            raise ResourceInUseException(self._not_active(stream))
        if stream.status != "DELETING":
            stream.status = Transition("DELETING", "DELETED")
            self.find(delivery_stream_name)

    def _not_active(self, stream: Stream) -> str:
        name = stream.delivery_stream_name
        return f"Firehose {name} under account {self.account_id} is not in ACTIVE state."

    def update_stream(self, name: str, version_id: str, destination_id: str, given: dict[str, Any]) -> None:
        stream = self.get(name)
        if stream.status != "ACTIVE":
            raise ResourceInUseException(self._not_active(stream))
        if stream.version_id != version_id:
            raise ConcurrentModificationException(
                f"Cannot update firehose: {name} since the current version id: {stream.version_id} and specified "
                f"version id: {version_id} do not match"
            )
        if destination_id != DESTINATION_ID:
            raise InvalidArgumentException(f"Destination Id {destination_id} not found")
        destination = configuration.described(given, copy.deepcopy(stream.destination))
        configuration.check(destination, given.get("BufferingHints"), stream.destination)
        self._check_schema(destination)
        if destination != stream.destination:
            stream.destination = destination
            stream.version_id = str(int(stream.version_id) + 1)
            stream.updated = clock.now()

    def put(self, name: str, records: list[bytes], from_logs: bool = False) -> list[str]:
        """Accept records; return their ids. from_logs: CloudWatch Logs puts them.

        Raises ResourceNotFoundException, InvalidArgumentException, ValidationException, InvalidSource.
        """
        stream = self.get(name)
        if stream.status != "ACTIVE":
            raise ResourceNotFoundException(f"Firehose {name} under account {self.account_id} not found.")
        for record in records:
            if len(record) > LARGEST_RECORD:
                raise ValidationException(
                    "1 validation error detected: Value at 'record.data' failed to satisfy constraint: Member must "
                    f"have length less than or equal to {LARGEST_RECORD}"
                )
        if sum(map(len, records)) > LARGEST_BATCH:
            raise InvalidArgumentException("Records size exceeds 4 MB limit")
        if "Decompression" in configuration.processors(stream.destination) and not from_logs:
            raise InvalidSource
        now = clock.now()
        stream.delivery.accept([Entry(_record_id(now), record, now) for record in records])
        return [_public_id() for _record in records]

    def start_delivery_stream_encryption(self, stream_name: str, encryption_config: dict[str, Any]) -> None:
        stream = self._active(stream_name)
        stream.encryption = _encrypted(encryption_config or {"KeyType": "AWS_OWNED_CMK"})

    def stop_delivery_stream_encryption(self, stream_name: str) -> None:
        self._active(stream_name).encryption = {"Status": "DISABLED"}

    def _active(self, name: str) -> Stream:
        stream = self.get(name)
        if stream.status != "ACTIVE":
            raise ResourceInUseException(self._not_active(stream))
        return stream


def _encrypted(given: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamEncryptionConfigurationInput.html"""
    if given["KeyType"] == "CUSTOMER_MANAGED_CMK" and not given.get("KeyARN"):
        raise InvalidArgumentException("KeyARN is required for CUSTOMER_MANAGED_CMK.")
    if given["KeyType"] == "AWS_OWNED_CMK" and given.get("KeyARN"):
        raise InvalidArgumentException("KeyARN must not be specified for AWS_OWNED_CMK.")
    return {key: given[key] for key in ("KeyARN", "KeyType") if given.get(key)} | {"Status": "ENABLED"}


def _record_id(now: datetime.datetime) -> str:
    """Return the id of a Lambda event's record: 56 digits and six more, opaque."""
    return f"{int(now.timestamp() * 1000):020d}{secrets.randbelow(10**36):036d}000000"


def _public_id() -> str:
    return f"{uuid4().hex}{uuid4().hex}{uuid4().hex}"
