# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Picture of the rooms: it shows the imports as they are."""

from __future__ import annotations

from tools import picture


def test_the_picture_is_current():
    text = picture.DOT.read_text(encoding="utf-8")
    assert text == picture.dot(), "run `make picture`"
    assert picture.SVG.read_text(encoding="utf-8").startswith(picture.mark(text)), "run `make picture`"
