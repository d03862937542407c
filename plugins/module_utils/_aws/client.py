# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS as the engine sees it: ONE account, ONE credential, counted calls."""

from __future__ import annotations

import copy
import threading
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from .._core.cloud import Meaning
from .._core.errors import Failure, Invalid
from .._core.parallel import gather
from .._core.retries import PARALLEL
from .._core.wait import pauses
from .advice import kept_sessions, next_step
from .answers import watched
from .credentials import make_session
from .errors import classify, code_of, describe
from .rate_limit import Pace
from .retries import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, READ_RETRIES, THROTTLED_SECONDS, WRITE_RETRIES

try:
    import boto3
    import botocore
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # module.run says what is missing

READS = ("batch_get_", "describe_", "filter_", "get_", "head_", "list_", "search_")


class Errors:
    """Handling of AWS's errors for the engine; a part of Cloud."""

    errors: tuple[type[Exception], ...] = (ClientError, BotoCoreError)
    classify = staticmethod(classify)
    code = staticmethod(code_of)
    describe = staticmethod(describe)
    next_step = staticmethod(next_step)


class Aws(Errors):
    """Clients of one account, created on first use; safe to use from several threads.

    params: the connection options of amazon.aws (region, profile, access_key, secret_key, session_token, endpoint_url,
    aws_ca_bundle, validate_certs, aws_config), assume_role_arn, assume_role_external_id, account_id.
    Raises Failure when the credential is not one of account_id, before any other call.
    """

    gather = staticmethod(gather)

    @property
    def versions(self) -> dict[str, str]:
        """{library: version} of what makes the calls."""
        return {"boto3": boto3.__version__, "botocore": botocore.__version__}

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.calls: Counter[str] = Counter()
        self._pace = Pace()
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, bool], Any] = {}
        self._params = params
        self.region = params.get("region")
        self.account_id = params["account_id"]
        try:
            self._session = make_session(params, self._make_client)
            self.region = self._session.region_name
            self._guard()
            self.partition = self._session.get_partition_for_region(self.region)
        except (BotoCoreError, ClientError) as error:
            raise Failure(
                f"account {self.account_id} ({self.region}): can't get a credential: {describe(error)}."
                f" {next_step(error, role=params.get('assume_role_arn'))}"
            ) from error
        except Invalid as error:
            raise Failure(f"account {self.account_id}: {error} (nothing was read or written)") from error

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Send one API call, such as `ec2.create_vpc`, and return its answer.

        botocore retries reads. A write is sent again only while AWS throttles it, for THROTTLED_SECONDS: one whose
        answer was lost may have taken place.
        """
        service, _dot, method = operation.partition(".")
        if method.startswith(READS):
            answer: dict[str, Any] = getattr(self._client(service, True), method)(**params)
            return answer
        for pause in pauses(time.monotonic() + THROTTLED_SECONDS, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS):
            time.sleep(self._pace.reserve(operation))
            try:
                return accepted(getattr(self._client(service, False), method)(**params), operation)
            except ClientError as error:
                if classify(error) is not Meaning.THROTTLED:
                    raise
                throttled = error
            self._pace.throttled(operation)
            time.sleep(pause)
        raise throttled

    def read(self, operation: str, result: str, none_if: str = "", **params: Any) -> list[dict[str, Any]]:
        """Return all items under the key `result`, from all pages if the operation has pages.

        none_if: AWS's error code for a name that doesn't exist; returns [] then.
        """
        service, _dot, method = operation.partition(".")
        client = self._client(service, True)
        try:
            if not client.can_paginate(method):
                items: list[dict[str, Any]] = self.call(operation, **params)[result]
                return items
            return [item for page in client.get_paginator(method).paginate(**params) for item in page.get(result, [])]
        except ClientError as error:
            if code_of(error) != none_if:
                raise
            return []

    def in_region(self, region: str) -> Aws:
        """Return the same account's clients of another region; calls are counted together."""
        if region == self.region:
            return self
        other = copy.copy(self)
        vars(other).update(region=region, _clients={})
        return other

    def read_all(self, operation: str, **params: Any) -> dict[str, Any]:
        """Return all lists of an operation that answers several, from all pages."""
        service, _dot, method = operation.partition(".")
        lists: dict[str, Any] = self._client(service, True).get_paginator(method).paginate(**params).build_full_result()
        return lists

    def delay(self, operation: str) -> float:
        return self._pace.delay(operation)

    def _client(self, service: str, retried: bool) -> Any:
        with self._lock:
            if (service, retried) not in self._clients:
                retries = READ_RETRIES if retried else WRITE_RETRIES
                config = Config(retries=retries, max_pool_connections=2 * PARALLEL, user_agent_extra="closednet.aws")
                self._clients[service, retried] = self._make_client(
                    self._session, service, config, region_name=self.region
                )
            return self._clients[service, retried]

    def _make_client(self, session: boto3.session.Session, service: str, config: Config, **keys: Any) -> Any:
        params = self._params
        verify = params.get("aws_ca_bundle") or params.get("validate_certs")
        # This config overrides aws_config: a write that botocore sends again may take place twice.
        client = session.client(
            service, endpoint_url=params.get("endpoint_url") or None, verify=verify, config=config, **keys
        )
        # Every attempt counts, retries included: it is what AWS's throttling counts.
        client.meta.events.register("before-send", partial(self._count, service))
        return watched(client)

    def _count(self, service: str, request: Any, event_name: str, **_event: Any) -> None:
        with self._lock:
            self.calls[f"{service}:{event_name.rpartition('.')[2]}"] += 1

    def _guard(self) -> None:
        credentials = self._session.get_credentials().get_frozen_credentials()
        actual = credentials.account_id if self._params.get("assume_role_arn") else None
        actual = actual or self.call("sts.get_caller_identity")["Account"]
        if actual != self.account_id:
            raise Failure(
                f"account_id is {self.account_id}, but the credential is one of account {actual}. Nothing was read or"
                f" written. Correct account_id, or the profile, key or assume_role_arn; {kept_sessions()}"
            )


def accepted(answer: dict[str, Any], operation: str) -> dict[str, Any]:
    """Return the answer. Raises ClientError for a failure that CreateFlowLogs and a few others send with status 200."""
    refused = answer.get("Unsuccessful")
    if refused:
        raise ClientError({"Error": refused[0]["Error"]}, operation)
    return answer
