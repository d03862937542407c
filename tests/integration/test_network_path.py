# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/path.yml, on an account of the inventory and on a saved snapshot."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.integration.conftest import ALPHA, HOSTS, READS, ROOT

RECORDINGS = Path(os.environ.get("AWS_RECORDINGS", ROOT.parent / "shared" / "aws-recordings"))


def asked(**options):
    return [argument for name, value in options.items() for argument in ("-e", f"{name}={value}")]


def test_path_of_an_account(site):
    ec2 = site.client(ALPHA)
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    # moto draws an address by chance, also one that AWS reserves, or the same twice.
    addresses = ("10.1.1.10", "10.1.1.11")
    made = [
        ec2.create_network_interface(SubnetId=subnet_id, PrivateIpAddress=one)["NetworkInterface"] for one in addresses
    ]
    attached = [[{"NetworkInterfaceId": interface["NetworkInterfaceId"], "DeviceIndex": 0}] for interface in made]
    source, destination = (
        ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, NetworkInterfaces=on)["Instances"][
            0
        ]["InstanceId"]
        for on in attached
    )

    run = site.run("path", "--limit", "alpha", *asked(source=source, destination=destination, port=443)).succeeded()
    assert f"{source} to {destination}: delivered" in run.output
    assert f"path: {source} > {destination}" in run.output
    assert re.search(r"by security_group sg-\w+: ingress rule allows any protocol from sg-", run.output)
    assert run.writes == [] and {call["account"] for call in run.calls if call["operation"] != "AssumeRole"} == {ALPHA}
    assert all(call["operation"].startswith(READS) for call in run.calls)

    case = site.home / "case"
    saved = site.run("path", *asked(save_snapshot_dir=case, source="", destination="")).succeeded()
    assert {path.name for path in (case / "accounts").iterdir()} == set(HOSTS.values()) and not saved.writes
    options = asked(snapshot_dir=case, source=source, destination=destination, port=443)
    assert f"{source} to {destination}: delivered" in site.run("path", *options).succeeded().output

    run = site.run("path", "--limit", "alpha", *asked(source=source, destination="8.8.8.8", port=443)).succeeded()
    assert re.search(
        r"no_route.*by route_table rtb-\w+: the table, the main table, has no route", run.output, re.DOTALL
    )


@pytest.mark.skipif(not RECORDINGS.exists(), reason="no recordings beside the repository")
def test_path_of_a_snapshot(site):
    folder = RECORDINGS / "subnet" / "aws_configs"
    options = asked(snapshot_dir=folder, source="i-08ef86e76fceabd8d", destination="10.10.1.44")
    # No account can be reached with these.
    no_credential = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    run = site.run("path", *options, environment=no_credential).succeeded()
    assert "i-08ef86e76fceabd8d to 10.10.1.44: denied" in run.output
    assert run.calls == []
