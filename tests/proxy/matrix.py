# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who reaches what by either proxy, with the groups of conftest, and which group the log of a refusal names."""

from __future__ import annotations

# (source, name, the group that allows it; None: refused). Sources: 10.1.0.5 is in payments and everyone, 10.1.2.5 in
# below, too, 192.168.0.5 only in below, 10.2.0.5 only in everyone, 172.16.0.5 in none.
REACHES = [
    ("10.1.0.5", "api.stripe.com", "payments"),
    ("10.7.1.5", "api.stripe.com", "payments"),
    ("10.7.2.5", "api.stripe.com", None),
    ("10.1.0.5", "API.Stripe.COM", "payments"),
    ("10.1.0.5", "x.api.stripe.com", None),
    ("10.1.0.5", "stripe.com", None),
    ("10.1.0.5", "evilapi.stripe.com", None),
    ("10.1.0.5", "api.stripe.com.evil.example", None),
    ("10.1.0.5", "amazonaws.com", "payments"),
    ("10.1.0.5", "a.b.amazonaws.com", "payments"),
    ("10.1.0.5", "notamazonaws.com", None),
    ("10.1.0.5", "xn--bcher-kva.example", "payments"),
    ("10.1.0.5", "app.example-saas.com", "everyone"),
    ("10.1.2.5", "api.stripe.com", "payments"),
    ("10.1.2.5", "a.below.example", "below"),
    ("10.1.2.5", "below.example", None),
    ("10.1.2.5", "example-saas.com", "everyone"),
    ("192.168.0.5", "a.below.example", "below"),
    ("2001:db8:1::5", "a.below.example", "below"),
    ("2001:db8:2::5", "a.below.example", None),
    ("192.168.0.5", "example-saas.com", None),
    ("10.2.0.5", "deep.app.example-saas.com", "everyone"),
    ("10.2.0.5", "api.stripe.com", None),
    ("172.16.0.5", "example-saas.com", None),
    ("10.1.0.5", "evil.example", None),
    ("10.1.0.5", "127.0.0.1", None),
]
REFUSED = {"10.2.0.5": "everyone", "10.7.2.5": "everyone", "192.168.0.5": "below", "2001:db8:1::5": "below"}


def logged(source: str, nobody: str) -> str:
    """Return the group with the fewest addresses that has the source; nobody: the word for none."""
    return nobody if source in ("172.16.0.5", "2001:db8:2::5") else REFUSED.get(source, "payments")
