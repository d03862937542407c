# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An internet gateway's attachment to its VPC."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from . import internet_route

READ_AFTER = ("internet_gateway",)
INPUTS = ("handed_over",)
PERMISSIONS = ("ec2:AttachInternetGateway", "ec2:DetachInternetGateway")


def read(aws, declared, found):
    gateway = found["internet_gateway"].get("main")
    if not gateway or not gateway.details["vpc"]:
        return {}
    fields = {"internet_gateway": gateway.id, "vpc": gateway.details["vpc"]}
    return {"main": Actual(f"{gateway.id}/{fields['vpc']}", fields, managed=gateway.managed)}


def plan(wanted, found, declared):
    gateways = internet_route.staying("internet_gateway", found, declared)
    there = {name: one for name, one in found[KIND.name].items() if name in wanted or name in gateways}
    return reconcile(KIND, wanted, there)


def _arguments(fields):
    return {"InternetGatewayId": fields["internet_gateway"], "VpcId": fields["vpc"]}


KIND = ResourceType(
    "internet_gateway_attachment",
    create=lambda fields: Call("ec2.attach_internet_gateway", _arguments(fields)),
    delete=lambda id_, fields: Call("ec2.detach_internet_gateway", _arguments(fields)),
)
