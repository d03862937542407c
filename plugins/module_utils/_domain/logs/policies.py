# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents of a log archive: buckets, keys, destinations, roles.

Nobody gets a right to write, beyond what the pipeline writes, or to delete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .tables import Table


@dataclass(frozen=True)
class Auditor:
    """Principals that read the logs of some accounts.

    principal_arns: roles or users, of any account. account_ids: whose logs.
    """

    principal_arns: tuple[str, ...]
    account_ids: tuple[str, ...]


@dataclass(frozen=True)
class Readers:
    """Who reads logs, apart from the archive's own account.

    auditors         principals by their accounts
    role             name, with path if any, of the role that reads the logs of its own account, in each of `accounts`
                     (or of the organization); "": none
    accounts         ids of the accounts whose role reads
    organization_id  "": the accounts by their ids
    """

    auditors: tuple[Auditor, ...] = ()
    role: str = ""
    accounts: tuple[str, ...] = ()
    organization_id: str = ""


@dataclass(frozen=True)
class Archive:
    """A log archive, as its policies need it. accounts: ids of the sources."""

    partition: str
    account_id: str
    region: str
    name: str
    bucket: str
    tables: tuple[Table, ...]
    accounts: tuple[str, ...]
    organization_id: str = ""
    readers: Readers = Readers()


@dataclass(frozen=True)
class Trail:
    """A trail that writes to the archive. organization_id: of an organization trail, else ""."""

    name: str
    account_id: str
    region: str
    organization_id: str = ""


@dataclass(frozen=True)
class TrailArchive:
    """The trails' bucket. accounts: ids of the accounts that the trails cover."""

    partition: str
    account_id: str
    region: str
    bucket: str
    trails: tuple[Trail, ...]
    accounts: tuple[str, ...]
    readers: Readers = Readers()


def auditors(option: str, declared: Sequence[Mapping[str, Any]]) -> tuple[Auditor, ...]:
    """Return the declared auditors: [{principal_arns, account_ids}]. Raises Invalid."""
    raise NotImplementedError


def log_bucket(archive: Archive) -> dict[str, Any]:
    """Return the bucket policy of the log bucket. Raises Invalid if it is over AWS's size limit."""
    raise NotImplementedError


def trail_bucket(archive: TrailArchive) -> dict[str, Any]:
    """Return the bucket policy of the trail bucket. Raises Invalid if it is over AWS's size limit."""
    raise NotImplementedError


def log_key(archive: Archive) -> dict[str, Any]:
    """Return the key policy of the log bucket's KMS key."""
    raise NotImplementedError


def trail_key(archive: TrailArchive) -> dict[str, Any]:
    """Return the key policy of the trail bucket's KMS key."""
    raise NotImplementedError


def destination(archive: Archive, table: Table) -> dict[str, Any]:
    """Return the access policy of a table's logical destination (PutDestinationPolicy)."""
    raise NotImplementedError


def destination_trust(archive: Archive) -> dict[str, Any]:
    """Return the trust policy of the role by which CloudWatch Logs writes to the streams."""
    raise NotImplementedError


def destination_permissions(archive: Archive) -> dict[str, Any]:
    raise NotImplementedError


def firehose_trust(archive: Archive) -> dict[str, Any]:
    """Return the trust policy of the streams' role."""
    raise NotImplementedError


def firehose_permissions(archive: Archive, key_arn: str) -> dict[str, Any]:
    """Return the permissions of the streams' role. key_arn: the KMS key of the bucket."""
    raise NotImplementedError


def handler_trust() -> dict[str, Any]:
    """Return the trust policy of the function's role."""
    raise NotImplementedError


def handler_permissions(archive: Archive) -> dict[str, Any]:
    raise NotImplementedError
