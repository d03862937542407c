# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence of each account for an auditor, from what audit_report has read. What isn't known is said, never left out.

Variables of the hosts that it reads: account_id, region, audit_trail_organization; what audit_report registers,
    audit_trail_status    audit_trail_info of a host of audit_trails: the trail as its account sees it
    audit_integrity       audit_trail_info of an archive's host, with digests: the files in its trail bucket
    audit_answers         log_query of an archive's host for each account and each of queries.audit_queries, as a loop's
                          result: items are {account_id, query, description}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .digests import INVALID, UNKNOWN, VALID, WORST_FIRST

Hosts = Mapping[str, Mapping[str, Any]]
# Queries whose rows an auditor asks for, in the order of the page.
ROLES, DENIED, CHANGES, CALLS = "roles_used", "denied_calls", "trail_changes", "calls_by_account"
# What no page of this kind shows.
LIMITS = (
    "Data events (reads and writes of objects, rows and messages) are recorded only where the trail selects them.",
    "A trail records what was asked of AWS, not what happened within a machine, a container or a database.",
    "MFA is that of AWS. For those who come by an identity provider, its MFA isn't in AWS's records.",
)


@dataclass(frozen=True)
class Answer:
    """Rows of a query. error: why there are none, "" if it was answered."""

    query: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str | None], ...]
    truncated: bool
    error: str


@dataclass(frozen=True)
class Evidence:
    """What is known of an account.

    trails     those that record it, as audit_trail_info shows them
    chains     what was verified of its files, as audit_trail_info shows it
    problems   what is wrong
    unknown    what isn't known
    """

    host: str
    account_id: str
    region: str | None
    days: int
    trails: tuple[Mapping[str, Any], ...]
    chains: tuple[Mapping[str, Any], ...]
    answers: tuple[Answer, ...]
    problems: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def integrity(self) -> str:
        """The worst verdict of its chains; unknown without any."""
        found = {chain["verdict"] for chain in self.chains} or {UNKNOWN}
        return next(verdict for verdict in WORST_FIRST if verdict in found)

    @property
    def verdict(self) -> str:
        """invalid if something is wrong, unknown if something isn't known, else valid."""
        if self.problems:
            return INVALID
        return UNKNOWN if self.unknown or self.integrity != VALID else VALID

    def as_data(self) -> dict[str, Any]:
        # Not dataclasses.asdict, which copies values by their types: Ansible's containers can't be copied so.
        answers = [dict(vars(answer)) for answer in self.answers]
        return {**vars(self), "answers": answers, "integrity": self.integrity, "verdict": self.verdict}


def evidence(hosts: Hosts, groups: Mapping[str, Sequence[str]], days: int) -> list[Evidence]:
    """Return the evidence of each account of the inventory, by host. days: how far back was looked."""
    trails = list(_trails(hosts, groups))
    archives = [hosts[name] for name in groups.get("logs", ()) if name in hosts]
    found = {}
    for host, variables in sorted(hosts.items()):
        account = variables.get("account_id")
        # The same account may be several hosts, for its regions.
        if account and str(account) not in found:
            found[str(account)] = _of_account(host, str(account), variables, trails, archives, days)
    return list(found.values())


