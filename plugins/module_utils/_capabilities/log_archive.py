# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_archive: logs of many accounts in one bucket, and all that fills it and makes it queryable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._core.reconcile import OWNER_TAG
from .._domain.logs import centralization, glue, handler, layout, options, policies, queries, role_policies
from .._domain.values import function_archive
from .._resources.iam import lambda_function
from .._resources.logs import (
    archive_bucket,
    archive_key,
    centralization_rule,
    delivery_log_stream,
    delivery_stream,
    log_database,
    log_destination,
    log_table,
    named_query,
    query_workgroup,
    service_role,
)
from .._resources.proxy import log_group
from .._resources.shared.ec2 import owner_tags
from . import archive_checks
from . import log_archive_checks as checks

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "bucket": {"type": "str"},
    "trail_bucket": {"type": "str"},
    "trail_organization_id": {"type": "str"},
    "trail_account_ids": {"type": "list", "elements": "str", "default": []},
    "kms_key_arn": {"type": "str", "no_log": False},
    "object_lock": archive_checks.OBJECT_LOCK,
    "retention_days": {"type": "int", "default": options.DEFAULT_DAYS},
    "transition_days": {"type": "int"},
    "organization_id": {"type": "str"},
    "source_account_ids": {"type": "list", "elements": "str", "default": []},
    "source_regions": {"type": "list", "elements": "str", "default": []},
    "auditors": archive_checks.AUDITORS,
    "auditor_role": {"type": "str"},
    "tables": {**options.TABLES, "required": False, "default": [{"type": "cloudwatch"}]},
    "buffer_seconds": {"type": "int", "default": 300},
    "buffer_mib": {"type": "int", "default": 128},
    "query_bytes_limit": {"type": "int", "default": 100 * 1024**3},
    "transport": {"type": "str", "choices": ["firehose", "centralization"], "default": "firehose"},
    "centralization": {
        "type": "dict",
        "options": {
            "excluded_log_groups": {"type": "list", "elements": "str", "default": []},
            "encrypted_log_groups": {"type": "bool", "default": True},
            "kms_key_arn": {"type": "str", "no_log": False},
        },
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
# The function's and the streams' own log, by which somebody finds out why what failed.
LOG_DAYS = 365


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    bucket: str | None
    kms_key_arn: str | None
    database: str
    workgroup: str
    destination_prefix: str
    # name -> source text
    functions: Mapping[str, str]
    rule_name: str


def desired(params):
    tables = checks.check(params)
    archive = policies.Archive(
        account_id=params["account_id"],
        name=params["name"],
        # Without a bucket, in a declaration of what is to be deleted, no document is sent.
        bucket=params["bucket"] or "",
        tables=tables,
        accounts=tuple(params["source_account_ids"]),
        organization_id=params["organization_id"] or "",
        readers=archive_checks.readers(params, params["source_account_ids"], params["organization_id"]),
        **archive_checks.PLACE,
    )
    owner = f"log_archive/{params['name']}"
    inputs = Inputs.of(
        params,
        database=layout.database(params["name"]),
        workgroup=layout.workgroup(params["name"]),
        destination_prefix=layout.stream_name(params["name"], ""),
        functions=_code(archive),
        rule_name=params["name"],
    )
    return Declared(owner, _resources(params, archive, owner, inputs), inputs)


def _streamed(archive):
    return [table for table in archive.tables if table.streamed]


def _code(archive):
    streams = {
        layout.stream_name(archive.name, table.name): table.from_message
        for table in _streamed(archive)
        if not table.raw
    }
    return {layout.function_name(archive.name): handler.code(streams)}


def _resources(params, archive, owner, inputs):
    def tags(part):
        return owner_tags(owner, part, params["tags"], archive.name)

    key = Ref("archive_key.main")
    log = {"log_group": layout.log_group(archive.name)}
    streamed = _streamed(archive)
    # Of two runs, the one that creates the bucket must not fail before it has created the key: see archive_key.
    after_key = {"needs": (key.address,)}
    return {
        **_centralization(params, tags, after_key),
        **_bucket(params, archive, key, tags),
        "archive_key": {
            "main": archive_checks.key(layout.key_alias(archive.name), policies.log_key(archive), tags("main"))
        },
        "service_role": _roles(archive, key, tags),
        "log_group": {"main": {**log, "retention_days": LOG_DAYS, "tags": tags("main"), **after_key}},
        "delivery_log_stream": {table.name: {**log, "log_stream": layout.log_stream(table.name)} for table in streamed},
        "lambda_function": _function(archive, inputs, tags),
        "log_table": _tables(params, archive, owner, inputs),
        "log_database": {"main": {"database": inputs.database}},
        "delivery_stream": {table.name: _stream(params, archive, table, key, tags(table.name)) for table in streamed},
        "log_destination": {
            table.name: {
                "destination": layout.stream_name(archive.name, table.name),
                "target": Ref(f"delivery_stream.{table.name}"),
                "role": Ref("service_role.destination"),
                "policy": policies.destination(archive, table),
            }
            for table in streamed
        },
        **_queries(params, archive, owner, inputs, tags),
    }


def _bucket(params, archive, key, tags):
    if not params["bucket"]:
        return {}
    policy = policies.log_bucket(archive)
    return {"archive_bucket": {"main": archive_checks.bucket(params, key, policy, tags("main"))}}


def _centralization(params, tags, after_key):
    """Return the rule that copies log groups into this account; its own subscription then fills the archive."""
    if params["transport"] != "centralization":
        return {}
    options = params["centralization"] or {}
    return {
        "centralization_rule": {
            "main": {
                "rule_name": params["name"],
                "regions": sorted(params["source_regions"]) or [archive_checks.PLACE["region"]],
                "scope": centralization.scope(params["organization_id"], params["source_account_ids"]),
                "log_groups": centralization.criteria(options.get("excluded_log_groups", ())),
                "encrypted": options.get("encrypted_log_groups", True),
                "account_id": params["account_id"],
                "region": archive_checks.PLACE["region"],
                "pattern": centralization.PATTERN,
                "kms_key_arn": options.get("kms_key_arn"),
                "tags": tags("main"),
                **after_key,
            }
        }
    }


def _queries(params, archive, owner, inputs, tags):
    return {
        "query_workgroup": {
            "main": {
                "workgroup": inputs.workgroup,
                "description": f"queries of the log archive {archive.name}",
                "state": "ENABLED",
                "bytes_limit": params["query_bytes_limit"],
                "enforced": True,
                "results_key": Ref("archive_key.main"),
                "tags": tags("main"),
            }
        },
        "named_query": {
            name: {
                "workgroup": inputs.workgroup,
                "database": inputs.database,
                "query": name,
                "description": named_query.description_of(query.description, owner),
                "sql": query.sql,
            }
            for name, query in queries.named_queries(inputs.database, archive.tables).items()
        },
    }


def _roles(archive, key, tags):
    """Return a role for each service: Firehose and its function only where there is something for them to do."""
    streamed = _streamed(archive)
    names = {
        "firehose": (
            layout.firehose_role(archive.name, archive.region),
            role_policies.firehose_trust(archive),
            archive_checks.with_key(role_policies.firehose_permissions(archive, archive_checks.KEY), key),
        ),
        "destination": (
            layout.destination_role(archive.name, archive.region),
            role_policies.destination_trust(archive),
            role_policies.destination_permissions(archive),
        ),
        "handler": (
            layout.handler_role(archive.name, archive.region),
            role_policies.handler_trust(),
            role_policies.handler_permissions(archive),
        ),
    }
    return {
        part: {"role_name": name, "trust": trust, "policy": policy, "others": [], "tags": tags(part)}
        for part, (name, trust, policy) in names.items()
        if (streamed if part != "handler" else _handled(archive))
    }


def _handled(archive):
    return [table for table in _streamed(archive) if not table.raw]


def _function(archive, inputs, tags):
    return {
        name: {
            "function_name": name,
            "code_sha256": function_archive.sha256(code),
            "runtime": handler.RUNTIME,
            "handler": handler.HANDLER,
            "role": Ref("service_role.handler"),
            "timeout": handler.TIMEOUT_SECONDS,
            "memory": handler.MEMORY_MIB,
            "environment": {},
            "log_group": layout.log_group(archive.name),
            "tags": tags("handler"),
        }
        for name, code in inputs.functions.items()
        if _handled(archive)
    }


def _tables(params, archive, owner, inputs):
    # The archive's own log groups are a source, too, if it subscribes to itself.
    accounts = sorted({*archive.accounts, archive.account_id})
    of_trails = sorted({*accounts, *params["trail_account_ids"]})
    regions = params["source_regions"] or [params.get("region") or archive.region]
    declared = {}
    for table in archive.tables:
        of_glue = glue.glue_table(
            table,
            archive.name,
            archive.bucket,
            of_trails if table.type == "cloudtrail" else accounts,
            regions,
            params["trail_organization_id"] or "",
            params["trail_bucket"] or "",
        )
        declared[table.name] = {
            "database": inputs.database,
            "table": table.name,
            **{field: of_glue[key] for field, key in log_table.FIELDS.items() if key != "Parameters"},
            "parameters": {**of_glue["Parameters"], OWNER_TAG: owner},
        }
    return declared


def _stream(params, archive, table, key, tags):
    role = Ref("service_role.firehose")
    function = layout.function_arn(archive.partition, archive.region, archive.account_id, archive.name)
    by_function = {
        "type": "Lambda",
        "parameters": {
            "LambdaArn": f"{function}:$LATEST",
            "RoleArn": role,
            # Firehose's own numbers, but for the buffer: what a call answers has 6 MB at most.
            "NumberOfRetries": "3",
            "BufferSizeInMBs": f"{handler.BUFFER_MIB:g}",
            "BufferIntervalInSeconds": "60",
        },
    }
    by_firehose = [
        {"type": "Decompression", "parameters": {"CompressionFormat": "GZIP"}},
        {"type": "CloudWatchLogProcessing", "parameters": {"DataMessageExtraction": "true"}},
        {"type": "AppendDelimiterToRecord", "parameters": {}},
    ]
    return {
        "stream": layout.stream_name(archive.name, table.name),
        "encrypted": True,
        "partitioned": not table.raw,
        "role": role,
        "bucket": f"arn:{archive.partition}:s3:::{archive.bucket}",
        "prefix": layout.prefix(table),
        "error_prefix": layout.error_prefix(table),
        "buffer_seconds": params["buffer_seconds"],
        "buffer_mib": params["buffer_mib"],
        # Parquet has its own.
        "compression": "GZIP" if table.raw else "UNCOMPRESSED",
        "key": key,
        "log": {"group": layout.log_group(archive.name), "stream": layout.log_stream(table.name)},
        "processors": by_firehose if table.raw else [by_function],
        "conversion": {}
        if table.raw
        else {
            "role": role,
            "database": layout.database(archive.name),
            "table": table.name,
            "region": archive.region,
        },
        "tags": tags,
    }


def report(declared, found, ids, states):
    resources = {} if declared.absent else declared.resources
    return {
        "bucket": declared.inputs.bucket,
        "kms_key_arn": ids.get("archive_key.main") or declared.inputs.kms_key_arn,
        "streams": {name: ids.get(f"delivery_stream.{name}") for name in resources.get("delivery_stream", ())},
        "destinations": {name: ids.get(f"log_destination.{name}") for name in resources.get("log_destination", ())},
        "database": declared.inputs.database,
        "workgroup": declared.inputs.workgroup,
        "destination_role_arn": ids.get("service_role.destination"),
        "tables": sorted(resources.get("log_table", ())),
        "named_queries": {name: ids.get(f"named_query.{name}") for name in resources.get("named_query", ())},
    }


CAPABILITY = Capability(
    "log_archive",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        archive_key,
        archive_bucket,
        service_role,
        log_group,
        delivery_log_stream,
        lambda_function,
        log_table,
        log_database,
        delivery_stream,
        log_destination,
        query_workgroup,
        named_query,
        centralization_rule,
    ),
    report,
    {"required_if": [["state", "present", ["bucket"]]]},
    removals=archive_checks.removals("centralization_rule", "delivery_stream", "log_destination", "log_table"),
)
