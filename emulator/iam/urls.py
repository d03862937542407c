# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""moto finds a service's handlers by this module's name, beside its models."""

from __future__ import annotations

from moto.iam.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
