# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/central_endpoints.yml and closed_network.yml move closed VPCs to the hub's endpoints and back, uncut."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from tests.integration.conftest import DELTA, GAMMA, HUB, REGION, lines

TIERS = [{"name": "app", "prefix": 24}, {"name": "endpoint", "prefix": 26}, {"name": "tgw", "prefix": 28}]
SERVICES = ["kms", "logs"]
NAMES = {service: f"{service}.{REGION}.amazonaws.com" for service in SERVICES}
CENTRAL, LOCAL = ({"default": where} for where in ("central", "local"))


@pytest.fixture
def hub(site):
    """Site with a hub that has central endpoints, and the closed spoke delta, attached, with endpoints of its own."""
    site.forget("alpha", "beta", "gamma")
    of_hub = {"central_endpoints_services": SERVICES, "hub_tiers": ["app", "endpoint"]}
    site.declare("shared-services", "central_endpoints", vpc_tiers=TIERS, **of_hub)
    closed(site, "delta", DELTA, "10.4.0.0/16")
    site.run("transit_gateway").succeeded()
    site.run("closed_network").succeeded()
    return site


def closed(site, host, account_id, cidr, **variables):
    """Declare a closed spoke. It doesn't wait for the caches of names, since nobody has any here."""
    place = {"account_id": account_id, "vpc_cidrs": [cidr], "vpc_tiers": TIERS}
    services = {"closed_network_workloads": [], "closed_network_services": SERVICES, "closed_network_drain_seconds": 0}
    site.declare(host, "closed", **place, **services, **variables)
    site.declare(host, "spokes")


def endpoints_of(site, account_id):
    """Return {service: addresses} of the available interface endpoints of an account."""
    ec2 = site.client(account_id)
    found = {}
    for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        if endpoint["State"] == "available" and endpoint["VpcEndpointType"] == "Interface":
            ids = endpoint["NetworkInterfaceIds"]
            interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
            addresses = {one["PrivateIpAddress"] for one in interfaces}
            found[endpoint["ServiceName"].rpartition(".")[2]] = addresses
    return found


def vpc_of(site, account_id):
    tagged = [{"Name": "tag-key", "Values": ["closednet:managed"]}]
    (vpc,) = site.client(account_id).describe_vpcs(Filters=tagged)["Vpcs"]
    return vpc["VpcId"]


class Names:
    """Who answers for the services' names in an account's VPC, by the emulator's own resolution."""

    def __init__(self, site, account_id):
        self.site, self.place = site, {"account_id": account_id, "region": REGION, "vpc_id": vpc_of(site, account_id)}
        self.cuts = []

    def answer(self, service):
        return self.site.emulator.control("POST", "resolve", {**self.place, "name": NAMES[service]})

    def addresses(self):
        return {service: set(self.answer(service)["addresses"]) for service in SERVICES}

    @contextmanager
    def watched(self):
        """Ask all the time; what didn't answer with an address is in `cuts`."""
        over = threading.Event()

        def ask():
            while not over.wait(0.05):
                for service in SERVICES:
                    answer = self.answer(service)
                    if not answer["addresses"] or answer["kind"] not in ("endpoint", "profile_endpoint"):
                        self.cuts.append((service, answer))

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield
        finally:
            over.set()
            asking.join()


def removals(*names):
    return "-e", f"confirm_removals={','.join(names)}"


LOCALS = [f"delta/vpc_endpoint.{service}" for service in SERVICES]


def test_a_closed_vpc_moves_there_and_back_and_is_never_without_an_answer(hub):
    names = Names(hub, DELTA)
    own = endpoints_of(hub, DELTA)
    assert set(own) == set(SERVICES) and names.addresses() == own

    # The hub's endpoints are created and shared first. That moves nothing.
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    with names.watched():
        hub.run("central_endpoints").succeeded()
        of_hub = endpoints_of(hub, HUB)
        assert set(of_hub) == set(SERVICES) and names.addresses() == own

        # What is deleted has to be named, and the plan names it.
        told = "\n".join(lines(hub.run("plan").succeeded()))
        assert "+ profile_association.main" in told, told
        assert "- vpc_endpoint.kms" in told
        run = hub.run("site")
        assert run.failed == ["delta"] and all(name in run.output for name in LOCALS)
        assert endpoints_of(hub, DELTA) == own

        hub.run("site", *removals(*LOCALS)).succeeded()
        assert endpoints_of(hub, DELTA) == {} and names.addresses() == of_hub
        run = hub.run("verify").succeeded()
        assert run.writes == []
        assert hub.run("site").succeeded().writes == []
        # An account alone, without the hub's result, stays where it is.
        assert hub.run("closed_network", "--limit", "delta").succeeded().writes == []

        hub.declare("delta", "closed", closed_network_endpoints=LOCAL)
        run = hub.run("site")
        assert run.failed == ["delta"] and "delta/profile_association.main" in run.output
        hub.run("site", *removals("delta/profile_association.main")).succeeded()
        again = endpoints_of(hub, DELTA)
        assert set(again) == set(SERVICES) and names.addresses() == again
        assert hub.run("site").succeeded().writes == []
    assert names.cuts == []


