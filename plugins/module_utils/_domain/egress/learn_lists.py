# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What learning never proposes, and suffixes below which names belong to different people. Data, by the lists named."""

from __future__ import annotations

from . import domains

# Ways out for anything, as red teams and malware use them (https://lots-project.com/, ATT&CK T1572, T1567 and T1071).
TUNNELS = frozenset(
    "ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev trycloudflare.com loca.lt localtunnel.me localhost.run "
    "serveo.net pagekite.me bore.pub tunnelto.dev devtunnels.ms playit.gg portmap.io pinggy.io pinggy.link "
    "lhr.life zrok.io packetriot.net telebit.cloud beeceptor.com torproject.org onion.ws onion.ly tor2web.org".split()
)
PASTES = frozenset(
    "pastebin.com paste.ee hastebin.com ghostbin.com dpaste.com dpaste.org ix.io sprunge.us termbin.com rentry.co "
    "0x0.st transfer.sh file.io gofile.io anonfiles.com temp.sh catbox.moe bashupload.com controlc.com justpaste.it "
    "privatebin.net pastebin.pl paste.mozilla.org mega.nz mega.io".split()
)
COLLECTORS = frozenset(
    "webhook.site requestbin.com requestbin.net pipedream.net oastify.com burpcollaborator.net interact.sh oast.fun "
    "oast.live oast.me oast.online oast.pro oast.site dnslog.cn canarytokens.com discord.com telegram.org".split()
)
# Names are looked up past the firewall and past Route 53 Resolver's logs.
DNS = frozenset(
    "dns.google cloudflare-dns.com one.one.one.one dns.quad9.net dns.quad9.com doh.opendns.com dns.nextdns.io "
    "dns.adguard.com dns.adguard-dns.com doh.cleanbrowsing.org mozilla.cloudflare-dns.com".split()
)
NEVER = {
    "a tunnel": TUNNELS,
    "a paste or upload site": PASTES,
    "a collector of data": COLLECTORS,
    "DNS over HTTPS": DNS,
}


def never(name: str) -> str | None:
    """Return what a name is that is never proposed; None for any other name."""
    for what, suffixes in NEVER.items():
        if any(suffix in suffixes for suffix in parents(name)):
            return what
    return None


def parents(name: str) -> list[str]:
    """Return the name and the names above it, the longest first, without the top-level domain alone."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def is_public_suffix(name: str) -> bool:
    """Return true if names directly below belong to different people.

    A small rule in place of the Public Suffix List: top-level domains; registries' second level below a country's code
    (co.jp: domains.SECOND_LEVEL, and any two letters); shared hosting (domains.SHARED_HOSTING) and what is above it. It
    errs towards more suffixes, so towards fewer wildcards.
    """
    labels = name.split(".")
    if len(labels) == 1:
        return True
    if len(labels) == 2 and len(labels[1]) == 2 and (labels[0] in domains.SECOND_LEVEL or len(labels[0]) <= 2):
        return True
    return any(name == suffix or suffix.endswith(f".{name}") for suffix in domains.SHARED_HOSTING)


def may_be_wildcard(name: str) -> bool:
    """Return true if all names below probably belong to one owner: it is below a public suffix and is none itself."""
    above = parents(name)
    return not is_public_suffix(name) and not any(one in domains.SHARED_HOSTING for one in above)
