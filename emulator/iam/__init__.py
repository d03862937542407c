# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM and STS: moto's, with who may do what as AWS decides it."""

from __future__ import annotations


def register() -> None:
    from moto.iam import urls as iam_urls
    from moto.iam.models import iam_backends
    from moto.sts import urls as sts_urls

    from emulator.iam.models import NetIAMBackend
    from emulator.iam.responses import NetIAM
    from emulator.iam.tokens import SecurityTokenResponse

    iam_backends.backend = NetIAMBackend
    for urls, response in ((iam_urls, NetIAM), (sts_urls, SecurityTokenResponse)):
        for path in urls.url_paths:
            urls.url_paths[path] = response.dispatch
