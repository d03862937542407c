# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of a published service's resources, as answered and as declared."""

from __future__ import annotations

from ..._domain.values import gcp_names


def service(declared):
    """Return the name of the service: the module's option `name`."""
    return declared.owner.partition("/")[2]


def relative(cloud, url):
    """Return the relative name of a URL, with the id of the cloud's project where it has the project's number."""
    name = gcp_names.relative(url)
    number = f"projects/{cloud.project_number}/"
    return f"projects/{cloud.account_id}/{name[len(number) :]}" if name.startswith(number) else name
