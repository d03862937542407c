# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.ec2.responses import EC2Response

from emulator.ec2.transit_gateway import TransitGatewayResponse
from emulator.ec2.vpc import VpcResponse


class NetEC2(TransitGatewayResponse, VpcResponse, EC2Response):
    """One method for each EC2 action, named snake_case(Action)."""