def _trails(hosts: Hosts, groups: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """Yield (account, trail) for each trail, and (account, reason) for what could not be read of it."""
    for name in groups.get("audit_trails", ()):
        variables = hosts.get(name, {})
        account, status = str(variables.get("account_id")), variables.get("audit_trail_status") or {}
        if "trails" not in status:
            yield account, f"the trails of {name} could not be read: {status.get('msg', 'not looked at')}"
        for trail in status.get("trails", ()):
            yield account, trail
        for what, why in (status.get("unread") or {}).items():
            yield account, f"{what} of {name}: {why}"


def _of_account(
    host: str,
    account: str,
    variables: Mapping[str, Any],
    trails: Iterable[tuple[str, Mapping[str, Any] | str]],
    archives: Sequence[Mapping[str, Any]],
    days: int,
) -> Evidence:
    own: list[Mapping[str, Any]] = []
    unread: list[str] = []
    for owner, trail in trails:
        if isinstance(trail, str):
            unread.append(trail)
        # A shadow of the organization's trail is in each account's list.
        elif (owner == account or trail["organization"]) and trail["arn"] not in [one["arn"] for one in own]:
            own.append(trail)
    chains = [
        chain
        for archive in archives
        for chain in (archive.get("audit_integrity") or {}).get("chains", ())
        if chain["account_id"] == account
    ]
    answers = [answer for archive in archives for answer in _answers(archive, account)]
    problems = [*_of_trails(own, unread), *_of_chains(chains)]
    unknown = [*unread, *_of_archives(archives), *_not_known(own, chains, answers)]
    return Evidence(
        host,
        account,
        variables.get("region"),
        days,
        tuple(own),
        tuple(chains),
        tuple(answers),
        tuple(problems),
        tuple(dict.fromkeys(unknown)),
    )


def _of_trails(own: Sequence[Mapping[str, Any]], unread: Sequence[str]) -> Iterator[str]:
    if not own and not unread:
        yield "no trail records this account"
    elif own and not any(trail["logging"] and trail["multi_region"] for trail in own):
        yield "no trail that is on records this account in all regions"
    for trail in own:
        yield from trail["problems"]


def _of_chains(chains: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for chain in chains:
        if chain["verdict"] == INVALID:
            bad = [problem for problem in chain["problems"] if problem["verdict"] == INVALID]
            yield f"{chain['region']}: {len(bad)} files are invalid, such as {bad[0]['file']}: {bad[0]['says']}"


def _of_archives(archives: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not archives:
        yield "there is no archive (group logs), so no file was verified and no call looked up"
    for archive in archives:
        integrity = archive.get("audit_integrity") or {}
        if "chains" not in integrity and not integrity.get("skipped"):
            yield f"no file was verified: {integrity.get('msg', 'not looked at')}"
        for what, why in (integrity.get("unread") or {}).items():
            yield f"{what} of the trail bucket: {why}"


def _not_known(
    own: Sequence[Mapping[str, Any]], chains: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
) -> Iterator[str]:
    if not chains:
        yield "the trail bucket has no digests of this account, or they were not read"
    for chain in chains:
        open_ = [problem for problem in chain["problems"] if problem["verdict"] == UNKNOWN]
        if open_ and chain["verdict"] == UNKNOWN:
            where = f"{open_[0]['file']}: " * bool(open_[0]["file"])
            yield f"{chain['region'] or 'all regions'}: {len(open_)} not verified, such as {where}{open_[0]['says']}"
    yield from _of_answers(answers)
    for trail in own:
        if not trail["multi_region"]:
            yield f"trail {trail['name']} records region {trail['home_region']} only"


def _of_answers(answers: Sequence[Answer]) -> Iterator[str]:
    for name in (ROLES, DENIED, CHANGES, CALLS):
        found = [answer for answer in answers if answer.query == name]
        if not found:
            yield f"{name}: not asked"
        for answer in found:
            if answer.error:
                yield f"{name}: {answer.error}"
            elif answer.truncated:
                yield f"{name}: there are more rows than the {len(answer.rows)} shown"


def _answers(archive: Mapping[str, Any], account: str) -> Iterator[Answer]:
    for result in (archive.get("audit_answers") or {}).get("results", ()):
        item = result.get("item") or {}
        if str(item.get("account_id")) == account and not result.get("skipped"):
            failed = "rows" not in result
            yield Answer(
                str(item["query"]),
                str(item.get("description", "")),
                tuple(column["name"] for column in result.get("columns", ())),
                tuple(result.get("rows", ())),
                bool(result.get("truncated")),
                str(result.get("msg") or "not answered") if failed else "",
            )
