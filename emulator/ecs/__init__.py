# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: moto's control plane, with services that have tasks, and tasks that stop for a reason."""

from __future__ import annotations


def register() -> None:
    from moto.ecs import urls
    from moto.ecs.models import ecs_backends

    from emulator.ecs.models import NetEcsBackend
    from emulator.ecs.responses import NetEcs
    from emulator.mending import mend

    mend(urls, NetEcs, ecs_backends, NetEcsBackend)
