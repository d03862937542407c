# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECR: moto's, with pull-through cache rules."""

from __future__ import annotations


def register() -> None:
    from moto.ecr import urls

    from emulator.ecr.responses import NetEcr
    from emulator.mending import mend

    mend(urls, NetEcr)
