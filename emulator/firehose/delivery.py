# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Delivery of a stream's records to S3, when they are due by the emulator's clock.

Two buffers, as https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html has them: one before the Lambda
function (its BufferSizeInMBs and BufferIntervalInSeconds), one of each partition before S3 (BufferingHints). What can't
be written is tried again at each call that could see it, for up to 24 hours (.../retry.html); an error object that
can't be written blocks the stream (.../record-format-conversion-error-handling.html).
"""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Iterable
from typing import Any

from moto.firehose.models import firehose_backends

from emulator import clock, deliveries
from emulator.firehose import diagnostics, prefixes, processing, storing
from emulator.firehose.buffers import MIB, Buffer, Entry, Failure, Piece, Prepared
from emulator.firehose.configuration import converts, partitions, processors
from emulator.firehose.parquet import Malformed
from emulator.firehose.schemas import SchemaError, schema_of, table_named
from emulator.steps import StepFailed, step

# "Amazon Data Firehose keeps retrying for up to 24 hours [...] If data delivery fails for more than 24 hours, your data
# is lost." (retry.html)
KEPT = datetime.timedelta(hours=24)
_waiting: dict[str, Delivery] = {}


class Delivery:
    """Records of a stream on their way to S3."""

    def __init__(self, stream: Any):
        self.stream = stream
        self.incoming: list[Entry] = []
        self.buffers: dict[tuple[tuple[str, str], ...], Buffer] = {}
        self.failures: dict[str, Buffer] = {}
        self.prepared: list[Prepared] = []
        # Why the last pass did not write all: {code, message}, for people who debug a test.
        self.last_error: dict[str, str] = {}

    def accept(self, entries: Iterable[Entry]) -> None:
        self.incoming += entries
        _waiting[self.stream.delivery_stream_arn] = self

    def is_empty(self) -> bool:
        return not (self.incoming or self.buffers or self.failures or self.prepared)

    def deliver(self, now: datetime.datetime) -> None:
        """Process and write what is due. An error object that wasn't written yet comes first, and blocks the rest."""
        self.last_error = {}
        try:
            with step("firehose", "Deliver", self.stream.account_id):
                self._write(now, errors_only=True)
                if not any(one.is_error for one in self.prepared):
                    self._process(now)
                    self._prepare(now)
                    self._write(now)
        except StepFailed as failed:
            self.last_error = {"code": failed.code, "message": failed.message}

    def _process(self, now: datetime.datetime) -> None:
        enabled = processors(self.stream.destination)
        parameters = enabled.get("Lambda")
        if parameters is None:
            entries, self.incoming = self.incoming, []
            for entry in entries:
                self._take(processing.extracted(entry, enabled), entry.arrived)
            return
        limit = float(parameters["BufferSizeInMBs"]) * MIB
        seconds = int(parameters["BufferIntervalInSeconds"]) * deliveries.scale
        while self.incoming:
            batch, size, full = [], 0, False
            for entry in self.incoming:
                full = bool(batch) and size + len(entry.data) > limit
                if full:
                    break
                batch.append(entry)
                size += len(entry.data)
            due = batch[0].arrived + datetime.timedelta(seconds=seconds)
            full = full or size >= limit
            if not full and now < due:
                return
            self.incoming = self.incoming[len(batch) :]
            self._transform(batch, enabled, parameters, min(batch[-1].arrived if full else due, now))

    def _transform(
        self, batch: list[Entry], enabled: dict[str, Any], parameters: dict[str, str], when: datetime.datetime
    ) -> None:
        made = [processing.extracted(entry, enabled) for entry in batch]
        pieces = [one for one in made if isinstance(one, Piece)]
        for failure in made:
            if isinstance(failure, Failure):
                self._take(failure, when)
        for one in processing.transformed(self.stream, pieces, parameters) if pieces else ():
            self._take(one, when)

    def _take(self, one: Piece | Failure, when: datetime.datetime) -> None:
        """Buffer a piece for its partition, or a failure."""
        if isinstance(one, Piece) and partitions(self.stream.destination):
            one = self._partitioned(one)
        if isinstance(one, Failure):
            self.failures.setdefault(one.type, Buffer(when)).add(one, len(one.raw))
            return
        key = tuple(sorted((one.keys or {}).items()))
        self.buffers.setdefault(key, Buffer(when)).add(one, len(one.data))

    def _partitioned(self, piece: Piece) -> Piece | Failure:
        """Return the piece, or a failure if it lacks a key of the prefix.

        https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-error-handling.html; the code, its text and
        the folder: from logs of several users; that the text is the same for keys from Lambda is not verified.
        """
        prefix = self.stream.destination["Prefix"]
        names = [value for namespace, value in prefixes.EXPRESSION.findall(prefix) if namespace == prefixes.LAMBDA]
        found = (piece.keys or {}).items()
        given = {key: str(value) for key, value in found if key in names and value not in (None, "")}
        if set(names) <= set(given):
            return Piece(piece.entry, piece.data, given)
        return Failure(
            "metadata-extraction-failed",
            piece.entry,
            self._raw(piece),
            "DynamicPartitioning.MetadataExtractionFailed",
            "partitionKeys values must not be null or empty",
            clock.now(),
        )

    def _raw(self, piece: Piece) -> bytes:
        """Return what an error object has of a processed record: with decompression the record as it came.

        https://docs.aws.amazon.com/firehose/latest/dev/decomp-faq.html, "the record is delivered in compressed format"
        """
        return piece.entry.data if "Decompression" in processors(self.stream.destination) else piece.data

    def _prepare(self, now: datetime.datetime) -> None:
        destination = self.stream.destination
        limit = destination["BufferingHints"]["SizeInMBs"] * MIB
        seconds = destination["BufferingHints"]["IntervalInSeconds"] * deliveries.scale
        for key, buffer in list(self.buffers.items()):
            if buffer.due(now, limit, seconds):
                del self.buffers[key]
                self._prepare_data(dict(key), buffer)
        for kind, buffer in list(self.failures.items()):
            if buffer.due(now, limit, seconds):
                del self.failures[kind]
                self._prepare_errors(kind, buffer)

    def _prepare_data(self, keys: dict[str, str], buffer: Buffer) -> None:
        destination = self.stream.destination
        body = self._converted(buffer) if converts(destination) else self._joined(buffer)
        if not body:
            return
        oldest = self._local(min(piece.entry.arrived for piece in buffer.items))
        prefix = prefixes.data_prefix(destination.get("Prefix") or "", oldest, keys)
        self.prepared.append(Prepared(prefix, self._suffix(), body, buffer.since))

    def _joined(self, buffer: Buffer) -> bytes:
        destination = self.stream.destination
        between = b"\n" if "AppendDelimiterToRecord" in processors(destination) else b""
        body = between.join(piece.data for piece in buffer.items)
        return gzip.compress(body) if body and destination["CompressionFormat"] == "GZIP" else body

    def _converted(self, buffer: Buffer) -> bytes:
        """Return the buffer's rows as Parquet; what can't be converted goes to the failures, which are due then."""
        configuration = self.stream.destination["DataFormatConversionConfiguration"]
        named = table_named(self.stream, configuration["SchemaConfiguration"])
        rows: list[dict[str, Any]] = []
        try:
            schema, reason = schema_of(self.stream, configuration), SchemaError("", "")
        except SchemaError as error:
            schema, reason = None, error
        for piece in buffer.items:
            try:
                if schema is None:
                    raise Malformed(str(reason))
                rows += schema.rows(piece.data)
            except Malformed as error:
                code = reason.code or error.code
                more = {"sequenceNumber": piece.entry.id, "subSequenceNumber": None, "dataCatalogTable": named}
                failure = Failure(
                    "format-conversion-failed", piece.entry, self._raw(piece), code, str(error), clock.now(), 1, more
                )
                self.failures.setdefault(failure.type, Buffer(buffer.since)).add(failure, len(failure.raw))
        serializer = configuration["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"]
        return schema.parquet(rows, serializer.get("Compression", "SNAPPY")) if schema and rows else b""

    def _prepare_errors(self, kind: str, buffer: Buffer) -> None:
        destination = self.stream.destination
        oldest = self._local(min(failure.entry.arrived for failure in buffer.items))
        given = destination.get("ErrorOutputPrefix")
        prefix = prefixes.error_prefix(destination.get("Prefix") or "", given, oldest, kind)
        body = b"".join(failure.line() for failure in buffer.items)
        self.prepared.append(Prepared(prefix, self._suffix(is_error=True), body, buffer.since, True))

    def _local(self, moment: datetime.datetime) -> datetime.datetime:
        return moment.astimezone(prefixes.zone(self.stream.destination.get("CustomTimeZone")))

    def _suffix(self, is_error: bool = False) -> str:
        """Return the end of an object's name: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html"""
        destination = self.stream.destination
        extension = {"GZIP": ".gz"}.get(destination["CompressionFormat"], "")
        extension = destination.get("FileExtension") or (".parquet" if converts(destination) else extension)
        name, version = self.stream.delivery_stream_name, self.stream.version_id
        return prefixes.suffix(name, version, self._local(clock.now()), "" if is_error else extension)

    def _write(self, now: datetime.datetime, errors_only: bool = False) -> None:
        """Write the prepared objects; those that fail stay. Errors come first: the rest waits for them."""
        for one in sorted(self.prepared, key=lambda each: not each.is_error):
            if not one.is_error and (errors_only or any(other.is_error for other in self.prepared)):
                return
            if self._written(one) or (now - one.since > KEPT and not one.is_error):
                self.prepared.remove(one)

    def _written(self, one: Prepared) -> bool:
        stream, destination = self.stream, self.stream.destination
        kms = (destination["EncryptionConfiguration"].get("KMSEncryptionConfig") or {}).get("AWSKMSKeyARN")
        try:
            with step("s3", "PutObject", stream.account_id):
                storing.put(
                    destination["RoleARN"],
                    stream.account_id,
                    stream.region,
                    destination["BucketARN"],
                    one.key,
                    one.body,
                    kms,
                )
        except StepFailed as failed:
            self.last_error = {"code": failed.code, "message": failed.message}
            if one.reported != failed.code:
                one.reported = failed.code
                diagnostics.report(stream, failed.code, failed.message)
            if failed.done:
                # "delivery retries by Firehose might introduce duplicates" (basic-deliver.html): under another name.
                one.suffix = self._suffix(one.is_error)
            return False
        return True


def deliver_all() -> None:
    """Deliver what is due of all streams that hold records; streams of before a reset are forgotten."""
    now = clock.now()
    for arn, delivery in list(_waiting.items()):
        stream = delivery.stream
        known = firehose_backends[stream.account_id][stream.region].delivery_streams.get(stream.delivery_stream_name)
        if known is not stream:
            del _waiting[arn]
            continue
        delivery.deliver(now)
        if delivery.is_empty():
            _waiting.pop(arn, None)


deliveries.register(deliver_all)
