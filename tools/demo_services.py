# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a shared-services account gives the others: members of accounts, an algorithm that is found, and endpoints."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Sequence
from typing import Any

import algorithm_front
from demo_stage import REGION, ROOT, DemoFailed, Stage, say

from ansible_collections.closednet.aws.plugins.module_utils.algorithm_registry_client import UnknownAlgorithm

PLAYBOOKS = ("site",)
HUB, OFFERING, OTHER, CLOSED = "shared-services", "alpha", "beta", "analytics"
PEOPLE = {"ana": OFFERING, "bo": OTHER}
ALGORITHM, ADDRESS = "score", "10.1.0.10"
PAGES = {name: ROOT / ".cache" / f"{name}.html" for name in ("who-gets-in", "endpoint-costs")}
# What the Fargate tasks of a closed account call by interface endpoints: the service, and its name before the region.
SERVICES = {"ecr.api": "api.ecr", "ecr.dkr": "{account}.dkr.ecr", "logs": "logs"}


def shared() -> int:
    """Show members, the algorithm registry and central endpoints; return the number of hosts."""
    with Stage("services") as stage:
        create_front(stage)
        stage.run("first run: network, registry, endpoints of the hub and members", PLAYBOOKS)
        again = stage.run_again(PLAYBOOKS)
        show_members(stage)
        show_algorithm(stage)
        show_endpoints(stage)
        return len(again)


def show_members(stage: Stage) -> None:
    """Print who gets into which account, and what happens at the access portal. Raises DemoFailed."""
    page = PAGES["who-gets-in"]
    options = ("-e", "who_gets_in_verify=true", "-e", f"who_gets_in_page={page}")
    stage.run("who gets into which account, and is it who is declared?", ("who_gets_in",), options)
    print(f"as a page: {page.relative_to(ROOT)}", flush=True)
    say("the access portal")
    for user in PEOPLE:
        for account in PEOPLE.values():
            try:
                stage.control(
                    "POST", "sign_in", {"user": user, "account": stage.account_id(account), "role": "developers"}
                )
                allowed = True
            except urllib.error.HTTPError as error:
                allowed = False
                if error.code != 403:
                    raise
            print(
                f"{user:>4} signs in to {account:<6} as a developer: {'allowed' if allowed else 'refused'}", flush=True
            )
            if allowed != (PEOPLE[user] == account):
                raise DemoFailed(f"{user} should {'' if not allowed else 'not '}get into {account}")


def create_front(stage: Stage) -> None:
    """Create the role of the front, which the shared account's team has before there is a registry."""
    trust = {"Effect": "Allow", "Principal": {"AWS": stage.account_id("management")}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    stage.client(HUB, "iam").create_role(RoleName="front", AssumeRolePolicyDocument=document)


def start_algorithm(stage: Stage) -> None:
    """Start an instance with the declared address, and the security group that lets the hub in."""
    ec2 = stage.client(OFFERING)
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.1.0.0/20"]}])["Subnets"]
    name = {"Name": "group-name", "Values": ["closednet-from-hub"]}
    (group,) = ec2.describe_security_groups(Filters=[name])["SecurityGroups"]
    place = {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "PrivateIpAddress": ADDRESS}
    place["Groups"] = [group["GroupId"]]
    ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, NetworkInterfaces=[place])


