# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an approval binds of an effect, what of it needs a name, and entries that stand for many accounts."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect import binding, calls, folding
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.tests.unit._domain.effect.spokes import (
    HUB,
    account,
    call,
    effect,
    network,
    propagate,
)


def test_results_that_tell_nothing_are_unknown():
    told = {
        "hub": {"account_id": HUB, "vpc_result": {"failed": True, "msg": "denied"}, "hub_result": {"plan": [{}]}},
        "a": {
            "account_id": account(1),
            "privatelink_consumer_result": {
                "results": [{"skipped": True, "ansible_loop_var": "item", "item": {"name": "billing"}}]
            },
        },
        # A task that nobody asked for.
        "b": {"account_id": account(2), "closed_network_block_result": {"skipped": True}},
        "cloud": {"cloud": "gcp", "project_id": "p"},
        "nothing": {},
    }
    assert [(host.host, host.unknown) for host in calls.of_accounts(told)] == [
        ("hub", ("hub: vpc_result failed: denied", "hub: hub_result has steps without what they write")),
        ("a", ("a: what endpoint billing reaches, once its provider has published the service",)),
        ("b", ()),
    ]


def test_an_approved_plan_is_taken_in_place_of_the_results():
    accounts = {"a": {"account_id": account(1), "spoke_result": {"network_calls": [call("delete_vpc", VpcId="vpc-1")]}}}
    approved = {"accounts": {"a": {"network_calls": {"spoke_result": [call("create_vpc", CidrBlock="10.0.0.0/16")]}}}}
    ((part,),) = [host.parts for host in calls.of_accounts(accounts, approved)]
    assert part.name == "spoke_result" and [one["operation"] for one in part.calls] == ["ec2.create_vpc"]


def entry(ports, **more):
    return {"from": "a/app", "to": "b/app", "level": "filters", "ports": ports, "text": "", **more}


def data(*opens, **more):
    return {"version": 1, "opens": list(opens), "closes": [], "loses_inspection": [], "unknown": [], **more}


@pytest.mark.parametrize(
    ("now", "approved", "lines"),
    [
        (["tcp 443"], ["tcp 443"], []),
        (["tcp 443"], ["tcp 22, 400-500"], []),
        (["tcp 443"], ["tcp"], []),
        (["tcp 443"], ["all traffic"], []),
        ([], ["tcp 443"], []),
        (["tcp 443-450"], ["tcp 443"], ["opens a/app -> b/app: tcp 443-450"]),
        (["udp 443"], ["tcp 443"], ["opens a/app -> b/app: udp 443"]),
        (["all traffic"], ["tcp"], ["opens a/app -> b/app: all traffic"]),
        (["icmp echo request"], ["icmp"], []),
    ],
)
def test_less_than_approved_is_fine_and_more_is_told(now, approved, lines):
    effect_now = data(entry(now)) if now else data()
    assert binding.beyond(effect_now, data(entry(approved))) == lines


def test_a_folded_entry_stands_for_each_of_its_pairs():
    many = entry(["tcp 443"], **{"from": "customers/app", "to": "shared/app"})
    many |= {"from_hosts": ["a", "c"], "to_hosts": ["b"]}
    assert binding.beyond(data(entry(["tcp 443"])), data(many)) == []
    assert binding.beyond(data(many), data(entry(["tcp 443"]))) == ["opens c/app -> b/app: tcp 443"]
    within = {**many, "from_hosts": ["a", "b"], "to_hosts": ["a", "b"], "within": True}
    assert binding.beyond(data(within), data()) == ["opens a/app -> a/app: tcp 443"]
    assert binding.beyond(data(entry(["tcp 443"])), data(within)) == ["opens a/app -> b/app: tcp 443"]
    assert binding.beyond(data(unknown=["x"]), data()) == ["opens what isn't known: x"]
    with pytest.raises(Invalid, match="isn't that of a plan"):
        binding.beyond(data(), {"opens": []})


def test_many_of_the_same_become_one_entry():
    before, accounts = network(40)
    found, _after = effect(
        before,
        accounts,
        hub=[
            call("enable_transit_gateway_route_table_propagation", f"x.{n}", **propagate("customers", f"a{n}"))
            for n in range(40)
        ],
    )
    (one,) = found["opens"]
    assert len(one["from_hosts"]) == len(one["to_hosts"]) == 40 and one["from"] == one["to"] == "customers/app"
    assert one["text"] == "customers/app (40 accounts) -> customers/app (40 accounts): tcp 443"
    assert binding.unnamed(found, ["customers>customers"]) == [] != binding.unnamed(found, ["a0>a1"])


