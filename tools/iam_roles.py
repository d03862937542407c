# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/iam/MODULE.yml: a custom role of Google Cloud with the permissions that a module needs, no more.

The form is that of `gcloud iam roles create --file`: https://cloud.google.com/iam/docs/creating-custom-roles.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parent.parent
ROLES = CHECKOUT / "docs" / "iam"
_GROUPS = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
MODULES = sorted(name for name in _GROUPS["google"] if (CHECKOUT / "plugins" / "modules" / f"{name}.py").exists())
# Called before anything else, to compare the project with the credential's (_gcp/client.py).
ALWAYS = frozenset(("resourcemanager.projects.get",))
READS = ("get", "getIamPolicy", "list")


def permissions(module: str) -> set[str]:
    """IAM permissions of all resources of a module; of an info module, those that read."""
    capability = importlib.import_module(
        f"ansible_collections.closednet.aws.plugins.module_utils._capabilities.{module}"
    ).CAPABILITY
    needed = {permission for resource in capability.resources for permission in resource.PERMISSIONS}
    return ALWAYS | ({permission for permission in needed if reads(permission)} if capability.reads_only else needed)


def reads(permission: str) -> bool:
    """Return true for a permission to read. An operation is read only after a write."""
    resource, _, verb = permission.rpartition(".")
    return verb in READS and not resource.endswith("Operations")


def text(module: str) -> str:
    """Return the role's file: its comment has the command that creates the role in a project."""
    role = "".join(part.capitalize() for part in module.split("_"))
    lines = [
        "---",
        f"# gcloud iam roles create closednet{role} --project PROJECT_ID --file docs/iam/{module}.yml",
        f"title: closednet {module}",
        f"description: Permissions of the module closednet.aws.{module}",
        "stage: GA",
        "includedPermissions:",
        *(f"  - {permission}" for permission in sorted(permissions(module))),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    for module in MODULES:
        (ROLES / f"{module}.yml").write_text(text(module), encoding="utf-8")
        print(f"docs/iam/{module}.yml")


if __name__ == "__main__":
    main()
