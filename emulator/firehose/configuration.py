# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Destinations in S3: what CreateDeliveryStream and UpdateDestination refuse, and the values that they fill in.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html. Texts of errors:
those marked P are from third parties' dry runs of CreateDeliveryStream (rules "pf-firehose-..."), C from aws-cdk's
comments ("CFN validation message"), T from terraform-provider-aws's tests and issues; the others are not verified.
Defaults: a third party's capture of DescribeDeliveryStream, and the API reference.
"""

from __future__ import annotations

import re
from typing import Any

from moto.firehose.exceptions import InvalidArgumentException, ValidationException

from emulator.firehose import prefixes
from emulator.firehose.prefixes import ERROR_TYPE, LAMBDA, QUERY, PrefixError
from emulator.iam.resource_policies import trusts

SOURCES = ("Decompression", "CloudWatchLogProcessing", "Lambda", "AppendDelimiterToRecord")
_UNSUPPORTED = ("RecordDeAggregation", "MetadataExtraction")
_PREFIXES = "Ths supplied prefix(es) do not satisfy the following constraint: "  # T: the typo is AWS's
_ROLE = re.compile(r"arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+")


def described(given: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a destination as DescribeDeliveryStream does: what is given, over what was before, over the defaults.

    "Firehose merges the configuration parameters specified with the destination configuration that already exists"
    (API_UpdateDestination): the parameters of the first level, and the members of the conversion. Processing is
    replaced, but Enabled stays as it was where it is left out; in a new stream that means disabled (two third parties
    probed this).
    """
    given = {key.replace("S3BackupConfiguration", "S3BackupDescription"): value for key, value in given.items()}
    given = {key.replace("S3BackupUpdate", "S3BackupDescription"): value for key, value in given.items()}
    merged = {
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
        "ProcessingConfiguration": {"Enabled": False, "Processors": []},
        "S3BackupMode": "Disabled",
        **(before or {}),
        **given,
    }
    conversion = merged.get("DataFormatConversionConfiguration")
    if conversion is not None:
        known = (before or {}).get("DataFormatConversionConfiguration") or {"Enabled": True}
        merged["DataFormatConversionConfiguration"] = _merged(known, conversion)
    large = converts(merged) or partitions(merged)
    hints = {"SizeInMBs": 128 if large else 5, "IntervalInSeconds": 300}
    merged["BufferingHints"] = hints | merged.get("BufferingHints", {})
    enabled = before["ProcessingConfiguration"]["Enabled"] if before else False
    processing = {"Enabled": enabled, "Processors": [], **merged["ProcessingConfiguration"]}
    processing["Processors"] = [_processor(one, merged) for one in processing["Processors"]]
    merged["ProcessingConfiguration"] = processing
    return merged


