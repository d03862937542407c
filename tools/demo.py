# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make demo`: the demo inventory becomes a network in the local emulator, and a second run changes nothing."""

from __future__ import annotations

import argparse
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
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import demo_workloads
import reachability
import yaml
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = "inventories/demo"
SEED = ROOT / "inventories" / "demo.emulator.yml"
SITE, PRIVATELINK, CLOSED, DOCTOR = (
    f"playbooks/{name}.yml" for name in ("site", "privatelink", "closed_network", "doctor")
)
PLAYBOOKS = (SITE, PRIVATELINK, CLOSED)
REGION = "eu-central-1"
ROLE = "OrganizationAccountAccessRole"
HUB = "shared-services"
PROVIDER, CONSUMER, REFUSED, STRANGER = "ledger", "payments", "partner", "alpha"
WITHOUT_INTERNET = "analytics"
PAGE = ROOT / ".cache" / "doctor.html"
# What a pending state lasts: short, yet long enough to be met.
TRANSITION_MS = 300
STARTED_WITHIN_SECONDS = 60
RECAP = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DemoFailed(Exception):
    pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the emulator up and say how to use it")
    keep = parser.parse_args().keep
    # Whatever ends it, the emulator is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    started = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="closednet-demo-"))
    emulator = None
    done = False
    try:
        say("emulator: starting it, with the organisation of inventories/demo.emulator.yml")
        emulator = start_emulator(home)
        variables = point_at(wait_until_ready(emulator, home), home)
        run(variables, "first run: makes the network")
        again = run(variables, "second run: must change nothing")
        not_quiet = {host: changed for host, changed in again.items() if changed}
        if not_quiet:
            raise DemoFailed(f"the second run changed something: {not_quiet}")
        say("who reaches whom, by the route tables that the emulator reports (yes: packets and their answers)")
        show_reachability(variables)
        say("who is connected to the provider's API: all three are on 10.20.0.0/16, and no network meets another")
        show_connections(variables, {CONSUMER: "available", REFUSED: "rejected"})
        show_stranger(variables)
        ago = date.today() - timedelta(days=2)
        expired = ("-e", f"payments_approved_until={ago}", "--tags", "providers_decided")
        run(variables, f"the approval of {CONSUMER} expires: the provider's next run cuts it", (PRIVATELINK,), expired)
        show_connections(variables, {CONSUMER: "rejected", REFUSED: "rejected"})
        targets = demo_workloads.make(
            lambda service: client(variables, WITHOUT_INTERNET, service), account_id(WITHOUT_INTERNET), REGION
        )
        broken = break_endpoints(variables)
        PAGE.parent.mkdir(exist_ok=True)
        page = ("-e", json.dumps({"doctor_page": str(PAGE), "doctor_targets": targets}))
        run(variables, f"calls time out in {WITHOUT_INTERNET}: the doctor looks, and writes nothing", (DOCTOR,), page)
        show_page(broken)
        run(variables, f"the endpoints of {WITHOUT_INTERNET} are mended", (CLOSED,))
        run(variables, "the doctor looks again", (DOCTOR,), page)
        show_page([])
        done = True
        say(f"done in {time.monotonic() - started:.0f} s: changed=0 in the second run on all {len(again)} hosts")
        if keep:
            say_how_to_use(variables, emulator, home)
    except DemoFailed as failed:
        sys.exit(f"make demo: {failed}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if not (done and keep):
            if emulator:
                emulator.terminate()
                emulator.wait()
            shutil.rmtree(home, ignore_errors=True)


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def start_emulator(home: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "emulator", "--port", "0", "--seed", SEED, "--transition", str(TRANSITION_MS)]
    with (home / "emulator.log").open("w") as log:
        # A session of its own: with KEEP=1 it outlives the terminal.
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def wait_until_ready(emulator: subprocess.Popen, home: Path) -> str:
    """Its URL."""
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    while time.monotonic() < deadline and emulator.poll() is None:
        log = (home / "emulator.log").read_text()
        if ready := re.search(r"emulator ready on (http://\S+)\n", log):
            print(f"ready on {ready[1]}", flush=True)
            return ready[1]
        time.sleep(0.1)
    raise DemoFailed(f"the emulator did not start: {(home / 'emulator.log').read_text() or 'it said nothing'}")


def point_at(endpoint: str, home: Path) -> dict[str, str]:
    """The variables that point any AWS tool at the emulator; its credentials never meet real ones."""
    (key,) = yaml.safe_load(SEED.read_text(encoding="utf-8"))["access_keys"]
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "XDG_CACHE_HOME": str(home / "cache"),
        "NO_PROXY": "127.0.0.1",
    }


def run(
    variables: dict[str, str], title: str, playbooks: Sequence[str] = PLAYBOOKS, options: Sequence[str] = ()
) -> dict[str, int]:
    """Runs the playbooks, output as it comes; returns what changed by host. Raises DemoFailed when a host failed."""
    say(title)
    changed: Counter[str] = Counter()
    for playbook in playbooks:
        changed.update(run_playbook(variables, playbook, options))
    return dict(changed)


