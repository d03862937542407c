# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: moto's, where another account's bucket is denied. What its policy allows others is not looked at."""

from __future__ import annotations

import os


def register() -> None:
    from moto.s3.models import s3_backends

    from emulator.s3.models import NetS3Backend

    os.environ["MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS"] = "false"  # moto's setting
    s3_backends.backend = NetS3Backend
    s3_backends.clear()
