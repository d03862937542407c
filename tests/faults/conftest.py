# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from tests.contract.conftest import new_world

__all__ = ["new_world"]
