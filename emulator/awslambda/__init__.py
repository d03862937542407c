# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lambda: moto's control plane, with the network of functions. No code runs."""

from __future__ import annotations


def register() -> None:
    from moto.awslambda import urls

    from emulator.awslambda.responses import NetLambda
    from emulator.mending import mend

    mend(urls, NetLambda)