OF_OMEGA = [f"omega/vpc_endpoint.{service}" for service in SERVICES]


def test_the_others_move_once_the_pilot_is_proven(hub):
    no_pilot = {"closed_network_endpoints": CENTRAL, "closed_network_pilot": False}
    closed(hub, "omega", GAMMA, "10.3.0.0/16", **no_pilot)
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL, closed_network_pilot=True)
    hub.run("transit_gateway").succeeded()
    hub.run("central_endpoints").succeeded()
    of_hub = endpoints_of(hub, HUB)

    # The pilot's packets don't get through, so it waits, and omega waits for it with endpoints of its own.
    ec2 = hub.client(HUB)
    acl = network_acl_of(hub, HUB)
    rule = {"NetworkAclId": acl, "RuleNumber": 1, "Egress": False}
    denied = {"Protocol": "-1", "RuleAction": "deny", "CidrBlock": "10.4.0.0/16"}
    ec2.create_network_acl_entry(**rule, **denied)
    hub.run("closed_network", *removals(*LOCALS, *OF_OMEGA)).succeeded()
    hub.run("site", *removals(*LOCALS, *OF_OMEGA)).succeeded()
    assert set(endpoints_of(hub, DELTA)) == set(endpoints_of(hub, GAMMA)) == set(SERVICES)
    run = hub.run("verify")
    assert run.failed and "inbound rule 1 denies tcp/443 from 10.4." in run.output, run.output
    assert "the pilot delta isn't proven" in run.output, run.output

    # What is planned is the pilot alone; a run moves it, proves it and then moves omega.
    ec2.delete_network_acl_entry(**rule)
    told = "\n".join(lines(hub.run("plan").succeeded()))
    assert told.count("- vpc_endpoint.kms") == 1
    hub.run("site", *removals(*LOCALS, *OF_OMEGA)).succeeded()
    for account_id in (DELTA, GAMMA):
        assert endpoints_of(hub, account_id) == {} and Names(hub, account_id).addresses() == of_hub
    assert hub.run("site").succeeded().writes == []
    hub.run("verify").succeeded()

    # Somebody's endpoint in the pilot answers in place of the hub's: nothing new moves, what moved stays.
    made = local_endpoint(hub, DELTA, "kms")
    run = hub.run("site")
    assert run.writes == [] and endpoints_of(hub, GAMMA) == {}
    run = hub.run("verify")
    assert run.failed and made in run.output


def network_acl_of(site, account_id):
    acls = site.client(account_id).describe_network_acls(
        Filters=[{"Name": "vpc-id", "Values": [vpc_of(site, account_id)]}]
    )
    (acl,) = acls["NetworkAcls"]
    return acl["NetworkAclId"]


def local_endpoint(site, account_id, service):
    """Create an endpoint with private DNS, as somebody else would."""
    ec2, vpc_id = site.client(account_id), vpc_of(site, account_id)
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=vpc_id,
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=[subnets[0]["SubnetId"]],
        PrivateDnsEnabled=True,
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


def test_what_stays_local_and_what_a_local_answer_hides(hub):
    hub.declare("delta", "closed", closed_network_endpoints={"default": "central", "kms": "local"})
    hub.run("central_endpoints").succeeded()
    hub.run("closed_network", *removals("delta/vpc_endpoint.logs")).succeeded()
    assert set(endpoints_of(hub, DELTA)) == {"kms"}
    hub.run("verify").succeeded()

    # Somebody's private zone answers for logs in place of the hub.
    route53 = hub.client(DELTA, "route53")
    zone = route53.create_hosted_zone(
        Name=NAMES["logs"],
        CallerReference="shadow",
        VPC={"VPCRegion": REGION, "VPCId": vpc_of(hub, DELTA)},
        HostedZoneConfig={"Comment": "", "PrivateZone": True},
    )["HostedZone"]["Id"].rpartition("/")[2]
    assert Names(hub, DELTA).answer("logs")["kind"] == "zone"
    run = hub.run("verify")
    assert run.failed and zone in run.output and run.writes == []
    assert hub.run("closed_network").writes == [] and set(endpoints_of(hub, DELTA)) == {"kms"}
    route53.delete_hosted_zone(Id=zone)
    hub.run("verify").succeeded()


