# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the text of an error tells by itself: the host that couldn't be reached, or a stall."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..endpoints import profiles
from .causes import CAUSE, IMAGE_PULLS, OF_AWS, PACKAGE_TOOLS, UNKNOWN, Finding, host_in, stalls

OS_PACKAGES = ("Curl error", "dnf", "yum", "apt-get", "E: Failed to fetch")


def stall(error_text: str, vpc_id: str) -> Iterator[Finding]:
    if stalls(error_text):
        yield Finding(
            "mtu_8500",
            UNKNOWN,
            vpc_id,
            "the error tells of a stall after the connection was made. Packets larger than what the way takes are one"
            " reason, and no read shows them: endpoints take up to 8500 bytes, and drop larger ones silently",
            "an MTU of 8500 or less, or of the tunnel on the way, at the workload's interface (1500 always works)",
            {"error_text": "a read or TLS timeout"},
        )


def hosts(
    error_text: str,
    region: str,
    names: Mapping[str, Sequence[str]],
    services: Collection[str],
    there: Collection[str] | None,
) -> Iterator[Finding]:
    """The host that the error names, where no endpoint answers to it: what that means depends on the other ways out.

    names: private names by service, wildcards included; services: those looked at anyway; there: those that have an
    endpoint, None: not read
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
        # But for a bucket's name without a region, which leads to the bucket's own (VirtualHosting.html of S3).
        yield from _of_other_region(host, region)


def _of_other_region(host: str, region: str) -> Iterator[Finding]:
    says = f"the error names {host}, which no endpoint in {region} answers to"
    if host == "sts.amazonaws.com":
        fix = f"AWS_STS_REGIONAL_ENDPOINTS=regional or a newer SDK, which calls sts.{region}.amazonaws.com"
        yield Finding("sts_global_name", CAUSE, host, says, fix)
        return
    fix = (
        "the region in the client's configuration (AWS_REGION); for a service without a name in the region, a way to"
        " one where it has a name"
    )
    yield Finding("endpoint_for_other_region_or_global", CAUSE, host, says, fix)


def _of_others(error_text: str, host: str) -> Iterator[Finding]:
    if any(word in error_text for word in IMAGE_PULLS):
        cause, fix = "public_registry_image", "copy the image to a repository of ECR in the account"
    elif any(word in error_text for word in OS_PACKAGES):
        cause, fix = "os_repo_or_update_host", "a mirror in the VPC, or the packages in the image"
    elif any(word in error_text for word in PACKAGE_TOOLS):
        cause, fix = "pip_or_npm_to_internet", "the index of a CodeArtifact repository in the client's configuration"
    else:
        return
    yield Finding(cause, CAUSE, host, f"the error names {host}, which is none of AWS's", fix)


def _of_region(
    host: str, region: str, names: Mapping[str, Sequence[str]], reached: Collection[str]
) -> Iterator[Finding]:
    """A name in this region, of a service that isn't among those looked at."""
    gateways = [f"{service}.{region}.amazonaws.com" for service in profiles.GATEWAYS]
    if any(f".{host}".endswith(f".{name}") for name in gateways):
        return
    owners = [service for service, own in names.items() if any(_covers(name, host) for name in own)]
    if any(service in reached for service in owners):
        return
    if owners:
        says = f"a name of {', '.join(owners)}, for which the VPC has no endpoint"
        fix = f"closed_vpc_endpoints: services: [{owners[0]}]"
    else:
        says = "which is no private name of any endpoint service in the region"
        fix = "turn the option of the client off (FIPS, dual-stack) that makes it call this name"
    yield Finding("wrong_hostname_variant", CAUSE, host, f"the error names {host}, {says}", fix)


def _covers(name: str, host: str) -> bool:
    return host == name or name.startswith("*.") and host.endswith(name[1:])
