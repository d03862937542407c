# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.vpclattice.urls import url_bases
from moto.vpclattice.urls import url_paths as paths_of_moto

from emulator.vpclattice.responses import LatticeResponses

__all__ = ["url_bases", "url_paths"]

url_paths = {
    **dict.fromkeys(paths_of_moto, LatticeResponses.dispatch),
    "{0}/resourceconfigurations$": LatticeResponses.dispatch,
    "{0}/resourcegateways$": LatticeResponses.dispatch,
}
