# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters and pages of the Describe operations whose answers come from moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.parsers import ResponseParser, create_parser
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, get_service_model

from emulator.ec2.describe import Listing
from emulator.ec2.moto_listings import LISTINGS, RESERVATION
from emulator.ec2.responses.regions import RegionResponse

_PARSER: ResponseParser = create_parser("ec2")
_TAKEN_OVER = ("Filters", "Filter", "MaxResults", "NextToken")
# moto answers these in the API's shape; to write and parse them all takes seconds.
_PLAIN = {"DescribeInstanceTypes", "DescribeInstanceTypeOfferings"}
# Some of moto's operations end their answer at 15 or 100 items.
_EVERYTHING = 1_000_000


class MotoDescribes(RegionResponse):
    """One method for each row of LISTINGS: moto's answer to a request without filters, filtered and paged here."""

    @contextmanager
    def _without(self, names: tuple[str, ...]) -> Iterator[None]:
        """Hide parameters from moto's code; a token that it would add is never reached."""
        params, querystring = self.params, self.querystring
        self.params = {name: value for name, value in params.items() if name not in names}
        self.params["MaxResults"] = _EVERYTHING
        self.querystring = self.data = {
            name: value for name, value in querystring.items() if name.partition(".")[0] not in names
        }
        try:
            yield
        finally:
            self.params = params
            self.querystring = self.data = querystring

    def _parsed(self, operation: str, answer: ActionResult, key: str) -> dict[str, Any]:
        """Return moto's answer, which mostly holds its own objects, in the API's shape. key: of the list of items."""
        shape = get_service_model("ec2").operation_model(operation).output_shape
        if operation in _PLAIN:
            members = set(shape.members[key].member.members)
            items = answer.result[key]
            return {key: [{name: item[name] for name in members & set(item)} for item in items]}
        status, _, body = self.serialized(answer)
        parsed = _PARSER.parse({"body": str(body).encode(), "headers": {}, "status_code": status}, shape)
        return {name: value for name, value in parsed.items() if name != "ResponseMetadata"}

    def _of_moto(self, operation: str, listing: Listing, describe: Callable[[], ActionResult]) -> ActionResult:
        self.check_ids_beside_pages()
        with self._without(_TAKEN_OVER):
            answer = describe()
        if all(self._get_param(name) is None for name in _TAKEN_OVER):
            return answer
        parsed = self._parsed(operation, answer, listing.key)
        items = parsed.get(listing.key) or []
        if operation == "DescribeInstances":
            items = _instances(items)
        page, token = self._page(self.filtered(listing, items), listing)
        if operation == "DescribeInstances":
            page = _reservations(page)
        if operation == "GetSubnetCidrReservations":
            parsed["SubnetIpv6CidrReservations"] = self.filtered(listing, parsed["SubnetIpv6CidrReservations"])
        parsed.pop("NextToken", None)
        return ActionResult(parsed | {listing.key: page} | ({"NextToken": token} if token else {}))


def _instances(reservations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the instances, each with the members of its reservation that filters compare."""
    return [
        instance | {name: reservation[name] for name in RESERVATION if name in reservation} | {"of": reservation}
        for reservation in reservations
        for instance in reservation["Instances"]
    ]


def _reservations(instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the reservations of the instances, with these instances alone."""
    found: dict[str, dict[str, Any]] = {}
    for instance in instances:
        of = instance.pop("of")
        reservation = found.setdefault(of["ReservationId"], of | {"Instances": []})
        reservation["Instances"].append({name: value for name, value in instance.items() if name not in RESERVATION})
    return list(found.values())


def _method(operation: str, listing: Listing) -> Callable[[MotoDescribes], ActionResult]:
    name = camelcase_to_underscores(operation)

    def describe(self: MotoDescribes) -> ActionResult:
        return self._of_moto(operation, listing, getattr(super(MotoDescribes, self), name))

    describe.__name__ = name
    return describe


for _operation, _listing in LISTINGS.items():
    setattr(MotoDescribes, camelcase_to_underscores(_operation), _method(_operation, _listing))
