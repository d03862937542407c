# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.registry import inventory

GROUPS = {"hub": ["shared"], "algorithm_registry": ["shared"], "spokes": ["alpha", "beta"]}
SCORE = {
    "name": "score",
    "version": "2",
    "endpoint": "score.alpha.algorithms.internal",
    "addresses": ["10.1.0.10"],
    "port": 8443,
    "protocol": "https",
    "weight": 100,
    "health_path": "/health",
}
HOSTS = {
    "shared": {
        "account_id": "111111111111",
        "region": "eu-central-1",
        "vpc_cidrs": ["10.0.0.0/16"],
        "vpc_tiers": [{"name": "front", "prefix": 24}],
        "algorithm_registry_zone": "algorithms.internal",
        "algorithm_registry_front_role_arn": "arn:aws:iam::111111111111:role/front",
    },
    "alpha": {
        "account_id": "222222222222",
        "region": "eu-central-1",
        "vpc_cidrs": ["10.1.0.0/16"],
        "spoke_from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["443", "8000-8443"]},
        "algorithms": [SCORE],
    },
    "beta": {"account_id": "333333333333", "region": "eu-central-1", "vpc_cidrs": ["10.2.0.0/16"]},
}


def told(groups=None, **hosts):
    """Problems of HOSTS with these variables, by host; a variable that is None is removed."""
    accounts = copy.deepcopy(HOSTS)
    for host, variables in hosts.items():
        of_host = accounts.setdefault(host, {})
        of_host.update(variables)
        for name in [name for name, value in variables.items() if value is None]:
            del of_host[name]
    return [str(one) for one in inventory.problems(accounts, groups or GROUPS)]


def test_a_sound_inventory_has_no_problem():
    assert told() == []
    least = {key: SCORE[key] for key in ("name", "version", "endpoint", "addresses", "port")}
    assert told(alpha={"algorithms": [least]}) == []
    # Two versions at one endpoint, and hosts that offer nothing.
    assert told(alpha={"algorithms": [SCORE, {**SCORE, "version": "3", "port": 443}]}) == []
    assert told(alpha={"algorithms": []}, beta={"algorithms": []}) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"port": 9443}, "alpha.algorithms[0].port: 9443 is not among spoke_from_hub.tcp (443, 8000-8443)"),
        ({"port": 0}, "alpha.algorithms[0].port: 0 is no port"),
        ({"port": "8443"}, "alpha.algorithms[0].port: '8443' is no port"),
        ({"port": True}, "is no port"),
        ({"endpoint": "score.alpha.example.com"}, "is not below the zone algorithms.internal"),
        ({"endpoint": "algorithms.internal"}, "is not below the zone algorithms.internal"),
        ({"endpoint": "score.notalgorithms.internal"}, "is not below the zone"),
        ({"endpoint": "*.algorithms.internal"}, "is a wildcard"),
        ({"endpoint": "Score.algorithms.internal"}, "is no DNS name"),
        ({"addresses": ["10.2.0.10"]}, "'10.2.0.10' is outside vpc_cidrs (10.1.0.0/16), so it isn't the account's"),
        ({"addresses": ["10.1.0.10", "10.1.0.10"]}, "alpha.algorithms[0].addresses[1]: '10.1.0.10' is there twice"),
        ({"addresses": ["fd00::1"]}, "is no IPv4 address"),
        ({"addresses": ["8.8.8.8"]}, "alpha.algorithms[0].addresses[0]: '8.8.8.8' is no private address of a network"),
        ({"addresses": "10.1.0.10"}, "is no list of addresses"),
        ({"addresses": []}, "is no list of addresses"),
        ({"version": 1.1}, "alpha.algorithms[0].version: 1.1 is no text, and a number may lose digits; expected the"),
        ({"version": "1/2"}, "is no version"),
        ({"name": "score\n"}, "is no name of an algorithm"),
        ({"name": ".."}, "is no name of an algorithm"),
        ({"protocol": "grpc"}, "is no protocol of an algorithm; expected https or http or tcp"),
        ({"weight": -1}, "is no weight"),
        ({"weight": 1001}, "is no weight"),
        ({"health_path": "health"}, "is no path of a URL"),
        ({"wieght": 10}, "alpha.algorithms[0].wieght: is no option of an algorithm; expected weight"),
        ({"name": None}, "alpha.algorithms[0].name: is missing"),
    ],
)
def test_an_item_that_is_wrong(changed, says):
    (problem,) = told(alpha={"algorithms": [{**SCORE, **changed}]})
    assert says in problem


