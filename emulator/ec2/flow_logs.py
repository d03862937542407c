# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from emulator.ec2.describe import Describing


class FlowLogResponse(Describing):
    pass
