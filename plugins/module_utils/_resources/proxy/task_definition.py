# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Task definitions of a proxy, by the digest of their content: AWS changes none, so a change is another revision."""

from __future__ import annotations

from ..._core.plan import Address, DuplicateCheck
from ..._core.reconcile import NAME_TAG, OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.egress.proxy import container
from ..shared import ecs
from ..shared.ec2 import owner_tags
from ..shared.lower_case_tags import pairs
from . import rendered

READ_AFTER = ("existing_vpc",)
INPUTS = tuple(sorted((*rendered.INPUTS, "family", "ports", "tags", "task")))
PERMISSIONS = (
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "iam:PassRole/ecs-tasks.amazonaws.com",
)
CONTAINER = "proxy"
# Fargate: "the maximum value is 120 seconds".
STOP_SECONDS = 120


def read(aws, declared, found):
    """Return {digest of the content: Actual} of the family's active revisions; a second one of a digest by its ARN.

    Fields: family, content (the digest), tags; details: configuration, the digest of the configuration that it starts
    with.
    """
    arns = aws.read(
        "ecs.list_task_definitions", "taskDefinitionArns", familyPrefix=declared.inputs.family, status="ACTIVE"
    )
    described = aws.gather(
        *(
            lambda arn=arn: aws.call("ecs.describe_task_definition", taskDefinition=arn, include=["TAGS"])
            for arn in arns
        )
    )
    named = {}
    for one in described:
        there = _actual(one, declared.owner)
        content = there.fields["content"]
        named[content if content not in named else there.id] = there
    return named


def _actual(described, owner):
    definition, tags = described["taskDefinition"], ecs.tags_of(described)
    return Actual(
        definition["taskDefinitionArn"],
        {
            "family": definition["family"],
            "content": tags.get(NAME_TAG) or definition["taskDefinitionArn"].rpartition("/")[2],
            "tags": tags,
        },
        managed=tags.get(OWNER_TAG) == owner,
        details={"configuration": _configuration(definition)},
    )


def _configuration(definition):
    """Return the digest of the configuration whose parameters the containers read."""
    names = [secret["valueFrom"] for one in definition["containerDefinitions"] for secret in one.get("secrets", ())]
    return names[0].split("/")[-2] if names else ""


def plan(wanted, found, declared):
    there, definitions = found["task_definition"], {}
    if wanted:
        definition = of(declared, found)
        content = container.digest(definition)
        definitions[content] = {
            "family": declared.inputs.family,
            "content": content,
            "tags": owner_tags(declared.owner, content, declared.inputs.tags),
            # AWS has it in another form, and its digest in the tag.
            **({} if content in there else {"definition": definition}),
        }
    return reconcile(KIND, definitions, there)


def address(declared, found):
    """Return the address of the definition that the service is to run."""
    return Address(KIND.name, container.digest(of(declared, found)))


def of(declared, found):
    """Return the arguments of RegisterTaskDefinition, without tags."""
    made, inputs, place = rendered.of(declared, found), declared.inputs, declared.place
    path = f"arn:{place['partition']}:ssm:{place['region']}:{place['account_id']}:parameter"
    names = [f"{path}{rendered.parameter_path(declared.owner)}{made.digest}/{i:02}" for i in range(len(made.parts))]
    common = _of_both_containers(inputs.task, place["region"])
    writer = {
        **common,
        "name": "configuration",
        "essential": False,
        # It owns the volume's root, and has no other rights.
        "user": "0",
        "entryPoint": container.writer(len(made.parts)),
        "secrets": [{"name": container.variable(i), "valueFrom": name} for i, name in enumerate(names)],
    }
    proxy = {
        **common,
        "name": CONTAINER,
        "essential": True,
        "user": inputs.task["user"],
        "entryPoint": container.PROGRAMS[inputs.kind],
        "dependsOn": [{"containerName": "configuration", "condition": "SUCCESS"}],
        "portMappings": [{"containerPort": port, "protocol": "tcp"} for port in inputs.ports.values()],
        "stopTimeout": STOP_SECONDS,
    }
    return {
        "family": inputs.family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": str(inputs.task["cpu"]),
        "memory": str(inputs.task["memory"]),
        "runtimePlatform": {
            "cpuArchitecture": inputs.task["cpu_architecture"],
            "operatingSystemFamily": "LINUX",
        },
        "executionRoleArn": f"arn:{place['partition']}:iam::{place['account_id']}:role/{inputs.task['role']}",
        "volumes": [{"name": "run"}],
        "containerDefinitions": [writer, proxy],
    }


def _of_both_containers(task, region):
    return {
        "image": task["image"],
        "readonlyRootFilesystem": True,
        "privileged": False,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "run", "containerPath": container.FOLDER}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": task["log_group"],
                "awslogs-region": region,
                "awslogs-stream-prefix": CONTAINER,
            },
        },
    }


KIND = ResourceType(
    "task_definition",
    create=lambda fields: Call(
        "ecs.register_task_definition",
        {**fields["definition"], "tags": pairs(fields["tags"])},
        id_path="taskDefinition.taskDefinitionArn",
    ),
    delete=lambda arn, fields: Call("ecs.deregister_task_definition", {"taskDefinition": arn}),
    depends_on=("execution_role", "log_group", "proxy_configuration"),
    duplicates=lambda fields: DuplicateCheck(
        "ecs.list_task_definitions", {"familyPrefix": fields["family"], "status": "ACTIVE"}, "taskDefinitionArns"
    ),
)
