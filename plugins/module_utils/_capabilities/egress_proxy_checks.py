# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the module egress_proxy's options, the policies of its role, and what a run would take from whom."""

from __future__ import annotations

import re

from .._core.errors import Invalid
from .._domain.egress import overlaps
from .._domain.values import cidrs, identifiers, quotas
from .._domain.values.internet import EVERYWHERE_IPV4
from .._resources.vpc.security_group_rules import rule

# Fargate: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
SIZES = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
}
# CloudWatch Logs API, PutRetentionPolicy.
RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# "You can specify up to five target groups per service" (ECS, "Registering multiple target groups with a service").
MOST_PORTS = 5
# "Tasks per service" (Amazon ECS service quotas).
MOST_TASKS = 5000
IMAGE = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.(com|com\.cn|eu)/"
    r"(?P<repository>[a-z0-9]+([._/-][a-z0-9]+)*)(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "<account_id>"}},
        }
    ],
}


def check(params):
    identifiers.name("name", params["name"])
    identifiers.existing_vpc("", params)
    identifiers.tier("tier", params["tier"])
    if params["balancer_tier"] is not None:
        identifiers.tier("balancer_tier", params["balancer_tier"])
    _check_task(params)
    for index, resolver in enumerate(params["resolvers"]):
        identifiers.target(f"resolvers[{index}]", resolver, "ip")
    if not 0 <= params["drain_seconds"] <= 3600:
        raise Invalid("drain_seconds", params["drain_seconds"], "is no delay of a target group", "0 to 3600")
    if params["log_retention_days"] not in RETENTION:
        days = ", ".join(map(str, RETENTION))
        raise Invalid("log_retention_days", params["log_retention_days"], "is no retention of a log group", days)
    quotas.check("security_group_rules_quota", params["security_group_rules_quota"], quotas.RULES)
    if params["client_cidrs"] == []:
        raise Invalid("client_cidrs", [], "lets nobody connect", "CIDRs, or none for all sources")
    for index, cidr in enumerate(params["client_cidrs"] or ()):
        cidrs.parse_either(f"client_cidrs[{index}]", cidr)


def _check_task(params):
    if not 2 <= params["desired_count"] <= MOST_TASKS:
        raise Invalid("desired_count", params["desired_count"], "is no number of tasks", f"2 to {MOST_TASKS}")
    if params["cpu"] not in SIZES:
        raise Invalid("cpu", params["cpu"], "is no size of a task on Fargate", f"one of {', '.join(map(str, SIZES))}")
    memory = SIZES[params["cpu"]]
    if params["memory"] not in memory:
        sizes = f"{memory[0]} to {memory[-1]}, in steps of 1024 from 1024 on"
        raise Invalid("memory", params["memory"], f"doesn't go with cpu {params['cpu']} on Fargate", sizes)
    if not re.fullmatch(r"[1-9][0-9]{0,9}(:[1-9][0-9]{0,9})?", params["user"]):
        raise Invalid("user", params["user"], "is no user without rights", "a number other than 0, such as 65534")
    image = IMAGE.fullmatch(params["image"] or "")
    if params["image"] is None:
        return
    if not image:
        example = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/egress-proxy@sha256:..."
        raise Invalid("image", params["image"], "is no image in ECR with a tag or digest", example)
    if params.get("region") and image["region"] != params["region"]:
        raise Invalid("image", params["image"], "is of another region, to which no endpoint leads", params["region"])


def check_ports(declared, configuration):
    """Raise Invalid for groups that leave the proxy nothing to listen for, or more than a service can have."""
    if not declared:
        return
    if not configuration.ports:
        raise Invalid("groups", None, "have no entry that this kind of proxy serves", "a domain with protocol tls")
    if len(configuration.ports) > MOST_PORTS:
        ports = ", ".join(map(str, configuration.ports))
        raise Invalid("groups", None, f"name {len(configuration.ports)} ports ({ports})", f"{MOST_PORTS}, or squid")


def sources(egress):
    """Return the CIDRs of all sources, each once."""
    return overlaps.collapse(cidr for group in egress.groups for cidr in group.cidrs)


def outbound(egress, resolvers):
    """Return the rules of what tasks may reach: the entries' ports, what ECS needs (443), and the DNS servers.

    Amazon's own DNS server needs none: "Security groups do not filter traffic destined to and from" it.
    """
    entries = [entry for group in egress.groups for entry in group.entries if entry.protocol != "udp"]
    ports = {443, *(port for entry in entries for port in entry.ports)}
    return [
        *(rule("tcp", port, port, EVERYWHERE_IPV4) for port in ports),
        *(rule(protocol, 53, 53, f"{address}/32") for address in resolvers for protocol in ("tcp", "udp")),
    ]


def execution_policy(image, owner):
    """Return what starting a task takes: this image, these parameters, this log group."""
    named = IMAGE.fullmatch(image or "")
    place = "<region>:<account_id>"
    repository = f"{named['account']}:repository/{named['repository']}" if named else "*"
    group = f"arn:<partition>:logs:{place}:log-group:/closednet/{owner}"
    statements = [
        ("Token", ["ecr:GetAuthorizationToken"], "*"),
        (
            "Image",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:<partition>:ecr:<region>:{repository}",
        ),
        ("Configuration", ["ssm:GetParameters"], f"arn:<partition>:ssm:{place}:parameter/closednet/{owner}/*"),
        ("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:log-stream:*"),
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
            for sid, actions, resource in statements
        ],
    }
