# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS as the core sees it: ONE account, ONE credential, counted calls."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from .._core.errors import Failure, Invalid
from .._core.wait import delays
from .._domain.values import connection, identifiers
from .advice import EXPIRED, THROTTLED, UNKNOWN_CREDENTIAL, WRONG_SIGNATURE, kept_sessions, next_step
from .rate_limit import Pace
from .sessions import SessionFiles

try:
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, HTTPClientError, ReadTimeoutError
    from botocore.loaders import create_loader
    from botocore.parsers import ResponseParserError

    # One loader per process: it keeps the parsed service models, whose parsing costs more than a whole no-op
    # (EC2's is the largest). What loads them before Ansible forks its workers spares every worker that cost.
    # Not a session's, which would read the user's profile now.
    LOADER = create_loader(os.environ.get("AWS_DATA_PATH"))
except ImportError:
    HTTPClientError = Exception  # module.run says what is missing

PARALLEL = 8
# A service's prefix in IAM -> boto3's name for it.
PRELOADED = {
    "elasticloadbalancing": "elbv2",
    **{
        service: service
        for service in (
            *("codeartifact", "ec2", "iam", "lambda", "organizations", "ram", "route53", "route53profiles"),
            *("route53resolver", "scheduler", "sts"),
        )
    },
}
READS = ("describe_", "get_", "list_", "search_")
ANSWERED = ("Describe", "Get", "List", "Search")
# Of what may be sent again whatever became of it: reads, and AssumeRole.
RETRIED = {"mode": "standard", "total_max_attempts": 10}
# boto3's names for what botocore's fetchers call otherwise.
KEYS = {"aws_access_key_id": "access_key", "aws_secret_access_key": "secret_key", "aws_session_token": "token"}
ROLE_SESSION_NAME = "closednet-aws"
# What is at the other end may take a connection and never answer. botocore's 60 seconds, ten times, are ten minutes;
# AWS answers what is asked here within a few seconds. aws_config wins.
TIMEOUTS = {"connect_timeout": 5, "read_timeout": 25}
SILENT_ATTEMPTS = 2


class UnreadableAnswer(HTTPClientError):
    """An answer that isn't AWS's, so of a write it isn't known whether it took place."""

    fmt = "what answered isn't AWS: {error}"


