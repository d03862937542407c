# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local AWS: moto's server plus what moto lacks for networks that span accounts.

The emulator and the collection never import each other: HTTP is their only interface.
"""

from __future__ import annotations
