# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Athena of one account and region: work groups, named queries, executions."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.athena.models import AthenaBackend as MotoAthenaBackend

from emulator.athena.errors import QueryFailed, invalid
from emulator.athena.workgroups import WorkGroup
from emulator.transitions import StateClock, Transition

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


class NamedQuery:
    def __init__(self, name: str, description: str | None, database: str, query_string: str, workgroup: str):
        self.id = str(uuid.uuid4())
        self.name, self.description, self.database = name, description, database
        self.query_string, self.workgroup = query_string, workgroup

    def described(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "Description": self.description,
            "Database": self.database,
            "QueryString": self.query_string,
            "NamedQueryId": self.id,
            "WorkGroup": self.workgroup,
        }


class Execution:
    """Query that runs, or has run. outcome: a Result, or the QueryFailed that ends it; known from the start."""

    state = StateClock("query-execution")

    def __init__(self, given: dict[str, Any], workgroup: WorkGroup, outcome: Any, location: str | None, seconds: float):
        self.id = str(uuid.uuid4())
        self.given, self.workgroup, self.outcome, self.location = given, workgroup, outcome, location
        self.submitted = datetime.now(timezone.utc)
        self.seconds = seconds
        final = outcome.state if isinstance(outcome, QueryFailed) else "SUCCEEDED"
        self.state = Transition("QUEUED", "RUNNING", final)
        self.stopped = False

    def stop(self) -> None:
        """Cancel the query; one that has ended stays as it is."""
        if self.state not in FINAL:
            self.state, self.stopped = "CANCELLED", True

    def status(self) -> dict[str, Any]:
        state = self.state
        status: dict[str, Any] = {"State": state, "SubmissionDateTime": self.submitted}
        if state in FINAL:
            status["CompletionDateTime"] = self.submitted + timedelta(seconds=self.seconds)
        if state == "CANCELLED" and self.stopped:
            status["StateChangeReason"] = "Query cancelled by user"
        elif state in ("FAILED", "CANCELLED"):
            status["StateChangeReason"] = self.outcome.reason
            if state == "FAILED":
                status["AthenaError"] = self.outcome.error
        return status

    def described(self) -> dict[str, Any]:
        scanned = self.outcome.scanned if self.state in FINAL and not self.stopped else 0
        milliseconds = int(self.seconds * 1000)
        configuration = {"OutputLocation": f"{self.location}{self.id}.csv"} if self.location else {}
        managed = self.workgroup.configuration.get("ManagedQueryResultsConfiguration")
        return {
            "QueryExecutionId": self.id,
            "Query": self.given["QueryString"],
            "StatementType": "DML",
            "SubstatementType": "SELECT",
            "ResultConfiguration": configuration,
            "ManagedQueryResultsConfiguration": managed,
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": self.given.get("QueryExecutionContext") or {},
            "Status": self.status(),
            "Statistics": {
                "EngineExecutionTimeInMillis": milliseconds,
                "DataScannedInBytes": scanned,
                "TotalExecutionTimeInMillis": milliseconds,
                "QueryQueueTimeInMillis": 0,
                "ServicePreProcessingTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            },
            "WorkGroup": self.workgroup.name,
            "EngineVersion": self.workgroup.configuration["EngineVersion"],
            "ExecutionParameters": self.given.get("ExecutionParameters"),
        }


class AthenaBackend(MotoAthenaBackend):
    work_groups: dict[str, WorkGroup]  # type: ignore[assignment]
    named_queries: dict[str, NamedQuery]  # type: ignore[assignment]
    executions: dict[str, Execution]  # type: ignore[assignment]

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        # ClientRequestToken -> (what was asked, id), of StartQueryExecution and CreateNamedQuery.
        self.tokens: dict[tuple[str, str], tuple[Any, str]] = {}

    def create_work_group(
        self, name: str, configuration: dict[str, Any], description: str, tags: list[dict[str, str]]
    ) -> WorkGroup:
        if name in self.work_groups:
            raise invalid("WorkGroup is already created")
        created = WorkGroup(self, name, configuration or {}, description, tags)
        self.work_groups[name] = created
        self.tagger.tag_resource(created.arn, tags or [])
        return created

    def work_group(self, name: str) -> WorkGroup:
        """Return a work group. The text of the error: https://github.com/ColeMurray/aws-athena-mcp/issues/23"""
        if name not in self.work_groups:
            raise invalid("WorkGroup is not found.", "WORKGROUP_NOT_FOUND")
        return self.work_groups[name]

    def remove_work_group(self, name: str, recursive: bool) -> None:
        """Delete a work group. The text: https://github.com/aws-samples/coast-grafana-cost-intelligence-dashboards/issues/9

        "The primary workgroup cannot be deleted", and RecursiveDeleteOption for one that "contains any named queries or
        query executions": https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html
        """
        if name == "primary":
            raise invalid("WorkGroup primary can not be deleted")  # the text is not verified
        found = self.work_group(name)
        queries = [one.id for one in self.named_queries.values() if one.workgroup == name]
        executions = [one.id for one in self.executions.values() if one.workgroup is found]
        if (queries or executions) and not recursive:
            raise invalid(f"WorkGroup {name} is not empty")
        for one in queries:
            del self.named_queries[one]
        for one in executions:
            del self.executions[one]
        self.tagger.delete_all_tags_for_resource(found.arn)
        del self.work_groups[name]

    def named_query(self, id_: str) -> NamedQuery:
        if id_ not in self.named_queries:
            raise invalid(f"NamedQuery {id_} was not found", "NAMED_QUERY_NOT_FOUND")  # not verified
        return self.named_queries[id_]

    def execution(self, id_: str) -> Execution:
        if id_ not in self.executions:
            raise invalid(f"QueryExecution {id_} was not found", "QUERY_EXECUTION_NOT_FOUND")
        return self.executions[id_]

    def repeated(self, operation: str, token: str | None, asked: Any) -> str | None:
        """Return the id that an earlier call with this token got, None if it is the first. Raises AthenaError."""
        known = self.tokens.get((operation, token or ""))
        # Whether AWS still knows the token of a query that was deleted isn't documented.
        if known is None or operation == "CreateNamedQuery" and known[1] not in self.named_queries:
            return None
        if known[0] != asked:
            raise invalid("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
        return known[1]
