# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/central_endpoints.yml and closed_network.yml move closed VPCs to the hub's endpoints and back, uncut."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from tests.integration.conftest import DELTA, HUB, REGION, lines

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
        assert "+ profile_association.main" in told and "- vpc_endpoint.kms" in told
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
