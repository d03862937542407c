# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes of a network: it grows, shrinks, drifts and is torn down; and the phases of AWX, one after the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.integration.conftest import ALPHA, DELTA, GAMMA, HOSTS, HUB, ROOT, SUMMARY, lines

TEARDOWN = ("-e", "teardown_confirm=yes-all-4-of-shared-services")


@pytest.fixture
def converged(site):
    site.run("site").succeeded()
    return site


def files_of(site) -> set[str]:
    """Return the paths in the site's home, except Ansible's and botocore's own."""
    paths = {path.relative_to(site.home).as_posix() for path in site.home.rglob("*")}
    return {path for path in paths if path.split("/")[0] not in ("ansible", "cache")}


def attachments(site, account_id: str) -> dict[str, str]:
    """Return {owner: state} of the attachments that this account sees, without deleted ones."""
    found = site.client(account_id).describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    return {a["ResourceOwnerId"]: a["State"] for a in found if a["State"] != "deleted"}


def test_an_empty_organisation_can_be_planned(site):
    check = site.run("site", "--check", "--diff").succeeded()
    assert check.writes == []
    assert all(check.changed[host] for host in HOSTS), check.changed

    files = {f"plan_{name}": str(site.home / f"plan.{name}") for name in ("file", "json", "page")}
    run = site.run("plan", "-e", json.dumps(files), environment=SUMMARY).succeeded()
    assert run.writes == []
    shown = lines(run)
    # Nothing is there that it could open, so nothing needs a name.
    assert [line for line in shown if not line.startswith(" ")] == [
        "What this opens and closes:",
        *(f"{host} ({account_id}, eu-central-1)" for host, account_id in HOSTS.items()),
        shown[-1],
    ]
    assert "  + subnet.app.euc1-az1: cidr 10.3.0.0/20, az_id euc1-az1, map_public_ip false" in shown
    assert shown.count("  + vpc.main: cidrs [10.2.0.0/16], dns_support true, dns_hostnames true") == 1
    made = sum(line.startswith("  + ") and not line.startswith("  + opens") for line in shown)
    assert shown[-1].startswith(f"4 accounts: {made} to create")
    assert Path(files["plan_file"]).read_text().startswith(f"# Plan: {shown[-1]}\n")

    told = json.loads(Path(files["plan_json"]).read_text())
    changed = sum(line.startswith("  ~ ") for line in shown)
    assert told["counts"] == {"accounts": 4, "create": made, "change": changed, "delete": 0, "findings": 0, "failed": 0}
    assert told["accounts"]["alpha"]["account_id"] == ALPHA
    (vpc,) = [step for step in told["accounts"]["alpha"]["results"]["vpc_result"] if step["address"] == "vpc.main"]
    assert (vpc["action"], vpc["operation"], vpc["after"]["cidrs"]) == ("create", "ec2.create_vpc", ["10.1.0.0/16"])
    assert [note for note in told["accounts"]["alpha"]["notes"]["spoke_result"] if "once the hub has accepted" in note]

    page = Path(files["plan_page"]).read_text()
    for shown_there in (
        "<title>alpha</title>",
        "hub: Transit Gateway",
        "(isolated)",
        ">not attached to a Transit Gateway<",
    ):
        assert shown_there in page
    assert f"{made} to create</b>" in page

    *_, summary = run.output.partition("\nSUMMARY ")
    assert "\npending: 2 accounts (alpha, beta)\n  routes of attachment main follow once the hub" in summary
    assert "\nwould change: 1 account (gamma)\n  tiered_vpc: " in summary
    assert "unchanged" not in summary


