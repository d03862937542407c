# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hypothesis profile without a deadline per example: property tests judge answers, not how busy the machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("closednet", parent=settings(), deadline=None)
settings.load_profile("closednet")
