# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clues in the text of an error: areas of causes, the host that couldn't be reached, a stall."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..endpoints import profiles
from .findings import CAUSE, UNKNOWN, Finding

# Messages of ECS and the kubelet; of pip, npm and similar tools; of OS package managers.
IMAGE_PULLS = ("CannotPullContainer", "Failed to pull image", "failed to pull and unpack image")
PACKAGE_TOOLS = ("HTTPSConnectionPool", "npm ERR!", "npm error", "Could not fetch URL")
OS_PACKAGES = ("Curl error", "dnf", "yum", "apt-get", "E: Failed to fetch")
# Timeouts after the connection was established.
STALLS = ("Read timeout on endpoint URL", "ReadTimeoutError", "TLS handshake timeout")
# (patterns, areas): the first entry with a matching pattern decides. Patterns come from botocore's exceptions, the
# pages of ECS, Lambda, Glue and EKS about network errors, and the tools' own messages.
SILENT = ("route", "endpoint", "sg", "nacl", "dns")
ERRORS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((r"Curl error", r"\bdnf\b", r"\byum\b"), ("endpoint_policy", "endpoint", "route")),
    (("explicit deny in a resource-based policy",), ("resource_policy",)),
    (("explicit deny in a VPC endpoint policy", "no VPC endpoint policy allows"), ("endpoint_policy",)),
    (("no identity-based policy allows", "explicit deny in an identity-based policy"), ("iam",)),
    (("KMSInvalidStateException", "DisabledException", "kms:Decrypt"), ("kms", "iam")),
    (("initialize logging driver", "unable to retrieve secret", "secret exists"), ("reference", "iam", *SILENT)),
    (
        ("AccessDenied", r"\b403\b", "not authorized to perform", "explicit deny", "endpoint policy"),
        ("endpoint_policy", "iam", "resource_policy", "kms"),
    ),
    (
        (
            *("Could not connect to the endpoint URL", "no such host", "UnknownHostException"),
            *("failure in name resolution", "Name or service not known", "NXDOMAIN"),
        ),
        ("dns", "region"),
    ),
    (("Unable to locate credentials", "169.254.170.2", "169.254.169.254"), ("metadata", "iam")),
    (("conflicting DNS domain", "enableDnsSupport"), ("dns",)),
    (("Could not find S3 endpoint or NAT gateway",), ("route", "endpoint")),
    (("security group must open all",), ("sg",)),
    ((*IMAGE_PULLS, *PACKAGE_TOOLS), ("software", "endpoint", "route", "dns", "sg", "nacl")),
    (STALLS[:2], ("mtu", "nacl")),
    (("TLS handshake timeout",), ("route", "endpoint", "sg", "nacl", "dns", "mtu")),
    (
        (
            *("connection refused", "no tasks running", "ConnectionLost", "TargetNotConnected"),
            *("RESOURCE:ENI", "SubnetOutOfIPAddresses", "InsufficientFreeAddressesInSubnet", "EniLimitExceeded"),
        ),
        ("target", "agent"),
    ),
    (
        (
            *("Connect timeout on endpoint URL", "i/o timeout", "dial tcp", "context deadline exceeded", "ETIMEDOUT"),
            *("Client.Timeout exceeded", "request canceled", "context canceled", "Task timed out after", "timed out"),
            *("signal: killed", "ResourceInitializationError"),
        ),
        SILENT,
    ),
)
# A private address in the text: the name resolved to the endpoint. A public one: it didn't. Inferred from how private
# DNS works.
LED_TO_ENDPOINT, LED_PAST_IT = ("sg", "nacl"), ("endpoint", "dns", "route", "region")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
# An image's name begins with a host where its first part has a dot (distribution's reference grammar).
_HOST = re.compile(
    r"(?:https?://|host=['\"]?|lookup |image ['\"]?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+/))"
    r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)",
    re.IGNORECASE,
)
OF_AWS = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws|sagemaker\.aws|on\.aws)$")


def points_at(error_text: str) -> tuple[str, ...]:
    """Return the areas of causes that an error's text points at; empty for an unknown error."""
    known = [areas for texts, areas in ERRORS if any(re.search(text, error_text, re.IGNORECASE) for text in texts)]
    addresses = [_parse(text) for text in _ADDRESS.findall(error_text)]
    if known and {"endpoint", "sg"} <= {*known[0]} and any(addresses):
        return LED_TO_ENDPOINT if any(address.is_private for address in addresses if address) else LED_PAST_IT
    return known[0] if known else ()


