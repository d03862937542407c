# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes of a proxy's service."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual
from ansible_collections.closednet.aws.plugins.module_utils._resources.proxy import ecs_service

FIELDS = {
    "cluster": "c",
    "service": "s",
    "definition": "d",
    "desired_count": 2,
    "tags": {},
    "network": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
    "deployment": {"rollback": True, "minimum": 100, "maximum": 200},
}
PORT, OTHER = ({"target_group": f"arn:{port}", "port": port} for port in (8443, 9443))


def test_a_target_group_of_a_new_port_has_its_listener_before_the_service_knows_it(planned, monkeypatch):
    """UpdateService, as CreateService: "The target group ... does not have an associated load balancer"."""
    monkeypatch.setattr(ecs_service, "_whole", lambda fields, found, declared: fields)
    there = {"ecs_service": {"main": Actual("arn:s", {**FIELDS, "load_balancers": [PORT]}, managed=True)}}
    wanted = {"main": {**FIELDS, "load_balancers": [PORT, OTHER]}}
    resources = {"ecs_service": wanted, "listener": {"8443": {}, "9443": {}}}

    (step,) = planned(ecs_service, wanted, there, resources).steps

    assert {str(address) for address in step.needs} >= {"listener.8443", "listener.9443"}
