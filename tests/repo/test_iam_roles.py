# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles in docs/iam are those of the modules for Google Cloud; tests/contract compares them with the calls."""

from __future__ import annotations

import re

import pytest
import yaml

from tools import iam_policies
from tools.iam_roles import MODULES, ROLES, permissions, reads, text

# https://cloud.google.com/iam/docs/permissions-reference: SERVICE.RESOURCES.VERB.
PERMISSION = re.compile(r"[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+")
README = (ROLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_the_shipped_role_is_up_to_date(module: str) -> None:
    assert (ROLES / f"{module}.yml").read_text(encoding="utf-8") == text(module), "run python -m tools.iam_roles"


def test_there_is_no_role_without_a_module() -> None:
    assert sorted(path.stem for path in ROLES.glob("*.yml")) == MODULES
    assert not {*MODULES} & {*iam_policies.MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_a_role_fits_google(module: str) -> None:
    """https://cloud.google.com/iam/docs/reference/rest/v1/organizations.roles"""
    role = yaml.safe_load(text(module))
    assert role.keys() == {"title", "description", "stage", "includedPermissions"}
    assert len(role["title"]) <= 100 and len(role["description"]) <= 256
    assert all(PERMISSION.fullmatch(permission) for permission in role["includedPermissions"])
    (role_id,) = re.findall(r"roles create (\S+)", text(module))
    assert re.fullmatch(r"[a-zA-Z0-9_.]{3,64}", role_id)


@pytest.mark.parametrize("module", MODULES)
def test_only_an_info_module_has_only_reads(module: str) -> None:
    assert all(map(reads, permissions(module))) == module.endswith("_info")


@pytest.mark.parametrize("module", MODULES)
def test_the_page_names_the_role(module: str) -> None:
    assert f"[{module}.yml]({module}.yml)" in README
