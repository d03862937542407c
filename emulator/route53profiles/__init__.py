# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53 Profiles, which moto lacks: profiles without resources in them, and the VPCs that have them."""

from __future__ import annotations

import sys


def register() -> None:
    """moto looks a service's backends up in moto.<service>."""
    from emulator.route53profiles import models

    sys.modules["moto.route53profiles"] = models
