# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ..module_utils._capabilities import psc_service
from ..plugin_utils import in_process


class ActionModule(in_process.ActionModule):
    CAPABILITY = in_process.prepared(psc_service.CAPABILITY)
