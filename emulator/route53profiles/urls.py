# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from emulator.route53profiles.responses import ProfilesResponses

url_bases = [r"https?://route53profiles\.(.+)\.amazonaws\.com"]
url_paths = {
    f"{{0}}/{path}$": ProfilesResponses.dispatch
    for path in (
        "profile",
        "profileassociation",
        "profileassociation/Profileid/(?P<ProfileId>[^/]+)/resourceid/(?P<ResourceId>[^/]+)",
        "profileassociations",
    )
}
