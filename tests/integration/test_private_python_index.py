# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The real pip and uv install from what playbooks/private_python_index.yml creates, with the files that it renders."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.integration.conftest import HUB, REGION

BUCKET, ENDPOINT = "an-index", "vpce-0123456789abcdef0"
NOWHERE = "http://127.0.0.1:9"


def wheel(directory: Path, name: str, version: str, requires_python: str = ">=3.9", needs: str = "") -> None:
    """Write a wheel of one module, without any tool ("Binary distribution format")."""
    directory.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {requires_python}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": metadata + (f"Requires-Dist: {needs}\n" if needs else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(directory / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Path of the python of a new virtual environment."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    return home / "bin" / "python"


@pytest.fixture
def build(python, tmp_path):
    """Return build(*command, **environment), which returns (exit code, output); its proxies lead nowhere."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*command, **environment):
        clean = {"PATH": os.environ["PATH"], "HOME": str(home), "no_proxy": "127.0.0.1,localhost"}
        clean |= {"http_proxy": NOWHERE, "https_proxy": NOWHERE}
        done = subprocess.run(
            list(map(str, command)),
            env=clean | {key: str(value) for key, value in environment.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


@pytest.fixture
def index(site, tmp_path):
    """Declare an index in S3; return the directory of its three wheels of two packages."""
    packages = tmp_path / "packages"
    wheel(packages, "closednet_hello", "1.0+local", needs="closednet-dep")
    wheel(packages, "closednet_hello", "2.0", requires_python=">=99")
    wheel(packages, "closednet_dep", "1.5")
    site.declare(
        "packages",
        "python_index",
        account_id=HUB,
        region=REGION,
        private_python_index_mode="s3",
        private_python_index_bucket=BUCKET,
        private_python_index_packages=str(packages),
        private_python_index_vpc_endpoint_ids=[ENDPOINT],
        private_python_index_url=f"{site.emulator.endpoint}/{BUCKET}/simple/",
        private_python_index_directory=str(tmp_path / "rendered"),
    )
    # The demo's inventory has another host of this account.
    site.forget("shared-services", "alpha", "beta", "gamma")
    return packages


def through(site, endpoint):
    site.emulator.control("POST", "settings", {"unsigned_context": {"aws:SourceVpce": endpoint}})


def writes(run):
    return [call for call in run.writes if not call.partition(" ")[2].startswith("Head")]


def keys(site):
    return {item["Key"] for item in site.client(HUB, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]}


def test_pip_and_uv_install_from_the_index_in_s3(site, index, python, build, tmp_path):
    checked = site.run("private_python_index", "--check").succeeded()
    assert writes(checked) == [] and checked.changed["packages"] > 0
    site.run("private_python_index").succeeded()
    again = site.run("private_python_index").succeeded()
    assert writes(again) == [] and again.changed["packages"] == 0
    only_through_the_endpoint(site)

    pip = {"PIP_CONFIG_FILE": tmp_path / "rendered" / "pip.conf"}
    code, output = build(python, "-m", "pip", "config", "list", **pip)
    assert (code, f"global.index-url='{site.emulator.endpoint}/{BUCKET}/simple/'" in output) == (0, True), output
    install = (python, "-m", "pip", "install", "--no-cache-dir", "-vv")

    # From the internet, the bucket refuses everybody.
    code, output = build(*install, "closednet-hello", **pip)
    assert code != 0 and "403 Client Error" in output and "No matching distribution found for closednet-hello" in output

    through(site, ENDPOINT)
    code, output = build(*install, "closednet-absent", **pip)
    assert code != 0 and "No matching distribution found for closednet-absent" in output and "404 Client" in output
    assert f"Looking in indexes: {site.emulator.endpoint}" in output
    code, output = build(*install, "Closednet.Hello", **pip)
    assert code == 0, output
    shown = build(python, "-c", "import closednet_hello, closednet_dep; print(closednet_hello.VERSION)")
    assert shown == (0, "1.0+local\n")

    if shutil.which("uv"):
        uv_installs(python, build, tmp_path)

    # A file that was changed in the bucket doesn't have the hash on the page.
    (key,) = (key for key in keys(site) if key.endswith("/closednet_dep-1.5-py3-none-any.whl"))
    site.client(HUB, "s3").put_object(Bucket=BUCKET, Key=key, Body=b"another")
    code, output = build(*install, "--target", tmp_path / "other", "closednet-dep", **pip)
    assert code != 0 and "THESE PACKAGES DO NOT MATCH THE HASHES" in output, output


def only_through_the_endpoint(site):
    s3 = site.client(HUB, "s3")
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    through_it = {"StringEquals": {"aws:SourceVpce": [ENDPOINT]}}
    assert [(s["Action"], s["Principal"], s["Condition"]) for s in policy["Statement"]] == [
        ("s3:GetObject", "*", through_it),
        ("s3:ListBucket", "*", through_it),
    ]
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())


def uv_installs(python, build, tmp_path):
    uv = {"UV_CONFIG_FILE": tmp_path / "rendered" / "uv.toml", "UV_NO_CACHE": "1"}
    install = ("uv", "pip", "install", "--python", python, "--target", tmp_path / "to")
    code, output = build(*install, "closednet-absent", **uv)
    assert code != 0 and "closednet-absent was not found in the package registry" in output, output
    code, output = build(*install, "closednet-hello", **uv)
    assert code == 0 and (tmp_path / "to" / "closednet_dep.py").exists(), output


AWS = """#!{python}
# The AWS CLI's get-authorization-token, on the emulator.
import sys, boto3
words = dict(zip(sys.argv[3::2], sys.argv[4::2]))
assert sys.argv[1:3] == ["codeartifact", "get-authorization-token"]
assert (words["--query"], words["--output"]) == ("authorizationToken", "text")
print(boto3.client("codeartifact", words["--region"]).get_authorization_token(
    domain=words["--domain"], domainOwner=words["--domain-owner"], durationSeconds=int(words["--duration-seconds"])
)["authorizationToken"])
"""


@pytest.fixture
def repository(tmp_path):
    """Serve a repository's endpoint, which the emulator lacks, with one wheel; yield (URL, tokens that it was shown).

    It refuses requests without the user name aws and a token ("Configure pip without the login command").
    """
    packages = tmp_path / "packages"
    wheel(packages, "closednet_hello", "1.0")
    (path,) = packages.iterdir()
    tokens = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, _space, encoded = self.headers.get("Authorization", "").partition(" ")
            user, _colon, token = b64decode(encoded).decode().partition(":")
            tokens.append(token)
            if (kind, user, bool(token)) != ("Basic", "aws", True):
                return self.answer(401, b"", "text/plain")
            page = f'<a href="../../{path.name}">{path.name}</a>'.encode()
            answers = {"/pypi/python/simple/closednet-hello/": (200, page, "text/html")}
            answers[f"/pypi/python/{path.name}"] = (200, path.read_bytes(), "application/octet-stream")
            self.answer(*answers.get(self.path, (404, b"", "text/plain")))

        do_HEAD = do_GET

        def answer(self, status, body, content_type):
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="packages"')
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_arguments):
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/pypi/python/simple/", tokens
        server.shutdown()


def test_pip_and_uv_install_from_codeartifact_with_a_token_that_no_file_holds(
    site, repository, python, build, tmp_path
):
    site.forget("shared-services", "alpha", "beta", "gamma")
    rendered = tmp_path / "rendered"
    declared = {"account_id": HUB, "region": REGION, "private_python_index_directory": str(rendered)}
    site.declare("packages", "python_index", **declared, private_python_index_token_seconds=900)
    checked = site.run("private_python_index", "--check").succeeded()
    assert checked.writes == [] and checked.changed["packages"] == 1 and not rendered.exists()
    site.run("private_python_index").succeeded()
    # https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-without-pip.html
    url = f"https://packages-{HUB}.d.codeartifact.{REGION}.amazonaws.com/pypi/python/simple/"
    for name, line in (
        ("pip.conf", f"index-url = {url}"),
        ("uv.toml", f'url = "{url}"'),
        ("index.env", f"PIP_INDEX_URL={url}"),
    ):
        assert line in (rendered / name).read_text(encoding="utf-8").splitlines()
    (read,) = (s for s in json.loads((rendered / "reader-policy.json").read_text())["Statement"] if s["Sid"] == "Read")
    assert read["Resource"] == [f"arn:aws:codeartifact:{REGION}:{HUB}:repository/packages/python"]
    again = site.run("private_python_index").succeeded()
    assert again.writes == [] and again.changed["packages"] == 0

    address, shown = repository
    site.run("private_python_index", "-e", f"private_python_index_url={address}").succeeded()
    pip = {"PIP_CONFIG_FILE": rendered / "pip.conf"}
    install = (python, "-m", "pip", "install", "--no-cache-dir", "--target", tmp_path / "pip", "closednet-hello")
    code, output = build(*install, **pip)
    assert code != 0 and set(shown) == {""}, output  # and pip doesn't wait for somebody to type a user name

    (tmp_path / "bin").mkdir()
    cli = tmp_path / "bin" / "aws"
    cli.write_text(AWS.format(python=sys.executable), encoding="utf-8")
    cli.chmod(0o755)
    session = site.session(HUB).get_credentials()
    credential = {
        "AWS_ENDPOINT_URL": site.emulator.endpoint,
        "AWS_ACCESS_KEY_ID": session.access_key,
        "AWS_SECRET_ACCESS_KEY": session.secret_key,
        "AWS_SESSION_TOKEN": session.token,
        "PATH": f"{cli.parent}:{os.environ['PATH']}",
    }
    code, secret = build(rendered / "netrc.sh", **credential)
    assert code == 0 and secret.startswith("machine 127.0.0.1 login aws password "), secret
    token = secret.split()[-1]
    netrc = tmp_path / "netrc"
    netrc.write_text(secret, encoding="utf-8")
    netrc.chmod(0o600)

    code, output = build(*install, **pip, NETRC=netrc)
    assert code == 0 and (tmp_path / "pip" / "closednet_hello.py").exists(), output
    assert shown[-1] == token
    assert not any(token in path.read_text(encoding="utf-8") for path in rendered.iterdir())
    if shutil.which("uv"):
        uv = {"UV_CONFIG_FILE": rendered / "uv.toml", "UV_NO_CACHE": "1"}
        install = ("uv", "pip", "install", "--python", python, "--target", tmp_path / "uv", "closednet-hello")
        code, output = build(*install, **uv)
        assert code != 0 and not (tmp_path / "uv" / "closednet_hello.py").exists(), output
        code, output = build(*install, **uv, NETRC=netrc)
        assert code == 0 and (tmp_path / "uv" / "closednet_hello.py").exists(), output


def test_the_index_follows_the_directory_and_goes_with_the_bucket(site, index, tmp_path):
    site.run("private_python_index").succeeded()
    assert keys(site) >= {"simple/", "simple/closednet-dep/", "simple/closednet-hello/"}
    for path in index.glob("closednet_dep*"):
        path.unlink()
    site.run("private_python_index").succeeded()
    assert not any("dep" in key for key in keys(site))

    site.run("private_python_index", "-e", "private_python_index_state=absent").succeeded()
    assert site.client(HUB, "s3").list_buckets()["Buckets"] == []
    again = site.run("private_python_index", "-e", "private_python_index_state=absent").succeeded()
    assert writes(again) == [] and again.changed["packages"] == 0


def test_a_bucket_of_somebody_else_is_left_alone(site, index):
    s3 = site.client(HUB, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key="theirs", Body=b"kept")
    for arguments in ((), ("-e", "private_python_index_state=absent")):
        run = site.run("private_python_index", *arguments)
        assert run.failed == ["packages"] and writes(run) == [] and "isn't managed by this role" in run.output
    assert keys(site) == {"theirs"}
