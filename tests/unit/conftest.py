# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Property tests judge answers, not how busy the machine is: no deadline per example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("closednet", parent=settings(), deadline=None)
settings.load_profile("closednet")
