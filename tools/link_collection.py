# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Link this checkout into the running interpreter's site-packages, where Ansible looks for collections by itself."""

from __future__ import annotations

import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

link = Path(sysconfig.get_path("purelib")) / "ansible_collections" / "closednet" / "aws"
link.parent.mkdir(parents=True, exist_ok=True)
link.unlink(missing_ok=True)
link.symlink_to(CHECKOUT, target_is_directory=True)
print(f"closednet.aws -> {CHECKOUT}")
