# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive that Lambda takes code in, the same bytes from the same code, so that AWS's CodeSha256 tells a change."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile

MODULE = "index"


def archive(code: str) -> bytes:
    """One file, uncompressed (what a compressor makes differs between its versions), without the time of day."""
    file = zipfile.ZipInfo(f"{MODULE}.py", date_time=(1980, 1, 1, 0, 0, 0))
    file.create_system = 3  # Unix: without it Lambda wouldn't have the mode
    file.external_attr = 0o644 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        made.writestr(file, code)
    return buffer.getvalue()


def sha256(code: str) -> str:
    """As Lambda's CodeSha256: base64 of the archive's digest."""
    return base64.b64encode(hashlib.sha256(archive(code)).digest()).decode()
