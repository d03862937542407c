# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Domain names of egress entries: three forms, A-labels, and names that would open more than one site.

A name ends up in a rule of Suricata, in a configuration of nginx or squid and in logs, so nothing passes but letters,
digits, hyphens, underscores and dots. Lengths: RFC 1035 (63 bytes of a label, 253 characters of a name).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ..._core import escape
from ..._core.errors import Invalid

EXACT, SUFFIX, SUBDOMAINS = "exact", "suffix", "subdomains"
EXPECTED = "a name such as api.example.com, .example.com (it and all below) or *.example.com (only what is below)"
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# IDNA2003, which Python has, maps these to other letters; browsers (UTS 46, IDNA2008) don't: two different sites.
DEVIATIONS = "\u00df\u1e9e\u03c2\u200c\u200d"
# Registries that let everybody register a name directly below these, if a country's code follows.
SECOND_LEVEL = frozenset("ac co com edu gob gov go ltd mil ne net nom or org plc sch".split())
# Suffixes under which anybody can put data or a server of his own: a wildcard here is a way out for anything.
SHARED_HOSTING = frozenset(
    "amazonaws.com amazonaws.com.cn appspot.com awsapprunner.com azureedge.net azurewebsites.net blogspot.com "
    "cloudapp.azure.com cloudfront.net core.windows.net elasticbeanstalk.com firebaseapp.com fly.dev github.io "
    "gitlab.io googleapis.com googleusercontent.com herokuapp.com lambda-url.on.aws netlify.app ngrok.io ngrok.app "
    "on.aws onrender.com pages.dev r2.dev run.app sharepoint.com trycloudflare.com vercel.app web.app windows.net "
    "workers.dev".split()
)
# Buckets and APIs of everybody in a region.
REGIONAL = re.compile(r"(s3([.-][a-z0-9-]+)?|execute-api\.[a-z0-9-]+)\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True)
class Domain:
    """Name in A-labels, without the wildcard, and its form: exact, suffix (it and all below) or subdomains."""

    name: str
    form: str

    @property
    def text(self) -> str:
        """The name as it is declared, in A-labels: ``x.com``, ``.x.com`` or ``*.x.com``."""
        return write(self.name, self.form)

    @property
    def shown(self) -> str:
        """The name for a person: an internationalized one both ways."""
        unicode = to_unicode(self.name)
        return self.text if unicode == self.name else f"{self.text} ({escape.text(unicode)})"


def write(name: str, form: str) -> str:
    return {EXACT: "", SUFFIX: ".", SUBDOMAINS: "*."}[form] + name


def parse(option: str, declared: Any) -> Domain:
    """Return the domain of an entry: lower case, A-labels, without a trailing dot. Raises Invalid."""
    if not isinstance(declared, str) or not declared:
        raise Invalid(option, declared, "is no domain name", EXPECTED)
    _check_is_no_url(option, declared)
    form, rest = _split(declared)
    name = _to_ascii(option, declared, rest)
    _check_labels(option, declared, name)
    _check_breadth(option, declared, name, form)
    return Domain(name, form)


def _split(declared: str) -> tuple[str, str]:
    if declared.startswith("*."):
        return SUBDOMAINS, declared[2:]
    if declared.startswith("."):
        return SUFFIX, declared[1:]
    return EXACT, declared


def _check_is_no_url(option: str, declared: str) -> None:
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", declared)
    if scheme:
        host = re.split(r"[/?#:]", declared[scheme.end() :], maxsplit=1)[0]
        raise Invalid(option, declared, "has a scheme", f"only the name: {host}")
    if is_address(declared):
        raise Invalid(option, declared, "is an address", "a domain name; an address is declared as cidr")
    host, slash, _path = declared.partition("/")
    if slash:
        raise Invalid(option, declared, "has a path, which TLS hides", f"only the name: {host}")
    host, colon, port = declared.partition(":")
    if colon:
        raise Invalid(option, declared, "has a port", f"domain: {host}, and ports: [{port}]")


def is_address(text: str) -> bool:
    """Return true for an IPv4 or IPv6 address, a CIDR too, and for what a browser would take for one."""
    bare = text.strip("[]").partition("/")[0]
    try:
        ip_address(bare)
    except ValueError:
        # 127.1, 2130706433 and 0x7f.1 reach 127.0.0.1: no top-level domain begins with a digit.
        last = bare.rstrip(".").rpartition(".")[2]
        return bool(re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]+", last))
    return True


def _to_ascii(option: str, declared: str, rest: str) -> str:
    name = unicodedata.normalize("NFKC", rest).lower().removesuffix(".")
    if name.isascii():
        return name
    if any(letter in DEVIATIONS for letter in rest):
        problem = "has a letter that old and new rules for names (IDNA2003, IDNA2008) turn into different sites"
        raise Invalid(option, declared, problem, "the A-label (xn--...) that the site's certificate has")
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Invalid(option, declared, f"can't be written in A-labels ({error})", EXPECTED) from error


def to_unicode(name: str) -> str:
    """Return the name with its A-labels decoded; a label that can't be decoded stays as it is."""
    return ".".join(_label_to_unicode(label) for label in name.split("."))


def _label_to_unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _check_labels(option: str, declared: str, name: str) -> None:
    if len(name) > 253:
        raise Invalid(option, declared, f"has {len(name)} characters", "253 at most")
    labels = name.split(".")
    for label in labels:
        if len(label) > 63:
            raise Invalid(option, declared, f"has a label of {len(label)} characters", "63 at most")
        if "*" in label:
            raise Invalid(option, declared, "has a wildcard that isn't its first label", EXPECTED)
        if not LABEL.fullmatch(label):
            problem = f"has the label {label!r}" if label else "has an empty label"
            raise Invalid(option, declared, problem, "letters, digits and hyphens, no hyphen first or last")
        if label.startswith("xn--") and _label_to_unicode(label) in (label, ""):
            raise Invalid(option, declared, f"has {label!r}, which is no A-label", "the name itself, or its A-label")
    if any("_" in label for label in labels[-2:]):
        problem = "has an underscore where no registry allows one"
        raise Invalid(option, declared, problem, "underscores only below the registered name, as in _x.example.com")


def _check_breadth(option: str, declared: str, name: str, form: str) -> None:
    labels = name.split(".")
    if len(labels) == 1:
        problem = "names no site on the internet" if form == EXACT else "opens a whole top-level domain"
        raise Invalid(option, declared, problem, "the names that are needed, such as api.example.com")
    if form != EXACT and len(labels) == 2 and len(labels[1]) == 2 and labels[0] in SECOND_LEVEL:
        problem = "opens a suffix below which everybody can register a name"
        raise Invalid(option, declared, problem, f"the registered names that are needed, such as .example.{name}")


def hosting_suffix(domain: Domain) -> str | None:
    """Return the suffix below which everybody can have a name, if this wildcard covers all of it; otherwise None."""
    if domain.form == EXACT:
        return None
    if domain.name in SHARED_HOSTING or REGIONAL.fullmatch(domain.name):
        return domain.name
    return next((suffix for suffix in sorted(SHARED_HOSTING) if within(suffix, domain.name)), None)


def within(name: str, suffix: str) -> bool:
    """Return true if `name` is `suffix` or below it."""
    return name == suffix or name.endswith(f".{suffix}")


def matches(name: str, form: str, host: str) -> bool:
    """Return true if an entry of this form covers the host that a client names, as Suricata compares them."""
    host = host.lower()
    if form == EXACT:
        return host == name
    below = host.endswith(f".{name}")
    return below or (form == SUFFIX and host == name)


def covers(outer: Domain, inner: Domain) -> bool:
    """Return true if every host of `inner` is one of `outer`."""
    if outer == inner:
        return True
    if outer.form == EXACT:
        return False
    if inner.name == outer.name:
        return outer.form == SUFFIX or inner.form == SUBDOMAINS
    return within(inner.name, outer.name)