def test_a_customer_is_added(converged):
    converged.declare("delta", account_id=DELTA, vpc_cidrs=["10.4.0.0/16"], spoke_segment="customers")
    files = files_of(converged)
    shown = lines(converged.run("plan").succeeded())
    assert files_of(converged) == files  # the plan is written nowhere unless plan_file says where
    assert [line for line in shown if line.startswith("delta (")]
    assert not [line for line in shown if line.startswith(("alpha (", "beta (", "gamma ("))]

    run = converged.run("site").succeeded()
    assert {host for host, changed in run.changed.items() if changed} == {"shared-services", "delta"}
    assert {write.split()[0] for write in run.writes} == {HUB, DELTA}
    assert converged.reach(*HOSTS, "delta")["delta"] == ["shared-services"]
    assert converged.reach(*HOSTS, "delta")["alpha"] == ["shared-services"]
    again = converged.run("site").succeeded()
    assert again.writes == []


def test_a_customer_taken_out_of_the_inventory_loses_its_place_in_the_tables(converged):
    converged.forget("beta")
    # A mistake looks the same, so the removal must be confirmed by name.
    refused = converged.run("site")
    assert refused.code != 0 and refused.writes == [] and "-e confirm_removals=beta" in refused.output
    run = converged.run("site", "-e", "confirm_removals=beta").succeeded()
    assert {write.split()[0] for write in run.writes} == {HUB}
    assert converged.reach(*HOSTS)["beta"] == []
    assert converged.reach(*HOSTS)["alpha"] == ["shared-services"]
    # Only its own account deletes the attachment.
    assert attachments(converged, HUB)[HOSTS["beta"]] == "available"
    assert converged.run("site").succeeded().writes == []

    # It keeps the transit gateway from being deleted, and this inventory no longer removes it.
    run = converged.run("teardown", "-e", "teardown_confirm=yes-all-3-of-shared-services")
    assert run.failed == ["shared-services"]
    assert HOSTS["beta"] in run.output
    gateways = converged.client(HUB).describe_transit_gateways()["TransitGateways"]
    assert [gateway["State"] for gateway in gateways] == ["available"]


def test_an_attachment_is_switched_off_and_on(converged):
    converged.declare("alpha", spoke_attached=False)
    converged.run("site").succeeded()
    assert ALPHA not in attachments(converged, HUB)
    assert converged.reach(*HOSTS) == {
        "shared-services": ["beta"],
        "alpha": [],
        "beta": ["shared-services"],
        "gamma": [],
    }
    assert converged.run("site").succeeded().writes == []

    converged.declare("alpha", spoke_attached=True)
    converged.declare("gamma", spoke_attached=True)
    converged.run("site").succeeded()
    assert converged.reach(*HOSTS)["shared-services"] == ["alpha", "beta", "gamma"]
    assert attachments(converged, HUB)[GAMMA] == "available"


def test_a_renamed_account_keeps_what_it_has_and_a_zone_goes_from_an_attached_one(converged):
    converged.declare("shared-services", group="hub", hub_undeclared="reject")
    converged.forget("alpha")
    converged.declare(
        "alpha-gmbh", group="algorithm_only", account_id=ALPHA, vpc_cidrs=["10.1.0.0/16"], spoke_segment="customers"
    )
    converged.declare("beta", vpc_availability_zone_ids=["euc1-az1"])
    assert "beta/subnet.app.euc1-az2 (subnet-" in converged.run("site", "--limit", "shared-services,beta").output
    lost = ",".join(f"beta/subnet.{tier}.euc1-az2" for tier in ("app", "data", "tgw"))
    run = converged.run("site", "-e", f"confirm_removals={lost}")
    assert run.failed == ["alpha-gmbh"], run.output
    assert "its closednet:managed is tiered_vpc/alpha. Was the host renamed? Either keep the name" in run.output
    # Nothing of the account was written or rejected. The other customer went on, and is in one zone now.
    assert ALPHA not in {write.split()[0] for write in run.writes}
    assert attachments(converged, HUB)[ALPHA] == "available"
    ec2 = converged.client(HOSTS["beta"])
    (attached,) = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    zones = {subnet["AvailabilityZoneId"] for subnet in ec2.describe_subnets()["Subnets"] if subnet.get("Tags")}
    assert (len(attached["SubnetIds"]), zones) == (1, {"euc1-az1"})

    converged.declare("alpha-gmbh", vpc_name="alpha", spoke_name="alpha")
    run = converged.run("site").succeeded()
    assert ALPHA not in {write.split()[0] for write in run.writes}
    assert converged.run("site").succeeded().writes == []
    assert converged.reach("shared-services", "alpha")["alpha"] == ["shared-services"]


