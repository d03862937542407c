# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about a workload's own settings: variables, images, metadata options, security groups of Glue and SageMaker.
raw: the workload as read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, ip_address, ip_network
from urllib.parse import urlsplit

from ..network.packet_filters import Packet, security_groups
from .error_text import OF_AWS
from .facts import Item, Place
from .findings import CAUSE, NOTE, UNKNOWN, Finding
from .workloads import Workload

INDEXES = ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY", "PIP_EXTRA_INDEX_URL")
# Addresses that serve credentials: to an instance, to an ECS task
# (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html).
METADATA, OF_TASKS = "169.254.169.254", "169.254.170.2"
# https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html
OF_STUDIO, NFS = (8192, 65535), (2049, 2049)
ANY = IPv4Address("0.0.0.0")


def elsewhere(raw: Item, workload: Workload, place: Place) -> Iterator[Finding]:
    """Findings for hosts that no endpoint here serves; the routes decide whether another path exists."""
    for image in workload.images:
        if not image.account:
            message = f"the image {image.text} is in {image.registry}, which no endpoint leads to"
        elif image.region != place["region"]:
            message = f"the image {image.text} is in {image.region}, and ECR's endpoints here lead to {place['region']}"
        else:
            continue
        fix = f"copy the image to an ECR repository of the account in {place['region']}"
        yield Finding(
            "public_registry_image", CAUSE, image.text, message, fix, {"containerDefinitions[].image": image.text}
        )
    for container, variables in workload.environment.items():
        upper = {name.upper(): value for name, value in variables.items()}
        for name in INDEXES:
            host = _host(upper.get(name, ""))
            if host and not OF_AWS.search(host) and not _is_private(host):
                yield _packages(container or workload.name, f"{name} names {host}", {"environment": {name: host}})
        if upper.get("AWS_STS_REGIONAL_ENDPOINTS", "").lower() == "legacy":
            yield Finding(
                "sts_global_name",
                CAUSE,
                container or workload.name,
                "AWS_STS_REGIONAL_ENDPOINTS is legacy: calls go to sts.amazonaws.com, which no endpoint answers to",
                "AWS_STS_REGIONAL_ENDPOINTS=regional, or none with a newer SDK",
                {"environment": {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}},
            )
    arguments = raw.get("Job", {}).get("DefaultArguments", {})
    modules = arguments.get("--additional-python-modules", "")
    if modules and not _is_of_s3(modules) and "index" not in arguments.get("--python-modules-installer-option", ""):
        message = f"--additional-python-modules has Glue fetch {modules} from the public index"
        yield _packages(workload.name, message, {"DefaultArguments.--additional-python-modules": modules})
    told = raw.get("PackageLines", ())
    installs = [line for line in told if "pip" in line and " install" in line]
    if installs and not any(word in line for line in told for word in ("index", "codeartifact", "find-links", "-f ")):
        yield _packages(
            workload.name, f"user data installs from the public index: {installs[0]}", {"userData": installs}
        )


def _packages(resource: str, message: str, evidence: Item) -> Finding:
    fix = "the index of a CodeArtifact repository (aws codeartifact login; role private_python_index)"
    return Finding("pip_or_npm_to_internet", CAUSE, resource, message, fix, evidence)


def _is_of_s3(modules: str) -> bool:
    return all(item.strip().startswith("s3://") for item in modules.split(","))


def _host(url: str) -> str:
    return (urlsplit(url if "//" in url else f"//{url}").hostname or "").lower() if url else ""


