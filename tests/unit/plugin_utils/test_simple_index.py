# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re

import pytest

from ansible_collections.closednet.aws.plugins.plugin_utils.simple_index import Distribution, pages

FILES = [
    Distribution("Foo_Bar-1.0+cu118-py3-none-any.whl", "aa", ">=3.9,<4"),
    Distribution("foo.bar-0.9.tar.gz", "bb"),
    Distribution("baz-2-py3-none-any.whl", "cc"),
]


def test_names_are_normalized_and_keys_end_with_a_slash():
    made = pages(FILES)
    assert list(made) == ["simple/", "simple/baz/", "simple/foo-bar/"]
    assert re.findall(r'href="([^"]+)"', made["simple/"]) == ["baz/", "foo-bar/"]


def test_a_link_has_the_digest_and_the_python_that_it_requires():
    page = pages(FILES)["simple/foo-bar/"]
    assert '<a href="../../packages/aa/Foo_Bar-1.0%2Bcu118-py3-none-any.whl#sha256=aa"' in page
    assert 'data-requires-python="&gt;=3.9,&lt;4">Foo_Bar-1.0+cu118-py3-none-any.whl</a>' in page
    assert '#sha256=bb">foo.bar-0.9.tar.gz</a>' in page


def test_nothing_gives_an_empty_index():
    assert list(pages([])) == ["simple/"]


@pytest.mark.parametrize("name", ["notes.txt", "foo.whl", "foo-1.0.tar.bz2", "foo-x-py3-none-any.whl"])
def test_what_is_no_distribution_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is neither a wheel nor a source distribution"):
        pages([Distribution(name, "aa")])
