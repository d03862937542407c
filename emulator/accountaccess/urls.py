# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from emulator.accountaccess.responses import AccountAccessResponses

url_bases = [r"https?://account-access\.(.+)\.amazonaws\.com"]
url_paths = {
    f"{{0}}/{path}$": AccountAccessResponses.dispatch
    for path in (
        "applications",
        "applications-list",
        "applications/(?P<applicationArn>.+)",
        "entitlements",
        "entitlements-list",
        "entitlements/(?P<entitlementId>[^/]+)",
        "tags/(?P<resourceArn>.+)",
    )
}
