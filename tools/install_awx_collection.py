# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put awx.awx into this environment's collections: playbooks/awx_configure.yml is linted and tested with it.

ansible 12 includes it, ansible 14 doesn't. So it is taken from ansible 12, which the lock has for Python 3.11.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^(ansible==12\.\S+) ;.*((?:\\\n +--hash=\S+ *)+)", re.MULTILINE)

site_packages = Path(sysconfig.get_path("purelib"))
prefix = "ansible_collections/awx/awx/"
if not (site_packages / prefix).exists():
    requirement, hashes = LOCKED.search((CHECKOUT / "requirements" / "demo.txt").read_text(encoding="utf-8")).groups()
    with tempfile.TemporaryDirectory() as folder:
        (wanted := Path(folder) / "wanted.txt").write_text(requirement + hashes, encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--require-hashes", "--dest", folder, "--requirement", str(wanted)], check=True)
        (wheel,) = Path(folder).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(site_packages, [name for name in packed.namelist() if name.startswith(prefix)])
    print(f"awx.awx of {requirement} -> {site_packages / prefix}")
