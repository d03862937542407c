# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules of the collection google.cloud as judges of the emulator: somebody else's code, made for the real API.

Their hosts are constants, so they run in processes whose requests are sent to the emulator instead. They send
`loadBalancingScheme` only if it is given, wait for operations by GET, and have no service attachments.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import DEPLOYER, PROVIDER, REGION
from tests.emulator.psc.google_clients import Project, refusal
from tests.emulator.psc.world import CONSUMER, attach, status, statuses

COLLECTION = "ansible_collections.google.cloud"
HAS_COLLECTION = importlib.util.find_spec("ansible_collections") and importlib.util.find_spec(COLLECTION)
pytestmark = pytest.mark.skipif(not HAS_COLLECTION, reason="the collection google.cloud isn't installed")

# A process that has imported what all modules import, and forks for each line of its input: [module, options].
RUNS = """
import json, os, runpy, sys, time
import requests
from ansible.module_utils import basic
from ansible_collections.google.cloud.plugins.module_utils import gcp_utils

endpoint, plain = sys.argv[1], requests.Session.request

def request(self, method, url, *arguments, **parameters):
    for host in ("compute", "dns", "www"):
        url = url.replace(f"https://{host}.googleapis.com", endpoint)
    return plain(self, method, url, *arguments, **parameters)

requests.Session.request = request
time.sleep = lambda seconds: None
basic._ANSIBLE_PROFILE = "legacy"
for line in sys.stdin:
    module, options = json.loads(line)
    if os.fork() == 0:
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
        runpy.run_module(module, run_name="__main__")
    os.wait()
"""


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*pem).decode()


@pytest.fixture(scope="module")
def modules(emulator_process: Emulator) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", RUNS, emulator_process.endpoint]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.fixture
def run(emulator: Emulator, modules: subprocess.Popen[str], private_key: str, tmp_path: Path) -> Any:
    """Return run(module, **options), the result of one module in the consumer's project, as its service account."""
    file = tmp_path / "deployer.json"
    key = {
        "type": "service_account",
        "client_email": DEPLOYER[CONSUMER],
        "private_key": private_key,
        "private_key_id": "1",
        "token_uri": f"{emulator.endpoint}/oauth2/token",
    }
    file.write_text(json.dumps(key), encoding="utf-8")

    def call(name: str, /, **options: Any) -> dict[str, Any]:
        assert modules.stdin and modules.stdout
        arguments = {"project": CONSUMER, "auth_kind": "serviceaccount", "service_account_file": str(file)} | options
        modules.stdin.write(json.dumps([f"{COLLECTION}.plugins.modules.{name}", arguments]) + "\n")
        modules.stdin.flush()
        # An empty line comes before the result.
        result: dict[str, Any] = json.loads(next(line for line in modules.stdout if line.strip()))
        assert not result.get("failed"), result
        return result

    return call


def twice(run: Any, name: str, /, **options: Any) -> dict[str, Any]:
    """Run a module twice: the first run changes something, the second one nothing. Return the first's result."""
    first: dict[str, Any] = run(name, **options)
    assert first["changed"] is True
    assert run(name, **options)["changed"] is False
    return first


def test_endpoint_of_a_service(run: Any, provider: Project, consumer: Project) -> None:
    """From an empty project to a connection, and back."""
    attach(provider, connectionPreference="ACCEPT_AUTOMATIC")
    network = twice(run, "gcp_compute_network", name="second", auto_create_subnetworks=False)
    of_network = {"selfLink": network["selfLink"]}
    subnet = twice(
        run, "gcp_compute_subnetwork", name="second", region=REGION, ip_cidr_range="10.0.0.0/24", network=of_network
    )
    address = twice(
        run,
        "gcp_compute_address",
        name="second",
        region=REGION,
        address_type="INTERNAL",
        subnetwork={"selfLink": subnet["selfLink"]},
    )
    target = (
        f"https://www.googleapis.com/compute/v1/projects/{PROVIDER}/regions/{REGION}/serviceAttachments/matching-api"
    )
    rule = {"name": "second", "region": REGION, "network": of_network, "target": target}
    twice(run, "gcp_compute_forwarding_rule", **rule, ip_address=address["address"])
    assert (status(consumer, "second"), statuses(provider)) == ("ACCEPTED", ["ACCEPTED"])
    # With the address' URL the module always finds a difference, since the answer has the number.
    assert run("gcp_compute_forwarding_rule", **rule, ip_address=address["selfLink"])["changed"] is True

    run("gcp_compute_forwarding_rule", **rule, ip_address=address["address"], state="absent")
    assert statuses(provider) == []
    run("gcp_compute_address", name="second", region=REGION, state="absent")
    assert refusal(consumer.get, "addresses", "second")[0] == 404


def test_private_zone_and_record(run: Any, consumer: Project) -> None:
    zone = {
        "name": "matching",
        "dns_name": "matching.recruiting.internal.",
        "description": "of the endpoint",
        "visibility": "private",
        "private_visibility_config": {"networks": [{"network_url": consumer.url("networks", "main")}]},
    }
    twice(run, "gcp_dns_managed_zone", **zone)
    record = {
        "name": "matching.recruiting.internal.",
        "managed_zone": {"name": "matching", "dnsName": "matching.recruiting.internal."},
        "type": "A",
        "ttl": 60,
        "target": ["10.0.0.9"],
    }
    twice(run, "gcp_dns_resource_record_set", **record)
    assert run("gcp_dns_resource_record_set", **record | {"target": ["10.0.0.10"]})["changed"] is True
    run("gcp_dns_resource_record_set", **record | {"target": ["10.0.0.10"]}, state="absent")
    run("gcp_dns_managed_zone", **zone, state="absent")
    assert consumer.dns.managedZones().list(project=consumer.id).execute()["managedZones"] == []
