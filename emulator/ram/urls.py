# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""URLs of all operations of RAM; moto has only some of them."""

from __future__ import annotations

from moto.core.utils import get_service_model
from moto.ram.urls import url_bases

from emulator.ram.responses import RamResponses

__all__ = ["url_bases", "url_paths"]

_model = get_service_model("ram")
_paths = ["{0}" + _model.operation_model(name).http["requestUri"] for name in _model.operation_names]
url_paths = {path + "$": RamResponses.dispatch for path in _paths}
