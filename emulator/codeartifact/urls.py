# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""URLs of CodeArtifact. moto finds a service's handlers by this module's name, beside its models."""

from __future__ import annotations

from moto.core.utils import get_service_model

from emulator.codeartifact.responses import CodeArtifactResponses

_model = get_service_model("codeartifact")

url_bases = [r"https?://codeartifact\.(.+)\.amazonaws\.com"]
# Domain, owner and repository are in the query: no path has a variable part.
url_paths = {
    "{0}" + _model.operation_model(name).http["requestUri"] + "$": CodeArtifactResponses.dispatch
    for name in _model.operation_names
}
