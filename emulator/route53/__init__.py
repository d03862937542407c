# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53: moto's, with records as AWS checks them, and private zones across accounts."""

from __future__ import annotations


def register() -> None:
    from moto.route53 import urls
    from moto.route53.models import route53_backends

    from emulator.route53.models import NetRoute53Backend
    from emulator.route53.responses import NetRoute53

    route53_backends.backend = NetRoute53Backend
    for path in urls.url_paths:
        urls.url_paths[path] = NetRoute53.dispatch
    for operation in ("authorizevpcassociation", "deauthorizevpcassociation"):
        path = r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/" + operation + "$"
        urls.url_paths[path] = NetRoute53.dispatch
