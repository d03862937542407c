# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registry of the services that differ from moto's, the only place where a service is registered."""

from __future__ import annotations

import functools
import importlib
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from moto.backends import get_backend

from emulator.direct import DirectResponse


@dataclass(frozen=True)
class Service:
    """Difference of a service from moto's.

    Classes are named `module.Class`, relative to emulator/, and imported at the service's first call.
    """

    # Class that answers the calls; None: the one that the package's urls.py names.
    responses: str | None = None
    # Class that keeps the resources of one account; None: moto's.
    backend: str | None = None
    # The module with url_bases and url_paths, where they are not moto's.
    urls: str | None = None
    # The seed or other services create its resources before its own first call.
    at_start: bool = False
    # Answered without Flask, see direct.py.
    direct: bool = False
    # moto lacks it: emulator/NAME/models.py is imported as moto.NAME.
    added: bool = False


# By moto's package name.
SERVICES = {
    "accountaccess": Service(added=True),
    "awslambda": Service("awslambda.responses.LambdaResponses"),
    "athena": Service("athena.responses.AthenaResponses", "athena.models.AthenaBackend"),
    "cloudtrail": Service("cloudtrail.responses.CloudTrailResponses", "cloudtrail.models.Backend"),
    "codeartifact": Service(added=True),
    "dynamodb": Service("dynamodb.responses.DynamoResponses", "dynamodb.models.TablesBackend"),
    "ec2": Service("ec2.responses.Ec2Responses", "ec2.models.Ec2Backend", at_start=True, direct=True),
    "ecr": Service("ecr.responses.EcrResponses"),
    "ecs": Service("ecs.responses.EcsResponses", "ecs.models.EcsBackend"),
    # Both versions of the API share one address.
    "elb": Service(urls="elbv2.urls", at_start=True),
    "elbv2": Service(backend="elbv2.models.Elbv2Backend", urls="elbv2.urls", at_start=True),
    "firehose": Service("firehose.responses.FirehoseResponses", "firehose.models.StreamsBackend"),
    "glue": Service("glue.responses.GlueResponses", "glue.models.GlueBackend"),
    "iam": Service("iam.responses.IamResponses", "iam.models.IamBackend", at_start=True),
    "identitystore": Service("identitystore.responses.IdentityStoreResponses"),
    "kms": Service("kms.responses.KmsResponses"),
    "logs": Service("logs.responses.LogsResponses", "logs.models.SubscribedLogs"),
    "networkfirewall": Service(
        "networkfirewall.responses.NetworkFirewallResponses", "networkfirewall.models.NetworkFirewallBackend"
    ),
    "observabilityadmin": Service(added=True),
    "organizations": Service("accounts.OrganizationsResponses", at_start=True),
    "ram": Service(urls="ram.urls", at_start=True),
    "route53": Service(backend="route53.models.Route53Backend", urls="route53.urls", at_start=True),
    "route53profiles": Service(added=True),
    "route53resolver": Service("route53resolver.responses.ResolverResponses", "route53resolver.models.ResolverBackend"),
    "s3": Service("s3.responses.S3Responses", "s3.models.Backend"),
    "sagemaker": Service("sagemaker.responses.SageMakerResponses"),
    "scheduler": Service("scheduler.responses.SchedulerResponses"),
    "ssoadmin": Service("ssoadmin.responses.SsoAdminResponses", "ssoadmin.models.Backend"),
    "ssm": Service("ssm.responses.SsmResponses"),
    "sts": Service("iam.tokens.StsResponses", at_start=True, direct=True),
    "vpclattice": Service(urls="vpclattice.urls"),
}


def register_at_start() -> None:
    for name, service in SERVICES.items():
        if service.at_start:
            register(name)


@functools.cache
def register(name: str) -> None:
    """Register a service's backend and handlers with moto, once; nothing to do for a service that only moto answers.

    Backends that moto creates from now on are of a subclass that names our handlers. Those that were created before
    are empty, so they are dropped.
    """
    service = SERVICES.get(name)
    if service is None:
        return
    if service.added:
        sys.modules[f"moto.{name}"] = importlib.import_module(f"emulator.{name}.models")
        return
    backends = get_backend(cast(Any, name))
    backend = _load(service.backend) if service.backend else backends.backend
    members = {"__module__": backend.__module__, "_url_module": property(lambda _backend: _urls(name))}
    backends.backend = type(backend.__name__, (backend,), members)
    backends.clear()


@functools.cache
def direct(name: str) -> type[DirectResponse] | None:
    """Return the class that answers a service's calls without Flask, None if it has none."""
    service = SERVICES.get(name)
    return _load(service.responses) if service and service.direct and service.responses else None


@functools.cache
def _urls(name: str) -> Any:
    """Return a service's urls module, or an object with url_bases and url_paths, which is all that moto reads."""
    service = SERVICES[name]
    if service.responses is None:
        return importlib.import_module(f"emulator.{service.urls}")
    urls, responses = importlib.import_module(f"moto.{name}.urls"), _load(service.responses)
    paths = {path: getattr(responses, handler.__name__) for path, handler in urls.url_paths.items()}
    return SimpleNamespace(url_bases=urls.url_bases, url_paths=paths)


def _load(name: str) -> Any:
    module, _, member = name.rpartition(".")
    return getattr(importlib.import_module(f"emulator.{module}"), member)
