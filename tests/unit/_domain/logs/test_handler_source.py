# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The function's text is the same by each loader that the collection is imported with."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import handler, index


def loaded(source):
    module = ModuleType("index")
    module.__spec__ = ModuleSpec("index", SimpleNamespace(get_source=lambda _name: source))
    return module


@pytest.mark.parametrize("source", ["käse = 1\n", "käse = 1\n".encode()])
def test_text_of_any_loader(source):
    """AnsibleCollectionPkgLoader.get_source of ansible-core returns bytes, those of Python text."""
    assert handler.source(loaded(source)) == "käse = 1\n"


def test_without_text():
    with pytest.raises(RuntimeError, match="index has no source text"):
        handler.source(loaded(None))


def test_the_code_is_python_with_a_handler():
    space = {"__name__": "index"}
    exec(compile(handler.code({"logs-a": ()}), "index.py", "exec"), space)
    assert space["TABLES"] == {"logs-a": {}} and callable(space["handler"]) and callable(vars(index)["handler"])