@pytest.mark.parametrize("declared", ["score", {"name": "score"}, 1])
def test_what_is_no_list(declared):
    (problem,) = told(alpha={"algorithms": declared})
    assert "alpha.algorithms" in problem and "is not a list" in problem
    assert "is not a mapping" in told(alpha={"algorithms": [declared and "score"]})[0]


def test_two_accounts_with_one_algorithm_and_version():
    other = {**SCORE, "endpoint": "score.beta.algorithms.internal", "addresses": ["10.2.0.10"]}
    (problem,) = told(beta={"algorithms": [other]})
    assert problem.startswith("beta.algorithms[0].version: '2' is also offered as alpha.algorithms[0]")
    assert told(beta={"algorithms": [{**other, "version": "3"}]}) == []
    (problem,) = told(beta={"algorithms": [{**other, "version": "3", "endpoint": SCORE["endpoint"]}]})
    assert "is also a name of alpha" in problem
    # Another region has a registry of its own.
    west = {"region": "eu-west-1", "algorithms": [other]}
    groups = {**GROUPS, "algorithm_registry": ["shared", "west"]}
    assert told(groups, beta=west, west={**HOSTS["shared"], "region": "eu-west-1"}) == []


def test_one_name_has_one_record():
    (problem,) = told(alpha={"algorithms": [SCORE, {**SCORE, "version": "3", "addresses": ["10.1.0.11"]}]})
    assert "has other addresses in alpha.algorithms[0]" in problem


def test_algorithms_need_a_registry_and_a_spoke():
    (problem,) = told({**GROUPS, "algorithm_registry": []})
    assert problem.startswith("alpha.region: 'eu-central-1' has no registry, in which the algorithms of alpha")
    (problem,) = told({**GROUPS, "spokes": ["beta"]})
    assert "are offered by alpha, which is no host of the group spokes" in problem


def test_registries():
    (problem,) = told({**GROUPS, "algorithm_registry": ["shared", "more"]}, more=HOSTS["shared"])
    assert problem.startswith("more.region: 'eu-central-1' is also the region of the registry shared")
    (problem,) = told(shared={"algorithm_registry_front_role_arn": None})
    assert "front_role_arn: is missing" in problem
    (problem,) = told(shared={"algorithm_registry_front_tier": "frnot"})
    assert "'frnot' is no tier of its vpc_tiers; expected one of front" in problem
    (problem, *_rest) = told(shared={"algorithm_registry_zone": "internal"})
    assert "shared.algorithm_registry_zone: 'internal' is no DNS name" in problem
    absent = {"algorithm_registry_state": "absent", "algorithm_registry_front_role_arn": None}
    assert told(shared=absent) == []


def test_without_from_hub_the_flows_must_let_the_front_in():
    flows = [{"from": "10.0.0.0/24", "to": "app", "tcp": ["8443"]}]
    assert told(alpha={"spoke_from_hub": None, "vpc_flows": flows}) == []
    for others in ([], [{"from": "10.9.0.0/16", "to": "app", "tcp": ["8443"]}], [{**flows[0], "tcp": ["443"]}]):
        (problem,) = told(alpha={"spoke_from_hub": None, "vpc_flows": others})
        assert "has no flow of vpc_flows from the front's VPC" in problem and "{from: 10.0.0.0/16" in problem
    # What the inventory doesn't show, the paths in AWS show.
    assert told(alpha={"spoke_from_hub": None}) == []
