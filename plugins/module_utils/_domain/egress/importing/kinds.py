# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proxy's file is: a configuration, a list that one reads, or a log."""

from __future__ import annotations

import re

from . import access_logs

SQUID, NGINX, LIST = "squid.conf", "nginx.conf", "list"
SQUID_LINE = re.compile(r"^\s*(acl\s+\S+\s+\S+|http_access\s+(allow|deny)|http_port\s|include\s+\S+$)", re.M)
NGINX_LINE = re.compile(
    r"^\s*(stream|server|upstream\s+\S+|(map|geo)\s+(\S+|\"[^\"]*\")(\s+\$\w+)?|events|http)\s*\{|^\s*include\s+\S+;",
    re.M,
)


def kind(text: str) -> str:
    """Return SQUID, NGINX, LIST (values or keys, which a configuration includes) or the format of a log."""
    if NGINX_LINE.search(text):
        return NGINX
    if SQUID_LINE.search(text):
        return SQUID
    return access_logs.likely(text) or LIST
