# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from moto.ec2.utils import random_flow_log_id


@dataclass
class FlowLog:
    resource_id: str
    destination: dict[str, Any]
    settings: dict[str, Any]
    delivery: dict[str, str]
    id: str = field(default_factory=random_flow_log_id)
    created: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
