# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of AWS's services that lead to the hub's endpoints, in answers to why."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.central_names import leads_to
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.question import destination
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.why import why
from ansible_collections.closednet.aws.tests.unit._domain.egress.inventory import MEMBERS, inventory

HUB, REGION = "shared-services", "eu-central-1"
GROUPS = {**MEMBERS, "central_endpoints": [HUB], "closed": ["alpha"]}
NAME = f"kms.{REGION}.amazonaws.com"


def accounts(result=None, **alpha):
    found = inventory()
    for variables in found.values():
        variables.setdefault("region", REGION)
    found[HUB] |= {"central_endpoints_services": ["kms", "ecr.api", "ecr.dkr"]}
    found[HUB] |= {"central_endpoints_result": {"endpoints": result}} if result else {}
    found["alpha"] |= {"closed_network_services": ["kms", "ecr.api", "ecr.dkr"]}
    found["alpha"] |= {"closed_network_endpoints": {"default": "central"}, **alpha}
    return found


def led(name, hosts=None, groups=None, host="alpha"):
    hosts = hosts or accounts()
    return leads_to(hosts, groups or GROUPS, host, destination(hosts, name))


@pytest.mark.parametrize(
    "name", [NAME, f"api.ecr.{REGION}.amazonaws.com", f"444444444444.dkr.ecr.{REGION}.amazonaws.com"]
)
def test_names_of_central_services_lead_to_the_hub(name):
    there, note = led(name)
    assert (there.host, there.is_host, there.port) == (HUB, True, 443) and name in note


def test_the_address_that_the_hub_told():
    told = {"kms": {"id": "vpce-1", "names": [NAME], "addresses": {"euc1-az1": ["10.0.8.5"]}}}
    there, _note = led(NAME, accounts(told))
    assert (str(there.address), there.is_host) == ("10.0.8.5", False)


@pytest.mark.parametrize(
    ("name", "hosts", "groups"),
    [
        ("api.stripe.com", None, None),
        ("kms.us-east-1.amazonaws.com", None, None),
        (f"sts.{REGION}.amazonaws.com", None, None),
        (f"evil-kms.{REGION}.amazonaws.com", None, None),
        ("10.0.8.5:443", None, None),
        (NAME, accounts(closed_network_endpoints={"kms": "local"}), None),
        (NAME, None, {**GROUPS, "pci": ["alpha"]}),
        (NAME, None, {**GROUPS, "closed": []}),
        (NAME, None, {**GROUPS, "central_endpoints": []}),
    ],
)
def test_other_names_are_left_as_they_are(name, hosts, groups):
    there, note = led(name, hosts, groups)
    assert note == "" and there == destination(accounts(), name)


def test_why_follows_the_path_to_the_hub_and_says_so():
    result = why(accounts(), GROUPS, {"from": "alpha", "to": NAME}, date(2026, 11, 29))
    assert result["question"].startswith(f"from alpha to {NAME}:443")
    (answer,) = result["answers"]
    # Both ways are routed; the security group of the endpoints isn't among what an inventory declares.
    assert result["verdict"] == "unknown" and HUB in result["hosts"]
    assert f"routes lead to {HUB} and back" in answer["says"]
    assert answer["notes"][0].startswith(f"{NAME} is kms's")
    assert not any("Firewall" in step["where"] for step in answer["steps"])
    before = why(accounts(), MEMBERS, {"from": "alpha", "to": NAME}, date(2026, 11, 29))
    assert before["verdict"] == "denied"
