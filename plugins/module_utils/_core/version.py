# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Version of the collection, for what is saved as evidence; a test compares it with galaxy.yml."""

from __future__ import annotations

COLLECTION = "0.1.0"
