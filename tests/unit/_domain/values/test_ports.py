# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import ports


@pytest.mark.parametrize(
    ("text", "range_"),
    [("443", (443, 443)), (443, (443, 443)), ("8000-8080", (8000, 8080)), ("0-65535", (0, 65535)), ("7-7", (7, 7))],
)
def test_a_port_or_a_range(text, range_):
    assert ports.parse("tcp[0]", text) == range_


@pytest.mark.parametrize("text", ["", "x", "-1", "65536", "80-", "-80", "90-80", "80-90-100", "8.0", None, "٤٤٣"])
def test_what_is_neither(text):
    with pytest.raises(Invalid, match=r"^tcp\[0\]: "):
        ports.parse("tcp[0]", text)
