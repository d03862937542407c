# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter adopted_inventory: bad input is told, and text from AWS is nothing but text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.closednet.aws.plugins.filter.adoption import FilterModule

adopted_inventory = FilterModule().filters()["adopted_inventory"]
HOSTILE = "{{ lookup('pipe', 'id') }} <b>*\x1b[31m"
ALPHA = {"alpha": {"account_id": "222222222222", "region": "eu-central-1"}}
SUBNETS = {f"subnet-{index}": f"10.1.{index}.0/24" for index in range(2)}


def saved(folder: Path, name: str = "app") -> str:
    """Save a snapshot of an account whose VPC has one tier of this name."""
    place = folder / "accounts/222222222222/eu-central-1"
    place.mkdir(parents=True)
    tags = [{"Key": "Name", "Value": name}]
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16", "OwnerId": "222222222222", "Tags": tags}
    vpc["CidrBlockAssociationSet"] = [{"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}}]
    subnets = [
        {
            "SubnetId": id_,
            "VpcId": "vpc-1",
            "CidrBlock": cidr,
            "AvailabilityZoneId": f"euc1-az{index + 1}",
            "Tags": tags,
        }
        for index, (id_, cidr) in enumerate(SUBNETS.items())
    ]
    associations = [{"SubnetId": id_, "RouteTableAssociationId": f"rtbassoc-{id_}", "Main": False} for id_ in SUBNETS]
    peering = {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active"}
    table = {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": associations, "Routes": [peering]}
    kinds: dict[str, list[Any]] = {"Vpcs": [vpc], "Subnets": subnets, "RouteTables": [table]}
    for kind in ("InternetGateways", "NatGateways", "TransitGatewayVpcAttachments"):
        kinds[kind] = []
    for kind, items in kinds.items():
        (place / f"{kind}.json").write_text(json.dumps({kind: items}))
    return str(folder)


def test_an_account_without_a_hub(tmp_path: Path) -> None:
    told = adopted_inventory(ALPHA, saved(tmp_path))
    hosts = yaml.safe_load(told["files"]["hosts.yml"])["all"]["children"]
    assert hosts == {"spokes": {"hosts": {"alpha": {"account_id": "222222222222"}}}}
    ids = yaml.safe_load(told["files"]["group_vars/all/adopted_ids.yml"])["adopted_ids"]["alpha"]
    assert ids["tiered_vpc/alpha"]["route_table.app"] == "rtb-1"
    variables = yaml.safe_load(told["files"]["host_vars/alpha.yml"])
    assert variables["spoke_attached"] is False and variables["vpc_tiers"][0]["name"] == "app"
    assert "10.9.0.0/16 to pcx-1" in told["files"]["adoption.md"]
    # What wasn't read is told: this snapshot has no attributes of VPCs.
    assert any("DNS support" in line and line.startswith("not read") for line in told["lines"])


def test_text_from_aws_is_no_template_and_no_markup(tmp_path: Path) -> None:
    told = adopted_inventory(ALPHA, saved(tmp_path, HOSTILE))
    for path, text in told["files"].items():
        assert "lookup('pipe'" not in text and "{{" not in text and "\x1b" not in text, path
    assert all("\x1b" not in line for line in told["lines"])


@pytest.mark.parametrize(
    ("accounts", "folder", "released", "told"),
    [
        ([], "", None, "accounts: [] is not a mapping"),
        (ALPHA, "nowhere", None, "is no folder that can be read"),
        (ALPHA, "", "vpc-1", "adopt_release: 'vpc-1' is not a list of texts"),
        (ALPHA, "", [1], "adopt_release: [1] is not a list of texts"),
        ({"../up": ALPHA["alpha"]}, "", None, "host: '../up' is no host name that adopt can write"),
    ],
)
def test_bad_input(tmp_path: Path, accounts: Any, folder: str, released: Any, told: str) -> None:
    saved(tmp_path)
    with pytest.raises(AnsibleFilterError) as failure:
        adopted_inventory(accounts, str(tmp_path / folder), released)
    assert told in str(failure.value)


def test_an_account_of_which_something_was_not_read_is_not_in_the_inventory(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    (tmp_path / "accounts/222222222222/eu-central-1/RouteTables.json").unlink()
    told = adopted_inventory({**ALPHA, "beta": {"account_id": "333333333333"}}, folder)
    assert told["hosts"] == []
    assert any("RouteTables wasn't read" in line for line in told["lines"])
    assert any("333333333333: the account wasn't read" in line for line in told["lines"])
    assert "zero steps, without a difference" not in told["lines"][0]


def other_region(folder: Path) -> None:
    """Save the same account again, with another VPC in another region."""
    place = folder / "accounts/222222222222/us-east-1"
    shutil.copytree(folder / "accounts/222222222222/eu-central-1", place)
    for path in place.iterdir():
        text = path.read_text()
        for old, new in (("vpc-1", "vpc-2"), ("subnet-", "subnet-b"), ("rtb-1", "rtb-2"), ("euc1", "use1")):
            text = text.replace(old, new)
        path.write_text(text.replace("10.1.", "10.2."))


@pytest.mark.parametrize("region", [{}, {"region": "eu-central-1"}], ids=str)
def test_an_account_in_two_regions_is_two_hosts(tmp_path: Path, region: dict[str, str]) -> None:
    folder, role = saved(tmp_path), "arn:aws:iam::222222222222:role/reader"
    other_region(tmp_path)
    told = adopted_inventory({"alpha": {"account_id": "222222222222", "assume_role_arn": role, **region}}, folder)
    hosts = yaml.safe_load(told["files"]["hosts.yml"])["all"]["children"]["spokes"]["hosts"]
    same = {"account_id": "222222222222", "assume_role_arn": role}
    assert hosts == {
        "alpha": {**same, "region": "eu-central-1"},
        "alpha-us-east-1": {**same, "region": "us-east-1"},
    }
    ids = yaml.safe_load(told["files"]["group_vars/all/adopted_ids.yml"])["adopted_ids"]
    assert ids["alpha"]["tiered_vpc/alpha"]["vpc.main"] == "vpc-1"
    assert ids["alpha-us-east-1"]["tiered_vpc/alpha-us-east-1"]["vpc.main"] == "vpc-2"


def test_two_hosts_of_one_account_are_told(tmp_path: Path) -> None:
    told = adopted_inventory({**ALPHA, "beta": ALPHA["alpha"]}, saved(tmp_path))
    assert told["hosts"] == ["alpha"]
    assert any("beta: 222222222222: the account and region of alpha, too" in line for line in told["lines"])
