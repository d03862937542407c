# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google Cloud as the engine sees it: ONE project, ONE credential; a write is done when its operation is."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from .._core.cloud import Meaning
from .._core.errors import Failure
from .._core.wait import pauses
from .._domain.values import gcp_names
from .advice import next_step
from .errors import GoogleError, describe, of_operation
from .methods import METHODS, Method
from .retries import (
    FIRST_PAUSE_SECONDS,
    FIRST_WAIT_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LONGEST_WAIT_SECONDS,
    OPERATION_SECONDS,
    TAKEN_SECONDS,
    THROTTLED_SECONDS,
    WAIT_SECONDS,
)
from .transport import Api


class Gcp(Api):
    """Google's APIs for one project; safe to use from several threads.

    params: project_id, region, the options of a credential, endpoint_url; wait_timeout is how long an operation may
    last. Raises Failure if the project can't be read, before any other call.
    """

    partition: str | None = None

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.account_id: str | None = params["project_id"]
        self.region: str | None = params.get("region") or ""
        super().__init__(params)
        self._timeout = float(params.get("wait_timeout") or WAIT_SECONDS)
        self.project_number = self._guard()

    @property
    def place(self) -> str:
        return f"project {self.account_id} ({self.region})"

    def next_step(self, error: Exception, module: str) -> str:
        return next_step(error, module, self.account_id or "", self._params.get("impersonate_service_account") or "")

    def call(self, operation: str, *, body: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Send one call, such as `compute.serviceAttachments.insert`, and return its answer.

        The project and its region are filled in. A write of Compute Engine returns its operation when that is DONE,
        with the key `target`: the relative name of what was written. Raises GoogleError, and Failure if the operation
        isn't done within wait_timeout.
        """
        method = METHODS[operation]
        if "project" in method.parameters and params.setdefault("project", self.account_id) != self.account_id:
            raise Failure(
                f"{operation}: the call would be one of project {params['project']}, this run is one of"
                f" {self.account_id}; it wasn't sent"
            )
        if "region" in method.parameters:
            params.setdefault("region", self.region)
        if not method.repeatable:
            return self.send(method, params, body)
        for pause in pauses(time.monotonic() + THROTTLED_SECONDS, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS):
            try:
                done = self._done(self.send(method, params, body), method)
                return {**done, "target": gcp_names.relative(done.get("targetLink"))}
            except GoogleError as error:
                if error.meaning is Meaning.GONE and self._is_of_another(error):
                    error.meaning = Meaning.REFUSED
                if error.meaning is Meaning.TAKEN and operation.endswith(".insert"):
                    self._await_visible(operation, params, str((body or {}).get("name")))
                # One that Google throttled in its operation did nothing, so it may be asked for again.
                if error.meaning is not Meaning.THROTTLED:
                    raise
                throttled = error
            time.sleep(pause)
        raise throttled

    def _await_visible(self, operation: str, params: Mapping[str, Any], name: str) -> None:
        """Wait until a resource whose name is taken can be read: another run's insert may still be running.

        Otherwise the engine, which reads again after this error, would find nothing, and insert again.
        """
        for pause in pauses(time.monotonic() + min(TAKEN_SECONDS, self._timeout)):
            try:
                if self._exists(operation.removesuffix("insert"), params, name):
                    return
            except GoogleError:
                return  # what is known is that the name is taken
            time.sleep(pause)

    def _exists(self, collection: str, params: Mapping[str, Any], name: str) -> bool:
        try:
            method = METHODS[f"{collection}get"]
            return self.get(method.id, **{**params, method.parameters[-1]: name}) is not None
        except GoogleError as error:
            if error.meaning is not Meaning.DENIED:
                raise
            return any(one.get("name") == name for one in self.items(f"{collection}list", **params))

    def _is_of_another(self, error: GoogleError) -> bool:
        """Return true if what wasn't found is a resource of another project: this run hasn't just created it."""
        named = re.match(r"The resource '(projects/[^']+)' was not found", error.message)
        return named is not None and gcp_names.project_of(named[1]) not in (self.account_id, self.project_number)

    def _done(self, operation: dict[str, Any], method: Method) -> dict[str, Any]:
        """Wait until the operation is DONE and return it. Raises GoogleError, Failure after wait_timeout."""
        if not operation.get("status") or not operation.get("name"):
            text = f"what answered isn't an operation: {str(operation)[:60]}"
            raise GoogleError(200, "UnreadableAnswer", text, method.id, method.verb, Meaning.LOST)
        deadline = time.monotonic() + self._timeout
        for pause in pauses(deadline, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS):
            if operation.get("status") == "DONE":
                break
            operation = self._look(operation, method, deadline)
            if operation.get("status") != "DONE":
                time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        if operation.get("status") != "DONE":
            raise Failure(
                f"{method.id}: waited {self._timeout:g} s for operation {operation.get('name')}, last seen:"
                f" {operation.get('status')}. Run again: it goes on from there (wait_timeout gives it longer)"
            )
        if operation.get("error"):
            raise of_operation(operation, method.id, method.verb)
        return operation

    def _look(self, operation: dict[str, Any], method: Method, deadline: float) -> dict[str, Any]:
        """Return the operation as it is when it is done, or a moment later. Raises GoogleError."""
        scope = "region" if operation.get("region") else "global"
        params = {"project": self.account_id, "operation": operation.get("name")}
        if scope == "region":
            params["region"] = gcp_names.last(operation["region"])
        seconds = min(OPERATION_SECONDS, max(1.0, deadline - time.monotonic()))
        try:
            return self.send(METHODS[f"compute.{scope}Operations.wait"], params, None, seconds, again=False)
        except GoogleError as error:
            if error.transient:
                return operation  # what is waited for goes on
            if error.status == 404:
                # Not the resource: nobody knows any more how the write ended.
                text = f"its operation doesn't exist any more: {error.message}"
                raise GoogleError(0, "operationNotFound", text, method.id, method.verb, Meaning.LOST) from error
            raise

    def _guard(self) -> str:
        """Return the project's number. Raises Failure if it can't be read, is another one or is being deleted."""
        try:
            project = self.send(METHODS["cloudresourcemanager.projects.get"], {"name": f"projects/{self.account_id}"})
        except GoogleError as error:
            raise Failure(
                f"{self.place}: the project can't be read: {describe(error)}. {self.next_step(error, '')}",
                error_code=error.code,
            ) from error
        if project.get("projectId") != self.account_id:
            raise Failure(
                f"{self.place}: Google answered for project {project.get('projectId')}. Nothing else was read or"
                " written"
            )
        if project.get("state") != "ACTIVE":
            raise Failure(
                f"{self.place}: the project's state is {project.get('state')}. Nothing else was read or written. Next:"
                f" correct project_id, or restore it: gcloud projects undelete {self.account_id}"
            )
        number, declared = gcp_names.last(project.get("name")), self._params.get("project_number")
        if declared and declared != number:
            raise Failure(
                f"{self.place}: its number is {number}, project_number says {declared}. Nothing else was read or"
                f" written. Next: correct project_id or project_number, since one is another project's"
            )
        return number
