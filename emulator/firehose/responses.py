# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.firehose.exceptions import InvalidArgumentException, ValidationException
from moto.firehose.responses import FirehoseResponse

from emulator.firehose.models import MOST_RECORDS, StreamsBackend

_S3 = ("ExtendedS3Destination", "S3Destination")


class FirehoseResponses(FirehoseResponse):
    @property
    def backend(self) -> StreamsBackend:
        return self.firehose_backend  # type: ignore[return-value]

    def create_delivery_stream(self) -> ActionResult:
        kind = self._get_param("DeliveryStreamType", "DirectPut")
        if kind != "DirectPut":
            raise NotImplementedError(f"DeliveryStreamType {kind}")
        stream = self.backend.create_stream(
            self._get_param("DeliveryStreamName"),
            self._destination("Configuration"),
            self._get_param("DeliveryStreamEncryptionConfigurationInput"),
            self._get_param("Tags") or [],
        )
        return ActionResult({"DeliveryStreamARN": stream.delivery_stream_arn})

    def _destination(self, ending: str) -> dict[str, Any]:
        """Return the destination's parameters. ending: Configuration or Update."""
        named = [name for name in self.params_with("Destination") if name.endswith(f"Destination{ending}")]
        if len(named) != 1:
            raise InvalidArgumentException("Exactly one destination configuration is supported for a Firehose")
        if named[0].removesuffix(ending) not in _S3:
            raise NotImplementedError(named[0])
        given: dict[str, Any] = self._get_param(named[0])
        for name, value in (("S3BackupMode", "Disabled"), ("CompressionFormat", "UNCOMPRESSED")):
            if given.get(name, value) not in (value, "GZIP"):
                raise NotImplementedError(f"{name} {given[name]}")
        return given

    def params_with(self, text: str) -> list[str]:
        return [name for name in self._get_params() if text in name]

    def describe_delivery_stream(self) -> ActionResult:
        stream = self.backend.get(self._get_param("DeliveryStreamName"))
        return ActionResult({"DeliveryStreamDescription": stream.describe()})

    def list_delivery_streams(self) -> ActionResult:
        for name in list(self.backend.delivery_streams):
            self.backend.find(name)
        # API_ListDeliveryStreams: "The default value is 10."
        found = self.backend.list_delivery_streams(
            self._get_param("Limit") or 10,
            self._get_param("DeliveryStreamType"),
            self._get_param("ExclusiveStartDeliveryStreamName"),
        )
        return ActionResult(found)

    def update_destination(self) -> ActionResult:
        self.backend.update_stream(
            self._get_param("DeliveryStreamName"),
            self._get_param("CurrentDeliveryStreamVersionId"),
            self._get_param("DestinationId"),
            self._destination("Update"),
        )
        return EmptyResult()

    def put_record(self) -> ActionResult:
        name = self._get_param("DeliveryStreamName")
        ids = self.backend.put(name, [self._get_param("Record")["Data"]])
        return ActionResult({"RecordId": ids[0], "Encrypted": self._is_encrypted(name)})

    def put_record_batch(self) -> ActionResult:
        name, records = self._get_param("DeliveryStreamName"), self._get_param("Records")
        if not 1 <= len(records) <= MOST_RECORDS:
            bound = f"less than or equal to {MOST_RECORDS}" if records else "greater than or equal to 1"
            raise ValidationException(
                "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have "
                f"length {bound}"
            )
        ids = self.backend.put(name, [record["Data"] for record in records])
        answers = [{"RecordId": each} for each in ids]
        return ActionResult({"FailedPutCount": 0, "Encrypted": self._is_encrypted(name), "RequestResponses": answers})

    def _is_encrypted(self, name: str) -> bool:
        return self.backend.get(name).encryption["Status"] == "ENABLED"

    def tag_delivery_stream(self) -> ActionResult:
        self.backend.get(self._get_param("DeliveryStreamName"))
        return super().tag_delivery_stream()

    def untag_delivery_stream(self) -> ActionResult:
        self.backend.get(self._get_param("DeliveryStreamName"))
        return super().untag_delivery_stream()