def show_algorithm(stage: Stage) -> None:
    """Start an algorithm, call it through the registry, and withdraw it. Raises DemoFailed."""
    say(f"{OFFERING} starts its algorithm: until now its row was pending, since nothing had its address")
    start_algorithm(stage)
    stage.run("the front reaches it, no other customer does: its row becomes live", ("algorithms",))
    with algorithm_front.serving(endpoint := algorithm_front.Endpoint(ADDRESS)):
        front = front_of(stage, endpoint)
        say("the front looks it up and calls it (the emulator has no traffic: a server here has its address)")
        print(f"checker: {front.check()}", flush=True)
        registry = front.registry()
        answer = registry.resolve(ALGORITHM)
        print(f"{ALGORITHM} -> {answer.url} of account {answer.account}", flush=True)
        print(f"GET {answer.url}/run -> {front.call(answer)}", flush=True)
        row = f"algorithms/algorithm_row.{ALGORITHM}/1"
        withdrawn = ("-e", json.dumps({"alpha_algorithms": [], "confirm_removals": row}))
        stage.run(f"{OFFERING} withdraws it, which has to be confirmed", ("algorithms",), withdrawn)
        try:
            answer = registry.resolve(ALGORITHM)
        except UnknownAlgorithm as error:
            print(f"the front asks again: {error}", flush=True)
        else:
            raise DemoFailed(f"{ALGORITHM} is withdrawn, and resolves to {answer.url}")


def show_endpoints(stage: Stage) -> None:
    """Move a closed account to the endpoints of the hub and back, and show the costs. Raises DemoFailed."""
    say(f"who answers in {CLOSED}, which has endpoints of its own")
    show_answers(stage, CLOSED)
    own = ",".join(f"{CLOSED}/vpc_endpoint.{service}" for service in SERVICES)
    move(stage, f"{CLOSED} moves to the endpoints of {HUB}: its own are deleted last", "central", own)
    show_answers(stage, HUB)
    page = PAGES["endpoint-costs"]
    options = ("-e", json.dumps({"central_endpoints_gb": {CLOSED: 300}, "central_endpoints_page": str(page)}))
    stage.run("what endpoints of its own cost, and what the hub's do", ("central_endpoints_report",), options)
    print(f"side by side: {page.relative_to(ROOT)}", flush=True)
    association = f"{CLOSED}/profile_association.main"
    move(stage, f"{CLOSED} moves back: its own endpoints are created first", "local", association)
    show_answers(stage, CLOSED)


def move(stage: Stage, title: str, to: str, removals: str) -> None:
    variables = {"analytics_endpoints": to, "confirm_removals": removals}
    stage.run(title, ("central_endpoints", "closed_network"), ("-e", json.dumps(variables)))


def show_answers(stage: Stage, wanted: str) -> None:
    """Print which account's endpoint answers in the closed VPC. Raises DemoFailed unless it is that of `wanted`."""
    ec2 = stage.client(CLOSED)
    (vpc,) = [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["CidrBlock"] == "10.30.0.0/16"]
    place = {"account_id": stage.account_id(CLOSED), "region": REGION, "vpc_id": vpc}
    for host in SERVICES.values():
        name = f"{host.format(account=stage.account_id(CLOSED))}.{REGION}.amazonaws.com"
        answer = stage.control("POST", "resolve", {**place, "name": name})
        owners = [account for account in (HUB, CLOSED) if of_account(stage.client(account), answer["addresses"])]
        print(f"{name} -> {', '.join(answer['addresses'])} of {', '.join(owners) or 'nobody here'}", flush=True)
        if owners != [wanted]:
            raise DemoFailed(f"{name} should lead to endpoints of {wanted}")


def of_account(ec2: Any, addresses: Sequence[str]) -> bool:
    """Return true if an interface of this account has one of the addresses."""
    there = {one["PrivateIpAddress"] for one in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    return bool(there & set(addresses))


def front_of(stage: Stage, endpoint: algorithm_front.Endpoint) -> algorithm_front.Front:
    ec2 = stage.client(HUB)
    (vpc,) = [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["CidrBlock"] == "10.0.0.0/16"]
    names = {"AWS_ACCESS_KEY_ID": "aws_access_key_id", "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key"}
    return algorithm_front.Front(
        administrator=lambda service: stage.client(HUB, service),
        credentials={parameter: stage.variables[name] for name, parameter in names.items()},
        endpoint_url=stage.variables["AWS_ENDPOINT_URL"],
        control=stage.control,
        vpc_id=vpc,
        endpoints=[endpoint],
    )
