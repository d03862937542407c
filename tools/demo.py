# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make demo`: inventories run in the emulator: networks, logs, shared services; a second run changes nothing."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import demo_adopt
import demo_egress
import demo_google
import demo_isolation
import demo_logs
import demo_pci
import demo_services
import demo_workloads
import reachability
from botocore.exceptions import ClientError
from demo_stage import REGION, ROOT, DemoFailed, Stage, end_on_signals, say

PLAYBOOKS = ("site",)
HUB = "shared-services"
PROVIDER, CONSUMER, REFUSED, STRANGER = "ledger", "payments", "partner", "alpha"
WITHOUT_INTERNET = "analytics"
PAGE, LATER_PAGE = ROOT / ".cache" / "doctor.html", ROOT / ".cache" / "doctor-repaired.html"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the first emulator up and say how to use it")
    keep = parser.parse_args().keep
    end_on_signals()
    started = time.monotonic()
    PAGE.parent.mkdir(exist_ok=True)
    try:
        with Stage("demo", keep) as stage:
            hosts = customers(stage)
            hosts += demo_egress.platform()
            hosts += demo_pci.payments()
            hosts += demo_logs.archive()
            hosts += demo_services.shared()
            hosts += demo_google.shared()
            hosts += demo_adopt.adoption()
            say(f"done in {time.monotonic() - started:.0f} s: changed=0 in the second run on all {hosts} hosts")
            if keep:
                stage.say_how_to_use()
    except DemoFailed as failed:
        sys.exit(f"make demo: {failed}")
    except KeyboardInterrupt:
        sys.exit(130)


def customers(stage: Stage) -> int:
    """Show hub and spokes, an API, and an account without internet; return the number of hosts."""
    stage.run("first run: creates the network", PLAYBOOKS)
    again = stage.run_again(PLAYBOOKS)
    say("who reaches whom, by the route tables that the emulator reports (yes: packets and their answers)")
    show_reachability(stage)
    demo_isolation.show(stage)
    say("who is connected to the provider's API: all three are on 10.20.0.0/16, and no network meets another")
    show_connections(stage, {CONSUMER: "available", REFUSED: "rejected"})
    show_stranger(stage)
    ago = datetime.now(timezone.utc).date() - timedelta(days=2)
    expired = ("-e", f"payments_approved_until={ago}", "--tags", "providers_decided")
    stage.run(f"the approval of {CONSUMER} expires: the provider's next run cuts it", ("privatelink",), expired)
    show_connections(stage, {CONSUMER: "rejected", REFUSED: "rejected"})
    targets = demo_workloads.make(
        lambda service: stage.client(WITHOUT_INTERNET, service), stage.account_id(WITHOUT_INTERNET), REGION
    )
    broken = break_endpoints(stage)
    show_doctor(
        stage, f"calls time out in {WITHOUT_INTERNET}: the doctor looks, and writes nothing", targets, PAGE, broken
    )
    stage.run(f"the endpoints of {WITHOUT_INTERNET} are repaired", ("closed_network",))
    # On a page of its own, so that the first one can be looked at afterwards.
    show_doctor(stage, "the doctor looks again", targets, LATER_PAGE, [])
    return len(again)


def show_connections(stage: Stage, wanted: dict[str, str]) -> None:
    """Print the provider's view and each consumer's own. Raises DemoFailed unless both are as `wanted`."""
    names = {account["id"]: account["name"] for account in stage.accounts}
    service = stage.client(PROVIDER)
    connections = service.describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    for connection in sorted(connections, key=lambda connection: connection["VpcEndpointOwner"]):
        name, id_ = names[connection["VpcEndpointOwner"]], connection["VpcEndpointId"]
        (own,) = stage.client(name).describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"]
        seen = {connection["VpcEndpointState"], own["State"]}
        print(f"{name:>10}  {id_}  {connection['VpcEndpointState']}", flush=True)
        if seen != {wanted[name]}:
            raise DemoFailed(f"the connection of {name} is {' and '.join(sorted(seen))}")
    if len(connections) != len(wanted):
        raise DemoFailed(f"{len(connections)} connections, expected those of {', '.join(wanted)}")


def show_stranger(stage: Stage) -> None:
    """Print what AWS answers an account that only knows the service's name. Raises DemoFailed if that finds it."""
    (service,) = stage.client(PROVIDER).describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    try:
        stage.client(STRANGER).describe_vpc_endpoint_services(ServiceNames=[service["ServiceName"]])
    except ClientError as error:
        print(f"{STRANGER:>10}  knows the name, and AWS answers: {error.response['Error']['Message']}", flush=True)
    else:
        raise DemoFailed(f"{STRANGER} finds the service")


def break_endpoints(stage: Stage) -> list[str]:
    """Cause three mishaps; return their causes by the doctor's names, in its order."""
    say(f"three mishaps in {WITHOUT_INTERNET}")
    ec2 = stage.client(WITHOUT_INTERNET)
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


def show_doctor(stage: Stage, title: str, targets: list[dict[str, str]], page: Path, causes: list[str]) -> None:
    """Run the doctor and print the causes that its page names. Raises DemoFailed unless they are `causes`."""
    stage.run(title, ("doctor",), ("-e", json.dumps({"doctor_page": str(page), "doctor_targets": targets})))
    named = re.findall(r"<h3><b>cause</b> (\w+): (\S+)</h3>", page.read_text(encoding="utf-8"))
    print(f"{page.relative_to(ROOT)} names: {', '.join(map(' of '.join, named)) or 'no cause'}", flush=True)
    if [cause for cause, _resource in named] != causes:
        raise DemoFailed(f"the doctor should name {', '.join(causes) or 'nothing'}")


def show_reachability(stage: Stage) -> None:
    """Print who reaches whom. Raises DemoFailed unless hub and attached accounts reach each other, and nobody else."""
    apart = ("management", PROVIDER, CONSUMER, REFUSED, WITHOUT_INTERNET)
    clients = {a["name"]: stage.client(a["name"]) for a in stage.accounts if a["name"] not in apart}
    network = reachability.read(clients, HUB)
    print(reachability.table(network, list(clients)), flush=True)
    for one in clients:
        for other in clients:
            wanted = one != other and HUB in (one, other) and {one, other} <= set(network.attachments)
            if one != other and network.reaches(one, other) != wanted:
                raise DemoFailed(f"{one} {'does not reach' if wanted else 'reaches'} {other}")


if __name__ == "__main__":
    main()
