# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Other tools that manage a resource, told by its tags: CloudFormation, Landing Zone Accelerator, STNO, Terraform.

Two tools that manage one resource change it in turn, so adoption leaves such a resource alone until it is released.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

# "CloudFormation automatically creates the following stack-level tags with the aws: prefix"
# (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html)
STACK_NAME, STACK_ID = "aws:cloudformation:stack-name", "aws:cloudformation:stack-id"
# addAcceleratorTags of awslabs/landing-zone-accelerator-on-aws (accelerator/utils/stack-utils.ts) sets them on all
# resources of its stacks, the value being the accelerator's prefix.
ACCELERATOR = ("Accelerator", "Accel-P")
# _create_tag of aws-solutions/network-orchestration-for-aws-transit-gateway writes the first; the others are the
# default tags of subnets and VPCs by which it attaches, associates, propagates and routes (its implementation guide).
STNO_STATUS, STNO_TAGS = "STNOStatus-", ("Attach-to-tgw", "Associate-with", "Propagate-to", "Route-to-tgw")
# Terraform sets no tags by itself; these are what its users put into default_tags. Keys without case and signs.
TOOL_KEYS = ("managedby", "createdby", "provisionedby", "deployedby", "provisioner", "iac", "iactool", "tool")
TOOLS = {"terraform": "Terraform", "opentofu": "OpenTofu", "pulumi": "Pulumi", "cdktf": "Terraform"}
WORKSPACE = "terraform.io/"
NO = ("false", "no", "0", "none", "")


def foreign_owner(tags: Mapping[str, str]) -> str:
    """Return in words which other tool manages a resource with these tags; "" if none is known."""
    stack = tags.get(STACK_NAME) or tags.get(STACK_ID)
    accelerator = next((tags[key] for key in ACCELERATOR if tags.get(key)), "")
    if accelerator:
        return f"Landing Zone Accelerator {accelerator}" + (f" (stack {stack})" if stack else "")
    if stack:
        return f"CloudFormation stack {stack}"
    if any(key.startswith(STNO_STATUS) or key in STNO_TAGS for key in tags):
        return "Network Orchestration for AWS Transit Gateway (STNO)"
    return _tool(tags)


def _tool(tags: Mapping[str, str]) -> str:
    for key, value in sorted(tags.items()):
        plain = re.sub(r"[^a-z]", "", key.lower())
        if key.startswith(WORKSPACE):
            return TOOLS["terraform"]
        if plain in TOOLS and value.strip().lower() not in NO:
            return TOOLS[plain]
        if plain in TOOL_KEYS:
            for word, name in TOOLS.items():
                if word in value.lower():
                    return name
    return ""


def names(tags: Mapping[str, str]) -> set[str]:
    """Return the names by which what else manages a resource may be released: its stack's name, id, the accelerator."""
    return {tags[key] for key in (STACK_NAME, STACK_ID, *ACCELERATOR) if tags.get(key)}


def is_released(id_: str, tags: Mapping[str, str], released: Collection[str]) -> bool:
    """Return true if a resource was released, by its id or one of its `names`."""
    return bool({id_, *names(tags)} & set(released))