def _merged(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    schema = before.get("SchemaConfiguration", {}) | given.get("SchemaConfiguration", {})
    return before | given | ({"SchemaConfiguration": schema} if schema else {})


def _processor(given: dict[str, Any], destination: dict[str, Any]) -> dict[str, Any]:
    """Return a processor with its default parameters; AppendDelimiterToRecord's are dropped, as captured."""
    parameters = parameters_of(given)
    if given["Type"] == "Lambda":
        named = {"LambdaArn": parameters.get("LambdaArn", "")}
        parameters = named | {"NumberOfRetries": "3", "RoleArn": destination.get("RoleARN", "")} | parameters
        if "BufferSizeInMBs" not in parameters and "BufferIntervalInSeconds" not in parameters:
            parameters |= {"BufferSizeInMBs": "1", "BufferIntervalInSeconds": "60"}
    elif given["Type"] == "Decompression":
        parameters = {"CompressionFormat": "GZIP"} | parameters
    elif given["Type"] == "CloudWatchLogProcessing":
        parameters = {name: value.lower() for name, value in parameters.items()}
    elif given["Type"] == "AppendDelimiterToRecord":
        parameters = {}
    written = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": given["Type"], "Parameters": written}


def parameters_of(processor: dict[str, Any]) -> dict[str, str]:
    return {one["ParameterName"]: one["ParameterValue"] for one in processor.get("Parameters") or []}


def processors(destination: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return {type: parameters} of the processors that are enabled."""
    configuration = destination["ProcessingConfiguration"]
    if not configuration["Enabled"]:
        return {}
    return {one["Type"]: parameters_of(one) for one in configuration["Processors"]}


def converts(destination: dict[str, Any]) -> bool:
    return (destination.get("DataFormatConversionConfiguration") or {}).get("Enabled", False)


def partitions(destination: dict[str, Any]) -> bool:
    return (destination.get("DynamicPartitioningConfiguration") or {}).get("Enabled", False)


def check(destination: dict[str, Any], hints: dict[str, Any] | None, before: dict[str, Any] | None = None) -> None:
    """Raise InvalidArgumentException unless Firehose accepts a destination. hints: BufferingHints as given."""
    if hints is not None and set(hints) != {"SizeInMBs", "IntervalInSeconds"}:
        # "if you specify a value for one of them, you must also provide a value for the other" (API_BufferingHints)
        raise InvalidArgumentException("Both SizeInMBs and IntervalInSeconds are required in BufferingHints.")
    if partitions(destination) and before is not None and not partitions(before):
        # "You cannot enable dynamic partitioning for an existing Firehose stream" (dynamic-partitioning-enable)
        raise InvalidArgumentException("Dynamic Partitioning cannot be enabled for an existing delivery stream.")
    if before and before["S3BackupMode"] == "Enabled" and destination["S3BackupMode"] == "Disabled":
        raise InvalidArgumentException("S3 backup cannot be disabled once it is enabled.")
    _check_roles(destination)
    _check_buffer(destination)
    _check_prefixes(destination)
    _check_processors(destination)
    _check_partitioning(destination)
    if converts(destination):
        _check_conversion(destination)


def _check_roles(destination: dict[str, Any]) -> None:
    schema = (destination.get("DataFormatConversionConfiguration") or {}).get("SchemaConfiguration") or {}
    roles = [destination["RoleARN"], processors(destination).get("Lambda", {}).get("RoleArn"), schema.get("RoleARN")]
    for role in dict.fromkeys(filter(None, roles)):
        account_id = role.split(":")[4] if _ROLE.fullmatch(role) else ""
        if not account_id or not trusts(role, "firehose.amazonaws.com", {"sts:ExternalId": account_id}):
            # T: https://github.com/hashicorp/terraform-provider-aws, "Firehose could not assume role referenced"
            text = f"Firehose is unable to assume role {role}. Please check the role provided."
            raise InvalidArgumentException(text)


def _check_buffer(destination: dict[str, Any]) -> None:
    size, interval = (destination["BufferingHints"][name] for name in ("SizeInMBs", "IntervalInSeconds"))
    for name, value, least, most in (("sizeInMBs", size, 1, 128), ("intervalInSeconds", interval, 0, 900)):
        if not least <= value <= most:
            bound = f"less than or equal to {most}" if value > most else f"greater than or equal to {least}"
            raise ValidationException(
                f"1 validation error detected: Value '{value}' at 'extendedS3DestinationConfiguration.bufferingHints."
                f"{name}' failed to satisfy constraint: Member must have value {bound}"
            )
    if partitions(destination):
        if size < 64:  # C
            text = "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."
            raise InvalidArgumentException(text)
        if interval < 60:  # C
            text = "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled."
            raise InvalidArgumentException(text)
    if converts(destination) and size < 64:  # T
        text = "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."
        raise InvalidArgumentException(text)


def _check_prefixes(destination: dict[str, Any]) -> None:
    prefix, error_prefix = destination.get("Prefix") or "", destination.get("ErrorOutputPrefix") or ""
    try:
        prefixes.checked(prefix, "Prefix")
        prefixes.checked(error_prefix, "ErrorOutputPrefix")
        prefixes.zone(destination.get("CustomTimeZone"))
    except PrefixError as error:
        raise InvalidArgumentException(str(error)) from None
    if ERROR_TYPE in prefix:  # P
        raise InvalidArgumentException("Prefix must not contain any occurrence of !{firehose:error-output-type}")
    if prefixes.namespaces(prefix) and not error_prefix:  # T
        text = f"{_PREFIXES}ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
        raise InvalidArgumentException(text)
    if prefixes.namespaces(error_prefix) and ERROR_TYPE not in error_prefix:
        text = f"{_PREFIXES}ErrorOutputPrefix must contain at least one instance of {ERROR_TYPE}"
        raise InvalidArgumentException(text)
    if prefixes.namespaces(error_prefix) & {LAMBDA, QUERY}:
        text = f"You cannot use {LAMBDA} and {QUERY} namespaces when creating ErrorOutputPrefix expressions."
        raise InvalidArgumentException(text)


def _check_processors(destination: dict[str, Any]) -> None:
    configuration = destination["ProcessingConfiguration"]
    types = [one["Type"] for one in configuration["Processors"]]
    for name in _UNSUPPORTED:
        if name in types:
            raise NotImplementedError(f"processor {name}")
    if configuration["Enabled"] and not 1 <= len(types) <= 5:
        raise InvalidArgumentException("Processors must contain 1 to 5 processors when processing is enabled.")
    if types.count("Lambda") > 1:
        raise InvalidArgumentException("Only one Lambda processor is supported.")
    if "CloudWatchLogProcessing" in types and "Decompression" not in types:  # P
        text = "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor"
        raise InvalidArgumentException(text)
    for one in configuration["Processors"]:
        _check_parameters(one["Type"], parameters_of(one))


def _check_parameters(kind: str, parameters: dict[str, str]) -> None:
    if kind == "Decompression" and parameters["CompressionFormat"] != "GZIP":
        raise InvalidArgumentException("CompressionFormat of Decompression must be GZIP.")
    if kind == "CloudWatchLogProcessing" and parameters.get("DataMessageExtraction") not in ("true", "false"):
        raise InvalidArgumentException("DataMessageExtraction must be true or false.")
    if kind != "Lambda":
        return
    if not parameters.get("LambdaArn"):
        raise InvalidArgumentException("LambdaArn is required for the Lambda processor.")
    if ("BufferSizeInMBs" in parameters) != ("BufferIntervalInSeconds" in parameters):  # P
        raise InvalidArgumentException(
            "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor."
        )
    # API_ProcessorParameter: "The BufferSizeInMBs ranges between 0.2 MB and up to 3MB"; data-transformation: "The
    # Lambda buffering interval hint ranges between 0 and 900 seconds."
    if not 0.2 <= float(parameters["BufferSizeInMBs"]) <= 3:
        raise InvalidArgumentException("BufferSizeInMBs must be between 0.2 and 3.")
    if not 0 <= int(parameters["BufferIntervalInSeconds"]) <= 900:
        raise InvalidArgumentException("BufferIntervalInSeconds must be between 0 and 900.")
    if not 0 <= int(parameters["NumberOfRetries"]) <= 300:
        raise InvalidArgumentException("NumberOfRetries must be between 0 and 300.")


def _check_partitioning(destination: dict[str, Any]) -> None:
    found = prefixes.namespaces(destination.get("Prefix") or "")
    if not partitions(destination):
        if found & {LAMBDA, QUERY}:  # C, T
            raise InvalidArgumentException(
                "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning "
                "is enabled."
            )
        return
    enabled = processors(destination)
    if not enabled:  # C
        raise InvalidArgumentException("Processing Configuration is not enabled when DataPartitioning is enabled")
    if not found & {LAMBDA, QUERY}:  # C, P
        text = "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled"
        raise InvalidArgumentException(text)
    if LAMBDA in found and "Lambda" not in enabled:  # C
        text = f"Lambda should be present when S3 Prefix contains keys from {LAMBDA} namespace"
        raise InvalidArgumentException(text)
    if QUERY in found:  # C
        text = f"MetadataExtraction processor should be present when S3 Prefix has {QUERY} namespace"
        raise InvalidArgumentException(text)


def _check_conversion(destination: dict[str, Any]) -> None:
    if destination["CompressionFormat"] != "UNCOMPRESSED":  # P
        raise InvalidArgumentException(
            "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled"
        )
    configuration = destination["DataFormatConversionConfiguration"]
    for name in ("SchemaConfiguration", "InputFormatConfiguration", "OutputFormatConfiguration"):
        if not configuration.get(name):  # "This parameter is required if Enabled is set to true" (API reference)
            raise InvalidArgumentException(f"{name} is required when data format conversion is enabled")
    for name in ("RoleARN", "DatabaseName", "TableName"):
        if not configuration["SchemaConfiguration"].get(name):
            raise InvalidArgumentException(f"SchemaConfiguration.{name} is required")
    chosen = set(configuration["OutputFormatConfiguration"].get("Serializer") or {})
    if len(chosen) > 1:  # P
        raise InvalidArgumentException("More than one serializer specified. Only one may be chosen.")
    if chosen != {"ParquetSerDe"}:
        raise NotImplementedError(f"serializer {', '.join(chosen) or 'none'}")
    if set(configuration["InputFormatConfiguration"].get("Deserializer") or {}) != {"OpenXJsonSerDe"}:
        raise NotImplementedError("deserializers other than OpenXJsonSerDe")
