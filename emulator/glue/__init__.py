# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Glue: moto's, with connections that have a type."""

from __future__ import annotations


def register() -> None:
    from moto.glue import urls

    from emulator.glue.responses import NetGlue
    from emulator.mending import mend

    mend(urls, NetGlue)
