# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and places of a log archive: streams, destinations, prefixes in the bucket, roles.

Placeholders of Firehose's prefixes: "Understand custom prefixes for Amazon S3 objects".
"""

from __future__ import annotations

import re
from typing import Any

from ..._core.errors import Invalid
from .tables import Table

ERRORS = "errors/"
# The longest of IAM's names of roles (64) that begin with an archive's name ends with -firehose-ap-southeast-1.
LONGEST = 40
# A probe's marker, the name of its log stream.
MARKER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_name(option: str, value: Any) -> None:
    """Check an archive's name, a part of the names of streams, roles, a function and a database. Raises Invalid."""
    if not isinstance(value, str) or not re.fullmatch(rf"[a-z]([a-z0-9-]{{0,{LONGEST - 2}}}[a-z0-9])?", value):
        expected = f"1 to {LONGEST} lower case letters, digits or -, the first a letter, such as logs"
        raise Invalid(option, value, "is no name of a log archive", expected)


def check_streams(option: str, name: str, tables: tuple[Table, ...]) -> None:
    """Check that the names of the tables' streams fit into Firehose's 64 characters (CreateDeliveryStream)."""
    for index, table in enumerate(tables):
        if table.streamed and len(stream_name(name, table.name)) > 64:
            expected = f"{63 - len(name)} characters at most with an archive named {name}"
            raise Invalid(f"{option}[{index}].name", table.name, "makes the stream's name too long", expected)


def stream_name(name: str, table: str) -> str:
    """Return the name of a table's stream, and of its destination. name: the archive's."""
    return f"{name}-{table}"


def stream_arn(partition: str, region: str, account_id: str, name: str, table: str) -> str:
    return f"arn:{partition}:firehose:{region}:{account_id}:deliverystream/{stream_name(name, table)}"


def destination_arn(partition: str, region: str, account_id: str, name: str, table: str) -> str:
    """Return the ARN of the logical destination to which sources subscribe; account_id: the archive's."""
    return f"arn:{partition}:logs:{region}:{account_id}:destination:{stream_name(name, table)}"


def function_name(name: str) -> str:
    """Return the name of the function that decodes what all of the archive's streams get."""
    return f"{name}-handler"


def function_arn(partition: str, region: str, account_id: str, name: str) -> str:
    return f"arn:{partition}:lambda:{region}:{account_id}:function:{function_name(name)}"


def log_group(name: str) -> str:
    """Return the name of the log group of the archive's function and streams, which none of its streams gets."""
    return f"/closednet/log_archive/{name}"


def log_stream(table: str) -> str:
    """Return the name of the log stream in it to which Firehose writes what it can't deliver to a table."""
    return f"firehose/{table}"


def handler_role(name: str, region: str) -> str:
    """Return the name of the function's role. Roles' names are the account's, an archive is of a region."""
    return f"{name}-handler-{region}"


def firehose_role(name: str, region: str) -> str:
    """Return the name of the role of the archive's streams."""
    return f"{name}-firehose-{region}"


def destination_role(name: str, region: str) -> str:
    """Return the name of the role by which CloudWatch Logs writes to the streams."""
    return f"{name}-dest-{region}"


def role_arn(partition: str, account_id: str, role: str) -> str:
    return f"arn:{partition}:iam::{account_id}:role/{role}"


def database(name: str) -> str:
    """Return the name of the Glue database: Athena's names have no hyphen."""
    return name.replace("-", "_")


def workgroup(name: str) -> str:
    return name


def key_alias(name: str) -> str:
    """Return the alias of the archive's KMS key."""
    return f"alias/{name}"


def prefix(table: Table) -> str:
    """Return a streamed table's Prefix: by account, from the partition key that the handler gives; and by hour."""
    by_account = "" if table.raw else "account=!{partitionKeyFromLambda:account}/"
    return f"{table.name}/{by_account}!{{timestamp:yyyy/MM/dd/HH}}/"


def error_prefix(table: Table) -> str:
    """Return a streamed table's ErrorOutputPrefix."""
    return f"{ERRORS}{table.name}/!{{firehose:error-output-type}}/!{{timestamp:yyyy/MM/dd/HH}}/"


def errors_of(table: str) -> str:
    """Return the prefix under which everything is that Firehose couldn't deliver to a table."""
    return f"{ERRORS}{table}/"


def account_prefixes(account_id: str, tables: tuple[Table, ...]) -> list[str]:
    """Return the prefixes of the log bucket under which an account's logs are, and nobody else's."""
    streamed = [f"{table.name}/account={account_id}/" for table in tables if table.streamed and not table.raw]
    return [*streamed, f"AWSLogs/{account_id}/"]


def trail_prefix(account_id: str, organization_id: str = "") -> str:
    """Return the prefix of the trail bucket under which an account's trail files and digests are."""
    return f"AWSLogs/{organization_id}/{account_id}/" if organization_id else f"AWSLogs/{account_id}/"


def probe_group(name: str) -> str:
    """Return the name of the log group into which log_probe writes; name: the source's."""
    return f"/closednet/log_source/{name}/probe"


def probed(log_group: str) -> str:
    """Return the name of the source whose probe writes into a log group, "" if none does."""
    found = re.fullmatch(re.escape(probe_group("NAME")).replace("NAME", "([^/]+)"), log_group)
    return found[1] if found else ""
