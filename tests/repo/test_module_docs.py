# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docs of modules are as tools/module_docs.py writes them: parts that all share, and choices from the code."""

from __future__ import annotations

import pytest

from tools import module_docs


@pytest.mark.parametrize("module", module_docs.modules())
def test_docs_are_as_written(module):
    text = (module_docs.MODULES / f"{module}.py").read_text(encoding="utf-8")
    assert text == module_docs.written(module), "run `make generated`"
