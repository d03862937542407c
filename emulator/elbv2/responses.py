# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError, ValidationError
from moto.elbv2.responses import ELBV2Response

from emulator.constraints import Constrained
from emulator.elbv2.targets import unregistered
from emulator.lists import paged

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
MAX_PAGE = 400


@paged("elbv2")
class Elbv2Responses(Constrained, ELBV2Response):
    def describe_load_balancers(self) -> ActionResult:
        arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
        if arns and names:
            raise ValidationError("Load balancer names and load balancer ARNs cannot be specified at the same time")
        balancers = list(self.elbv2_backend.load_balancers.values())
        if arns:
            balancers = [self.elbv2_backend.load_balancer(arn) for arn in arns]
        if names:
            by_name = {balancer.name: balancer for balancer in balancers}
            if missing := [name for name in names if name not in by_name]:
                raise ELBClientError("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
            balancers = [by_name[name] for name in names]
        page, marker = self._page(balancers)
        return ActionResult({"LoadBalancers": page, "NextMarker": marker})

    def describe_target_groups(self) -> ActionResult:
        backend = self.elbv2_backend
        backend.link_groups()
        groups = backend.describe_target_groups(
            self._get_param("LoadBalancerArn"), self._get_param("TargetGroupArns", []), self._get_param("Names", [])
        )
        page, marker = self._page(list(groups))
        return ActionResult({"TargetGroups": page, "NextMarker": marker})

    def describe_listeners(self) -> ActionResult:
        result: dict[str, Any] = super().describe_listeners().result
        page, marker = self._page(result["Listeners"])
        return ActionResult({"Listeners": page, "NextMarker": marker})

    def describe_target_health(self) -> ActionResult:
        backend, arn = self.elbv2_backend, self._get_param("TargetGroupArn")
        named = self._get_param("Targets", [])
        found = backend.describe_target_health(arn, named)
        backend.link_groups()
        group = backend.target_groups[arn]
        in_use = bool(group.load_balancer_arns)
        items = [
            {
                "Target": target.item(),
                "HealthCheckPort": _health_port(group, target.port),
                "TargetHealth": backend.target_health(target, in_use),
            }
            for target in found
        ]
        known = {target.id for target in found}
        items += [
            {
                "Target": {"Id": target["Id"], "Port": (port := target.get("Port", group.port))},
                "HealthCheckPort": _health_port(group, port),
                "TargetHealth": unregistered(),
            }
            for target in named
            if target["Id"] not in known
        ]
        return ActionResult({"TargetHealthDescriptions": items})

    def describe_tags(self) -> ActionResult:
        for arn in self._get_param("ResourceArns", []):
            self.elbv2_backend._get_resource_by_arn(arn)
        return super().describe_tags()

    def _page(self, items: list[Any]) -> tuple[list[Any], str | None]:
        """Return one page of the items and the marker of the next, None after the last page.

        A marker is the ARN of the last item of the page before. Raises ValidationError for a bad size or marker.
        """
        size = self._get_param("PageSize") or MAX_PAGE
        if not 1 <= size <= MAX_PAGE:
            raise ValidationError(f"Page size {size} must be between 1 and {MAX_PAGE}")
        marker, start = self._get_param("Marker"), 0
        if marker:
            arns = [item.arn for item in items]
            if marker not in arns:
                raise ValidationError(f"The marker '{marker}' is invalid")
            start = arns.index(marker) + 1
        page = items[start : start + size]
        return page, page[-1].arn if start + size < len(items) else None


def _health_port(group: Any, port: int) -> str:
    return str(port) if group.health_check_port in (None, "traffic-port") else str(group.health_check_port)