def run_playbook(variables: dict[str, str], playbook: str, options: Sequence[str]) -> dict[str, int]:
    # Neither the user's AWS profile nor the user's Ansible settings are the demo's.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_"))}
    config = Path(variables["XDG_CACHE_HOME"]).with_name("ansible.cfg")
    config.touch()
    settings = {"LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", "ANSIBLE_CONFIG": str(config)}
    if sys.stdout.isatty():
        settings["ANSIBLE_FORCE_COLOR"] = "1"
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", INVENTORY, playbook, *options]
    print(shlex.join(["ansible-playbook", *map(str, command[1:])]), flush=True)
    recap = {}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**inherited, **settings, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                if match := RECAP.match(COLOUR.sub("", line)):
                    recap[match[1]] = [int(number) for number in match.groups()[1:]]
        except BaseException:
            process.terminate()
            raise
    trouble = [host for host, (_changed, unreachable, failed) in recap.items() if unreachable or failed]
    if process.returncode or trouble or not recap:
        raise DemoFailed(f"ansible-playbook ended with {process.returncode} ({', '.join(trouble) or 'no host failed'})")
    return {host: changed for host, (changed, _unreachable, _failed) in recap.items()}


def show_connections(variables: dict[str, str], wanted: dict[str, str]) -> None:
    """Prints the provider's view and each consumer's own. Raises DemoFailed unless both say what is wanted."""
    names = {account["id"]: account["name"] for account in seeded_accounts()}
    service = client(variables, PROVIDER)
    connections = service.describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    for connection in sorted(connections, key=lambda connection: connection["VpcEndpointOwner"]):
        name, id_ = names[connection["VpcEndpointOwner"]], connection["VpcEndpointId"]
        (own,) = client(variables, name).describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"]
        seen = {connection["VpcEndpointState"], own["State"]}
        print(f"{name:>10}  {id_}  {connection['VpcEndpointState']}", flush=True)
        if seen != {wanted[name]}:
            raise DemoFailed(f"the connection of {name} is {' and '.join(sorted(seen))}")
    if len(connections) != len(wanted):
        raise DemoFailed(f"{len(connections)} connections, expected those of {', '.join(wanted)}")


def show_stranger(variables: dict[str, str]) -> None:
    """Somebody who learned the service's name. Raises DemoFailed if AWS tells him more than that there is none."""
    (service,) = client(variables, PROVIDER).describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    try:
        client(variables, STRANGER).describe_vpc_endpoint_services(ServiceNames=[service["ServiceName"]])
    except ClientError as error:
        print(f"{STRANGER:>10}  knows the name, and AWS answers: {error.response['Error']['Message']}", flush=True)
    else:
        raise DemoFailed(f"{STRANGER} finds the service")


def break_endpoints(variables: dict[str, str]) -> list[str]:
    """Three mishaps; returns their causes by the doctor's names, in its order."""
    say(f"three mishaps in {WITHOUT_INTERNET}")
    ec2 = client(variables, WITHOUT_INTERNET)
    endpoints = {item["ServiceName"].split(".")[-1]: item for item in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoints["logs"]["VpcEndpointId"]])
    print("somebody tidies up: nobody here uses CloudWatch, so its endpoint can go", flush=True)
    s3 = endpoints["s3"]
    ec2.modify_vpc_endpoint(VpcEndpointId=s3["VpcEndpointId"], RemoveRouteTableIds=s3["RouteTableIds"])
    print("the route tables lose the gateway to S3", flush=True)
    (group,) = endpoints["dkr"]["Groups"]
    (rules,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=rules["IpPermissions"])
    print("the security group of the endpoints is emptied", flush=True)
    return ["endpoint_missing", "endpoint_sg_ingress", "gateway_not_associated"]


def show_page(causes: list[str]) -> None:
    """Prints what the doctor's page names as a cause. Raises DemoFailed unless it is this."""
    named = re.findall(r"<h3><b>cause</b> (\w+): (\S+)</h3>", PAGE.read_text(encoding="utf-8"))
    print(f"{PAGE.relative_to(ROOT)} names: {', '.join(map(' of '.join, named)) or 'no cause'}", flush=True)
    if [cause for cause, _resource in named] != causes:
        raise DemoFailed(f"the doctor should name {', '.join(causes) or 'nothing'}")


def seeded_accounts() -> list[dict[str, str]]:
    return yaml.safe_load(SEED.read_text(encoding="utf-8"))["accounts"]


def show_reachability(variables: dict[str, str]) -> None:
    """Prints the table. Raises DemoFailed unless the hub and what is attached reach each other and nobody else."""
    apart = ("management", PROVIDER, CONSUMER, REFUSED, WITHOUT_INTERNET)
    clients = {a["name"]: client(variables, a["name"]) for a in seeded_accounts() if a["name"] not in apart}
    network = reachability.read(clients, HUB)
    print(reachability.table(network, list(clients)), flush=True)
    for one in clients:
        for other in clients:
            wanted = one != other and HUB in (one, other) and {one, other} <= set(network.attachments)
            if one != other and network.reaches(one, other) != wanted:
                raise DemoFailed(f"{one} {'does not reach' if wanted else 'reaches'} {other}")


def account_id(name: str) -> str:
    (known,) = [account["id"] for account in seeded_accounts() if account["name"] == name]
    return known


def client(variables: dict[str, str], account: str, service: str = "ec2") -> Any:
    """Of a service, in the account of that name."""
    keys = {
        "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
    }
    place = {"region_name": REGION, "endpoint_url": variables["AWS_ENDPOINT_URL"]}
    role = f"arn:aws:iam::{account_id(account)}:role/{ROLE}"
    assumed = boto3.client("sts", **keys, **place).assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
    return boto3.client(
        service,
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
        **place,
    )


def say_how_to_use(variables: dict[str, str], emulator: subprocess.Popen, home: Path) -> None:
    say("the emulator stays up. These variables point any AWS tool at it:")
    print("unset AWS_PROFILE AWS_SESSION_TOKEN")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"\nStop it: kill {emulator.pid}; rm -r {shlex.quote(str(home))}", flush=True)


if __name__ == "__main__":
    main()
