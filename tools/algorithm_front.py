# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands around an algorithm registry on the emulator, which carries no traffic: customers' endpoints as HTTP
servers on loopback, the front with its role and client, and the checker's code. Names resolve as the emulator says that
they do in the front's VPC.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import boto3
from vpc_endpoint import through

from ansible_collections.closednet.aws.plugins.module_utils._domain.registry import checker
from ansible_collections.closednet.aws.plugins.module_utils.algorithm_registry_client import Answer, Registry

ZONE = "algorithms.internal"
TABLE = "algorithms"


class Endpoint(http.server.ThreadingHTTPServer):
    """Endpoint of a customer. address: its address in AWS; host: that on loopback; healthy: what /health answers.

    It listens on a port of loopback that is free, whatever port is declared.
    """

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


@dataclass(frozen=True)
class Front:
    """The front API in the VPC of the shared-services account, and the checker beside it.

    administrator: gives a client of a service in that account, as its administrator
    credentials: parameters of boto3 of who may assume the front's role
    control: the emulator's control API: (method, path, body) -> its answer
    """

    administrator: Callable[[str], Any]
    credentials: Mapping[str, str]
    endpoint_url: str
    control: Callable[[str, str, Any], Any]
    vpc_id: str
    endpoints: Sequence[Endpoint]

    def client(self, role: str, through_gateway: bool = True) -> Any:
        """Return a DynamoDB client with a role of the account, by the VPC's gateway endpoint or from elsewhere."""
        place = {"region_name": self._place["region"], "endpoint_url": self.endpoint_url}
        sts = boto3.client("sts", **self.credentials, **place)
        arn = f"arn:aws:iam::{self._place['account_id']}:role/{role}"
        made = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
        session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        client = session.client("dynamodb", **place)
        return through(client, self.gateway_id()) if through_gateway else client

    def registry(self, **options: Any) -> Registry:
        """Return the front's client of the registry, which remembers nothing between two questions."""
        return Registry(TABLE, **{"client": self.client("front"), "ttl": 0, **options})

    def gateway_id(self) -> str:
        endpoints = self.administrator("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        (found,) = [
            one["VpcEndpointId"]
            for one in endpoints
            if one["VpcId"] == self.vpc_id and one["ServiceName"].endswith(".dynamodb")
        ]
        return str(found)

    def call(self, answer: Answer) -> Any:
        """Call an algorithm where the registry says that it is; return what it answered."""
        with self._resolving(), urllib.request.urlopen(f"{answer.url}/run", timeout=5) as response:
            return json.load(response)

    def check(self) -> dict[str, int]:
        """Run the checker's code once, with what its schedule gives it and by its role."""
        target = self.administrator("scheduler").get_schedule(Name=f"{TABLE}-checker")["Target"]
        function = self.administrator("lambda").get_function_configuration(FunctionName=target["Arn"])
        client, others = self._of_checker(), boto3.client

        def client_of(service: str, *arguments: Any, **options: Any) -> Any:
            return client if service == "dynamodb" else others(service, *arguments, **options)

        environment = mock.patch.dict(os.environ, function["Environment"]["Variables"])
        with environment, mock.patch.object(boto3, "client", client_of), self._resolving():
            return checker.handler(json.loads(target["Input"]), None)

    def _of_checker(self) -> Any:
        """Return a client of the checker's role, which only Lambda may assume: its trust policy is widened for that."""
        iam = self.administrator("iam")
        name = f"{TABLE}-checker"
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        operator = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        widened = {**trust, "Statement": [*trust["Statement"], operator]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(widened))
        try:
            return self.client(name)
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))

    def resolved(self, name: str) -> list[str]:
        """Return the addresses that a name has in the front's VPC, none for a name of the internet."""
        answer = self.control("POST", "resolve", {**self._place, "vpc_id": self.vpc_id, "name": name})
        return answer["addresses"] if answer["kind"] != "public" else []

    @functools.cached_property
    def _place(self) -> dict[str, str]:
        sts = self.administrator("sts")
        return {"account_id": sts.get_caller_identity()["Account"], "region": sts.meta.region_name}

    @contextlib.contextmanager
    def _resolving(self) -> Iterator[None]:
        """Let names of the zone lead to the servers that have their addresses in the front's VPC, whatever the port."""
        servers = {one.address: one.server_address for one in self.endpoints}
        original = socket.getaddrinfo

        def getaddrinfo(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
            if not str(host).endswith(f".{ZONE}"):
                return original(host, port, *arguments, **options)
            there = [servers[address] for address in self.resolved(host) if address in servers]
            if not there:
                raise socket.gaierror(f"{host} isn't known")
            return original(*there[0][:2], *arguments, **options)

        with mock.patch.object(socket, "getaddrinfo", getaddrinfo):
            yield
