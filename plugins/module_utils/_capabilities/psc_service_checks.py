# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks and forms of psc_service's options, before any call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from .._core.errors import Invalid
from .._domain.psc import capacity, consumers
from .._domain.values import cidrs, gcp_names, identifiers, ports

# A resource's name has 63 characters at most, and those of a service begin with its name: SERVICE-tcp-0123abcd.
LONGEST_NAME = 50
# https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts#port_specifications
MOST_PORTS = 5
GROUPS = ("instanceGroups", "networkEndpointGroups")


@dataclass(frozen=True)
class Given:
    """Options of a service in the forms in which they are compared: relative names, sorted lists."""

    forwarding_rule: str
    load_balancer: Mapping[str, Any] | None
    nat_cidrs: Sequence[str]
    nat_subnets: Sequence[str]
    ledger: Mapping[str, consumers.Approval]


def parse(params, today):
    """Return the Given of a module's options. Raises Invalid."""
    service_name(params["name"])
    project, region = params["project_id"], params["region"]
    ledger = consumers.parse("consumers", params["consumers"])
    rule = params["forwarding_rule"]
    given = Given(
        gcp_names.own("forwarding_rule", rule, "forwardingRules", project, region) if rule else "",
        _load_balancer(params["load_balancer"], project, region) if params["load_balancer"] else None,
        _nat_cidrs(params, ledger, today),
        _nat_subnets(params, project, region),
        ledger,
    )
    if params["firewall"]:
        _check_firewall(params["firewall"])
    if params["domain_name"] is not None:
        _check_domain(params["domain_name"])
    return given


def service_name(name):
    gcp_names.resource_name("name", name)
    if len(name) > LONGEST_NAME:
        problem = "is too long: the names of the service's resources begin with it"
        raise Invalid("name", name, problem, f"at most {LONGEST_NAME} characters")


def _nat_cidrs(params, ledger, today):
    """Return the CIDRs of the NAT subnets to create. Raises Invalid if the approved connections don't fit in."""
    given = params["nat_cidrs"]
    if given is None:
        return []
    if not given and params["state"] == "present":
        raise Invalid(
            "nat_cidrs", [], "leaves the service without a NAT subnet", "at least one CIDR, such as 192.168.0.0/29"
        )
    networks = [cidrs.parse(f"nat_cidrs[{index}]", cidr) for index, cidr in enumerate(given)]
    for index, network in enumerate(networks):
        if network.prefixlen > capacity.SMALLEST_PREFIX:
            problem = "is smaller than Google Cloud's smallest subnet"
            raise Invalid(
                f"nat_cidrs[{index}]", given[index], problem, f"a prefix of /{capacity.SMALLEST_PREFIX} or less"
            )
        for other in networks[:index]:
            if network.overlaps(other):
                raise Invalid(f"nat_cidrs[{index}]", given[index], f"overlaps {other}", "CIDRs that don't overlap")
    shortage = capacity.shortage(map(str, networks), consumers.approved(ledger, today))
    if shortage and params["state"] == "present":
        raise Invalid("nat_cidrs", given, *shortage)
    return sorted((str(network) for network in networks), key=IPv4Network)


def _nat_subnets(params, project, region):
    """Return the names of somebody else's NAT subnets, sorted."""
    given = params["nat_subnets"]
    if given is None:
        return []
    if not given and params["state"] == "present":
        raise Invalid("nat_subnets", [], "leaves the service without a NAT subnet", "at least one")
    return sorted(
        {
            gcp_names.last(gcp_names.own(f"nat_subnets[{index}]", one, "subnetworks", project, region))
            for index, one in enumerate(given)
        }
    )


def _load_balancer(wanted, project, region):
    """Return the option load_balancer with relative names."""
    protocol = wanted["protocol"]
    numbers = _ports(wanted["ports"])
    check = wanted["health_check"]
    if check["path"] is not None:
        identifiers.health_check_path("load_balancer.health_check.path", check["path"])
        if check["protocol"] == "TCP":
            problem = "is nothing that TCP asks for"
            raise Invalid("load_balancer.health_check.path", check["path"], problem, "protocol: HTTP")
    if check["port"] is not None:
        _port("load_balancer.health_check.port", check["port"])
    if check["port"] is None and protocol == "UDP":
        raise Invalid("load_balancer.health_check.port", None, "is missing", "a TCP port: a check can't ask a UDP port")
    backends = wanted["backends"]
    groups = [_group(f"load_balancer.backends[{index}]", one, project, region) for index, one in enumerate(backends)]
    return {
        "network": gcp_names.own("load_balancer.network", wanted["network"], "networks", project),
        "subnetwork": gcp_names.own("load_balancer.subnetwork", wanted["subnetwork"], "subnetworks", project, region),
        "protocol": protocol,
        "ports": [str(number) for number in numbers],
        "backends": sorted(set(groups)),
        "global_access": wanted["global_access"],
        "health_check": {
            "protocol": check["protocol"],
            "port": check["port"] or numbers[0],
            "path": check["path"] or (None if check["protocol"] == "TCP" else "/"),
        },
    }


def _ports(given):
    numbers = sorted({_port(f"load_balancer.ports[{index}]", port) for index, port in enumerate(given)})
    if not 1 <= len(numbers) <= MOST_PORTS:
        problem = "answers on no port" if not numbers else f"has {len(numbers)} ports"
        raise Invalid("load_balancer.ports", given, problem, f"1 to {MOST_PORTS} ports")
    return numbers


def _port(option, value):
    if ports.number(option, value) == 0:
        raise Invalid(option, value, "is no port", "1 to 65535")
    return value


def _group(option, value, project, region):
    """Return the relative name of an instance group or a network endpoint group of this region."""
    expected = f"zones/{region}-a/instanceGroups/NAME, or one of networkEndpointGroups, or of regions/{region}"
    whole = f"projects/{project}/{value}" if re.match(r"(zones|regions)/", value) else value
    kind = next((kind for kind in GROUPS if f"/{kind}/" in whole), None)
    if kind is None:
        raise Invalid(option, value, "is no instance group or network endpoint group", expected)
    return str(gcp_names.check_own(option, gcp_names.parse(option, whole, kind), project, region))


def _check_firewall(wanted):
    if wanted["target_tags"] and wanted["target_service_accounts"]:
        raise Invalid(
            "firewall.target_service_accounts",
            wanted["target_service_accounts"],
            "can't be had with target_tags",
            "one of both, or none for all instances of the network",
        )
    for index, tag in enumerate(wanted["target_tags"]):
        if not re.fullmatch(gcp_names.RESOURCE, tag, re.ASCII):
            expected = "1 to 63 lowercase letters, digits or -, the first a letter, the last no -"
            raise Invalid(f"firewall.target_tags[{index}]", tag, "is no network tag", expected)
    for index, account in enumerate(wanted["target_service_accounts"]):
        gcp_names.service_account(f"firewall.target_service_accounts[{index}]", account)
    for index, port in enumerate(wanted["ports"]):
        ports.parse(f"firewall.ports[{index}]", port)


def _check_domain(name):
    bare = name.removesuffix(".")
    identifiers.domain("domain_name", bare)
    if bare.startswith("*"):
        raise Invalid("domain_name", name, "is a wildcard", "a domain such as p.example.com")
