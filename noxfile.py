# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ends of the support matrix, each in an environment of its own: make matrix.

oldest: what meta/runtime.yml, galaxy.yml and requirements.txt allow at the least, on the oldest Python that a
        checkout takes.
newest: the newest that the package index has, whatever requirements/ have locked.
"""

from __future__ import annotations

import sys

import nox

nox.options.default_venv_backend = "venv"

TESTS = (
    "pytest",
    "pytest-xdist",
    "hypothesis",
    "networkx",
    "PyYAML",
    "google-auth",
    "google-api-python-client",
    "requests",
)
# What speaks to Ansible, to boto3 and to amazon.aws: the whole core, each module once, and playbooks.
SELECTED = (
    ("tests/unit",),
    ("tests/contract", "-k", "test_every_module and (second or check)"),
    (
        "tests/integration/test_converged.py",
        "tests/integration/test_organization_accounts.py",
        "tests/integration/test_google_projects.py",
    ),
)


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    session.install("ansible-core~=2.19.0", "boto3==1.44.0", "botocore==1.44.0", *TESTS)
    session.install("--no-deps", "ansible==12.0.0")  # has amazon.aws 10
    test(session)


@nox.session(python="3.13")
def newest(session: nox.Session) -> None:
    session.install("ansible", "boto3", *TESTS)
    test(session)


@nox.session(venv_backend="none")
def units(session: nox.Session) -> None:
    session.run("make", "ansible-units")


def test(session: nox.Session) -> None:
    session.run("python", "tools/link_collection.py")
    session.run("python", "-m", "pip", "list")
    for selected in SELECTED:
        # The emulator runs where nox does, on what requirements/ have locked.
        emulator = {"EMULATOR_PYTHON": sys.executable}
        session.run("python", "-m", "pytest", "-q", "-n", "2", *selected, env=emulator)
