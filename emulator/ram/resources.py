# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RAM knows of the resources of a share: whether they exist, and whether other organizations may get them."""

from __future__ import annotations

import importlib
from typing import Any

from moto.ec2.models import ec2_backends


def exists(service: str, kind: str, owner_id: str, region: str, name: str) -> bool:
    """Return true if a resource exists and can be shared; resources of other kinds than these are assumed to exist.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html: no subnets of a default VPC.
    """
    if (service, kind) == ("route53profiles", "profile"):
        # Profiles ask which of them are shared.
        profiles = importlib.import_module("emulator.route53profiles.models").route53profiles_backends
        return name in profiles[owner_id][region].profiles
    if (service, kind) == ("route53resolver", "resolver-rule"):
        return (
            name
            in importlib.import_module("moto.route53resolver.models")
            .route53resolver_backends[owner_id][region]
            .resolver_rules
        )
    return service != "ec2" or _exists_in_ec2(ec2_backends[owner_id][region], kind, name)


def _exists_in_ec2(backend: Any, kind: str, name: str) -> bool:
    if kind == "subnet":
        subnet = next((by_id[name] for by_id in backend.subnets.values() if name in by_id), None)
        return subnet is not None and not backend.vpcs[subnet.vpc_id].is_default
    if kind == "prefix-list":
        return name in backend.managed_prefix_lists
    if kind == "transit-gateway":
        gateway = backend.transit_gateways.get(name)
        return gateway is not None and gateway.state not in ("deleting", "deleted")
    return True


def stays_inside(arn: str) -> bool:
    """Return true for a resource that only accounts of the owner's organization can get: shareable.html, Amazon VPC."""
    return arn.split(":")[2] == "ec2" and ":subnet/" in arn
