# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing (version 2): moto's, with what a Network Load Balancer behind an endpoint service does."""

from __future__ import annotations

from typing import Any

from moto.elb import urls as elb_urls
from moto.elb.responses import ELBResponse
from moto.elbv2 import urls as elbv2_urls
from moto.elbv2.models import elbv2_backends


def register() -> None:
    """Both versions of the API are at one address and told apart by the request's Version."""
    from emulator.elbv2.models import NetELBv2Backend
    from emulator.elbv2.responses import NetELBv2

    def by_version(request: Any, *arguments: Any, **options: Any) -> Any:
        response = NetELBv2 if request.values.get("Version") == "2015-12-01" else ELBResponse
        return response.dispatch(request, *arguments, **options)

    elbv2_backends.backend = NetELBv2Backend
    for urls in (elb_urls, elbv2_urls):
        urls.url_paths["{0}/$"] = by_version
