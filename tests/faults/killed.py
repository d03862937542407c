# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a module, which is killed (SIGKILL) before or after its n-th write call.

stdin: {"module": "tgw_hub", "options": {...}, "write": 3, "when": "before" or "after"}
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import signal
import sys
from typing import Any

from ansible.module_utils.testing import patch_module_args

from ansible_collections.closednet.aws.plugins.module_utils._core.aws import READS, Aws


def kill(nth: int, when: str) -> None:
    writes = itertools.count(1)
    call = Aws.call

    def killing(self: Aws, operation: str, **params: Any) -> dict[str, Any]:
        its_turn = not operation.partition(".")[2].startswith(READS) and next(writes) == nth
        if its_turn and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = call(self, operation, **params)
        if its_turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Aws.call = killing


if __name__ == "__main__":
    request = json.load(sys.stdin)
    kill(request["write"], request["when"])
    module = importlib.import_module(f"ansible_collections.closednet.aws.plugins.modules.{request['module']}")
    with patch_module_args(request["options"]):
        module.main()
