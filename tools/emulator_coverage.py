# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write emulator/COVERAGE.md: what the emulator answers, by service, from its classes, moto's and the API models.

An operation is answered by this project's code, by moto's, or refused by its name. tests/emulator/
test_every_operation.py calls each one and compares.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# As the emulator's own start does, before moto is imported.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

import botocore.session
from moto.backends import get_backend
from moto.core.utils import camelcase_to_underscores
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.exceptions import HTTPException

from emulator import services
from emulator.ec2.filter_support import support
from emulator.s3 import subresources
from emulator.services import SERVICES

PAGE = Path(__file__).parents[1] / "emulator" / "COVERAGE.md"
# moto's package -> botocore's name, where they differ by more than hyphens.
NAMES = {"awslambda": "lambda"}
# Services that modules call and moto alone answers.
OF_MOTO = {"application-autoscaling", "guardduty", "rds", "secretsmanager"}
HERE, MOTO, REFUSED = "here", "moto", "refused"


@functools.cache
def _session() -> Any:
    return botocore.session.get_session()


def _claimed() -> dict[str, str]:
    by_package = {name.replace("-", ""): name for name in _session().get_available_services()}
    ours = {NAMES.get(package) or by_package[package]: package for package in SERVICES}
    return dict(sorted({**ours, **{name: name.replace("-", "") for name in OF_MOTO}}.items()))


# botocore's name of each service that the emulator claims -> moto's package.
CLAIMED = _claimed()


@dataclass(frozen=True)
class Coverage:
    """Operations of one service by who answers them."""

    here: list[str]
    moto: list[str]
    refused: list[str]


@functools.cache
def coverage(service: str) -> Coverage:
    by: dict[str, list[str]] = {HERE: [], MOTO: [], REFUSED: []}
    model = _session().get_service_model(service)
    responses = _responses(service)
    if service == "s3":
        return _of_s3(responses, model)
    routes = _routes(service) if model.metadata["protocol"].startswith("rest") else None
    for operation in sorted(model.operation_names):
        known = routes is None or _is_routed(routes, model.operation_model(operation).http)
        by[_answers(responses, operation) if known else REFUSED].append(operation)
    return Coverage(**by)


def _of_s3(responses: type, model: Any) -> Coverage:
    """Return S3's, which moto answers by sub-resources, not in a method for each operation."""
    refused = subresources.refused()
    names = sorted(set(model.operation_names) - refused)
    here = [name for name in names if _answers(responses, name) == HERE or name in S3_HERE]
    return Coverage(here, [name for name in names if name not in here], sorted(refused))


# Answered by our code in the functions of buckets and objects.
S3_HERE = {
    *("CreateBucket", "DeleteObjects", "GetBucketRequestPayment", "PutBucketPolicy", "PutBucketRequestPayment"),
    "PutBucketVersioning",
}
# Operations that refuse some parameters by name.
PARTLY = {
    "ec2": {"AssociateVpcCidrBlock"},
    "dynamodb": {"BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction"},
    "logs": {"PutAccountPolicy"},
}


def refused(service: str) -> set[str]:
    return set(coverage(service).refused)


def _responses(service: str) -> type:
    """Return the class that answers a service's calls."""
    package = CLAIMED[service]
    services.register(package)
    if service == "elb":  # it shares its address with elbv2
        return _load("moto.elb.responses", "ELBResponse")
    if service == "elbv2":
        return _load("emulator.elbv2.responses", "Elbv2Responses")
    backend = next(iter(get_backend(package)["000000000000"].values()), None)  # type: ignore[arg-type]
    if backend is None:
        backends = get_backend(package)["000000000000"]  # type: ignore[arg-type]
        backend = backends[next(iter(backends.regions))]
    handler = next(iter(backend.url_paths.values()))
    return handler.__self__


def _load(module: str, name: str) -> type:
    return getattr(__import__(module, fromlist=[name]), name)


def _answers(responses: type, operation: str) -> str:
    name = camelcase_to_underscores(operation)
    found = (vars(base)[name] for base in responses.__mro__ if name in vars(base))
    # of_moto.py has filters and pages for what moto describes.
    method = next((one for one in found if not one.__module__.endswith("ec2.responses.of_moto")), None)
    if method is None or _is_stub(method):
        return REFUSED
    return HERE if method.__module__.startswith("emulator.") else MOTO


def _is_stub(method: Any) -> bool:
    """Return true for a method that only says that it isn't implemented: it neither branches nor returns anything."""
    source = inspect.getsource(inspect.unwrap(method))
    return "raise NotImplementedError" in source and not re.search(r"^\s+(if|return|for)\b", source, re.MULTILINE)


@functools.cache
def _routes(service: str) -> Any:
    return create_backend_app(CLAIMED[service]).url_map.bind("localhost")  # type: ignore[arg-type]


def _is_routed(routes: Any, http: dict[str, Any]) -> bool:
    # Route 53's path has hostedzone or healthcheck there.
    path = re.sub(r"{[^}]*}", "some-name", http["requestUri"].replace("{ResourceType}", "hostedzone").partition("?")[0])
    try:
        routes.match(path, method=http["method"])
    except HTTPException:
        return False
    return True


def written() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# What the emulator does, by service"
    yield ""
    yield "Written by `make generated` from the emulator's classes, moto's and the API models; a test calls each"
    yield "operation (`tests/emulator/test_every_operation.py`). A refused operation answers `InvalidAction` and"
    yield "its name, in the service's protocol; so do some parameters of one that is answered in part."
    yield ""
    yield "| Service | Operations | This project's code | moto | Refused by name |"
    yield "|---|---|---|---|---|"
    for service in CLAIMED:
        of = coverage(service)
        numbers = [len(of.here), len(of.moto), len(of.refused)]
        yield f"| [{service}](#{service}) | {sum(numbers)} | {' | '.join(map(str, numbers))} |"
    yield from _filters()
    for service in CLAIMED:
        of = coverage(service)
        yield from ("", f"## {service}")
        for title, operations in (("This project's code", of.here), ("moto", of.moto), ("Refused by name", of.refused)):
            if operations:
                operations = [f"{name} (in part)" if name in PARTLY.get(service, ()) else name for name in operations]
                yield from ("", f"{title}: {', '.join(operations)}.")


def _filters() -> Iterator[str]:
    """Yield the part about EC2's filters, which a test applies one by one (tests/emulator/test_filters.py)."""
    supported = support(_responses("ec2"))
    applied = sum(len(one.applied) for one in supported.values())
    refused = {operation: sorted(one.refused) for operation, one in sorted(supported.items()) if one.refused}
    yield from ("", "## Filters of EC2", "")
    yield f"{applied} of the filters that the API model documents for {len(supported)} operations are applied, the"
    yield f"other {sum(map(len, refused.values()))} are refused by name (`InvalidParameterValue`):"
    yield ""
    for operation, names in refused.items():
        yield f"- {operation}: {', '.join(names)}"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
