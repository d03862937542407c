# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of the rooms: which part may import what, checked on the imports themselves."""

from __future__ import annotations

import ast
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tools import picture
from tools.imports import OURS, imported

ROOT = Path(__file__).resolve().parents[2]
UTILS = "plugins/module_utils"
HERE = f"{OURS}.{UTILS.replace('/', '.')}"
AMAZON = ("ansible_collections.amazon", "ansible_collections.community")
ANSIBLE = ("ansible", *AMAZON)
AWS = ("boto3", "botocore", *AMAZON)
GOOGLE = ("google", "googleapiclient", "requests")

# (files, but not these, must not import these, except these)
# What the domain takes from the engine: exceptions and text, no behaviour.
OF_CORE = tuple(f"{HERE}._core.{name}" for name in ("errors", "escape", "ignored_tags"))
RULES = [
    (f"{UTILS}/_core/*", "", (*AWS, *GOOGLE, OURS), (f"{HERE}._core",)),
    (f"{UTILS}/_aws/*", "", (OURS,), (f"{HERE}._aws", f"{HERE}._core", f"{HERE}._domain.values")),
    (f"{UTILS}/_aws/*", "*/_aws/provider.py", AMAZON, ()),
    (f"{UTILS}/_gcp/*", "", (*ANSIBLE, *AWS, OURS), (f"{HERE}._gcp", f"{HERE}._core", f"{HERE}._domain.values")),
    # Whoever has no account of Google Cloud has none of its libraries.
    ("plugins/*", f"{UTILS}/_gcp/*", GOOGLE, ()),
    (f"{UTILS}/_resources/psc/*", "", (*AWS, f"{HERE}._aws"), ()),
    (f"{UTILS}/_domain/*", "", (*ANSIBLE, *AWS, OURS), (f"{HERE}._domain", *OF_CORE)),
    (f"{UTILS}/_resources/*", "", (f"{HERE}._capabilities", *AMAZON), ()),
    (f"{UTILS}/*", "*/_core/module.py", ("ansible",), ()),
    (f"{UTILS}/_capabilities/*", "", (*ANSIBLE, *AWS), ()),
    ("plugins/modules/*", "", (*ANSIBLE, *AWS), ()),
    ("plugins/*", "", ("emulator", "moto"), ()),
    ("emulator/*", "", ("ansible", "ansible_collections", "plugins"), ()),
]


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def broken_rules(source: str, path: str) -> list[str]:
    tree = ast.parse(source, path)
    names = sorted(imported(tree, path))
    found = [
        f"{path} imports {name}"
        for files, but_not, forbidden, allowed in RULES
        if fnmatch(path, files) and not fnmatch(path, but_not)
        for name in names
        if within(name, forbidden) and not within(name, allowed)
    ]
    if fnmatch(path, "plugins/modules/*") or fnmatch(path, f"{UTILS}/_capabilities/*"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Try):
                found.append(f"{path}:{node.lineno} has a try")
            if "check_mode" in (getattr(node, "id", ""), getattr(node, "attr", "")):
                found.append(f"{path}:{node.lineno} asks for check_mode")
    return list(dict.fromkeys(found))


SOURCES = sorted(
    path.relative_to(ROOT).as_posix() for room in ("plugins", "emulator") for path in (ROOT / room).rglob("*.py")
)


def test_no_circle_of_rooms() -> None:
    """So that a room can be read, and moved, without those above it."""
    after: dict[picture.Room, set[picture.Room]] = {}
    for room, other in picture.rooms()[1]:
        after.setdefault(room, set()).add(other)
    assert list(TopologicalSorter(after).static_order())


def test_both_houses_have_sources() -> None:
    assert {path.split("/")[0] for path in SOURCES} == {"plugins", "emulator"}


def test_how_often_a_call_is_sent_stands_in_one_file() -> None:
    files = [path for path in SOURCES if path.startswith("plugins/") and "max_attempts" in (ROOT / path).read_text()]
    assert files == [f"{UTILS}/_aws/retries.py"]


