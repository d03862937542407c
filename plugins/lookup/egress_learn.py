# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: egress_learn
short_description: Propose egress groups from logs of what accounts reach
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads logs and proposes entries of C(egress_groups) for what no group allows yet, by account, with how often, by how
    many clients and when it was seen. Opens nothing and calls no API.
  - Logs are alert and flow logs of Network Firewall, and access logs of squid and nginx.
  - Proposes exact names only. Where several names are below one, a comment names the wildcard, for a person to decide.
    That isn't done above a public suffix (C(co.jp)) or for shared hosting (C(amazonaws.com)). Public suffixes come from
    a small rule, not from the Public Suffix List.
  - Never proposes addresses, names that nobody can have, QUIC, nor tunnels, paste sites and DNS over HTTPS. These are
    listed.
  - The client chooses the names that it sends. That something was seen doesn't show that it is needed, nor that it is
    harmless.
options:
  _terms:
    description: Paths of files and folders, each a path, a list of paths or paths with commas between them. Files may
      be compressed with gzip. None are needed if O(observed) is given.
    type: list
    elements: raw
  accounts:
    description: The CIDRs of each host of the inventory. Nothing is proposed for other addresses.
    type: dict
    default: {}
  groups:
    description: The value of C(egress_groups) as it is declared.
    type: dict
    default: {}
  members:
    description: The hosts of each group of the inventory, as Ansible's variable C(groups), for sources that name one.
    type: dict
    default: {}
  log_format:
    description: Format of the access logs, as in P(closednet.aws.egress_import#lookup).
    type: str
  observed:
    description: Further observations, in the form of RV(closednet.aws.egress_logs_info#module:observed).
    type: list
    elements: dict
    default: []
  reported:
    description: Names of the firewall's analysis reports, in the form of
      RV(closednet.aws.egress_logs_info#module:reported). They have no sources, so they are only listed.
    type: list
    elements: dict
    default: []
  days:
    description: How many days from today on a proposed entry is valid for.
    type: int
    default: 90
  children:
    description: From how many names on a wildcard is named.
    type: int
    default: 5
  least_hits:
    description: What was seen less often isn't proposed.
    type: int
    default: 1
seealso:
  - module: closednet.aws.egress_logs_info
  - plugin: closednet.aws.egress_import
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Propose what the logs show and no group allows
  ansible.builtin.copy:
    content: "{{ learned.proposal }}"
    dest: proposal.yml
    mode: "0600"
  vars:
    learned: "{{ lookup('closednet.aws.egress_learn', ['/var/log/squid/access.log'],
      accounts={'alpha': ['10.1.0.0/16']}, groups=egress_groups) }}"
"""

RETURN = r"""
_list:
  description: One dictionary.
  type: list
  elements: dict
  contains:
    proposal:
      description: YAML text of C(egress_groups), with what a reader must know as comments.
      type: str
    groups:
      description: The same groups.
      type: dict
    not_proposed:
      description: What was seen and isn't proposed, each with C(account), C(destination), C(port), C(protocol), C(hits)
        and C(why).
      type: list
      elements: dict
    unused:
      description: Entries that nothing in these logs needed, each with C(group), C(target), C(protocol) and C(ports).
      type: list
      elements: dict
    backtest:
      description: Events in the logs (C(total)), and how many of them would be blocked by the groups as they are
        (C(blocked_now)) and with the whole proposal (C(blocked_with_proposal)).
      type: dict
    window:
      description: First and last day of the logs, and how many days have events. Null if no event has a time.
      type: dict
    warnings:
      description: Why the logs may not show all that is needed.
      type: list
      elements: str
    lines:
      description: All of this in words, for a terminal.
      type: list
      elements: str
"""

from datetime import datetime, timedelta, timezone

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._core import escape
from ..module_utils._core.errors import Invalid
from ..module_utils._domain.egress import groups as egress_groups
from ..module_utils._domain.egress import learn
from ..plugin_utils import egress_logs
from ..plugin_utils.plain import plain

SHOWN = 100


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **options):
        try:
            return [_learned(terms, **options)]
        except (Invalid, OSError, EOFError) as error:
            raise AnsibleLookupError(f"closednet.aws.egress_learn: {error}") from error


def _learned(
    terms,
    accounts=None,
    groups=None,
    members=None,
    log_format=None,
    observed=None,
    reported=None,
    days=90,
    children=5,
    least_hits=1,
):
    for option, value, most in (
        ("days", days, 3650),
        ("children", children, 1000),
        ("least_hits", least_hits, 1 << 31),
    ):
        if not 1 <= int(value) <= most:
            raise Invalid(option, value, "is out of bounds", f"1 to {most}")
    today = datetime.now(timezone.utc).date()
    settings = learn.Settings(today + timedelta(days=int(days)), int(children), int(least_hits))
    of_hosts = {host: cidrs for host, cidrs in plain(accounts or {}).items() if cidrs}
    resolved = egress_groups.resolve(plain(groups or {}), of_hosts, plain(members or {}), "egress_groups")
    seen, notes = egress_logs.read(terms, log_format, observed or ())
    result = learn.learned(seen, of_hosts, egress_groups.parse(resolved, today), settings)
    lines = [*result["lines"], *(escape.text(note) for note in notes), *_reported(result["groups"], reported or ())]
    return {**result, "lines": lines}


def _reported(groups, reported):
    """Return the firewall's own counts of names that the proposal doesn't have: whose they are isn't known."""
    proposed = {entry["domain"] for group in groups.values() for entry in group["allow"]}
    rows = [row for row in reported if row["domain"].lower() not in proposed]
    return [
        escape.short(
            f"the firewall reports {row['domain']}, {row['hits']:,} hits of {row['sources']} sources without names"
        )
        for row in rows[:SHOWN]
    ]
