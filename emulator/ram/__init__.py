# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource Access Manager (RAM). Registers itself on import in place of moto's."""

from __future__ import annotations

from moto.core.utils import get_service_model
from moto.ram import urls

from emulator.ram.responses import RamResponse

_model = get_service_model("ram")
for _name in _model.operation_names:
    _path = _model.operation_model(_name).http["requestUri"]
    urls.url_paths["{0}" + _path + "$"] = RamResponse.dispatch
    urls.url_paths.pop("{0}" + _path + "/?$", None)