def test_drift_is_seen_by_verify_and_mended_by_site(converged):
    ec2 = converged.client(HUB)
    (table,) = ec2.describe_transit_gateway_route_tables(
        Filters=[{"Name": "tag:closednet:name", "Values": ["customers"]}]
    )["TransitGatewayRouteTables"]
    ids = {
        a["ResourceOwnerId"]: a["TransitGatewayAttachmentId"]
        for a in ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    }
    table_id = table["TransitGatewayRouteTableId"]
    for cidr in ("10.1.0.0/16", "10.2.0.0/16"):
        ec2.delete_transit_gateway_route(TransitGatewayRouteTableId=table_id, DestinationCidrBlock=cidr)
    for account_id in (ALPHA, HOSTS["beta"]):
        ec2.enable_transit_gateway_route_table_propagation(
            TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=ids[account_id]
        )

    ec2 = converged.client(ALPHA)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "tag:closednet:name", "Values": ["app"]}])["RouteTables"]
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="10.0.0.0/16")
    # A customer adds half of another one's CIDR, and peers with a third one past the hub.
    vpc_ids = {
        account_id: converged.client(account_id).describe_route_tables(
            Filters=[{"Name": "tag:closednet:name", "Values": ["app"]}]
        )["RouteTables"][0]["VpcId"]
        for account_id in (ALPHA, GAMMA)
    }
    ec2.associate_vpc_cidr_block(VpcId=vpc_ids[ALPHA], CidrBlock="10.2.128.0/17")
    peering = ec2.create_vpc_peering_connection(VpcId=vpc_ids[ALPHA], PeerVpcId=vpc_ids[GAMMA], PeerOwnerId=GAMMA)[
        "VpcPeeringConnection"
    ]["VpcPeeringConnectionId"]

    seen = converged.run("verify")
    assert seen.code != 0
    assert seen.writes == []
    assert "alpha reaches beta, which isn't declared" in seen.output
    assert "alpha (222222222222, eu-central-1)" in seen.output
    assert "+ transit_gateway_route.main/app/10.0.0.0/16" in seen.output
    assert "shared-services does not reach all of beta: 10.2.128.0/17 leads to alpha" in seen.output
    assert f"peering connection {peering} with {vpc_ids[GAMMA]}" in seen.output

    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    converged.run("site").succeeded()
    assert converged.reach(*HOSTS)["alpha"] == ["shared-services"]
    converged.run("verify").succeeded()


