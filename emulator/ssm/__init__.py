# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Systems Manager: moto's, with managed instances."""

from __future__ import annotations


def register() -> None:
    from moto.ssm import urls

    from emulator.mending import mend
    from emulator.ssm.responses import NetSsm

    mend(urls, NetSsm)
