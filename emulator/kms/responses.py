# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.kms.responses import KmsResponse

BY_ID = ("CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion")


class KmsResponses(KmsResponse):
    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        """Return a parameter; for the operations in BY_ID, the id of a key that is given by its ARN.

        https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html: KeyId is an id or an ARN.
        """
        value = super()._get_param(param_name, if_none)
        own = f":{self.region}:{self.current_account}:key/"
        if param_name == "KeyId" and value and own in value and self._get_action() in BY_ID:
            return value.rpartition("/")[2]
        return value
