# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Common parts of Network Firewall's operations: parameters, resources by name or ARN, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.ec2.models import ec2_backends
from moto.networkfirewall.models import networkfirewall_backends

from emulator.networkfirewall.errors import NetworkFirewallError, invalid_operation, invalid_request
from emulator.networkfirewall.models import NetworkFirewallBackend
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.pages import page


class Base(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="network-firewall")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> NetworkFirewallBackend:
        return networkfirewall_backends[self.current_account][self.region]  # type: ignore[return-value]

    def call_action(self) -> TYPE_RESPONSE:
        shape = get_service_model("network-firewall").operation_model(self._get_action()).input_shape
        problem = next(_problems(shape, self.request, ""), None)
        if problem is None:
            return super().call_action()
        status, headers, body = self.serialized(ActionResult(problem))
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    @property
    def request(self) -> dict[str, Any]:
        """The request's parameters that are given."""
        return {name: value for name, value in (self.params or {}).items() if value is not None}

    def firewall(self) -> Firewall:
        return self.backend.find(Firewall, self._get_param("FirewallArn"), self._get_param("FirewallName"))

    def changeable(self) -> Firewall:
        """Return the request's firewall; raises InvalidTokenException if the request has a stale token."""
        firewall = self.firewall()
        firewall.check_token(self._get_param("UpdateToken"))
        return firewall

    def unprotected(self, protection: str) -> Firewall:
        """Return the request's firewall; raises InvalidOperationException if it is protected (text not verified)."""
        firewall = self.changeable()
        if firewall.protections[protection]:
            raise invalid_operation(f"{protection} is enabled on the firewall")
        return firewall

    @staticmethod
    def changed(firewall: Firewall, **members: Any) -> ActionResult:
        firewall.touch()
        answer = {"FirewallArn": firewall.arn, "FirewallName": firewall.name, "UpdateToken": firewall.token}
        return ActionResult(answer | members)

    def subnets(self, mappings: list[dict[str, str]], context: str) -> list[Any]:
        """Return the subnets of mappings, in the caller's account; the text for an unknown one is not verified."""
        zones = ec2_backends[self.current_account][self.region].subnets
        known = {subnet_id: subnet for zone in zones.values() for subnet_id, subnet in zone.items()}
        for mapping in mappings:
            if mapping["SubnetId"] not in known:
                raise invalid_request("SubnetId is invalid", mapping["SubnetId"], context)
        return [known[mapping["SubnetId"]] for mapping in mappings]

    def paged(self, key: str, items: list[Any], **others: Any) -> ActionResult:
        items, token = page(items, self._get_param("MaxResults"), self._get_param("NextToken"))
        return ActionResult({key: items, "NextToken": token} | others)


def _problems(shape: Any, value: Any, path: str) -> Iterator[NetworkFirewallError]:
    """Yield what the API's model doesn't allow in a parameter: a missing member, a length, range, pattern or enum.

    The texts are those of AWS's frameworks; that the code is InvalidRequestException is not verified.
    """
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield _violation(None, _member(path, name), "not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _problems(member, value[name], _member(path, name))
    elif shape.type_name == "list":
        yield from _unmet(shape, value, path)
        for number, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _problems(shape.key, key, f"{path}.key")
            yield from _problems(shape.value, item, f"{path}.{key}.member")
    else:
        yield from _unmet(shape, value, path)


def _unmet(shape: Any, value: Any, path: str) -> Iterator[NetworkFirewallError]:
    rules = shape.metadata
    number = isinstance(value, (int, float))
    size, word = (value, "value") if number else (len(value), "length")
    if size < rules.get("min", size):
        yield _violation(value, path, f"have {word} greater than or equal to {rules['min']}")
    if size > rules.get("max", size):
        yield _violation(value, path, f"have {word} less than or equal to {rules['max']}")
    if shape.type_name == "string":
        if value not in rules.get("enum", [value]):
            yield _violation(value, path, f"satisfy enum value set: [{', '.join(rules['enum'])}]")
        if "pattern" in rules and not re.search(rules["pattern"], value):
            yield _violation(value, path, f"satisfy regular expression pattern: {rules['pattern']}")


def _member(path: str, name: str) -> str:
    return ".".join(filter(None, (path, name[0].lower() + name[1:])))


def _violation(value: Any, path: str, must: str) -> NetworkFirewallError:
    shown = "null" if value is None else f"'{value}'"
    return invalid_request(
        f"1 validation error detected: Value {shown} at '{path}' failed to satisfy constraint: Member must {must}"
    )
