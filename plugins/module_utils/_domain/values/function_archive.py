# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ZIP archives of Lambda code: the same code gives the same bytes, so that AWS's CodeSha256 shows a change."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile

MODULE = "index"


def archive(code: str) -> bytes:
    """Return a ZIP archive of one file, uncompressed (compressors differ between versions) and with a fixed date."""
    file = zipfile.ZipInfo(f"{MODULE}.py", date_time=(1980, 1, 1, 0, 0, 0))
    file.create_system = 3  # Unix: otherwise Lambda doesn't apply the file mode
    file.external_attr = 0o644 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        made.writestr(file, code)
    return buffer.getvalue()


def sha256(code: str) -> str:
    """Return the code's CodeSha256 as Lambda computes it: base64 of the archive's SHA-256 digest."""
    return base64.b64encode(hashlib.sha256(archive(code)).digest()).decode()
