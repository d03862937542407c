# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What moto lacks or gets wrong about VPCs."""

from __future__ import annotations

from moto.ec2.responses._base_response import EC2BaseResponse


class VpcResponse(EC2BaseResponse):
    """VPC operations that AWS answers otherwise than moto."""