def test_an_opening_of_the_hubs_tables_alone_is_named_by_segments_or_hosts():
    """The hub takes either, so the plan does, too."""
    before, accounts = network(2)
    opening = [
        call("enable_transit_gateway_route_table_propagation", **propagate("customers", f"a{n}")) for n in (0, 1)
    ]
    places = {
        place: {**kinds, "RouteTables": ({**kinds["RouteTables"][0], "Routes": []},)}
        for place, kinds in before.places.items()
    }
    found, _after = effect(snapshot.Snapshot(places), accounts, hub=opening)
    (one,) = found["opens"]
    assert one["text"] == "customers -> customers: by the hub's tables; the VPCs' own routes don't lead there yet"
    assert binding.unnamed(found, ["customers>customers"]) == []
    assert binding.unnamed(found, ["a0>a1", "customers>a0"]) == []
    assert binding.unused(found, ["a0>a1", "customers>a0", "hub>a0"]) == ["hub>a0"]
    assert binding.unnamed(found, ["a0>a1"]) == [f"customers>customers: {one['text']}"]
    # What was approved for two accounts isn't for a third.
    assert binding.beyond(found, data(one)) == []
    more = {**one, "to_hosts": ["a0", "a1", "a2"]}
    assert binding.beyond(data(more), data(one)) == ["opens a0 -> a2: all traffic"]


def test_what_many_accounts_open_within_themselves_is_one_entry():
    more = {"from_segment": "customers", "to_segment": "customers", "needs_name": False, "names": []}
    entries = [
        entry(["tcp 22"], **more, **{"from": f"a{n}/app", "to": f"a{n}/db"}, from_host=f"a{n}", to_host=f"a{n}")
        for n in range(40)
    ]
    (one,) = folding.folded([{**listed, "text": "x -> y: tcp 22"} for listed in entries])
    assert one["text"] == "customers/app (40 accounts) -> customers/db (40 accounts): each within itself: tcp 22"
    assert binding.beyond(data(one), data(*entries)) == binding.beyond(data(*entries), data(one)) == []


def test_what_could_not_be_read_is_bound_by_the_approval():
    """A run that isn't let to read what the plan read knows less, and may not go on as if nothing more opened."""
    before, accounts = network(2)
    opening = [call("enable_transit_gateway_route_table_propagation", **propagate("customers", "a1"))]
    approved, _after = effect(before, dict(accounts), hub=opening)
    (denied,) = [one for one in before.places if one.account_id == account(1)]
    places = {**before.places, denied: {k: v for k, v in before.places[denied].items() if k != "RouteTables"}}
    why = {"RouteTables": "DescribeRouteTables: UnauthorizedOperation"}
    found, _after = effect(snapshot.Snapshot(places, {denied: why}), dict(accounts), hub=opening)
    assert "a1: RouteTables: DescribeRouteTables: UnauthorizedOperation" in found["unknown"]
    assert any("RouteTables: DescribeRouteTables" in line for line in binding.beyond(found, approved))
    assert binding.beyond(found, found) == []
    # What isn't known with or without the plan counts, too.
    hidden = {**approved, "unknown_before": ["tgw-attach-9: its kind isn't known here"]}
    assert binding.beyond(hidden, approved) == ["opens what isn't known: tgw-attach-9: its kind isn't known here"]
    assert binding.beyond(hidden, hidden) == []


def test_what_stays_inside_an_account_comes_after_what_crosses_accounts():
    def entry(one, other, needs_name=False):
        ends = {"from_host": one, "to_host": other, "from": f"{one}/app", "to": f"{other}/app", "level": "filters"}
        more = {"from_segment": None, "to_segment": None, "needs_name": needs_name, "names": [], "ports": ["tcp 22"]}
        return {**ends, **more, "text": f"{one} -> {other}: tcp 22"}

    within = [entry(f"a{n}", f"a{n}") for n in range(3)]
    across = [entry("z", "y"), entry("z", "x", needs_name=True)]
    assert folding.folded([*within, *across]) == [across[1], across[0], *within]
    assert folding.folded([entry(None, None), *within])[0]["from_host"] is None
