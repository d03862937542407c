# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Time that sessions, MFA codes and policies see: the machine's clock plus `clock_ahead` seconds (see control.py)."""

from __future__ import annotations

import datetime

ahead = 0.0


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=ahead)
