# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a query of Athena that only reads.

A query costs by what it scans. So it begins with a client request token: Athena runs it once, however often the same
call is sent (API_StartQueryExecution).
"""

from __future__ import annotations

import time
from datetime import timezone

from ..._aws.errors import code_of, describe
from ..._core import escape
from ..._core.cloud import Meaning
from ..._core.errors import Failure
from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._core.wait import pauses
from ..._domain.logs import sql

READ_AFTER = ()
INPUTS = ("database", "max_rows", "named_query", "parameters", "query", "timeout", "token", "workgroup")
# Athena reads the tables and the bucket on the caller's behalf.
PERMISSIONS = (
    "athena:BatchGetNamedQuery",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:ListNamedQueries",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
    "glue:GetDatabase",
    "glue:GetPartitions",
    "glue:GetTable",
    "kms:Decrypt",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
)
KIND = ResourceType("query_result")
# The most of BatchGetNamedQuery and of a page of GetQueryResults.
NAMED_AT_ONCE, ROWS_AT_ONCE = 50, 1000
# How often a query is started whose answer was lost.
STARTS = 3
# AthenaError's categories: API_AthenaError.
CATEGORIES = {1: "a fault of Athena", 2: "of the query or of what it reads", 3: "of another service"}


def read(aws, declared, found):
    """Return {"main": Actual} whose details are query_id, columns, rows, truncated, scanned_bytes and milliseconds.

    Raises Invalid, Conflict for a query that fails, Failure after the timeout.
    """
    try:
        query, database = _query(aws, declared.inputs)
        id_ = _start(aws, declared.inputs, query, database)
    except aws.errors as error:
        # Athena's message, "WorkGroup is not found.", doesn't say which.
        if "WorkGroup" not in describe(error) or "not found" not in describe(error):
            raise
        name = declared.inputs.workgroup
        raise Conflict(f"workgroup {name} doesn't exist in this account and region: {describe(error)}") from error
    execution = _finished(aws, id_, declared.inputs.timeout)
    statistics = execution.get("Statistics", {})
    details = {
        "query_id": id_,
        **_rows(aws, id_, execution.get("StatementType"), declared.inputs.max_rows),
        "scanned_bytes": statistics.get("DataScannedInBytes", 0),
        "milliseconds": statistics.get("TotalExecutionTimeInMillis", 0),
        "completed": f"{execution['Status']['CompletionDateTime'].astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
    }
    return {"main": Actual(id_, {}, False, details)}


def _query(aws, inputs):
    """Return (SQL, database) of the declared query."""
    if inputs.query is not None:
        return inputs.query, inputs.database
    ids = aws.read("athena.list_named_queries", "NamedQueryIds", WorkGroup=inputs.workgroup)
    names = []
    for start in range(0, len(ids), NAMED_AT_ONCE):
        batch = aws.call("athena.batch_get_named_query", NamedQueryIds=ids[start : start + NAMED_AT_ONCE])
        for named in batch["NamedQueries"]:
            if named["Name"] == inputs.named_query:
                sql.check("named_query", named["QueryString"])
                sql.check_parameters("parameters", named["QueryString"], inputs.parameters)
                return named["QueryString"], inputs.database or named["Database"]
            names.append(named["Name"])
    listed = ", ".join(sorted(names)) or "none"
    raise Conflict(f"workgroup {inputs.workgroup} has no query named {inputs.named_query}; it has: {listed}")


def _start(aws, inputs, query, database):
    params = {
        "QueryString": query,
        "ClientRequestToken": inputs.token,
        "WorkGroup": inputs.workgroup,
        **({"QueryExecutionContext": {"Database": database}} if database else {}),
        **({"ExecutionParameters": [sql.literal(value) for value in inputs.parameters]} if inputs.parameters else {}),
    }
    for left in reversed(range(STARTS)):
        try:
            return aws.call("athena.start_query_execution", **params)["QueryExecutionId"]
        except aws.errors as error:
            # The token makes a second one safe.
            if not left or aws.classify(error) not in (Meaning.LOST, Meaning.UNSENT):
                raise
    return None


def _finished(aws, id_, timeout):
    """Return the execution once it succeeded."""
    for pause in pauses(time.monotonic() + timeout):
        execution = aws.call("athena.get_query_execution", QueryExecutionId=id_)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            return execution
        if state in ("FAILED", "CANCELLED"):
            raise Conflict(_why(id_, execution["Status"]))
        time.sleep(pause)
    try:
        aws.call("athena.stop_query_execution", QueryExecutionId=id_)
    except aws.errors as error:
        stopped = f"it could not be stopped ({code_of(error)})"
    else:
        stopped = "it was stopped"
    raise Failure(f"query {id_} is {state} after {timeout} s; {stopped}. Ask for less, or give it longer (timeout)")


def _why(id_, status):
    reason = escape.sentence(status.get("StateChangeReason") or "Athena gives no reason")
    error = status.get("AthenaError", {})
    if "bytes scanned limit" in reason.lower():
        advice = "; it would scan more than the workgroup allows: ask for fewer days, accounts or columns"
        return f"query {id_} was cancelled: {reason}{advice}"
    category = CATEGORIES.get(error.get("ErrorCategory"))
    again = "; Athena says that it may succeed if run again" if error.get("Retryable") else ""
    return f"query {id_} {status['State'].lower()}: {reason}" + (f" ({category})" if category else "") + again


def _rows(aws, id_, statement, most):
    """Return columns, rows ({column: text or None}) and whether there are more than `most`."""
    params = {"QueryExecutionId": id_}
    rows, columns, token = [], None, None
    while columns is None or (token and len(rows) <= most):
        page = aws.call(
            "athena.get_query_results",
            **params,
            # One more than wanted tells whether there are more; another one may be the header.
            MaxResults=min(ROWS_AT_ONCE, most + 2 - len(rows)),
            **({"NextToken": token} if token else {}),
        )
        found = [[cell.get("VarCharValue") for cell in row.get("Data", ())] for row in page["ResultSet"]["Rows"]]
        if columns is None:
            columns = _columns(page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"])
            # The first row of a SELECT's result has the columns' labels: "Working with query results" (Athena).
            if statement == "DML" and found and found[0] == [column["label"] for column in columns]:
                found = found[1:]
        rows += found
        token = page.get("NextToken")
    names = [column["name"] for column in columns]
    told = [{name: (row[at] if at < len(row) else None) for at, name in enumerate(names)} for row in rows[:most]]
    kinds = [{"name": column["name"], "type": column["type"]} for column in columns]
    return {"columns": kinds, "rows": told, "truncated": len(rows) > most or bool(token)}


def _columns(infos):
    """Names are those of the result, numbered where two are the same, since rows are mappings."""
    seen, columns = {}, []
    for info in infos:
        seen[info["Name"]] = number = seen.get(info["Name"], 0) + 1
        name = info["Name"] if number == 1 else f"{info['Name']}_{number}"
        columns.append({"name": name, "label": info.get("Label") or info["Name"], "type": info["Type"]})
    return columns
