# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53: zones and records, private zones across accounts."""

from __future__ import annotations
