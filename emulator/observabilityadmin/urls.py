# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""URLs of CloudWatch Observability Admin. moto finds a service's handlers by this module's name, beside its models."""

from __future__ import annotations

from moto.core.utils import get_service_model

from emulator.observabilityadmin.responses import ObservabilityAdminResponses

_model = get_service_model("observabilityadmin")

url_bases = [r"https?://observabilityadmin\.(.+)\.amazonaws\.com"]
# No path has a variable part.
url_paths = {
    "{0}" + _model.operation_model(name).http["requestUri"] + "$": ObservabilityAdminResponses.dispatch
    for name in _model.operation_names
}
