# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of what `ansible-galaxy collection build` packs; it can be installed and used without the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = Path(sys.executable).parent

MADE_BY_THE_BUILD = {"MANIFEST.json", "FILES.json"}
SHIPPED = {
    *("CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("bindep.txt", "requirements.txt"),
    *("awx", "changelogs", "docs", "meta", "playbooks", "plugins", "roles"),
}
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


def test_the_execution_environment_is_made_of_the_pack(built: Path, tmp_path: Path) -> None:
    for needed in (ROOT / "execution-environment.yml", built):
        shutil.copy(needed, tmp_path)
    create = [ANSIBLE / "ansible-builder", "create", "--output-filename", "Containerfile"]
    done = subprocess.run(create, cwd=tmp_path, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0 and "warn" not in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    context = tmp_path / "context" / "_build"
    required = yaml.safe_load((context / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert [entry["name"] for entry in required] == [f"collections/{built.name}", "amazon.aws"]
    assert (context / required[0]["name"]).read_bytes() == built.read_bytes()
    # Where the Galaxy stage of the image installs from.
    stages = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    assert (
        "COPY _build /build\nWORKDIR /build\n" in stages and "install $ANSIBLE_GALAXY_CLI_COLLECTION_OPTS -r" in stages
    )


def test_ansible_builder_finds_what_the_installed_pack_needs(built: Path, tmp_path: Path) -> None:
    root = tmp_path / "ansible_collections" / "closednet" / "aws"
    with tarfile.open(built) as tar:
        tar.extractall(root, filter="data")
    done = subprocess.run(
        [ANSIBLE / "ansible-builder", "introspect", tmp_path],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = {kind: [line.split()[0] for line in lines] for kind, lines in yaml.safe_load(done.stdout).items()}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert found == {"python": [line for line in lines if not line.startswith("#")], "system": ["graphviz"]}


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


def test_links_of_the_docs_lead_somewhere():
    pages = [
        *ROOT.glob("*.md"),
        ROOT / "emulator" / "README.md",
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/iam/*.md"),
        *ROOT.glob("roles/*/README.md"),
    ]
    dead = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert dead == []


def test_the_projects_of_awx_take_this_version():
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    wanted = yaml.safe_load((ROOT / "awx/project/collections/requirements.yml").read_text(encoding="utf-8"))
    assert wanted["collections"] == [{"name": "closednet.aws", "version": f"=={version}"}]
