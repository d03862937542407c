# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that calls name, instead of the id that their creation answers."""

from __future__ import annotations

from dataclasses import replace


def after_resource(steps):
    """Return the steps, those of a field after the one that creates its resource: no id in their calls tells that."""
    return [replace(one, needs=(*one.needs, one.address.resource)) if one.address.field else one for one in steps]