def test_a_vpc_has_two_profiles_at_most(hub):
    profiles = hub.client(DELTA, "route53profiles")
    others = []
    for number in (1, 2):
        made = profiles.create_profile(Name=f"other-{number}", ClientToken=f"other-{number}")["Profile"]["Id"]
        priority = 100 * number
        profiles.associate_profile(ProfileId=made, ResourceId=vpc_of(hub, DELTA), Name=f"o{number}", Priority=priority)
        others.append(made)
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    hub.run("central_endpoints").succeeded()
    run = hub.run("closed_network", *removals(*LOCALS))
    assert run.failed == ["delta"] and run.writes == [], run.output
    assert all(other in run.output for other in others), run.output
    assert set(endpoints_of(hub, DELTA)) == set(SERVICES)


def test_a_zone_in_which_the_hub_has_no_endpoint_is_told(hub):
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    hub.declare("shared-services", "central_endpoints", vpc_availability_zone_ids=["euc1-az1"])
    told = "\n".join(lines(hub.run("plan")))
    assert "euc1-az2" in told
    hub.declare("shared-services", "central_endpoints", central_endpoints_cross_zone="refuse")
    run = hub.run("site")
    assert "shared-services" in run.failed and "euc1-az2" in run.output


def test_an_account_that_is_missing_keeps_its_endpoints(hub):
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    hub.run("central_endpoints").succeeded()
    hub.run("closed_network", *removals(*LOCALS)).succeeded()
    names = Names(hub, DELTA)
    of_hub = names.addresses()

    # Without the variable its endpoints are to be its own again: that is asked for, on both sides.
    hub.declare("delta", "closed", closed_network_endpoints=None)
    run = hub.run("site")
    assert run.failed and f"profile_share_association.PRINCIPAL {DELTA}" in run.output
    assert names.addresses() == of_hub


def test_a_service_that_leaves_the_hub_cuts_nobody_off(hub):
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    hub.run("central_endpoints").succeeded()
    hub.run("closed_network", *removals(*LOCALS)).succeeded()
    names, of_kms = Names(hub, DELTA), ["shared-services/vpc_endpoint.kms", "shared-services/profile_resource.kms"]

    hub.declare("shared-services", "central_endpoints", central_endpoints_services=["logs"])
    run = hub.run("site")
    assert run.writes == [] and all(name in run.output for name in of_kms)
    assert "run closed_network first" in run.output
    with names.watched():
        hub.run("closed_network").succeeded()
        assert set(endpoints_of(hub, DELTA)) == {"kms"}
        hub.run("site", *removals(*of_kms)).succeeded()
    assert names.cuts == [] and hub.run("site").succeeded().writes == []


def test_an_endpoint_of_the_hub_that_was_deleted_by_hand_comes_back(hub):
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    hub.run("central_endpoints").succeeded()
    hub.run("closed_network", *removals(*LOCALS)).succeeded()
    ec2 = hub.client(HUB)
    (lost,) = [one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"] if one["ServiceName"].endswith(".kms")]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[lost["VpcEndpointId"]])

    # The closed account sees that the hub lacks it, where this is read, and says that it is unknown where it isn't.
    told = "\n".join(lines(hub.run("plan").succeeded()))
    assert "kms is declared central, but the hub has no endpoint of it" in told, told
    told = "\n".join(lines(hub.run("plan", "--limit", "delta").succeeded()))
    assert "unknown: whether the hub answers for kms, logs" in told, told
    hub.run("site").succeeded()
    assert set(Names(hub, DELTA).addresses()["kms"]) == endpoints_of(hub, HUB)["kms"]
    assert hub.run("site").succeeded().writes == []


def test_the_doctor_follows_calls_to_the_hub(hub):
    hub.declare("delta", "closed", closed_network_endpoints=CENTRAL)
    hub.run("central_endpoints").succeeded()
    hub.run("closed_network", *removals(*LOCALS)).succeeded()
    # The tiers of the endpoints and of the attachment have no path to the hub, and need none.
    told = lines(hub.run("doctor").succeeded())
    assert told[0] == f"delta ({DELTA}, {REGION}): healthy (1 note)", told

    rule = {"NetworkAclId": network_acl_of(hub, HUB), "RuleNumber": 1, "Egress": False, "Protocol": "-1"}
    hub.client(HUB).create_network_acl_entry(**rule, RuleAction="deny", CidrBlock="10.4.0.0/16")
    run = hub.run("doctor").succeeded()
    assert "CAUSE central_endpoint_path acl-" in run.output and run.writes == []

    # Without the hub, it isn't known.
    told = "\n".join(lines(hub.run("doctor", "--limit", "delta").succeeded()))
    assert "not healthy" in told and "UNKNOWN" in told and "CAUSE" not in told, told
