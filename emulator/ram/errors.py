# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.core.exceptions import ServiceException


class RamError(ServiceException):
    """Error of RAM: RamError(code, message)."""
