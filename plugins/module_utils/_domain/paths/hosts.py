# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts of an inventory whose accounts a path may pass: both ends, their hubs, what those lead to, and providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..egress.declared import Network
from .question import Accounts, Question, hosts_of


def hosts(accounts: Accounts, question: Question) -> list[str]:
    """Return the hosts whose accounts have to be read; all with an account where an end is an id or a name."""
    aws = [host for host, one in accounts.items() if one.get("account_id") and one.get("cloud") in (None, "aws")]
    ends = (question.source, question.destination)
    if any(end.id or end.name or not hosts_of(accounts, end) for end in ends):
        return aws
    network = Network(accounts)
    found = [host for end in ends for host in hosts_of(accounts, end)]
    for host in list(found):
        hub = network.hub_of(host)
        found += [one for one in (hub, network.egress_of(hub) if hub else "") if one]
        found += _providers(accounts[host])
    return [host for host in aws if host in found]


def _providers(variables: Mapping[str, Any]) -> list[str]:
    listed = variables.get("privatelink_consumer_endpoints") or ()
    return [one["service"]["host"] for one in listed if isinstance(one, Mapping) and one.get("service")]
