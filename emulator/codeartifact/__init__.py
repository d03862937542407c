# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeArtifact, which moto lacks: domains, repositories, policies, tokens. No packages."""

from __future__ import annotations

import sys


def register() -> None:
    """moto looks a service's backends up in moto.<service>."""
    from emulator.codeartifact import models

    sys.modules["moto.codeartifact"] = models
