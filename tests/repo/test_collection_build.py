# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `ansible-galaxy collection build` packs, and that the pack can be installed and used without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = Path(sys.executable).parent

MADE_BY_THE_BUILD = {"MANIFEST.json", "FILES.json"}
SHIPPED = {"LICENSE", "README.md", "changelogs", "docs", "meta", "playbooks", "plugins", "requirements.txt", "roles"}
# Written by the first release.
WITH_A_RELEASE = {"CHANGELOG.rst"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    subprocess.run(
        [ANSIBLE / "ansible-galaxy", "collection", "build", ROOT, "--output-path", out],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    (tarball,) = out.glob("closednet-aws-*.tar.gz")
    return tarball


def test_only_what_users_need_is_packed(built: Path) -> None:
    with tarfile.open(built) as tar:
        members = {member.name.removeprefix("./") for member in tar.getmembers()} - {"."}
    assert {name.split("/")[0] for name in members} - WITH_A_RELEASE == MADE_BY_THE_BUILD | SHIPPED
    assert [name for name in members if "__pycache__" in name or name.startswith(("docs/build", "docs/sphinx"))] == []
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "plugins").rglob("*.py")}
    assert sources == {name for name in members if name.startswith("plugins/") and name.endswith(".py")}


def test_the_pack_installs_without_a_server_and_is_found(built: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)}
    for command in (
        # Forced, since Galaxy counts the checkout that is linked into this environment as installed.
        ["ansible-galaxy", "collection", "install", "--force", "--offline", "--no-deps", "-p", tmp_path, built],
        ["ansible-doc", "closednet.aws.tgw_spoke"],
    ):
        done = subprocess.run(
            [ANSIBLE / command[0], *command[1:]],
            check=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert str(tmp_path) in done.stdout
