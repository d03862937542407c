# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of Elastic Load Balancing's writes on a snapshot, as far as it has what they change."""

from __future__ import annotations

from typing import Any

from .world import Asked, Fields, World


def create_load_balancer(world: World, asked: Asked) -> None:
    """Add the load balancer; no address of it is known, so nobody reaches it before AWS has created its interfaces."""
    balancer = {
        "LoadBalancerArn": asked.new_id,
        "LoadBalancerName": asked.params["Name"],
        "Type": asked.params.get("Type", "network"),
        "Scheme": asked.params.get("Scheme", "internal"),
        "State": {"Code": "active"},
        "AvailabilityZones": [{"SubnetId": id_} for id_ in asked.params.get("Subnets", ())],
        "SecurityGroups": list(asked.params.get("SecurityGroups", ())),
    }
    world.add("LoadBalancers", balancer, asked.place)
    world.add("LoadBalancerListeners", {"LoadBalancerArn": asked.new_id, "Listeners": []}, asked.place)
    world.add("LoadBalancerAttributes", {"LoadBalancerArn": asked.new_id, "Attributes": []}, asked.place)


def delete_load_balancer(world: World, asked: Asked) -> None:
    for kind in ("LoadBalancers", "LoadBalancerListeners", "LoadBalancerAttributes"):
        world.remove(kind, asked.params["LoadBalancerArn"])


def modify_attributes(world: World, asked: Asked) -> None:
    new = {one["Key"]: one for one in asked.params["Attributes"]}
    world.change("LoadBalancerAttributes", asked.params["LoadBalancerArn"], lambda item: _attributes(item, new))


def modify_group_attributes(world: World, asked: Asked) -> None:
    new = {one["Key"]: one for one in asked.params["Attributes"]}
    world.change("TargetGroupAttributes", asked.params["TargetGroupArn"], lambda item: _attributes(item, new))


def _attributes(item: Fields, new: dict[str, Any]) -> Fields:
    return {"Attributes": [*(one for one in item["Attributes"] if one["Key"] not in new), *new.values()]}


def create_target_group(world: World, asked: Asked) -> None:
    keys = ("Protocol", "Port", "VpcId", "TargetType")
    group = {"TargetGroupArn": asked.new_id, "TargetGroupName": asked.params["Name"], "LoadBalancerArns": []}
    world.add("TargetGroups", {**group, **{k: asked.params[k] for k in keys if k in asked.params}}, asked.place)
    world.add("LoadBalancerTargetHealth", {"TargetGroupArn": asked.new_id, "TargetHealthDescriptions": []}, asked.place)
    world.add("TargetGroupAttributes", {"TargetGroupArn": asked.new_id, "Attributes": []}, asked.place)


def delete_target_group(world: World, asked: Asked) -> None:
    for kind in ("TargetGroups", "LoadBalancerTargetHealth", "TargetGroupAttributes"):
        world.remove(kind, asked.params["TargetGroupArn"])


def register(world: World, asked: Asked) -> None:
    new = [{"Target": one, "TargetHealth": {"State": "healthy"}} for one in asked.params["Targets"]]
    key = "TargetHealthDescriptions"
    arn = asked.params["TargetGroupArn"]
    world.change("LoadBalancerTargetHealth", arn, lambda item: {key: [*item[key], *new]})


def deregister(world: World, asked: Asked) -> None:
    gone = [(one["Id"], one.get("Port")) for one in asked.params["Targets"]]
    key = "TargetHealthDescriptions"

    def change(item: Fields) -> Fields:
        return {key: [one for one in item[key] if not _is_one_of(one["Target"], gone)]}

    world.change("LoadBalancerTargetHealth", asked.params["TargetGroupArn"], change)


def _is_one_of(target: Any, listed: list[tuple[Any, Any]]) -> bool:
    return (target["Id"], target.get("Port")) in listed or (target["Id"], None) in listed


def create_listener(world: World, asked: Asked) -> None:
    arn, new = asked.params["LoadBalancerArn"], {**asked.params, "ListenerArn": asked.new_id}
    world.change("LoadBalancerListeners", arn, lambda item: {"Listeners": [*item["Listeners"], new]})


def modify_listener(world: World, asked: Asked) -> None:
    def change(item: Fields) -> Fields:
        arn = asked.params["ListenerArn"]
        return {
            "Listeners": [{**one, **(asked.params if one["ListenerArn"] == arn else {})} for one in item["Listeners"]]
        }

    _of_listener(world, asked.params["ListenerArn"], change)


def delete_listener(world: World, asked: Asked) -> None:
    arn = asked.params["ListenerArn"]
    _of_listener(world, arn, lambda item: {"Listeners": [o for o in item["Listeners"] if o["ListenerArn"] != arn]})


def _of_listener(world: World, arn: str, change: Any) -> None:
    for balancer, item in list(world.every("LoadBalancerListeners")):
        if any(one.get("ListenerArn") == arn for one in item["Listeners"]):
            world.change("LoadBalancerListeners", balancer, change)


def set_subnets(world: World, asked: Asked) -> None:
    zones = [{"SubnetId": id_} for id_ in asked.params["Subnets"]]
    world.change("LoadBalancers", asked.params["LoadBalancerArn"], lambda _item: {"AvailabilityZones": zones})
