# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One-time passwords of MFA devices (RFC 6238, truncated as in RFC 4226 section 5.3: SHA-1, 30 s, six digits)."""

from __future__ import annotations

import base64
import hmac
import struct

from moto.iam.models import IAMBackend

from emulator import clock

STEP = 30


def code(seed: bytes, step: int) -> str:
    digest = hmac.digest(base64.b32decode(seed, casefold=True), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 10**6:06d}"


def seed_of(backend: IAMBackend, serial_number: str) -> bytes:
    """Return a device's base32 seed. A hardware token's is its maker's secret; here it is the serial number."""
    device = backend.virtual_mfa_devices.get(serial_number)
    return device.base32_string_seed.encode() if device else base64.b32encode(serial_number.encode())


def step_of(seed: bytes, given: str, window: int = 1) -> int | None:
    """Return the time step of the given code, None if it is more than `window` steps off the clock or wrong."""
    current = int(clock.now().timestamp()) // STEP
    steps = range(current - window, current + window + 1)
    return next((step for step in steps if hmac.compare_digest(code(seed, step), given)), None)
