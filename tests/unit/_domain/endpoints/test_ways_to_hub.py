# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a VPC's routes lead to the hub's endpoints, and which private zones answer in their place."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints.ways_to_hub import missing

LOCAL = {"DestinationCidrBlock": "10.4.0.0/16", "GatewayId": "local", "State": "active"}
TO_HUB = {"DestinationCidrBlock": "10.0.0.0/16", "TransitGatewayId": "tgw-1", "State": "active"}
BY_LIST = {"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1", "State": "active"}
S3 = {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-1", "State": "active"}


@pytest.mark.parametrize(
    ("routes", "lists", "words"),
    [
        ([LOCAL, TO_HUB], {}, ""),
        ([LOCAL, TO_HUB, S3], {}, ""),
        ([LOCAL, BY_LIST], {"pl-1": ["10.0.0.0/8"]}, ""),
        ([LOCAL], {}, "has no route to 10.0.3.10"),
        ([LOCAL, BY_LIST], {}, "has no route to 10.0.3.10 that is known (pl-1 can't be read)"),
        # An unread list may have a more specific CIDR.
        ([LOCAL, TO_HUB, BY_LIST], {}, "has a route by pl-1, which can't be read"),
        ([LOCAL, TO_HUB | {"State": "blackhole"}], {}, "has a route to 10.0.3.10 that is blackhole"),
        (
            [TO_HUB, {"DestinationCidrBlock": "10.0.3.0/24", "NatGatewayId": "nat-1", "State": "active"}],
            {},
            "leads 10.0.3.10 to nat-1",
        ),
        ([LOCAL, TO_HUB | {"DestinationCidrBlock": "0.0.0.0/0"}], {}, ""),
    ],
)
def test_the_most_specific_route_decides(routes, lists, words):
    found = missing(["10.0.3.42", "10.0.3.10"], {"rtb-1": routes}, lists)
    assert (found == []) if not words else (len(found) == 1 and f"route table rtb-1 {words}" in found[0])


def test_each_table_is_named():
    assert [text.split()[2] for text in missing(["10.0.3.10"], {"rtb-2": [], "rtb-1": [], "rtb-3": [TO_HUB]}, {})] == [
        "rtb-1",
        "rtb-2",
    ]