@pytest.mark.parametrize("path", SOURCES)
def test_room(path: str) -> None:
    assert broken_rules((ROOT / path).read_text(), path) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (f"{UTILS}/_domain/values/cidrs.py", "import boto3"),
        (f"{UTILS}/_domain/values/cidrs.py", f"from {OURS}.plugins.module_utils._core import plan"),
        (f"{UTILS}/_domain/values/cidrs.py", "from ..._core.plan import Plan"),
        (f"{UTILS}/_core/plan.py", "from botocore.exceptions import ClientError"),
        (f"{UTILS}/_core/reconcile.py", "from ansible.module_utils.basic import AnsibleModule"),
        (f"{UTILS}/_core/apply.py", "import ansible.module_utils.basic"),
        (f"{UTILS}/_core/apply.py", "from botocore.exceptions import ClientError"),
        (f"{UTILS}/_core/module.py", "from .._aws.provider import AWS"),
        (f"{UTILS}/_core/runner.py", "from .._domain.values import tags"),
        (f"{UTILS}/_aws/client.py", "from .._resources.vpc import vpc"),
        (f"{UTILS}/_aws/client.py", "from .._domain.hub import segments"),
        (f"{UTILS}/_aws/client.py", "from ansible_collections.amazon.aws.plugins.module_utils import modules"),
        (f"{UTILS}/_resources/vpc/vpc.py", "from ansible_collections.amazon.aws.plugins.module_utils import tagging"),
        (f"{UTILS}/_gcp/client.py", "import boto3"),
        (f"{UTILS}/_gcp/client.py", "from .._aws.errors import classify"),
        (f"{UTILS}/_gcp/client.py", "from .._domain.psc import states"),
        (f"{UTILS}/_gcp/provider.py", "from ansible.module_utils.basic import env_fallback"),
        (f"{UTILS}/_core/apply.py", "def f():\n    import google.auth"),
        (f"{UTILS}/_capabilities/psc_service.py", "import requests"),
        ("plugins/inventory/google_projects.py", "from google.auth.transport.requests import AuthorizedSession"),
        (f"{UTILS}/_resources/psc/service_attachment.py", "from ..._aws.errors import code_of"),
        ("plugins/modules/tgw_hub.py", "import boto3"),
        (f"{UTILS}/_capabilities/tgw_hub.py", "def main(module):\n    return module.check_mode"),
        (f"{UTILS}/_capabilities/tgw_hub.py", "try:\n    pass\nfinally:\n    pass"),
        ("plugins/action/run.py", "import emulator.app"),
        ("emulator/app.py", f"from {OURS}.plugins.module_utils._domain import segments"),
        ("emulator/app.py", "from plugins.module_utils import _domain"),
    ],
)
def test_a_broken_rule_is_seen(path: str, source: str) -> None:
    assert len(broken_rules(source, path)) >= 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (f"{UTILS}/_domain/hub/segments.py", "from ..._core.errors import Invalid\nimport ipaddress"),
        (f"{UTILS}/_domain/hub/segments.py", f"from {HERE}._core.escape import text"),
        (f"{UTILS}/_core/module.py", "from ansible.module_utils.basic import AnsibleModule"),
        (f"{UTILS}/_resources/vpc/vpc.py", "import botocore"),
        (f"{UTILS}/_aws/client.py", "import botocore\nfrom .._domain.values import identifiers"),
        (f"{UTILS}/_aws/provider.py", "from ansible_collections.amazon.aws.plugins.module_utils import modules"),
        (f"{UTILS}/_gcp/client.py", "def f():\n    import google.auth\nfrom .._domain.values import gcp_names"),
        ("plugins/modules/tgw_hub.py", f"from {OURS}.plugins.module_utils._core import runner"),
        ("emulator/app.py", "import moto"),
    ],
)
def test_a_kept_rule_is_quiet(path: str, source: str) -> None:
    assert broken_rules(source, path) == []
