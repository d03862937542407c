# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core import escape
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("alpha, Zürich 中文 ✓", "alpha, Zürich 中文 ✓"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[2J\x07\x7f\x85", r"\x1b[2J\x07\x7f\x85"),
        ("\u202egnp.exe\u2066\u200b\ufeff\u00ad\u2028", r"\u202egnp.exe\u2066\u200b\ufeff\xad\u2028"),
        ("\u3164\u115f\u034f\ufe0f\U000e0041\U000e0100", r"\u3164\u115f\u034f\ufe0f\U000e0041\U000e0100"),
        ("a\u00a0b\ud800", r"a\xa0b\ud800"),
        (None, "None"),
    ],
)
def test_text_is_one_line_in_which_all_is_seen(value, shown):
    assert escape.text(value) == shown
    assert escape.text(shown) == shown


def test_a_long_value_is_shortened():
    assert escape.short("a" * 400) == f"{'a' * 300}... (400 characters)"
    assert escape.short("a" * 300) == "a" * 300
    assert escape.sentence(f"x: {'a' * 400} is wrong") == f"x: {'a' * 300}... (400 characters) is wrong"


def test_a_block_of_code_is_ended_by_no_line_of_it():
    assert escape.fenced(["a", "b ````"], "diff") == ["`````diff", "a", "b ````", "`````"]
    assert escape.fenced(["a\n```"], "diff") == ["````diff", r"a\n```", "````"]


def test_markdown_html_and_dot_take_it_for_text():
    assert escape.markdown("a_b *c* [d](e) <f> & #g") == r"a\_b \*c\* \[d\](e) \<f\> \& \#g"
    assert escape.html("<b a='1'>\n\x1b") == r"&lt;b a=&#x27;1&#x27;&gt;\n\x1b"
    assert escape.dot('a"\\N&', "b\nc") == r'"a\"\\N&amp;\nb\\nc"'


def test_an_error_shows_what_cannot_be_seen_and_little_of_what_is_long():
    invalid = Invalid("tags.a\nb", "x" * 100_000, "is\x1bwrong", "y" * 1000)
    assert str(invalid).isprintable() and len(str(invalid)) < 1000
    assert str(invalid).startswith(r"tags.a\nb: 'xxx")
    assert invalid.value == "x" * 100_000
