# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""URLs of Elastic Load Balancing. Both versions of the API share one address; the request's Version selects one."""

from __future__ import annotations

from typing import Any

from moto.elb.responses import ELBResponse
from moto.elbv2.urls import url_bases

from emulator.elbv2.responses import Elbv2Responses

__all__ = ["url_bases", "url_paths"]


def by_version(request: Any, *arguments: Any, **options: Any) -> Any:
    response = Elbv2Responses if request.values.get("Version") == "2015-12-01" else ELBResponse
    return response.dispatch(request, *arguments, **options)


url_paths = {"{0}/$": by_version}