def test_teardown(converged):
    for arguments in ((), ("-e", "teardown_confirm=yes-alpha")):
        run = converged.run("teardown", *arguments)
        assert run.code != 0
        assert f"-e {TEARDOWN[1]}" in run.output
        assert run.calls == []
    # Another set of accounts needs another confirmation.
    of_one = converged.run("teardown", "--limit", "alpha", *TEARDOWN)
    assert of_one.code != 0 and '-e teardown_confirm=yes-alpha"' in of_one.output and of_one.calls == []
    of_hub = converged.run("teardown", "--limit", "shared-services", *TEARDOWN)
    assert '-e teardown_confirm=yes-shared-services"' in of_hub.output and of_hub.calls == []

    shown = converged.run("teardown", "--check", "-e", "teardown_vpcs=true").succeeded()
    assert shown.writes == []
    told = lines(shown)
    assert "  - transit_gateway.main" in told and told.count("  - vpc.main") == 4
    assert told.count("  - transit_gateway_attachment.main") == 2
    assert [line for line in told if line.startswith("  ! transit_gateway.main: ") and "have to go first" in line]

    fault = {"action": "error", "operation": "DeleteTransitGatewayVpcAttachment", "account": ALPHA}
    converged.emulator.control("POST", "faults", {**fault, "code": "UnauthorizedOperation", "status": 403})
    stuck = converged.run("teardown", *TEARDOWN)
    assert stuck.code != 0 and "alpha" in stuck.failed
    assert not [write for write in stuck.writes if write.startswith(HUB)]  # the hub waits for all spokes
    converged.emulator.control("DELETE", "faults")

    converged.run("teardown", *TEARDOWN).succeeded()
    assert attachments(converged, HUB) == {}
    gateways = converged.client(HUB).describe_transit_gateways()["TransitGateways"]
    assert [gateway["State"] for gateway in gateways if gateway["State"] != "deleted"] == []
    assert vpcs(converged) == dict.fromkeys(HOSTS, 1)
    assert converged.run("teardown", *TEARDOWN).succeeded().writes == []

    ec2 = converged.client(GAMMA)
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "tag:closednet:name", "Values": ["app.euc1-az1"]}])["Subnets"]
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Description="of an application")
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    held = converged.run("teardown", *TEARDOWN, "-e", "teardown_vpcs=true", "-e", "wait_timeout=1")
    assert held.failed == ["gamma"]
    assert f"It is held by {interface} (of an application)" in held.output

    ec2.delete_network_interface(NetworkInterfaceId=interface)
    converged.run("teardown", *TEARDOWN, "-e", "teardown_vpcs=true").succeeded()
    assert vpcs(converged) == dict.fromkeys(HOSTS, 0)
    assert converged.run("teardown", *TEARDOWN, "-e", "teardown_vpcs=true").succeeded().writes == []


def vpcs(site) -> dict[str, int]:
    mine = [{"Name": "is-default", "Values": ["false"]}]
    return {host: len(site.client(id_).describe_vpcs(Filters=mine)["Vpcs"]) for host, id_ in HOSTS.items()}


def test_the_turns_of_awx_one_by_one(site, tmp_path):
    """The hub's phases see the whole inventory; the spokes' run in slices, each with its own hosts and no hub.

    https://docs.ansible.com/automation-controller/latest/html/userguide/job_slices.html
    """
    everybody = yaml.safe_load((site.inventory / "group_vars" / "all.yml").read_text())
    everybody |= {"hub_account_id": HUB, "spoke_destinations": ["10.0.0.0/16"], "spoke_segment": "customers"}

    def spokes(host, cidr):
        path = tmp_path / f"{host}.yml"
        hosts = {host: {"account_id": HOSTS[host], "vpc_cidrs": [cidr]}}
        path.write_text(yaml.safe_dump({"spokes": {"hosts": hosts, "vars": everybody}}))
        return site.run("spokes", "-v", inventory=path).succeeded()

    site.run("hub").succeeded()
    first = spokes("alpha", "10.1.0.0/16")
    assert "routes of attachment main follow once the hub has accepted it" in first.output
    again = spokes("alpha", "10.1.0.0/16")
    assert '"attachment_state": "pendingAcceptance"' in again.output
    assert again.writes == []
    spokes("beta", "10.2.0.0/16")
    assert attachments(site, HUB)[ALPHA] == "pendingAcceptance"
    assert site.reach(*HOSTS)["alpha"] == []

    site.run("hub").succeeded()
    for host, cidr in (("alpha", "10.1.0.0/16"), ("beta", "10.2.0.0/16")):
        spokes(host, cidr)
        assert spokes(host, cidr).writes == []
    assert site.reach(*HOSTS)["shared-services"] == ["alpha", "beta"]


def test_the_example_inventory_of_an_organisation(site):
    run = site.run("site", inventory=ROOT / "inventories" / "example").succeeded()
    # gamma and delta have no tags yet; beta has a CIDR, but no segment.
    assert set(run.changed) == {"shared-services", "alpha", "beta"}
    assert site.reach("shared-services", "alpha", "beta") == {
        "shared-services": ["alpha"],
        "alpha": ["shared-services"],
        "beta": [],
    }
    groups = [{"Name": "group-name", "Values": ["closednet-from-hub"]}]
    assert len(site.client(ALPHA).describe_security_groups(Filters=groups)["SecurityGroups"]) == 1