class Aws:
    """Clients of one account, made when first used; safe to use from several threads.

    params: the connection options of amazon.aws (region, profile, access_key, secret_key, session_token, endpoint_url,
    aws_ca_bundle, validate_certs, aws_config), assume_role_arn, assume_role_external_id, account_id.
    Raises Failure when the credential is not one of account_id, before any other call.
    """

    def __init__(self, params: Mapping[str, Any]):
        self.calls: Counter[str] = Counter()
        self.pace = Pace()
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, bool], Any] = {}
        self._params = params
        self.region = params.get("region")
        self.account_id = params["account_id"]
        try:
            self._session = self._make_session(params)
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
        """One API call, `ec2.create_vpc`. Reads are retried by botocore; writes only when they were throttled, since a
        write whose answer was lost may have taken place.
        """
        service, _dot, method = operation.partition(".")
        if method.startswith(READS):
            return getattr(self._client(service, True), method)(**params)
        for delay in delays(time.monotonic() + 120, first=0.5, most=20):
            time.sleep(self.pace.take_turn(operation))
            try:
                return getattr(self._client(service, False), method)(**params)
            except ClientError as error:
                if error.response["Error"]["Code"] not in THROTTLED:
                    raise
                throttled = error
            self.pace.throttled(operation)
            time.sleep(delay)
        raise throttled

    def read(self, operation: str, result: str, none_if: str = "", **params: Any) -> list[dict[str, Any]]:
        """All items under the key `result`, page by page where the operation has pages.

        none_if: AWS's error code for: there is none of that name.
        """
        service, _dot, method = operation.partition(".")
        client = self._client(service, True)
        try:
            if not client.can_paginate(method):
                return self.call(operation, **params)[result]
            return [item for page in client.get_paginator(method).paginate(**params) for item in page.get(result, [])]
        except ClientError as error:
            if error.response["Error"]["Code"] != none_if:
                raise
            return []

    def read_all(self, operation: str, **params: Any) -> dict[str, Any]:
        """All lists of an operation that answers several, page by page."""
        service, _dot, method = operation.partition(".")
        return self._client(service, True).get_paginator(method).paginate(**params).build_full_result()

    def gather(self, *reads: Callable[[], Any]) -> list[Any]:
        """Runs independent reads at the same time; results in the order given."""
        if len(reads) < 2:
            return [read() for read in reads]
        with ThreadPoolExecutor(min(PARALLEL, len(reads))) as pool:
            try:
                return [future.result() for future in [pool.submit(read) for read in reads]]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _client(self, service: str, retried: bool) -> Any:
        with self._lock:
            if (service, retried) not in self._clients:
                retries = RETRIED if retried else {**RETRIED, "total_max_attempts": 1}
                config = Config(retries=retries, max_pool_connections=2 * PARALLEL, user_agent_extra="closednet.aws")
                self._clients[service, retried] = self._make_client(self._session, service, config)
            return self._clients[service, retried]

    def _make_client(self, session: boto3.session.Session, service: str, config: Config, **keys: Any) -> Any:
        params = self._params
        verify = params.get("aws_ca_bundle") or params.get("validate_certs")
        # Ours wins over aws_config: a write that botocore sends again may take place twice.
        client = session.client(
            service, endpoint_url=params.get("endpoint_url") or None, verify=verify, config=config, **keys
        )
        # Every attempt counts, retries included: it is what AWS's throttling counts.
        client.meta.events.register("before-send", partial(self._count, service))
        return watched(client)

    def _count(self, service: str, request: Any, event_name: str, **_event: Any) -> None:
        with self._lock:
            self.calls[f"{service}:{event_name.rpartition('.')[2]}"] += 1

    def _make_session(self, params: Mapping[str, Any]) -> boto3.session.Session:
        core = botocore.session.Session(profile=params.get("profile") or None)
        core.register_component("data_loader", LOADER)
        # For the clients that botocore makes itself, of a profile with a role or of SSO, too.
        core.set_default_client_config(Config(**TIMEOUTS).merge(_user_config(params)))
        core.register("needs-retry", _give_up_on_silence)
        session = boto3.session.Session(
            aws_access_key_id=params.get("access_key") or None,
            aws_secret_access_key=params.get("secret_key") or None,
            aws_session_token=params.get("session_token") or None,
            region_name=params.get("region") or None,
            botocore_session=core,
        )
        self.region = session.region_name
        if not self.region:
            raise Failure("region: not given; set it on the host (region: eu-central-1) or in AWS_REGION")
        # As it may come from the environment or a profile.
        identifiers.region("region", self.region)
        source = session.get_credentials()
        role = params.get("assume_role_arn")
        if source is None:
            purpose = f" to assume {role} with" if role else ""
            raise Failure(
                f"account {self.account_id}: no AWS credential found{purpose}; give profile, access_key or AWS_PROFILE"
            )
        given = source.get_frozen_credentials()
        for option, value in (("access_key", given.access_key), ("session_token", given.token)):
            if value:
                connection.credential(option, value)
        if role:
            # From here on this session, with all that is configured for it, is the role's.
            fetch = self._session_of_role(session, role, source)
            core._credentials = DeferredRefreshableCredentials(fetch, "assume-role")
        return session

    def _session_of_role(
        self, session: boto3.session.Session, role: str, source: Any
    ) -> Callable[[], Mapping[str, Any]]:
        """What gets a session, as botocore wants it, whose account is what AWS said of it."""
        params = self._params
        arguments = {"RoleSessionName": ROLE_SESSION_NAME}
        if params.get("assume_role_external_id"):
            arguments["ExternalId"] = params["assume_role_external_id"]
        files = SessionFiles(source.access_key, params.get("endpoint_url") or os.environ.get("AWS_ENDPOINT_URL", ""))
        fetcher = AssumeRoleCredentialFetcher(
            # With the caller's keys: the session is to be the role's.
            lambda service, **keys: self._make_client(session, service, Config(retries=RETRIED), **keys),
            source,
            role,
            extra_args=arguments,
            cache=files,
        )

        def fetch() -> Mapping[str, Any]:
            found = fetcher.fetch_credentials()
            if found["access_key"] in files.given:
                return found
            # A file says nothing about its account.
            keys = {name: found[key] for name, key in KEYS.items()}
            client = self._make_client(session, "sts", Config(retries=RETRIED), **keys)
            try:
                return {**found, "account_id": client.get_caller_identity()["Account"]}
            except ClientError as error:
                if error.response["Error"]["Code"] not in EXPIRED | UNKNOWN_CREDENTIAL | WRONG_SIGNATURE:
                    raise
            files.forget()
            return fetcher.fetch_credentials()

        return fetch

    def _guard(self) -> None:
        credentials = self._session.get_credentials().get_frozen_credentials()
        actual = credentials.account_id if self._params.get("assume_role_arn") else None
        actual = actual or self.call("sts.get_caller_identity")["Account"]
        if actual != self.account_id:
            raise Failure(
                f"account_id is {self.account_id}, but the credential is one of account {actual}. Nothing was read or"
                f" written. Correct account_id, or the profile, key or assume_role_arn; {kept_sessions()}"
            )


