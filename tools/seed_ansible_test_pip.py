# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Give ansible-test its pip bootstrap from the standard library, so that it needs no host but a package index.

ansible-test downloads get-pip once and keeps it in a cache, under a name that holds the pip version.
ensurepip does the same work and is part of Python. A file that is already in the cache stays.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

BOOTSTRAP = """\
import runpy
import sys

sys.argv = ["ensurepip", "--default-pip"]
runpy.run_module("ensurepip", run_name="__main__")
"""

pip_version = get_venv_packages(SimpleNamespace(version="{}.{}".format(*sys.version_info)))["pip"]
cached = Path.home() / ".ansible/test/cache" / f"get_pip_{pip_version.replace('.', '_')}.py"
if not cached.exists():
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(BOOTSTRAP)
