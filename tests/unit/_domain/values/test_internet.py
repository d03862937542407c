# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""https://www.iana.org/assignments/ipv4-address-space and /ipv6-unicast-address-assignments have what was given."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.values.internet import mean_everywhere, public_ipv6


@pytest.mark.parametrize(
    "cidrs",
    [
        ["0.0.0.0/0"],
        ["::/0"],
        ["::/1"],
        ["2000::/3"],
        ["2600::/11"],
        ["0.0.0.0/1"],
        ["128.0.0.0/2"],
        ["10.0.0.0/16", "::/0"],
        # In parts, each of which somebody might have.
        ["16.0.0.0/8", "17.0.0.0/8"],
        ["2600::/12", "2610::/12"],
    ],
)
def test_the_internet_in_any_words(cidrs: list[str]) -> None:
    assert mean_everywhere(cidrs)


@pytest.mark.parametrize(
    "cidrs",
    [
        [],
        ["10.0.0.0/8"],
        ["17.0.0.0/8"],
        ["172.16.0.0/12", "192.168.0.0/16"],
        ["fc00::/7"],
        ["2600::/12"],
        ["fd00::/8"],
    ],
)
def test_what_one_organization_may_have(cidrs: list[str]) -> None:
    assert not mean_everywhere(cidrs)


def test_of_an_interface_only_global_addresses_are_public() -> None:
    # fd00::/8: private addresses of IPAM, which aren't routed on the internet.
    listed = [{"Ipv6Address": address} for address in ("2a05:d014:1:2::5", "fd12:3456::1", "fe80::1")]
    assert public_ipv6({"Ipv6Addresses": listed}) == ["2a05:d014:1:2::5"]
    assert public_ipv6({}) == []
