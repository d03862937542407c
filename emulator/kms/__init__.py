# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: moto's, where keys are enabled and disabled by ARN, too."""

from __future__ import annotations


def register() -> None:
    from moto.kms import urls

    from emulator.kms.responses import NetKms
    from emulator.mending import mend

    mend(urls, NetKms)
