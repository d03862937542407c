# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Role secrets_in_memory writes what an image and a task definition need; its entry point passes secrets on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.conftest import KEY, MANAGEMENT, SEED, Emulator, running

ENTRY_POINT = Path(__file__).parents[2] / "roles/secrets_in_memory/files/secrets-in-memory.py"
REGION = "eu-central-1"
PASSWORD, TOKEN, PIN = "correct-horse-7291", "battery-staple-4418", "tr0ub4dor-5530"
SECRETS = (PASSWORD, TOKEN, PIN)
# Prints what it was given, then waits so that the test can inspect it.
CHILD = """
import json, os, sys
given = {name: open(os.environ[name + "_FILE"]).read() for name in ("DB_PASSWORD", "PIN")}
given["again"] = open(os.environ["DB_PASSWORD_FILE"]).read()
given["TOKEN"] = os.environ["TOKEN"]
given["references"] = os.environ.get("SECRETS_IN_MEMORY")
given["link"] = os.readlink(os.environ["DB_PASSWORD_FILE"])
try:
    open(os.environ["DB_PASSWORD_FILE"], "w").write("changed")
    given["sealed"] = False
except OSError:
    given["sealed"] = True
given["argv"], given["pid"] = sys.argv[1:], os.getpid()
print(json.dumps(given), flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running(SEED, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def references(emulator: Emulator) -> list[dict[str, str]]:
    emulator.control("POST", "reset")
    secrets, parameters = (emulator.plain_client(service, REGION, **KEY) for service in ("secretsmanager", "ssm"))
    database = json.dumps({"username": "app", "password": PASSWORD})
    arns = {
        name: secrets.create_secret(Name=name, **value)["ARN"]
        for name, value in (("database", {"SecretString": database}), ("pin", {"SecretBinary": PIN.encode()}))
    }
    parameters.put_parameter(Name="/payments/token", Value=TOKEN, Type="SecureString")
    return [
        {"name": "DB_PASSWORD", "value_from": arns["database"], "json_key": "password"},
        {"name": "PIN", "value_from": arns["pin"]},
        {
            "name": "TOKEN",
            "value_from": f"arn:aws:ssm:{REGION}:{MANAGEMENT}:parameter/payments/token",
            "as": "environment",
        },
    ]


def environment(emulator: Emulator, home: Path, **more: str) -> dict[str, str]:
    """Return a container's environment: its own directories, and a key in place of an ECS task role's credential."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": KEY["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": KEY["aws_secret_access_key"],
        **more,
    }


def written(references: list[dict[str, str]], home: Path) -> Path:
    """Run the role twice and return the directory that it wrote to."""
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "connection": "local",
        "roles": [
            {
                "role": "closednet.aws.secrets_in_memory",
                "vars": {
                    "secrets_in_memory_secrets": references,
                    "secrets_in_memory_directory": str(home / "image"),
                    "secrets_in_memory_entry_point": [sys.executable, str(home / "image/secrets-in-memory.py")],
                },
            }
        ],
    }
    (home / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(home / "play.yml")]
    variables = {**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    for changed in ("changed=3", "changed=0"):
        run = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
        assert run.returncode == 0 and changed in run.stdout, run.stdout + run.stderr
    return home / "image"


def holding(folder: Path, texts: tuple[str, ...]) -> list[Path]:
    return [
        file
        for file in folder.rglob("*")
        if file.is_file() and any(text.encode() in file.read_bytes() for text in texts)
    ]


def test_the_child_has_the_secrets_and_nothing_else_has(emulator: Emulator, references: Any, tmp_path: Path) -> None:
    image = written(references, tmp_path)
    definition = json.loads((image / "container-definition.json").read_text(encoding="utf-8"))
    variables = {variable["name"]: variable["value"] for variable in definition["environment"]}
    (tmp_path / "child.py").write_text(CHILD, encoding="utf-8")
    command = [*definition["entryPoint"], sys.executable, str(tmp_path / "child.py"), "--port", "8443"]
    process = subprocess.Popen(
        command,
        env=environment(emulator, tmp_path, **variables),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        given = json.loads(process.stdout.readline() or process.communicate()[1])
        assert (given["DB_PASSWORD"], given["again"], given["PIN"], given["TOKEN"]) == (PASSWORD, PASSWORD, PIN, TOKEN)
        assert given["link"].startswith("/memfd:DB_PASSWORD") and given["sealed"]
        assert given["references"] is None and given["argv"] == ["--port", "8443"]
        # The entry point became the child: no other process that knows the secrets stays.
        assert given["pid"] == process.pid
        proc = Path("/proc") / str(process.pid)
        assert not any(secret.encode() in (proc / "cmdline").read_bytes() for secret in SECRETS)
        assert [secret for secret in SECRETS if secret.encode() in (proc / "environ").read_bytes()] == [TOKEN]
        assert holding(tmp_path, SECRETS) == []
    finally:
        _rest, errors = process.communicate("", timeout=30)
    assert process.returncode == 0 and errors == ""
    assert holding(tmp_path, SECRETS) == []


def test_the_role_may_read_exactly_these(references: Any, tmp_path: Path) -> None:
    policy = json.loads((written(references, tmp_path) / "task-role-policy.json").read_text(encoding="utf-8"))
    assert {statement["Action"]: statement["Resource"] for statement in policy["Statement"]} == {
        "secretsmanager:GetSecretValue": sorted(one["value_from"] for one in references[:2]),
        "ssm:GetParameter": [references[2]["value_from"]],
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"json_key": "passphrase"}, "DB_PASSWORD: KeyError: no such value"),
        (
            {"value_from": f"arn:aws:secretsmanager:{REGION}:{MANAGEMENT}:secret:gone-AbCdEf"},
            "ResourceNotFoundException",
        ),
        ({"value_from": f"arn:aws:s3:{REGION}:{MANAGEMENT}:bucket"}, "DB_PASSWORD: ValueError"),
    ],
)
def test_without_a_secret_nothing_is_started(
    emulator: Emulator, references: Any, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    listed = json.dumps([{**references[0], **change}])
    command = [sys.executable, str(ENTRY_POINT), "touch", str(tmp_path / "started")]
    variables = environment(emulator, tmp_path, SECRETS_IN_MEMORY=listed)
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert run.returncode == 78 and said in run.stderr and PASSWORD not in run.stderr + run.stdout
    assert not (tmp_path / "started").exists()


def test_what_is_no_json_isn_t_repeated(emulator: Emulator, references: Any, tmp_path: Path) -> None:
    listed = json.dumps([{**references[2], "json_key": "token"}])
    variables = environment(emulator, tmp_path, SECRETS_IN_MEMORY=listed)
    command = [sys.executable, str(ENTRY_POINT), "true"]
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert run.returncode == 78 and "TOKEN: JSONDecodeError" in run.stderr and TOKEN not in run.stderr
