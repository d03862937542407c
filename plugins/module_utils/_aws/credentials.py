# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential of one account: from a profile, keys or the environment, and from a role assumed with that."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from .._core.cloud import Meaning
from .._core.errors import Failure, Invalid
from .._domain.values import connection, identifiers
from .answers import give_up_on_silence
from .errors import classify
from .preload import LOADER
from .retries import READ_RETRIES, TIMEOUTS
from .sessions import SessionFiles

try:
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # module.run says what is missing

# (session, service, config, keys) -> a client
MakeClient = Callable[..., Any]
# boto3's names of keys -> those of botocore's fetchers.
KEYS = {"aws_access_key_id": "access_key", "aws_secret_access_key": "secret_key", "aws_session_token": "token"}
ROLE_SESSION_NAME = "closednet-aws"


def make_session(params: Mapping[str, Any], make_client: MakeClient) -> boto3.session.Session:
    """Create a session with the account's credential. Raises Failure, Invalid and botocore's errors."""
    core = botocore.session.Session(profile=params.get("profile") or None)
    core.register_component("data_loader", LOADER)
    # Also for the clients that botocore itself creates, for a profile with a role or with SSO.
    core.set_default_client_config(Config(**TIMEOUTS).merge(user_config(params)))
    core.register("needs-retry", give_up_on_silence)
    session = boto3.session.Session(
        aws_access_key_id=params.get("access_key") or None,
        aws_secret_access_key=params.get("secret_key") or None,
        aws_session_token=params.get("session_token") or None,
        region_name=params.get("region") or None,
        botocore_session=core,
    )
    if not session.region_name:
        raise Failure("region: not given; set it on the host (region: eu-central-1) or in AWS_REGION")
    # Checked here, since it may come from the environment or a profile.
    identifiers.region("region", session.region_name)
    source = session.get_credentials()
    role = params.get("assume_role_arn")
    if source is None:
        purpose = f" to assume {role} with" if role else ""
        raise Failure(
            f"account {params['account_id']}: no AWS credential found{purpose}; give profile, access_key or AWS_PROFILE"
        )
    given = source.get_frozen_credentials()
    for option, value in (("access_key", given.access_key), ("session_token", given.token)):
        if value:
            connection.credential(option, value)
    if role:
        # From here on this session, with its configuration, has the role's credential.
        fetch = _session_of_role(params, make_client, session, role, source)
        core._credentials = DeferredRefreshableCredentials(fetch, "assume-role")  # noqa: SLF001 - boto3 has no way to set it
    return session


def _session_of_role(
    params: Mapping[str, Any], make_client: MakeClient, session: boto3.session.Session, role: str, source: Any
) -> Callable[[], Mapping[str, Any]]:
    """Return a function that fetches the role's credential in botocore's form, with its account as AWS reports it."""
    arguments = {"RoleSessionName": ROLE_SESSION_NAME}
    if params.get("assume_role_external_id"):
        arguments["ExternalId"] = params["assume_role_external_id"]
    files = SessionFiles(source.access_key, params.get("endpoint_url") or os.environ.get("AWS_ENDPOINT_URL", ""))
    fetcher = AssumeRoleCredentialFetcher(
        # With the caller's keys, since the session is to have the role's.
        lambda service, **keys: make_client(session, service, Config(retries=READ_RETRIES), **keys),
        source,
        role,
        extra_args=arguments,
        cache=files,
    )

    def fetch() -> Mapping[str, Any]:
        found: Mapping[str, Any] = fetcher.fetch_credentials()
        if found["access_key"] in files.given:
            return found
        # A cached file is no proof of its account, so AWS is asked.
        keys = {name: found[key] for name, key in KEYS.items()}
        client = make_client(session, "sts", Config(retries=READ_RETRIES), **keys)
        try:
            return {**found, "account_id": client.get_caller_identity()["Account"]}
        except ClientError as error:
            if classify(error) is not Meaning.EXPIRED:
                raise
        files.forget()
        found = fetcher.fetch_credentials()
        return found

    return fetch


def check_connection(params: Mapping[str, Any]) -> None:
    """Check the options that connect to the account, as far as no call is needed. Raises Invalid."""
    connection.check(params)
    bundle = params.get("aws_ca_bundle")
    if bundle and not os.path.isfile(bundle):
        raise Invalid("aws_ca_bundle", bundle, "is no file that can be read", "a file of certificates (PEM)")
    user_config(params)


def user_config(params: Mapping[str, Any]) -> Config:
    try:
        return Config(**(params.get("aws_config") or {}))
    except (BotoCoreError, TypeError, ValueError, AttributeError) as error:
        expected = "settings of botocore.config.Config, such as {read_timeout: 120}"
        # Without the value: its proxies may hold a password.
        raise Invalid("aws_config", None, f"is not what botocore takes ({error})", expected) from error
