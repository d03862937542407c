# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An inventory and the local emulator that its playbooks run on."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import yaml

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-central-1"
ROLE = "OrganizationAccountAccessRole"
# How long a pending state lasts: short, yet long enough that a run sees it.
TRANSITION_MS = 300
STARTED_WITHIN_SECONDS = 60
# Beginnings of the names of variables that the runs don't inherit.
APART = ("AWS_", "ANSIBLE_", "GCP_", "GOOGLE_")
RECAP = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DemoFailed(Exception):
    pass


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def end_on_signals() -> None:
    """Exit on SIGTERM and SIGHUP, so that the emulator is stopped whatever ends the demo."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))


class Stage:
    """Emulator with the organisation of inventories/NAME.emulator.yml, on which inventories/NAME runs.

    keep: the emulator keeps running afterwards, unless the demo failed.
    """

    def __init__(self, name: str, keep: bool = False):
        self.inventory = f"inventories/{name}"
        self.seed = yaml.safe_load((ROOT / f"{self.inventory}.emulator.yml").read_text(encoding="utf-8"))
        self.keep = keep
        self.home = Path(tempfile.mkdtemp(prefix="closednet-demo-"))

    def __enter__(self) -> Stage:
        say(f"emulator: starting it, with the organisation of {self.inventory}.emulator.yml")
        command = [sys.executable, "-m", "emulator", "--port", "0", "--seed", f"{self.inventory}.emulator.yml"]
        command += ["--transition", str(TRANSITION_MS)]
        with (self.home / "emulator.log").open("w") as log:
            # A session of its own: when kept it outlives the terminal.
            self.emulator = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            self.variables = self._point_at(self._wait_until_ready())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, failed: Any, *_error: Any) -> None:
        if failed or not self.keep:
            self._stop()

    def _stop(self) -> None:
        self.emulator.terminate()
        self.emulator.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _wait_until_ready(self) -> str:
        """Wait until the emulator is ready and return its URL. Raises DemoFailed."""
        deadline = time.monotonic() + STARTED_WITHIN_SECONDS
        while time.monotonic() < deadline and self.emulator.poll() is None:
            if ready := re.search(r"emulator ready on (http://\S+)\n", (self.home / "emulator.log").read_text()):
                print(f"ready on {ready[1]}", flush=True)
                return ready[1]
            time.sleep(0.1)
        said = (self.home / "emulator.log").read_text() or "it said nothing"
        raise DemoFailed(f"the emulator did not start: {said}")

    def _point_at(self, endpoint: str) -> dict[str, str]:
        """Environment variables that point any AWS tool, and our modules for Google Cloud, at the emulator.

        Without them, a run could use real credentials. Of several operators of Google Cloud, the first one is used.
        """
        of_aws = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "NO_PROXY": "127.0.0.1",
        }
        for key in self.seed.get("access_keys", []):
            of_aws |= {
                "AWS_ACCESS_KEY_ID": key["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
            }
        operators = self.seed.get("google", {}).get("principals", [])
        of_google = {"GCP_ACCESS_TOKEN": one["access_token"] for one in operators[:1]}
        return of_aws | ({"GOOGLE_CLOUD_ENDPOINT_URL": endpoint, **of_google} if of_google else {})

    def run(self, title: str, playbooks: Sequence[str], options: Sequence[str] = ()) -> dict[str, int]:
        """Run the playbooks, output as it comes; return the changes by host. Raises DemoFailed if a host failed."""
        say(title)
        changed: Counter[str] = Counter()
        for playbook in playbooks:
            changed.update(self._run_playbook(f"playbooks/{playbook}.yml", options))
        return dict(changed)

    def run_again(self, playbooks: Sequence[str], options: Sequence[str] = ()) -> dict[str, int]:
        """Run the playbooks again; return the changes by host, all 0. Raises DemoFailed if anything changed."""
        again = self.run("second run: must change nothing", playbooks, options)
        not_quiet = {host: changed for host, changed in again.items() if changed}
        if not_quiet:
            raise DemoFailed(f"the second run changed something: {not_quiet}")
        return again

    def run_refused(self, title: str, playbook: str, says: str, options: Sequence[str] = ()) -> None:
        """Run a playbook that must fail and say `says`. Raises DemoFailed if it doesn't."""
        say(title)
        code, _recap, output = self._follow(f"playbooks/{playbook}.yml", options)
        if not code or says not in output:
            raise DemoFailed(f"{playbook} should fail and say {says!r}; it ended with {code}")

    def _run_playbook(self, playbook: str, options: Sequence[str]) -> dict[str, int]:
        code, recap, _output = self._follow(playbook, options)
        trouble = [host for host, (_changed, unreachable, failed) in recap.items() if unreachable or failed]
        if code or trouble or not recap:
            raise DemoFailed(f"ansible-playbook ended with {code} ({', '.join(trouble) or 'no host failed'})")
        return {host: changed for host, (changed, _unreachable, _failed) in recap.items()}

    def _follow(self, playbook: str, options: Sequence[str]) -> tuple[int, dict[str, list[int]], str]:
        """Run a playbook, output as it comes; return its exit code, the recap by host, and the output."""
        # The demo uses neither the user's credentials nor the user's Ansible settings.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(APART)}
        config = self.home / "ansible.cfg"
        config.touch()
        settings = {"LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", "ANSIBLE_CONFIG": str(config)}
        if sys.stdout.isatty():
            settings["ANSIBLE_FORCE_COLOR"] = "1"
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", self.inventory, playbook, *options]
        print(shlex.join(["ansible-playbook", *map(str, command[1:])]), flush=True)
        recap, output = {}, []
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**inherited, **settings, **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        ) as process:
            try:
                for line in process.stdout:
                    print(line, end="", flush=True)
                    output.append(COLOUR.sub("", line))
                    if match := RECAP.match(output[-1]):
                        recap[match[1]] = [int(number) for number in match.groups()[1:]]
            except BaseException:
                process.terminate()
                raise
        return process.returncode, recap, "".join(output)

    @property
    def accounts(self) -> list[dict[str, str]]:
        return self.seed["accounts"]

    def account_id(self, name: str) -> str:
        (known,) = [account["id"] for account in self.accounts if account["name"] == name]
        return known

    def client(self, account: str, service: str = "ec2") -> Any:
        """boto3 client of a service, in the account of that name."""
        keys = {
            "aws_access_key_id": self.variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self.variables["AWS_SECRET_ACCESS_KEY"],
        }
        place = {"region_name": REGION, "endpoint_url": self.variables["AWS_ENDPOINT_URL"]}
        role = f"arn:aws:iam::{self.account_id(account)}:role/{ROLE}"
        assumed = boto3.client("sts", **keys, **place).assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
        return boto3.client(
            service,
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            **place,
        )

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the emulator's control API, which does what no API of AWS does; return its answer."""
        url = f"{self.variables['AWS_ENDPOINT_URL']}/_emulator/{path}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def say_how_to_use(self) -> None:
        say("the emulator stays up. These variables point any AWS tool at it:")
        print("unset AWS_PROFILE AWS_SESSION_TOKEN")
        for name, value in self.variables.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"\nStop it: kill {self.emulator.pid}; rm -r {shlex.quote(str(self.home))}", flush=True)
