# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adds a cloud's accounts, or projects, to Ansible's inventory: all or none, each under a name that is only its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.plugins.inventory import Constructable

from ..module_utils._core import escape
from ..module_utils._domain.inventory.unknown_names import is_near
from ..module_utils._domain.roster import GROUPS

# Names that no account may have: Ansible's own, and those of the playbooks' groups.
RESERVED = ("all", "ungrouped", "localhost", "127.0.0.1", "::1", *GROUPS)
# A shorter tag is similar to too many others.
SHORTEST_TAG = 4
# The variables by which a host is an account of a cloud.
NOUNS = {"account_id": "account", "project_id": "project"}


class Words(NamedTuple):
    """A cloud's words for an account: its noun, the variables with its ID, name and tags, and the noun of a tag.

    advice: how to get another host name, with {it} for its account
    extra: option that lists tags that resemble others
    """

    noun: str
    id: str
    name: str
    tags: str
    tag: str
    advice: str
    extra: str

    def who(self, account: dict[str, Any]) -> str:
        return f"the {self.noun} {account[self.id]} ({account[self.name]!r})"


class AccountHosts(Constructable):
    """Base of an inventory plugin whose hosts are accounts, with the options of the fragment `constructed`."""

    WORDS: Words

    def add_hosts(
        self,
        accounts: list[dict[str, Any]],
        host_name: Callable[[dict[str, Any]], str],
        left_out: Sequence[dict[str, Any]] = (),
        tags: Collection[str] = (),
    ) -> None:
        """Add all accounts, or none: Ansible goes on with what was added before an error.

        accounts: variables of each; host_name: returns an account's host name; left_out: accounts that a filter by
        these tags left out. Raises AnsibleParserError with all that is wrong.
        """
        hosts: dict[str, list[dict[str, Any]]] = {}
        for account in accounts:
            hosts.setdefault(host_name(account), []).append(account)
        # Tried with an inventory of its own first, which also shows the groups that the expressions create.
        inventory = self.inventory  # type: ignore[has-type]
        self.inventory = InventoryData()
        failed: dict[str, str] = {}
        for host, (account, *_others) in hosts.items():
            try:
                self._add_host(host, account, inventory.hosts[host].vars if host in inventory.hosts else {})
            except Exception as error:  # Ansible's groups raise no other
                failed[host] = f"{self.WORDS.who(account)}: {error}"
        groups = set(self.inventory.groups)
        self.inventory = inventory
        wrong = [
            *_clashes(self.WORDS, hosts),
            *_clashes_with(self.WORDS, inventory, hosts, groups),
            *self._misspelt_tags([*accounts, *left_out], tags),
            # A host that is called like a group can't be added to it; _clashes_with reports that.
            *(text for host, text in failed.items() if host not in groups),
        ]
        if wrong:
            raise AnsibleParserError(f"No {self.WORDS.noun} was added: {'; '.join(wrong)}")
        for host, (account, *_others) in hosts.items():
            self._add_host(host, account, {})

    def _add_host(self, host: str, account: dict[str, Any], known: dict[str, Any]) -> None:
        """Add an account as a host, with its variables and groups. known: variables that another source gave it."""
        strict = self.get_option("strict")
        self.inventory.add_host(host)
        for name, value in {**known, **account}.items():
            self.inventory.set_variable(host, name, value)
        self._set_composite_vars(self.get_option("compose"), account, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), account, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), account, host, strict=strict)

    def _misspelt_tags(self, accounts: list[dict[str, Any]], tags_read: Collection[str]) -> Iterator[str]:
        """Yield a text for each tag that is nearly one that is read: an account would lack that one.

        tags_read: those that are read besides the expressions'.
        """
        words = self.WORDS
        expressions = [self.get_option(option) for option in ("compose", "groups", "keyed_groups")]
        read = {name for text in _texts(expressions) for name in _tags_in(words.tags, text)} | {*tags_read}
        for account in accounts:
            tags = account.get(words.tags, {})
            for tag in sorted(tags.keys() - read - set(self.get_option(words.extra))):
                meant = [name for name in sorted(read - tags.keys()) if _is_near_tag(tag, name)]
                if meant:
                    yield (
                        f"{words.who(account)} has the {words.tag} {tag!r}, but what is read is {meant[0]!r}: rename"
                        f" it, or list it in {words.extra}"
                    )


@contextmanager
def readable_errors() -> Iterator[None]:
    """Escape what an error says: a terminal shows it, and names and messages in the cloud are anybody's."""
    try:
        yield
    except AnsibleError as error:
        if escape.is_seen(error.message):
            raise
        raise AnsibleParserError(escape.text(error.message)) from None


def safe_name(name: str, otherwise: str) -> str:
    """Return a host name made of a name in the cloud, or `otherwise` if no character of it may be in one.

    One of only dots would be a folder: host_vars/. has the variables of all hosts.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")
    return safe if safe.strip(".") else otherwise


def _clashes(words: Words, hosts: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for host, named in hosts.items():
        if len(named) > 1:
            who = " and ".join(f"{one[words.id]} ({one[words.name]!r})" for one in named)
            yield f"the {words.noun}s {who} would all be the host {host}; {words.advice.format(it='one')}"


def _clashes_with(
    words: Words, inventory: Any, hosts: dict[str, list[dict[str, Any]]], groups: set[str]
) -> Iterator[str]:
    """Yield a text for each clash of a host with a group or another source's host, or of a group with a host.

    inventory: as other sources left it; groups: those that the expressions create.
    """
    for host, (account, *_others) in hosts.items():
        who = words.who(account)
        if host in {*RESERVED, *groups, *inventory.groups}:
            # Ansible would give its variables to the group.
            advice = words.advice.format(it="it")
            yield f"{who} would be the host {host}, which is the name of a group; {advice}"
        known = inventory.hosts[host].vars if host in inventory.hosts else {}
        for variable, noun in NOUNS.items():
            other = known.get(variable)
            if other is not None and (variable, other) != (words.id, account[words.id]):
                yield f"{who} would be the host {host}, which another source says is the {noun} {other}"
    for group in sorted(groups & set(inventory.hosts) - set(hosts)):
        yield f"groups: {group} is the name of a host of another source"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str):
        yield value
        return
    elif not isinstance(value, list):
        return
    for item in value:
        yield from _texts(item)


def _tags_in(variable: str, expression: str) -> set[str]:
    """The names in VARIABLE.NAME, VARIABLE['NAME'] and VARIABLE.get('NAME')."""
    pattern = rf"{variable}(?:\.(\w+)(?!\w|\s*\()|(?:\[|\.get\()\s*['\"]([^'\"]+)['\"])"
    found = re.findall(pattern, expression)
    return {name or quoted for name, quoted in found}


def _is_near_tag(tag: str, name: str) -> bool:
    return tag.casefold() == name.casefold() or len(name) >= SHORTEST_TAG and is_near(tag, name)
