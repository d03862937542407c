# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""For any declaration, a connection passes exactly if an entry says so, and the log names the group."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import rules

from .attempts import Attempt, engine, parse, problems

# Few of each, so that groups overlap, names nearly match, and ports meet.
RANGES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.128.0/17", "10.2.0.0/16", "10.2.3.4/32", "172.16.0.0/12", "192.0.2.0/25")
ADDRESSES = ("10.1.0.1", "10.1.200.1", "10.2.3.4", "10.2.3.5", "10.77.0.1", "172.31.0.1", "192.0.2.1", "192.0.2.200")
BASES = ("x.example", "a.x.example", "b.a.x.example", "ax.example", "y.example", "xn--bcher-kva.example")
TARGETS = ("198.51.100.0/24", "203.0.113.0/24", "203.0.113.128/25")
OUTSIDE = ("198.51.100.7", "203.0.113.9", "203.0.113.200", "9.9.9.9")
PORTS = (22, 53, 80, 123, 443, 8080, 8443)
GROUP_NAMES = ("payments", "everyone", "a", "team-of-many_names-2", "Z")

some_ports = st.lists(st.sampled_from(PORTS), min_size=1, max_size=3, unique=True)
domain_entries = st.builds(
    lambda domain, ports, protocol: {"domain": domain, **ports, **protocol},
    st.builds(str.__add__, st.sampled_from(["", ".", "*."]), st.sampled_from(BASES)),
    st.one_of(st.just({}), st.builds(lambda ports: {"ports": ports}, some_ports)),
    st.sampled_from([{}, {}, {"protocol": "tls"}, {"protocol": "http"}]),
)
cidr_entries = st.builds(
    lambda cidr, ports, protocol: {"cidr": cidr, "ports": ports, "protocol": protocol},
    *(st.sampled_from(TARGETS), some_ports, st.sampled_from(["tcp", "udp"])),
)
declarations = st.dictionaries(
    st.sampled_from(GROUP_NAMES),
    st.builds(
        lambda sources, allow: {"sources": sources, "allow": allow},
        st.lists(st.sampled_from(RANGES), min_size=1, max_size=3, unique=True),
        # Twice the same target in one group is refused.
        st.lists(
            st.one_of(domain_entries, domain_entries, cidr_entries),
            min_size=1,
            max_size=5,
            unique_by=lambda entry: entry.get("domain") or entry["cidr"],
        ),
    ),
    max_size=4,
)
names = st.one_of(
    st.none(),
    st.builds(
        lambda before, base, after: before + base + after,
        st.sampled_from(["", "", "a.", "evil", "A."]),
        st.one_of(st.sampled_from(BASES), st.sampled_from(BASES).map(str.upper)),
        st.sampled_from(["", "", "", ".", ".evil.example"]),
    ),
    st.sampled_from(["198.51.100.7", "2001:db8::1", "."]),
)
attempts = st.builds(
    Attempt,
    st.sampled_from(ADDRESSES),
    names,
    st.sampled_from(PORTS),
    st.sampled_from(["tls", "tls", "tls", "http", "http", "tcp", "udp"]),
    st.sampled_from(OUTSIDE),
    st.sampled_from(["whole", "split", "bytes", "big"]),
)


# A difference is clear as it is: to shrink the declaration would take minutes.
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate])
@given(declarations, st.lists(attempts, min_size=60, max_size=80), st.sampled_from([rules.REJECT, rules.DROP]))
def test_a_connection_passes_exactly_if_an_entry_says_so(declared, tried, action):
    egress = parse(declared)
    with tempfile.TemporaryDirectory() as folder:
        assert problems(egress, engine(Path(folder), rules.compile(egress, action=action)), tried) == []
