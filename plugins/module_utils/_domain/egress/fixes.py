# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of egress_groups that would open what the firewall stops, the smallest change first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from . import domains
from .groups import DEFAULT_PORTS, HTTP, HTTP_PORT, TCP, TLS, UDP, Egress, Entry, Group
from .question import Destination

# What a person has to fill in.
WHY = "WHY"
QUIC = "QUIC can't be opened: its handshake hides the name. Clients fall back to TLS over TCP"


def entry_of(destination: Destination) -> str:
    """Return the entry of `allow` that opens a destination, as YAML."""
    protocol, port = destination.protocol, destination.port
    if destination.address:
        of_cidr = UDP if protocol in (UDP, "quic") else TCP
        named = f", protocol: {of_cidr}" if of_cidr != TCP else ""
        return f"{{cidr: {destination.address}/32, ports: [{port}]{named}, reason: {WHY}}}"
    wanted = HTTP if protocol == HTTP else TLS
    ports = "" if (port,) == DEFAULT_PORTS else f", ports: [{port}]"
    by_port = HTTP if port == HTTP_PORT else TLS
    named = f", protocol: {wanted}" if wanted != by_port else ""
    return f"{{domain: {destination.name}{ports}{named}, reason: {WHY}}}"


def names_it(entry: Entry, destination: Destination) -> bool:
    """Return true if an entry is about this destination, whatever its port and protocol."""
    if destination.address:
        return bool(entry.cidr) and ":" not in str(entry.cidr) and destination.address in IPv4Network(str(entry.cidr))
    return bool(entry.domain) and domains.matches(str(entry.domain), entry.form, destination.name)


def opens(entry: Entry, destination: Destination) -> bool:
    """Return true if an entry opens this destination for its group's sources."""
    wanted = TLS if destination.protocol not in (HTTP, TCP, UDP) else destination.protocol
    return names_it(entry, destination) and entry.protocol == wanted and destination.port in entry.ports


def lines(egress: Egress, of_sender: Sequence[Group], who: str, destination: Destination, host: str) -> Iterator[str]:
    """Yield the lines, each with the host whose variables they belong to.

    of_sender: the groups that hold the sender; who: the sender as a source of a group; host: of the group egress
    """
    if destination.protocol == "quic":
        is_open = any(opens(entry, destination) for group in of_sender for entry in group.entries)
        yield QUIC + (", which is open" if is_open else "")
        if is_open:
            return
    if destination.name and destination.protocol in (TCP, UDP):
        yield f"a name is seen in TLS and HTTP only: {destination.protocol} needs an entry {{cidr: ..., ports: ...}}"
        return
    found = list(_changed_entries(host, of_sender, destination))
    found += [
        f"{host}: egress_groups.{group.name}.sources: [{', '.join([*(source.name for source in group.sources), who])}]"
        for group in egress.groups
        if group not in of_sender and any(opens(entry, destination) for entry in group.entries)
    ]
    yield from found
    if found:
        return
    for group in of_sender:
        yield f"{host}: egress_groups.{group.name}.allow: - {entry_of(destination)}"
    if not of_sender:
        yield f"{host}: egress_groups.NAME: {{owner: WHO, sources: [{who}], allow: [{entry_of(destination)}]}}"


def by_address(of_sender: Sequence[Group], destination: Destination) -> Iterator[str]:
    """Yield notes on entries that let a name's packets pass by their address, which nobody here knows."""
    transport = UDP if destination.protocol in (UDP, "quic") else TCP
    for group in of_sender:
        for entry in group.entries:
            if destination.name and entry.cidr and entry.protocol == transport and destination.port in entry.ports:
                yield f"if its address is in {entry.cidr}, group {group.name} lets it pass, whatever its name"


def _changed_entries(host: str, of_sender: Sequence[Group], destination: Destination) -> Iterator[str]:
    for group in of_sender:
        for entry in group.expired:
            if opens(entry, destination):
                key = "domain" if entry.domain else "cidr"
                yield f"{host}: egress_groups.{group.name}.allow: - {{{key}: {entry.target}, until: A LATER DAY}}"
        for entry in group.entries:
            if names_it(entry, destination) and destination.port not in entry.ports:
                key = "domain" if entry.domain else "cidr"
                ports = ", ".join(map(str, sorted({*entry.ports, destination.port})))
                yield f"{host}: egress_groups.{group.name}.allow: - {{{key}: {entry.target}, ports: [{ports}]}}"
