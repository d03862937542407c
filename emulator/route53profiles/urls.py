# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""URLs of all operations. An ARN in a path has slashes, which the server reads decoded."""

from __future__ import annotations

import re

from moto.core.utils import get_service_model

from emulator.route53profiles.responses import ProfilesResponses

_model = get_service_model("route53profiles")


def _path(uri: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{'.+' if found[1] == 'ResourceArn' else '[^/]+'})", uri)


url_bases = [r"https?://route53profiles\.(.+)\.amazonaws\.com"]
url_paths = {
    "{0}" + _path(_model.operation_model(name).http["requestUri"]) + "$": ProfilesResponses.dispatch
    for name in _model.operation_names
}
