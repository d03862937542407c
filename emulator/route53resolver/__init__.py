# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53 Resolver: moto's, with DNS Firewall's rule groups."""

from __future__ import annotations


def register() -> None:
    from moto.route53resolver import urls

    from emulator.mending import mend
    from emulator.route53resolver.responses import NetResolver

    mend(urls, NetResolver)