class Offline:
    """In place of Aws where a module reads files: no account, and no call."""

    account_id = region = partition = None
    calls: Mapping[str, int] = {}

    def gather(self, *reads: Callable[[], Any]) -> list[Any]:
        return [read() for read in reads]


def load_service_models(prefixes: Collection[str]) -> None:
    """Fills LOADER with what a first client of each of these services (by their prefix in IAM) reads and parses. No
    network, no credential.

    Not of the services that the doctor reads of its targets, and pci_guard_info reads: most tasks need none of them.
    """
    core = botocore.session.Session()
    core.register_component("data_loader", LOADER)
    for prefix, service in PRELOADED.items():
        if prefix in prefixes:
            try:
                client = core.create_client(
                    service, region_name="us-east-1", aws_access_key_id="unused", aws_secret_access_key="unused"
                )
            except BotoCoreError:
                return  # of a wrong profile or config file, which the task itself tells
            client.can_paginate(next(iter(client.meta.method_to_api_mapping)))


def check_connection(params: Mapping[str, Any]) -> None:
    """What leads to the account, as far as no call is needed. Raises Invalid."""
    connection.check(params)
    bundle = params.get("aws_ca_bundle")
    if bundle and not os.path.isfile(bundle):
        raise Invalid("aws_ca_bundle", bundle, "is no file that can be read", "a file of certificates (PEM)")
    _user_config(params)


def _user_config(params: Mapping[str, Any]) -> Config:
    try:
        return Config(**(params.get("aws_config") or {}))
    except (BotoCoreError, TypeError, ValueError, AttributeError) as error:
        expected = "settings of botocore.config.Config, such as {read_timeout: 120}"
        # Its proxies may hold a password.
        raise Invalid("aws_config", None, f"is not what botocore takes ({error})", expected) from error


def describe(error: Exception) -> str:
    """The call, and AWS's code and message or botocore's words."""
    if isinstance(error, ClientError):
        details = error.response["Error"]
        message = (details.get("Message") or "no message").rstrip(".")
        return f"{error.operation_name}: {details.get('Code', 'Unknown')}: {message}"
    call = getattr(error, "operation_name", "")
    return f"{call}: " * bool(call) + f"{type(error).__name__}: {error}".rstrip(".")


def watched(client: Any) -> Any:
    """The client, whose errors name their call, and which takes no other answer for AWS's."""
    client.meta.events.register("before-parse", _refuse_what_is_not_of_aws)
    client.meta.events.register("needs-retry", _give_up_on_silence)
    client.meta.events.register("after-call-error", _name_call)
    return client


def _name_call(exception: Exception, event_name: str, **_event: Any) -> None:
    """botocore's own errors don't say in which call they came up, as AWS's do."""
    if isinstance(exception, ResponseParserError):
        # botocore quotes the whole body.
        unreadable = UnreadableAnswer(error=" ".join(str(exception).split())[:300])
        unreadable.operation_name = event_name.rpartition(".")[2]
        raise unreadable from exception
    exception.operation_name = event_name.rpartition(".")[2]


def _give_up_on_silence(attempts: int, caught_exception: Exception | None = None, **_event: Any) -> None:
    """Ten attempts are for what AWS answers; who is silent is silent again."""
    if attempts >= SILENT_ATTEMPTS and isinstance(caught_exception, (ReadTimeoutError, ConnectTimeoutError)):
        raise caught_exception


def _refuse_what_is_not_of_aws(operation_model: Any, response_dict: Mapping[str, Any], **_event: Any) -> None:
    """A page, half an answer or none would be taken for an answer without items: nothing there."""
    body = response_dict["body"]
    if response_dict["status_code"] >= 300 or not isinstance(body, bytes):
        return
    begins = body.lstrip()[:500].lower()
    if not begins:
        members = operation_model.output_shape.members.values() if operation_model.output_shape else ()
        if operation_model.name.startswith(ANSWERED) and any(
            "location" not in shape.serialization for shape in members
        ):
            raise ResponseParserError("it is empty")
    elif begins.startswith(b"<"):
        if b"<html" in begins:
            raise ResponseParserError("it is a page (HTML)")
    else:
        try:
            json.loads(body)
        except ValueError:
            raise ResponseParserError(f"it is neither XML nor JSON: {body[:60]!r}") from None
