# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import Any

from moto.athena.responses import AthenaResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.s3.models import s3_backends

from emulator.accounts import Accounts
from emulator.athena.errors import AthenaError, QueryFailed, invalid
from emulator.athena.models import AthenaBackend, Execution, NamedQuery
from emulator.athena.workgroups import WorkGroup
from emulator.pages import page

NO_LOCATION = (
    "No output location provided. You did not provide an output location for  your query results. Either specify an S3 "
    "bucket location or enable Athena managed query results in your workgroup settings."
)


class AthenaResponses(AthenaResponse):
    @property
    def athena_backend(self) -> AthenaBackend:
        return super().athena_backend  # type: ignore[return-value]

    def create_work_group(self) -> ActionResult:
        if not self._get_param("Name"):
            raise invalid("Value null at 'name' failed to satisfy constraint: Member must not be null")
        self.athena_backend.create_work_group(
            self._get_param("Name"),
            self._get_param("Configuration", {}),
            self._get_param("Description"),
            self._get_param("Tags") or [],
        )
        return EmptyResult()

    def get_work_group(self) -> ActionResult:
        return ActionResult({"WorkGroup": self.athena_backend.work_group(self._get_param("WorkGroup")).described()})

    def list_work_groups(self) -> ActionResult:
        groups = sorted(self.athena_backend.work_groups.values(), key=lambda one: one.name)
        found, token = page(groups, self._get_param("MaxResults"), self._get_param("NextToken"), most=50)
        shown = [
            {key: value for key, value in one.described().items() if key != "Configuration"}
            | {"EngineVersion": one.configuration["EngineVersion"]}
            for one in found
        ]
        return ActionResult({"WorkGroups": shown, "NextToken": token})

    def update_work_group(self) -> ActionResult:
        group = self.athena_backend.work_group(self._get_param("WorkGroup"))
        group.update(self._get_param("Description"), self._get_param("ConfigurationUpdates"), self._get_param("State"))
        return EmptyResult()

    def delete_work_group(self) -> ActionResult:
        recursive = bool(self._get_param("RecursiveDeleteOption"))
        self.athena_backend.remove_work_group(self._get_param("WorkGroup"), recursive)
        return EmptyResult()

    def create_named_query(self) -> ActionResult:
        given = {
            name: self._get_param(name) for name in ("Name", "Description", "Database", "QueryString", "WorkGroup")
        }
        token = self._get_param("ClientRequestToken")
        backend = self.athena_backend
        if (known := backend.repeated("CreateNamedQuery", token, given)) is None:
            group = backend.work_group(given["WorkGroup"] or "primary")
            created = NamedQuery(
                given["Name"], given["Description"], given["Database"], given["QueryString"], group.name
            )
            backend.named_queries[created.id] = created
            known = created.id
            backend.tokens["CreateNamedQuery", token or ""] = (given, known)
            if not token:
                del backend.tokens["CreateNamedQuery", ""]
        return ActionResult({"NamedQueryId": known})

    def get_named_query(self) -> ActionResult:
        return ActionResult(
            {"NamedQuery": self.athena_backend.named_query(self._get_param("NamedQueryId")).described()}
        )

    def batch_get_named_query(self) -> ActionResult:
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetNamedQuery.html"""
        known, asked = self.athena_backend.named_queries, self._get_param("NamedQueryIds") or []
        if not 1 <= len(asked) <= 50:
            raise invalid("NamedQueryIds must have 1 to 50 members")  # not verified
        found, missing = _batch(known, asked, "NamedQuery", "NAMED_QUERY_NOT_FOUND")
        return ActionResult({"NamedQueries": found, "UnprocessedNamedQueryIds": missing})

    def list_named_queries(self) -> ActionResult:
        group = self.athena_backend.work_group(self._get_param("WorkGroup") or "primary")
        ids = [one.id for one in self.athena_backend.named_queries.values() if one.workgroup == group.name]
        found, token = page(ids, self._get_param("MaxResults"), self._get_param("NextToken"), most=50)
        return ActionResult({"NamedQueryIds": found, "NextToken": token})

    def update_named_query(self) -> ActionResult:
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateNamedQuery.html"""
        found = self.athena_backend.named_query(self._get_param("NamedQueryId"))
        found.name, found.query_string = self._get_param("Name"), self._get_param("QueryString")
        found.description = self._get_param("Description")
        return EmptyResult()

    def delete_named_query(self) -> ActionResult:
        found = self.athena_backend.named_query(self._get_param("NamedQueryId"))
        del self.athena_backend.named_queries[found.id]
        return EmptyResult()

    def start_query_execution(self) -> ActionResult:
        backend, group = self.athena_backend, self.athena_backend.work_group(self._get_param("WorkGroup") or "primary")
        context = self._get_param("QueryExecutionContext") or {}
        given = {
            "QueryString": self._get_param("QueryString"),
            "QueryExecutionContext": context,
            "ExecutionParameters": self._get_param("ExecutionParameters"),
        }
        location = self._location(group)
        token = self._token()
        asked = (given["QueryString"], context.get("Database"), location)
        known = backend.repeated("StartQueryExecution", token, asked)
        if known is None:
            if group.state == "DISABLED":
                raise invalid(f"WorkGroup {group.name} is disabled.")  # the text is not verified
            began = time.monotonic()
            outcome = self._outcome(given, group)
            execution = Execution(given, group, outcome, location, time.monotonic() - began)
            known = execution.id
            backend.executions[known] = execution
            if location and not isinstance(outcome, QueryFailed):
                self._write(execution)
            backend.tokens["StartQueryExecution", token] = (asked, known)
        return ActionResult({"QueryExecutionId": known})

    def get_query_execution(self) -> ActionResult:
        execution = self.athena_backend.execution(self._get_param("QueryExecutionId"))
        return ActionResult({"QueryExecution": execution.described()})

    def batch_get_query_execution(self) -> ActionResult:
        known, asked = self.athena_backend.executions, self._get_param("QueryExecutionIds") or []
        found, missing = _batch(known, asked, "QueryExecution", "QUERY_EXECUTION_NOT_FOUND")
        return ActionResult({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})

    def list_query_executions(self) -> ActionResult:
        group = self.athena_backend.work_group(self._get_param("WorkGroup") or "primary")
        ids = [one.id for one in reversed(self.athena_backend.executions.values()) if one.workgroup is group]
        found, token = page(ids, self._get_param("MaxResults"), self._get_param("NextToken"), most=50)
        return ActionResult({"QueryExecutionIds": found, "NextToken": token})

    def stop_query_execution(self) -> ActionResult:
        self.athena_backend.execution(self._get_param("QueryExecutionId")).stop()
        return EmptyResult()

    def get_query_results(self) -> ActionResult:
        """Texts of the errors: https://github.com/aoyagikouhei/athena-local, README."""
        execution = self.athena_backend.execution(self._get_param("QueryExecutionId"))
        state = execution.state
        if state == "CANCELLED":
            raise invalid("Could not find results", "RESULT_NOT_FOUND")
        if state == "FAILED":
            text = "Query did not finish successfully. Final query state: FAILED"
            raise invalid(text, "INVALID_QUERY_EXECUTION_STATE")
        if state != "SUCCEEDED":
            text = f"Query has not yet finished. Current state: {state}"
            raise invalid(text, "INVALID_QUERY_EXECUTION_STATE")
        result = execution.outcome
        header = [[column["Name"] for column in result.columns]]
        found, token = page([*header, *result.rows], self._most(), self._get_param("NextToken"), most=1000)
        rows = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in found]
        metadata = {"ColumnInfo": result.columns}
        return ActionResult(
            {"UpdateCount": 0, "ResultSet": {"Rows": rows, "ResultSetMetadata": metadata}, "NextToken": token}
        )

    def get_query_runtime_statistics(self) -> ActionResult:
        execution = self.athena_backend.execution(self._get_param("QueryExecutionId"))
        statistics = execution.described()["Statistics"]
        times = {name: value for name, value in statistics.items() if name.endswith("InMillis")}
        rows = {"InputBytes": statistics["DataScannedInBytes"]}
        return ActionResult({"QueryRuntimeStatistics": {"Timeline": times, "Rows": rows}})

    def list_tags_for_resource(self) -> ActionResult:
        arn = self._existing("ResourceARN")
        return ActionResult({"Tags": self.athena_backend.tagger.list_tags_for_resource(arn)["Tags"]})

    def tag_resource(self) -> ActionResult:
        self.athena_backend.tagger.tag_resource(self._existing("ResourceARN"), self._get_param("Tags"))
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        arn = self._existing("ResourceARN")
        self.athena_backend.tagger.untag_resource_using_names(arn, self._get_param("TagKeys"))
        return EmptyResult()

    def _existing(self, name: str) -> str:
        arn = self._get_param(name)
        backend = self.athena_backend
        known = [
            *backend.work_groups.values(),
            *backend.data_catalogs.values(),
            *backend.capacity_reservations.values(),
        ]
        if arn not in [one.arn for one in known]:
            text = f"Athena Resource, {arn} Does Not Exist"  # moto's
            raise AthenaError("ResourceNotFoundException", text, ResourceName=arn)
        return arn

    def _most(self) -> int | None:
        most = self._get_param("MaxResults")
        if most is not None and not 1 <= most <= 1000:
            raise invalid("MaxResults is more than maximum allowed length 1000.")  # not verified
        return most

    def _token(self) -> str:
        token = self._get_param("ClientRequestToken")
        if token is None:
            raise invalid("clientRequestToken is null or empty")
        if not 32 <= len(token) <= 128:
            bound = "greater than or equal to 32" if len(token) < 32 else "less than or equal to 128"
            raise invalid(
                "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must "
                f"have length {bound}"
            )
        return token

    def _location(self, group: WorkGroup) -> str | None:
        """Return where the results are to be written, None where Athena keeps them.

        https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html: the work group's, if it enforces
        its configuration or the query names none.
        """
        if group.manages_results:
            return None
        own = (self._get_param("ResultConfiguration") or {}).get("OutputLocation")
        of_group = (group.configuration.get("ResultConfiguration") or {}).get("OutputLocation")
        location = of_group if group.configuration["EnforceWorkGroupConfiguration"] or not own else own
        if not location:
            raise invalid(NO_LOCATION)
        if not location.startswith("s3://"):
            raise invalid("outputLocation is not a valid S3 path.")
        return location if location.endswith("/") else f"{location}/"

    def _write(self, execution: Execution) -> None:
        """Write the results as CSV, if there is such a bucket of this account.

        Format, and that a missing bucket doesn't end the query: https://github.com/aoyagikouhei/athena-local, README.
        """
        bucket, key = execution.described()["ResultConfiguration"]["OutputLocation"][5:].split("/", 1)
        backend = s3_backends[self.current_account][self.partition]
        if bucket not in backend.buckets:
            return
        result = execution.outcome
        rows = [[column["Name"] for column in result.columns], *result.rows]
        quoted = [["" if value is None else '"' + value.replace('"', '""') + '"' for value in row] for row in rows]
        backend.put_object(bucket, key, "".join(",".join(row) + "\n" for row in quoted).encode())

    def _outcome(self, given: dict[str, Any], group: WorkGroup) -> Any:
        # Late: sqlglot and duckdb take longer to import than the emulator to start.
        from emulator.athena import engine, query

        tree = query.parse(given["QueryString"])
        principal = Accounts.principals.find(self.access_key)
        if principal is None:
            raise AthenaError("UnrecognizedClientException", "The security token included in the request is invalid.")
        job = engine.Job(
            given["QueryString"],
            given["QueryExecutionContext"].get("Database") or "default",
            given["ExecutionParameters"],
            self.current_account,
            self.region,
            principal,
            group.limit,
        )
        try:
            return engine.run(job, tree)
        except QueryFailed as failed:
            return failed
        except Exception as error:  # a bug here, or data that nobody expected: never an empty result
            traceback.print_exception(error)
            return QueryFailed(f"GENERIC_INTERNAL_ERROR: {error}")


def _batch(
    known: Mapping[str, NamedQuery | Execution], asked: list[str], what: str, code: str
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the descriptions of those asked for, and an error of each that doesn't exist."""
    missing = [
        {f"{what}Id": one, "ErrorCode": code, "ErrorMessage": f"{what} {one} was not found"}
        for one in asked
        if one not in known
    ]
    return [known[one].described() for one in asked if one in known], missing
