# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands around an algorithm registry in a test: customers' endpoints as HTTP servers on loopback, the front with
its role and client, and the checker's code. Names resolve as the emulator says that they do in the front's VPC.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.registry import checker
from ansible_collections.closednet.aws.plugins.module_utils.algorithm_registry_client import Answer, Registry
from tests.integration.conftest import HUB, REGION, Site

ZONE = "algorithms.internal"
TABLE = "algorithms"


class Endpoint(http.server.ThreadingHTTPServer):
    """Endpoint of a customer. address: its address in AWS; host: that on loopback; healthy: what /health answers."""

    daemon_threads = True

    def __init__(self, address: str, host: str = "127.0.0.1", port: int = 0):
        self.address, self.healthy, self.asked = address, True, []
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = json.dumps({"scored_by": self.server.address}).encode()
        self.send_response(503 if self.path == "/health" and not self.server.healthy else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(*endpoints: Endpoint) -> Iterator[None]:
    threads = [threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05}) for one in endpoints]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one, thread in zip(endpoints, threads):
            one.shutdown()
            thread.join()
            one.server_close()


class Front:
    """The front API in the VPC of the shared-services account, and the checker beside it."""

    def __init__(self, site: Site, vpc_id: str, endpoints: list[Endpoint]):
        self.site, self.vpc_id, self.endpoints = site, vpc_id, endpoints

    def client(self, role: str, through_gateway: bool = True) -> Any:
        """Return a DynamoDB client with a role of the account, by the VPC's gateway endpoint or from elsewhere."""
        sts = boto3.client("sts", **self._keys(), region_name=REGION, endpoint_url=self.site.emulator.endpoint)
        made = sts.assume_role(RoleArn=f"arn:aws:iam::{HUB}:role/{role}", RoleSessionName="tests")["Credentials"]
        session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], REGION)
        client = session.client("dynamodb", endpoint_url=self.site.emulator.endpoint)
        if through_gateway:
            gateway = self.gateway_id()

            def through(request: Any, **_rest: Any) -> None:
                request.headers["X-Emulator-Source-Vpce"] = gateway

            client.meta.events.register("before-send.dynamodb", through)
        return client

    def registry(self, **options: Any) -> Registry:
        return Registry(TABLE, **{"client": self.client("front"), "ttl": 0, **options})

    def gateway_id(self) -> str:
        endpoints = self.site.client(HUB).describe_vpc_endpoints()["VpcEndpoints"]
        (found,) = [
            one["VpcEndpointId"]
            for one in endpoints
            if one["VpcId"] == self.vpc_id and one["ServiceName"].endswith(".dynamodb")
        ]
        return str(found)

    def call(self, answer: Answer) -> Any:
        with self._resolving(), urllib.request.urlopen(f"{answer.url}/run", timeout=5) as response:
            return json.load(response)

    def check(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
        """Run the checker's code once, with what its schedule gives it and by its role."""
        scheduler = self.site.client(HUB, "scheduler")
        target = scheduler.get_schedule(Name=f"{TABLE}-checker")["Target"]
        awslambda = self.site.client(HUB, "lambda")
        settings = awslambda.get_function_configuration(FunctionName=target["Arn"])["Environment"]["Variables"]
        client = self._of_checker()
        with monkeypatch.context() as patch, self._resolving():
            for name, value in settings.items():
                patch.setenv(name, value)
            patch.setattr(boto3, "client", lambda *_arguments, **_options: client)
            return checker.handler(json.loads(target["Input"]), None)

    def _of_checker(self) -> Any:
        """Return a client of the checker's role, which only Lambda may assume: its trust policy is widened for that."""
        iam = self.site.client(HUB, "iam")
        name = f"{TABLE}-checker"
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        operator = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        widened = {**trust, "Statement": [*trust["Statement"], operator]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(widened))
        try:
            return self.client(name)
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))

    def _keys(self) -> dict[str, str]:
        return {f"aws_{name}": value for name, value in self.site.key.items()}

    def resolved(self, name: str) -> list[str]:
        place = {"account_id": HUB, "region": REGION, "vpc_id": self.vpc_id}
        answer = self.site.emulator.control("POST", "resolve", {**place, "name": name})
        return answer["addresses"] if answer["kind"] != "public" else []

    @contextlib.contextmanager
    def _resolving(self) -> Iterator[None]:
        """Let names of the zone lead to the servers that have their addresses in the front's VPC."""
        hosts = {one.address: one.server_address[0] for one in self.endpoints}
        original = socket.getaddrinfo

        def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
            if not str(host).endswith(f".{ZONE}"):
                return original(host, *arguments, **options)
            there = [hosts[address] for address in self.resolved(host) if address in hosts]
            if not there:
                raise socket.gaierror(f"{host} isn't known")
            return original(there[0], *arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", getaddrinfo)
            yield
