# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of squid.conf, with those of the files that it includes in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

from .patterns import Line, Unconverted

WORD = re.compile(r'parameters\("[^"]*"\)|"[^"]*"|\S+')
READ = ("acl", "http_access", "ssl_bump")
# Conditions that no ACL has: a rule with one may or may not match.
WITHIN_IF, NOT_GIVEN = "(if)", "(include)"
# Directives that decide nothing about who may go where: listening, caching, logging, timeouts, processes.
HARMLESS = frozenset(
    """
    access_log acl_uses_indirect_client buffered_logs cache cache_dir cache_effective_group cache_effective_user
    cache_log cache_mem cache_mgr cache_store_log cache_swap_high cache_swap_low client_lifetime
    client_persistent_connections connect_timeout coredump_dir debug_options dns_nameservers dns_timeout
    dns_v4_first error_directory error_default_language err_page_stylesheet forward_max_tries forward_timeout
    forwarded_for ftp_passive ftp_user half_closed_clients hierarchy_stoplist hosts_file http_port https_port
    httpd_suppress_version_string icp_port ipcache_high ipcache_low ipcache_size log_mime_hdrs logfile_rotate
    logformat max_filedescriptors maximum_object_size maximum_object_size_in_memory mime_table
    minimum_object_size negative_dns_ttl negative_ttl netdb_filename persistent_request_timeout pid_filename
    pipeline_prefetch pinger_enable positive_dns_ttl quick_abort_max quick_abort_min quick_abort_pct read_timeout
    refresh_pattern reload_into_ims request_timeout server_persistent_connections shutdown_lifetime snmp_port
    sslcrtd_children sslcrtd_program store_avg_object_size strip_query_terms tls_outgoing_options
    unique_hostname unlinkd_program via visible_hostname visible_hostname workers write_timeout collapsed_forwarding
    cache_access_log host_verify_strict client_dst_passthru dns_defnames dns_retransmit_interval follow_x_forwarded_for
    memory_cache_mode memory_pools memory_replacement_policy cache_replacement_policy offline_mode deny_info
    client_request_buffer_max_size request_header_max_size reply_header_max_size eui_lookup
    """.split()
)
WHY = {
    "cache_peer": "sends requests to another proxy, whose rules decide too: import that one's",
    "never_direct": "sends requests to another proxy, whose rules decide too: import that one's",
    "always_direct": "decides between this proxy and another, whose rules may decide too",
    "url_rewrite_program": "lets a program decide: what it refuses or rewrites isn't known",
    "redirect_program": "lets a program decide: what it refuses or rewrites isn't known",
    "http_reply_access": "refuses answers, not requests: a firewall rule can't",
    "reply_body_max_size": "limits answers: a firewall rule can't",
    "auth_param": "asks for users: firewall rules know addresses only",
    "tcp_outgoing_address": "chooses the address that others see: partners may have it in their allow-lists",
}


class Config:
    """Lines of a configuration. files: name -> text; top: the file that it begins with."""

    def __init__(self, files: Mapping[str, str], top: str) -> None:
        self.files = files
        self.unconverted: list[Unconverted] = []
        self._lines: dict[str, list[tuple[Line, list[str]]]] = {name: [] for name in READ}
        self.used = {top}
        self._read(top, ())

    def of(self, directive: str) -> list[tuple[Line, list[str]]]:
        """Return (line, words after the directive) pairs, in the order in which squid reads them."""
        return self._lines[directive]

    def find(self, pattern: str) -> list[str]:
        """Return the names of the given files that a path in a configuration means: by path, or by its last part."""
        whole = [name for name in self.files if fnmatch(name, pattern)]
        return whole or [name for name in self.files if fnmatch(_last(name), _last(pattern))]

    def values(self, name: str) -> Iterator[tuple[str, Line]]:
        """Yield the values in a file that an ACL names: one a line, # begins a comment."""
        self.used.add(name)
        for number, text in enumerate(self.files[name].splitlines(), 1):
            value = re.sub(r"(^|\s)#.*", "", text).strip()
            if value:
                yield value, Line(name, number, text.strip())

    def _read(self, name: str, within: tuple[str, ...]) -> None:
        conditions = 0
        for line, words in logical_lines(name, self.files[name]):
            directive = words[0].lower()
            conditions += {"if": 1, "endif": -1}.get(directive, 0)
            if directive in ("if", "else", "endif"):
                self.unconverted.append(Unconverted(line, "is a condition: whether the lines in it count isn't known"))
            elif directive in READ:
                doubt = [WITHIN_IF] if conditions > 0 and directive != "acl" else []
                self._lines[directive].append((line, [*words[1:], *doubt]))
            elif directive == "include":
                self._include(line, words[1:], (*within, name))
            elif directive not in HARMLESS:
                why = WHY.get(directive, "is a directive whose effect on who may go where isn't known here")
                self.unconverted.append(Unconverted(line, why))

    def _include(self, line: Line, paths: list[str], within: tuple[str, ...]) -> None:
        for path in paths:
            found = [name for name in self.find(path.strip('"')) if name not in within]
            if not found:
                why = f"includes {path}, which is none of the given files and may deny what later rules allow"
                self.unconverted.append(Unconverted(line, f"{why}: give it, or an empty file of its name"))
                self._lines["http_access"].append((line, ["deny", NOT_GIVEN]))
            for name in sorted(found):
                self.used.add(name)
                self._read(name, within)


def quoted_path(word: str) -> str | None:
    """Return the path of a file with an ACL's values; None if the word is a value."""
    inner = re.fullmatch(r'(?:parameters\()?"([^"]+)"\)?', word)
    return inner[1] if inner else None


def logical_lines(name: str, text: str) -> Iterator[tuple[Line, list[str]]]:
    """Yield lines with their words: continued ones (``\\`` at the end) as one, without comments."""
    held, start = "", 0
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        start = start or number
        if raw.endswith("\\"):
            held += raw[:-1] + " "
            continue
        whole = held + raw
        words = WORD.findall(re.sub(r"(^|\s)#.*", "", whole))
        if words:
            yield Line(name, start, " ".join(whole.split())), words
        held, start = "", 0


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]
