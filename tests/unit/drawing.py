# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mark for tests that need graphviz's dot: without dot they fail; only `make quick` skips them."""

from __future__ import annotations

import os
import shutil

import pytest

needs_dot = pytest.mark.skipif(
    "QUICK" in os.environ and shutil.which("dot") is None, reason="draws with dot, which is part of graphviz"
)
