# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: egress_migration
short_description: Judge by logs which accounts may move from their proxy to the central way out
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads logs and tells, for each host with the variable C(egress_migration), what the central groups as they are
    declared now would have dropped, by source, and on how many days with logs since then nothing would have been.
    Changes nothing and calls no API.
  - Logs are alert and flow logs of Network Firewall in monitor mode, and access logs of the old proxies. What a proxy
    refused itself is no loss.
options:
  _terms:
    description: Paths of files and folders, each a path, a list of paths or paths with commas between them. Files may
      be compressed with gzip. None are needed if O(observed) is given.
    type: list
    elements: raw
  accounts:
    description: The variables of each host. It reads C(egress_migration), C(egress_migration_quiet_days),
      C(egress_migration_ignored) and C(vpc_cidrs).
    type: dict
    required: true
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
seealso:
  - plugin: closednet.aws.egress_learn
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show what the centre would have dropped
  ansible.builtin.debug:
    msg: "{{ lookup('closednet.aws.egress_migration', ['/var/log/squid/access.log'], accounts=accounts,
      groups=egress_groups).lines }}"
  vars:
    accounts:
      alpha: {egress_migration: both, vpc_cidrs: [10.1.0.0/16]}
"""

RETURN = r"""
_list:
  description: One dictionary.
  type: list
  elements: dict
  contains:
    accounts:
      description: A judgement of each host, with C(host), C(stage), C(ready), C(says), C(quiet_days), C(needed),
        C(last_dropped), C(first), C(last) and C(dropped), what would have been dropped by source.
      type: list
      elements: dict
    evidence:
      description: The value for C(egress_migration_evidence), with the hosts that are ready.
      type: dict
    lines:
      description: All of this in words, for a terminal.
      type: list
      elements: str
"""

from datetime import datetime, timezone

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._core import escape
from ..module_utils._core.errors import Invalid
from ..module_utils._domain.egress import groups as egress_groups
from ..module_utils._domain.egress import migration
from ..plugin_utils import egress_logs
from ..plugin_utils.plain import plain


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **options):
        try:
            return [_judged(terms, **options)]
        except (Invalid, OSError, EOFError) as error:
            raise AnsibleLookupError(f"closednet.aws.egress_migration: {error}") from error


def _judged(terms, accounts=None, groups=None, members=None, log_format=None, observed=None):
    today = datetime.now(timezone.utc).date()
    of_hosts = {
        host: plain({name: variables[name] for name in migration.READ if variables.get(name) is not None})
        for host, variables in (accounts or {}).items()
    }
    staged = [host for host, variables in of_hosts.items() if variables.get(migration.STAGE) is not None]
    if not staged:
        raise Invalid(migration.STAGE, None, "is a variable of no host", f"{' or '.join(migration.STAGES)} for a host")
    for host in staged:
        for invalid in migration.values(host, of_hosts[host]):
            raise invalid
    cidrs = {host: variables["vpc_cidrs"] for host, variables in of_hosts.items() if variables.get("vpc_cidrs")}
    resolved = egress_groups.resolve(plain(groups or {}), cidrs, plain(members or {}), "egress_groups")
    seen, notes = egress_logs.read(terms, log_format, observed or ())
    found, evidence = migration.judge(of_hosts, seen, egress_groups.parse(resolved, today), today)
    lines = [*migration.lines(found), *(escape.text(note) for note in notes)]
    return {"accounts": migration.as_data(found), "evidence": evidence, "lines": lines}
