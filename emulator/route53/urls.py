# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.route53.urls import url_bases
from moto.route53.urls import url_paths as moto_paths

from emulator.route53.responses import Route53Responses

__all__ = ["url_bases", "url_paths"]

_ZONE = r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/"
_added = (_ZONE + "authorizevpcassociation$", _ZONE + "deauthorizevpcassociation$")
url_paths = dict.fromkeys((*moto_paths, *_added), Route53Responses.dispatch)
