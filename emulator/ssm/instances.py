# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 instances that an SSM agent has registered. No agent runs, so tests set them (see control.py).

managed: {"i-0123...": {"PingStatus": "ConnectionLost", "SecondsSinceLastPing": 600, "AgentVersion": ...}}; each member
has a default.
"""

from __future__ import annotations

from typing import Any

managed: dict[str, dict[str, Any]] = {}