def stalls(error_text: str) -> bool:
    """Return true if a connection was established and then stalled; false for a host that isn't AWS's."""
    host = host_in(error_text)
    return any(text in error_text for text in STALLS) and not (host and not OF_AWS.search(host))


def host_in(error_text: str) -> str:
    """Return the host that couldn't be reached, in lower case; "" if the text names none. IP addresses don't count."""
    hosts = [host.lower() for host in _HOST.findall(error_text)]
    return next((host for host in hosts if not _ADDRESS.fullmatch(host)), "")


def _parse(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def stall(error_text: str, vpc_id: str) -> Iterator[Finding]:
    """Yield a finding if the text tells of a stall."""
    if stalls(error_text):
        yield Finding(
            "mtu_8500",
            UNKNOWN,
            vpc_id,
            "the error tells of a stall after the connection was established. Packets above the path's MTU are one"
            " reason, and no read shows them: endpoints take up to 8500 bytes, and drop larger ones silently",
            "an MTU of 8500 or less, or of the tunnel on the path, at the workload's interface (1500 always works)",
            {"error_text": "a read or TLS timeout"},
        )


def hosts(
    error_text: str,
    region: str,
    names: Mapping[str, Sequence[str]],
    services: Collection[str],
    there: Collection[str] | None,
) -> Iterator[Finding]:
    """Yield a finding for the host that the error names if no endpoint serves it, as if calls had no other path.

    names: private DNS names by service, wildcards included; services: those that are checked anyway; there: those that
    have an endpoint, None if endpoints weren't read
    """
    host = host_in(error_text)
    if not host:
        return
    if not OF_AWS.search(host):
        yield from _of_others(error_text, host)
    elif region in host.split("."):
        if there is not None:
            yield from _of_region(host, region, names, {*services, *there})
    elif not (host.endswith(".s3.amazonaws.com") and "s3" in (there or ())):
        # Except a bucket's name without a region, which leads to the bucket's own region (S3: VirtualHosting.html).
        yield from _of_other_region(host, region)


def _of_other_region(host: str, region: str) -> Iterator[Finding]:
    message = f"the error names {host}, which no endpoint in {region} answers to"
    if host == "sts.amazonaws.com":
        fix = f"AWS_STS_REGIONAL_ENDPOINTS=regional or a newer SDK, which calls sts.{region}.amazonaws.com"
        yield Finding("sts_global_name", CAUSE, host, message, fix)
        return
    fix = (
        "the region in the client's configuration (AWS_REGION); for a service without a name in the region, a route to"
        " one where it has a name"
    )
    yield Finding("endpoint_for_other_region_or_global", CAUSE, host, message, fix)


def _of_others(error_text: str, host: str) -> Iterator[Finding]:
    if any(word in error_text for word in IMAGE_PULLS):
        cause, fix = "public_registry_image", "copy the image to a repository of ECR in the account"
    elif any(word in error_text for word in OS_PACKAGES):
        cause, fix = "os_repo_or_update_host", "a mirror in the VPC, or the packages in the image"
    elif any(word in error_text for word in PACKAGE_TOOLS):
        cause, fix = "pip_or_npm_to_internet", "the index of a CodeArtifact repository in the client's configuration"
    else:
        return
    yield Finding(cause, CAUSE, host, f"the error names {host}, which isn't AWS's", fix)


def _of_region(
    host: str, region: str, names: Mapping[str, Sequence[str]], reached: Collection[str]
) -> Iterator[Finding]:
    """Yield a finding for a name in this region whose service isn't in reached, except names of S3 and DynamoDB."""
    gateways = [f"{service}.{region}.amazonaws.com" for service in profiles.GATEWAYS]
    if any(f".{host}".endswith(f".{name}") for name in gateways):
        return
    owners = [service for service, own in names.items() if any(_covers(name, host) for name in own)]
    if any(service in reached for service in owners):
        return
    if owners:
        message = f"a name of {', '.join(owners)}, for which the VPC has no endpoint"
        fix = f"closed_vpc_endpoints: services: [{owners[0]}]"
    else:
        message = "which is no private name of any endpoint service in the region"
        fix = "turn the option of the client off (FIPS, dual-stack) that makes it call this name"
    yield Finding("wrong_hostname_variant", CAUSE, host, f"the error names {host}, {message}", fix)


def _covers(name: str, host: str) -> bool:
    return host == name or name.startswith("*.") and host.endswith(name[1:])
