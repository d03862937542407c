# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: egress_import
short_description: Propose egress groups from the files of old proxies
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads squid.conf with its ACL files, nginx.conf with its stream maps, and access logs of both, and proposes
    C(egress_groups). Opens nothing and calls no API.
  - Proposes only what the proxy lets through for certain. It asks the proxy's rules, in their order, about each name
    that they mention. What a rule may deny, under a condition that can't be converted, isn't proposed. What couldn't be
    converted is listed with file, line and reason.
  - What it can't convert are regular expressions, times, users, URLs, other programs' decisions, and rules that let
    sources reach every name. For the latter, use P(closednet.aws.egress_learn#lookup).
  - An ACL file or an included file is found among the given files by its path, or else by its last part.
options:
  _terms:
    description: Paths of files and folders, each a path, a list of paths or paths with commas between them. Files may
      be compressed with gzip.
    type: list
    elements: raw
    required: true
  accounts:
    description: The CIDRs of each host of the inventory. A range that covers all of a host's CIDRs becomes the host.
    type: dict
    default: {}
  only:
    description: Hosts whose proxies these are. Nothing is proposed for other sources. What a file allows without saying
      to whom is proposed for these hosts; without this option for C(TODO).
    type: list
    elements: str
    default: []
  log_format:
    description: Format of the access logs, V(squid) (its native one), V(common), V(nginx_json), V(nginx_stream), or a
      C(log_format) of nginx with its variables. By default, each file's first line decides.
    type: str
seealso:
  - plugin: closednet.aws.egress_learn
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Propose groups from the proxy of the account alpha
  ansible.builtin.copy:
    content: "{{ imported.proposal }}"
    dest: proposal.yml
    mode: "0600"
  vars:
    imported: "{{ lookup('closednet.aws.egress_import', ['proxies/alpha/squid'], only=['alpha'],
      accounts={'alpha': ['10.1.0.0/16']}) }}"
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
    unconverted:
      description: What isn't in the proposal, each with C(file), C(line), C(text) and C(why).
      type: list
      elements: dict
    counts:
      description: The names in the logs, each with C(name), C(hits), C(denied) and C(sources), the number of clients.
      type: list
      elements: dict
    notes:
      description: How sources became accounts, and logs that could not be read as a whole.
      type: list
      elements: str
    lines:
      description: All of C(unconverted) and C(notes) in words, for a terminal.
      type: list
      elements: str
"""

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._core.errors import Invalid
from ..module_utils._domain.egress.importing import report
from ..plugin_utils import egress_logs, log_files

FILES = "files"


class LookupModule(LookupBase):
    def run(self, terms, variables=None, accounts=None, only=None, log_format=None):
        try:
            paths = [path for term in terms for path in log_files.named(FILES, term)]
            return [_imported(list(dict.fromkeys(paths)), accounts or {}, only or [], log_format)]
        except (Invalid, OSError, EOFError) as error:
            raise AnsibleLookupError(f"closednet.aws.egress_import: {error}") from error


def _imported(paths, accounts, only, log_format):
    unknown = [host for host in only if not accounts.get(host)]
    if unknown:
        raise Invalid("account", ", ".join(unknown), "has no CIDRs in the inventory", "a host with vpc_cidrs")
    kind_of = {path: egress_logs.kind(path) for path in paths}
    whole = [path for path in paths if kind_of[path] in egress_logs.CONFIGURATIONS]
    texts = {path: log_files.whole(FILES, path) for path in whole}
    seen, notes = egress_logs.tallied([path for path in paths if path not in texts], kind_of, log_format)
    return report.result(list(report.configurations(texts, kind_of)), accounts, seen, only, notes)
