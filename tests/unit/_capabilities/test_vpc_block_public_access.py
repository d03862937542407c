# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid

DELTA = {"account_id": "444444444444", "name": "delta"}
EVERYTHING = {"internet_gateway_exclusion_mode": "allow-bidirectional"}


@pytest.fixture
def block(declare):
    return lambda **options: declare("vpc_block_public_access", **DELTA, **options)


def test_without_a_mode_it_is_left_alone(block):
    assert block().resources["block_public_access"] == {}


def test_yaml_s_off_is_aws_s(block):
    assert block(internet_gateway_block_mode=False).inputs.mode == "off"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"exclusions": [{"vpc_id": "delta", **EVERYTHING}]}, "exclusions[0].vpc_id: 'delta' is no id of a vpc"),
        ({"exclusions": [{"subnet_id": "vpc-1", **EVERYTHING}]}, "exclusions[0].subnet_id: 'vpc-1' is no id"),
        ({"exclusions": [{"vpc_id": "vpc-1", **EVERYTHING}] * 2}, "exclusions[1]: 'vpc-1' is excluded twice"),
        ({"accept_cut_off": ["default"]}, "accept_cut_off[0]: 'default' is no id of a vpc"),
    ],
)
def test_what_is_wrong_is_said_before_any_call(block, options, text):
    with pytest.raises(Invalid) as invalid:
        block(**options)
    assert text in str(invalid.value)
