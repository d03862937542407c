# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Floor of the benchmarks: a bare boto3 script that only makes the reads of a no-op of tiered_vpc and tgw_spoke, for
every spoke, with one process, one thread pool and one loader. It decides nothing.

usage: floor.py SPOKES.json THREADS    (SPOKES.json: [{"name", "assume_role_arn", "hub_account_id"}])
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.session

REGION = "eu-central-1"


def read(spoke: dict[str, str], sts, loader) -> None:
    keys = sts.assume_role(RoleArn=spoke["assume_role_arn"], RoleSessionName="floor")["Credentials"]
    core = botocore.session.Session()
    core.register_component("data_loader", loader)
    ec2 = boto3.session.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION, core
    ).client("ec2")

    def by(**values):
        return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in values.items()]

    owner = by(**{"tag:closednet:managed": f"tiered_vpc/{spoke['name']}"})
    vpc = ec2.describe_vpcs(Filters=owner)["Vpcs"][0]["VpcId"]
    ec2.describe_tags(Filters=owner)
    ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
    ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    ec2.describe_subnets(Filters=by(vpc_id=vpc))
    ec2.describe_route_tables(Filters=by(vpc_id=vpc))
    ec2.describe_security_groups(Filters=by(vpc_id=vpc, group_name="default"))
    gateway = ec2.describe_transit_gateways(Filters=by(owner_id=spoke["hub_account_id"], state="available"))
    ec2.describe_subnets(Filters=owner)
    ec2.describe_route_tables(Filters=owner)
    gateway_id = gateway["TransitGateways"][0]["TransitGatewayId"]
    ec2.describe_transit_gateway_vpc_attachments(Filters=by(vpc_id=vpc, transit_gateway_id=gateway_id))
    ec2.describe_security_groups(Filters=by(vpc_id=vpc, group_name="closednet-from-hub"))


def main(spokes_file: str, threads: str) -> None:
    session = boto3.session.Session(region_name=REGION)
    loader = session._session.get_component("data_loader")
    sts = session.client("sts")
    with open(spokes_file, encoding="utf-8") as file:
        spokes = json.load(file)
    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(lambda spoke: read(spoke, sts, loader), spokes))


if __name__ == "__main__":
    main(*sys.argv[1:])
