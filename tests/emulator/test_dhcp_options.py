# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DHCP options: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html"""

from __future__ import annotations

import pytest

from .conftest import filters, refused

ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]


def created(ec2, **options):
    wanted = [{"Key": key.replace("_", "-"), "Values": values} for key, values in options.items()]
    return ec2.create_dhcp_options(DhcpConfigurations=wanted)["DhcpOptions"]


@pytest.mark.parametrize(
    "options",
    [
        {"domain_nam": ["a"]},
        {"domain_name_servers": ADDRESSES},
        {"domain_name_servers": [",".join(ADDRESSES)]},
        {"domain_name_servers": ["10.0.0.300"]},
        {"ntp_servers": ["time.example.com"]},
        {"ntp_servers": ADDRESSES},
        {"netbios_name_servers": ADDRESSES},
        {"netbios_node_type": ["3"]},
        {"ipv6_address_preferred_lease_time": ["139"]},
    ],
)
def test_what_is_refused(ec2, options):
    """Four DNS and NetBIOS servers, four NTP servers of each family, node types 1, 2, 4, 8, leases from 140 s; the code
    is not verified."""
    assert refused(created, ec2=ec2, **options) == ("InvalidParameterValue", 400)


def test_options_of_a_vpc(ec2, vpc_id):
    """ "You must disassociate ... before you can delete" (DeleteDhcpOptions); "default" stands for none
    (AssociateDhcpOptions). Codes of unknown ones: findDHCPOptions and the delete function of terraform-provider-aws."""
    tags = [{"ResourceType": "dhcp-options", "Tags": [{"Key": "Name", "Value": "a"}]}]
    wanted = [
        {"Key": "domain-name-servers", "Values": ["AmazonProvidedDNS"]},
        {"Key": "domain-name", "Values": ["a.b"]},
    ]
    made = ec2.create_dhcp_options(DhcpConfigurations=wanted, TagSpecifications=tags)["DhcpOptions"]
    assert made["Tags"] == [{"Key": "Name", "Value": "a"}]
    one = {"DhcpOptionsId": made["DhcpOptionsId"]}
    ec2.associate_dhcp_options(VpcId=vpc_id, **one)
    assert refused(ec2.delete_dhcp_options, **one) == ("DependencyViolation", 400)
    for wanted, expected in ((filters(key="domain-name", value="a.b"), [made]), (filters(value="b"), [])):
        assert ec2.describe_dhcp_options(Filters=wanted)["DhcpOptions"] == expected
    ec2.associate_dhcp_options(VpcId=vpc_id, DhcpOptionsId="default")
    assert ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["DhcpOptionsId"] == "default"
    ec2.delete_dhcp_options(**one)
    assert refused(ec2.delete_dhcp_options, **one) == ("InvalidDhcpOptionsID.NotFound", 400)
    assert refused(ec2.describe_dhcp_options, DhcpOptionsIds=[one["DhcpOptionsId"]]) == (
        "InvalidDhcpOptionID.NotFound",
        400,
    )
