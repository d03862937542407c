# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.s3.models import S3Backend

from emulator.mending import mend
from emulator.s3.responses import NetS3


class NetS3Backend(S3Backend):
    @property
    def _url_module(self) -> Any:
        """moto reloads the module each time."""
        urls = super()._url_module
        mend(urls, NetS3)
        return urls
