# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relate the hosts of an inventory to their log archive. Pure: variables in, options of the modules out."""

from __future__ import annotations
