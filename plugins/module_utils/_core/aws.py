# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS as the core sees it: ONE account, ONE credential, counted calls."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._core.failure import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.pace import Pace
from ansible_collections.closednet.aws.plugins.module_utils._core.waiters import delays
from ansible_collections.closednet.aws.plugins.module_utils._domain import identifiers
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid

try:
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError

    # One loader per process: it keeps the parsed service models, whose parsing costs more than a whole no-op
    # (EC2's is the largest). What loads them before Ansible forks its workers spares every worker that cost.
    LOADER = botocore.session.get_session().get_component("data_loader")
except ImportError:
    pass  # runner.run says what is missing

PARALLEL = 8
# Refused before anything was done, so a write may be sent again. botocore's list of throttling codes less
# LimitExceededException, which is a quota: botocore/retries/standard.py, ThrottledRetryableChecker.
THROTTLED = frozenset(
    "Throttling ThrottlingException ThrottledException RequestThrottledException TooManyRequestsException"
    " ProvisionedThroughputExceededException RequestLimitExceeded BandwidthLimitExceeded RequestThrottled SlowDown"
    " PriorRequestNotComplete EC2ThrottledException".split()
)
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
# Of what may be sent again whatever became of it: reads, and AssumeRole.
RETRIED = {"mode": "standard", "total_max_attempts": 10}
ROLE_SESSION_NAME = "closednet-aws"


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
        try:
            self._session = self._make_session(params)
            self.region = self._session.region_name
            if not self.region:
                raise Failure("region: not given; set it on the host (region: eu-central-1) or in AWS_REGION")
            self.account_id = params["account_id"]
            self._guard(self.account_id)
        except (BotoCoreError, ClientError) as error:
            raise Failure(
                f"account {params['account_id']} ({self.region}): can't get a credential: {describe(error)}."
                f" Next: {self._access()}, then run again"
            ) from error
        self.partition = self._session.get_partition_for_region(self.region)

    def _access(self) -> str:
        """What lets somebody in who was kept out."""
        role = self._params.get("assume_role_arn")
        if not role:
            return "give a profile or an access_key that AWS knows"
        return (
            f"see that the caller may assume {role}: the caller's own policy must allow it, and the role's trust policy"
            " must name the caller and any external id that is given"
        )

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
            return [future.result() for future in [pool.submit(read) for read in reads]]

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
        client = session.client(
            service,
            endpoint_url=params.get("endpoint_url") or None,
            verify=verify,
            # Ours wins: a write that botocore sends again may take place twice.
            config=Config(**(params.get("aws_config") or {})).merge(config),
            **keys,
        )
        # Every attempt counts, retries included: it is what AWS's throttling counts.
        client.meta.events.register("before-send", partial(self._count, service))
        client.meta.events.register("after-call-error", _name_call)
        return client

    def _count(self, service: str, request: Any, event_name: str, **_event: Any) -> None:
        with self._lock:
            self.calls[f"{service}:{event_name.rpartition('.')[2]}"] += 1

    def _make_session(self, params: Mapping[str, Any]) -> boto3.session.Session:
        core = botocore.session.Session(profile=params.get("profile") or None)
        core.register_component("data_loader", LOADER)
        session = boto3.session.Session(
            aws_access_key_id=params.get("access_key") or None,
            aws_secret_access_key=params.get("secret_key") or None,
            aws_session_token=params.get("session_token") or None,
            region_name=params.get("region") or None,
            botocore_session=core,
        )
        role = params.get("assume_role_arn")
        if not role:
            return session
        source = session.get_credentials()
        if source is None:
            raise Failure(f"no AWS credential found to assume {role} with; give profile, access_key or AWS_PROFILE")
        arguments = {"RoleSessionName": ROLE_SESSION_NAME}
        if params.get("assume_role_external_id"):
            arguments["ExternalId"] = params["assume_role_external_id"]
        fetcher = AssumeRoleCredentialFetcher(
            lambda service, **keys: self._make_client(session, service, Config(retries=RETRIED), **keys),
            source,
            role,
            extra_args=arguments,
            cache=_credential_cache(params.get("endpoint_url"), source.access_key),
        )
        # From here on this session, with all that is configured for it, is the role's.
        core._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        return session

    def _guard(self, account_id: str) -> None:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise Failure(f"account {account_id}: no AWS credential found; give profile, access_key or assume_role_arn")
        actual = credentials.get_frozen_credentials().account_id if self._params.get("assume_role_arn") else None
        actual = actual or self.call("sts.get_caller_identity")["Account"]
        if actual != account_id:
            raise Failure(
                f"account_id is {account_id}, but the credential is one of account {actual}. Nothing was read or"
                " written. Mend account_id, or the profile, key or assume_role_arn"
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
            client = core.create_client(
                service, region_name="us-east-1", aws_access_key_id="unused", aws_secret_access_key="unused"
            )
            client.can_paginate(next(iter(client.meta.method_to_api_mapping)))


def check_account(params: Mapping[str, Any]) -> None:
    """account_id and assume_role_arn, as far as no call is needed. Raises Invalid."""
    account_id = params["account_id"]
    identifiers.account_id("account_id", account_id)
    role = params.get("assume_role_arn")
    if role:
        identifiers.arn("assume_role_arn", role, r"iam::\d{12}:role/.+", f"arn:aws:iam::{account_id}:role/NAME")
        owner = role.split(":")[4]
        if owner != account_id:
            raise Invalid("assume_role_arn", role, f"is a role of account {owner}", f"one of account_id {account_id}")


def describe(error: Exception) -> str:
    """The call, and AWS's code and message or botocore's words."""
    if isinstance(error, ClientError):
        details = error.response["Error"]
        message = (details.get("Message") or "no message").rstrip(".")
        return f"{error.operation_name}: {details.get('Code', 'Unknown')}: {message}"
    call = getattr(error, "operation_name", "")
    return f"{call}: " * bool(call) + f"{type(error).__name__}: {error}".rstrip(".")


def _name_call(exception: Exception, event_name: str, **_event: Any) -> None:
    """botocore's own errors don't say in which call they came up, as AWS's do."""
    exception.operation_name = event_name.rpartition(".")[2]


class SessionFiles:
    """Sessions of assumed roles, one file each, in place of botocore's JSONFileCache.

    Hosts of one run and other runs read and write them at the same time. Older releases of botocore write in place, and
    what reads a file meanwhile, or after a kill in the middle, ends with a KeyError. Here a file is there as a whole or
    not at all, and one that can't be read is as good as none.
    """

    def __init__(self, directory: str):
        self._directory = directory

    def __contains__(self, key: str) -> bool:
        return self._read(key) is not None

    def __getitem__(self, key: str) -> dict[str, Any]:
        # Where it went since it was asked for, botocore is to get a new one.
        return self._read(key) or {"Credentials": {"Expiration": "1970-01-01T00:00:00Z"}}

    def __setitem__(self, key: str, session: Mapping[str, Any]) -> None:
        # mkstemp's files are their owner's alone.
        descriptor, written = tempfile.mkstemp(dir=self._directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(session, file, default=lambda moment: moment.isoformat())
        os.replace(written, self._path(key))

    def _read(self, key: str) -> dict[str, Any] | None:
        try:
            with open(self._path(key), encoding="utf-8") as file:
                session = json.load(file)
        except (OSError, ValueError):
            return None
        return session if isinstance(session, dict) and "Credentials" in session else None

    def _path(self, key: str) -> str:
        return os.path.join(self._directory, f"{key}.json")


def _credential_cache(endpoint_url: str | None, access_key: str) -> SessionFiles | None:
    """A private directory for the sessions that `access_key` got at this endpoint: botocore's key names neither, so
    another credential or endpoint would be given them. None where no directory can be made (a container without a
    home): then each task assumes the role anew.
    """
    endpoint = endpoint_url or os.environ.get("AWS_ENDPOINT_URL", "")
    caller = hashlib.sha256(f"{endpoint} {access_key}".encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.path.join(base, "closednet.aws", "credentials", caller)
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError:
        return None
    return SessionFiles(path)