def _is_private(host: str) -> bool:
    """Return true for a private address or name. Other names may still be mirrors in the VPC; only DNS tells."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local"))


def findings(raw: Item, workload: Workload, groups: Iterable[Item], hosts: Iterable[str]) -> Iterator[Finding]:
    """Findings about all settings. groups: security groups of the VPC; hosts: DNS names of services that it calls"""
    own = [group for group in groups if group["GroupId"] in workload.groups]
    for container, variables in workload.environment.items():
        yield from _proxy(workload, container or workload.name, variables, list(hosts))
    if workload.kind.startswith("ecs_"):
        yield from _hops(raw, workload)
        yield from _agents(raw)
        if workload.images and "ecs_fargate" in workload.profiles and not workload.execution_role:
            yield _no_role(workload, "execution role", "executionRoleArn")
        if "ecs_exec" in workload.profiles and "TaskDefinition" in raw and not workload.role:
            yield _no_role(workload, "task role, which ECS Exec needs", "taskRoleArn")
    if workload.kind.startswith("glue_") and own and not any(_to_itself(group, (1, 65535)) for group in own):
        yield Finding(
            "glue_self_reference",
            CAUSE,
            ", ".join(sorted(workload.groups)),
            "no security group of the connection lets all TCP ports in from itself and out to itself",
            "ingress and egress rules for all TCP ports that name the group itself",
            {"SecurityGroupIdList": list(workload.groups)},
        )
    domain = raw.get("Domain", {})
    if domain and domain.get("AppNetworkAccessType") != "VpcOnly":
        yield _by_itself(workload, {"AppNetworkAccessType": domain.get("AppNetworkAccessType", "PublicInternetOnly")})
    elif domain and own:
        yield from _studio(workload, own)
    notebook = raw.get("NotebookInstance", {})
    if notebook.get("DirectInternetAccess") == "Enabled":
        yield _by_itself(workload, {"DirectInternetAccess": "Enabled"})


def _by_itself(workload: Workload, evidence: Item) -> Finding:
    message = "its calls to the internet leave by an interface of SageMaker's, not through the VPC"
    fix = "VpcOnly, or DirectInternetAccess: Disabled, if all is to go through the VPC"
    return Finding("eni_without_public_path", NOTE, workload.name, message, fix, evidence)


def _no_role(workload: Workload, what: str, field: str) -> Finding:
    fix = f"{field} in the task definition"
    return Finding("iam_role_missing_permission", CAUSE, workload.name, f"the task has no {what}", fix, {field: None})


def _proxy(workload: Workload, resource: str, variables: Mapping[str, str], hosts: list[str]) -> Iterator[Finding]:
    upper = {name.upper(): value for name, value in variables.items()}
    proxy = upper.get("HTTPS_PROXY") or upper.get("HTTP_PROXY") or upper.get("ALL_PROXY")
    if not proxy:
        return
    exempt = [entry.strip().lower() for entry in upper.get("NO_PROXY", "").split(",") if entry.strip()]
    of_credentials = {"ecs_fargate": [OF_TASKS], "ecs_ec2": [METADATA, OF_TASKS]}
    addresses = next((of_credentials[name] for name in workload.profiles if name in of_credentials), [])
    for status, missing, what in (
        (
            CAUSE,
            [item for item in addresses if not _is_exempt(item, exempt)],
            "requests for credentials go to the proxy",
        ),
        (UNKNOWN, [item for item in hosts if not _is_exempt(item, exempt)], "calls go to the proxy, not to endpoints"),
    ):
        if missing:
            yield Finding(
                "proxy_settings",
                status,
                resource,
                f"{_host(proxy)} is the proxy, and NO_PROXY lacks {', '.join(missing)}: {what}",
                f"NO_PROXY with {', '.join(missing)}",
                {"environment": {"HTTPS_PROXY": _host(proxy), "NO_PROXY": upper.get("NO_PROXY", "")}},
            )


def _is_exempt(host: str, exempt: list[str]) -> bool:
    name = host.replace("*", "any")
    return any(entry == "*" or _covers(entry, name) for entry in exempt)


def _covers(entry: str, host: str) -> bool:
    if "/" in entry:
        try:
            return ip_address(host) in ip_network(entry, strict=False)
        except ValueError:
            return False
    bare = entry.lstrip("*").lstrip(".").partition(":")[0]
    return host == bare or host.endswith(f".{bare}") or fnmatchcase(host, entry)


def _hops(raw: Item, workload: Workload) -> Iterator[Finding]:
    """Findings for containers in bridge mode, which are one hop further from the instance's credentials.

    A task role's credentials come from elsewhere.
    """
    if raw.get("TaskDefinition", {}).get("networkMode", "bridge") != "bridge" or workload.role:
        return
    for instance in raw.get("Instances", ()):
        options = instance.get("MetadataOptions", {})
        if options.get("HttpTokens") == "required" and options.get("HttpPutResponseHopLimit") == 1:
            yield Finding(
                "imds_hop_limit",
                CAUSE,
                instance["InstanceId"],
                "containers get no credentials of the instance: answers of its metadata service end after one hop",
                "HttpPutResponseHopLimit of 2, or a task role",
                {"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}},
            )


def _agents(raw: Item) -> Iterator[Finding]:
    for item in raw.get("ContainerInstances", ()):
        if item.get("agentConnected") is False:
            yield Finding(
                "ecs_trio_incomplete",
                CAUSE,
                item.get("ec2InstanceId", item.get("containerInstanceArn", "")),
                "the ECS agent isn't connected; it keeps what it resolved before the endpoints existed",
                "endpoints for ecs, ecs-agent and ecs-telemetry, then restart the agent",
                {"containerInstances[].agentConnected": False},
            )


def _studio(workload: Workload, own: list[Item]) -> Iterator[Finding]:
    ids = ", ".join(sorted(workload.groups))
    if not any(_to_itself(group, OF_STUDIO) for group in own):
        message = "no security group of the domain lets tcp/8192-65535 in from itself and out to itself"
        fix = "ingress and egress rules for tcp/8192-65535 that name the group itself"
        yield Finding(
            "sagemaker_sg", CAUSE, ids, message, fix, {"DefaultUserSettings.SecurityGroups": list(workload.groups)}
        )
    if not _lets(own, NFS, True, lambda _permission: True):
        message = "no security group of the domain lets tcp/2049 out, by which apps mount their file system"
        fix = "an egress rule for tcp/2049 to the file system's security group"
        yield Finding("sagemaker_sg", CAUSE, ids, message, fix, {"IpPermissionsEgress": "tcp/2049"})


def _to_itself(group: Item, ports: tuple[int, int]) -> bool:
    def names(permission: Item) -> bool:
        pairs = [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", ())]
        return group["GroupId"] in pairs or any(p["CidrIp"] == "0.0.0.0/0" for p in permission.get("IpRanges", ()))

    return _lets([group], ports, True, names) and _lets([group], ports, False, names)


def _lets(groups: list[Item], ports: tuple[int, int], egress: bool, names: Callable[[Item], bool]) -> bool:
    return bool(security_groups(groups, Packet(ANY, ANY, "tcp", ports), egress, names)[0])
