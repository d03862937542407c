# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts on pairs of accounts, with sets of packets made by hand, and the evidence, text and page of them."""

from __future__ import annotations

import copy
import json
from datetime import date, datetime, timezone
from ipaddress import ip_network

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.snapshot import Place, Snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import (
    coverage,
    evidence,
    packet_sets,
    verdicts,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.declaration import Declaration
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.retrace import Retraced
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.verdicts import Levels, Prover
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.ways import (
    Decides,
    Flow,
    Reason,
    Sets,
    Site,
    premises,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import isolation_page, isolation_text

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
REGION = "eu-central-1"
HUB, ALPHA, BETA = (digit * 12 for digit in "123")
CIDRS = {HUB: "10.0.0.0/16", ALPHA: "10.1.0.0/16", BETA: "10.2.0.0/16"}
SITES = {account: Site(account, f"vpc-{account[0]}", "app") for account in CIDRS}
TABLE = Decides("transit_gateway_route_table", "tgw-rtb-1", "no route")
GROUP = Decides("security_group", "sg-1", "ingress tcp 443")


def spoke(account):
    return {"account_id": account, "region": REGION, "vpc_cidrs": [CIDRS[account]], "spoke_segment": "customers"}


HOSTS = {
    "hub": {
        "account_id": HUB,
        "region": REGION,
        "vpc_cidrs": [CIDRS[HUB]],
        "hub_segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
        "hub_segment": "shared",
    },
    "alpha": spoke(ALPHA),
    "beta": spoke(BETA),
}


def packets(one, other, port=None):
    def numbers(account):
        network = ip_network(CIDRS[account])
        return ((int(network[4]), int(network[-2])),)

    ports = (0, 65535) if port is None else (port, port)
    protocol = None if port is None else 6
    return Sets(v4=packet_sets.box(4, numbers(one), numbers(other), protocol, ports=ports))


class Reach:
    """Reachability by hand: {(account, account): flow}; all else is closed by a table."""

    def __init__(self, flows, more=()):
        self.flows, self.sites = flows, (*SITES.values(), *more)

    def between(self, one, other):
        return self.flows.get((one.account_id, other.account_id), Flow(decides=(TABLE,)))

    def open_pairs(self):
        return [self._sites(pair) for pair, flow in self.flows.items() if not flow.forward.is_empty]

    def unknown_pairs(self):
        return [self._sites(pair) for pair, flow in self.flows.items() if flow.unknown]

    @staticmethod
    def _sites(pair):
        return tuple(SITES[account] for account in pair)


def stops(_sources, _targets):
    return (TABLE,)


def flow(one, other, port=None, answered=True, **more):
    sets = packets(one, other, port)
    return Flow(forward=sets, answered=sets if answered else Sets(), decides=(GROUP,), **more)


BOTH_WAYS = {(HUB, ALPHA), (ALPHA, HUB), (HUB, BETA), (BETA, HUB)}


class World:
    """Networks of HOSTS: as declared, but for what a test changes."""

    def __init__(self):
        self.routes = {pair: flow(*pair) for pair in BOTH_WAYS}
        self.strict = {pair: flow(*pair, 443) for pair in BOTH_WAYS}
        self.today = dict(self.strict)
        self.hosts, self.unread, self.traced = copy.deepcopy(HOSTS), {}, []
        self.own, self.more = {}, {}
        self.answer = Retraced("delivered", "it arrives", arrives=True, hops=("transit_gateway tgw-1",))

    def leak(self, one, other, strict=None, today=None):
        self.routes[one, other] = flow(one, other)
        self.strict[one, other] = strict or Flow(decides=(GROUP,))
        self.today[one, other] = today or Flow(decides=(GROUP,))

    def retrace(self, sender, target, packet, source_port):
        self.traced.append((sender, target, packet))
        return self.answer

    def own_routes(self, one, other):
        return self.own.get((one, other))

    def past_filters(self, one, other):
        return self.more.get((one, other))

    def prover(self):
        levels = Levels(
            Reach(self.routes),
            Reach(self.strict),
            Reach(self.today),
            self.retrace,
            stops,
            self.own_routes,
            self.past_filters,
        )
        return Prover(Declaration(self.hosts, date(2026, 11, 30)), levels, self.unread)

    def verdict(self, one, other):
        found = [verdict for verdict, pairs in self.prover().prove().items() if (one, other) in pairs]
        assert len(found) == 1
        return found[0]

    def told(self, *places):
        prover = self.prover()
        read = {"Start": "2026-11-30T11:00:00+00:00", "End": "2026-11-30T11:05:00+00:00", "Reads": 2, "Equal": True}
        places = places or [Place(f"accounts/{account}/{REGION}/", account, REGION) for account in CIDRS]
        kinds = dict.fromkeys(coverage.NEEDED, ())
        snapshot = Snapshot(dict.fromkeys(places, kinds), {}, dict.fromkeys(places, read))
        covered = coverage.coverage(snapshot, prover.declaration)
        return evidence.evidence(prover, prover.prove(), covered, "sha256:00", NOW)


@pytest.fixture
def world():
    return World()


def test_a_pair_without_a_route_is_proven_by_routes(world):
    told = world.verdict(ALPHA, BETA)
    assert (told.verdict, told.level, told.decides) == ("proven", "routes", (TABLE,))
    assert told.declared == "nobody declares it"


def test_a_declared_pair_is_told_with_its_ports(world):
    told = world.verdict(HUB, ALPHA)
    assert (told.verdict, told.answered) == ("open", True)
    assert [(part.source, part.target, part.ports) for part in told.parts] == [("hub/app", "alpha/app", ("tcp 443",))]
    world.today[HUB, ALPHA] = flow(HUB, ALPHA, 443, answered=False)
    assert not world.verdict(HUB, ALPHA).answered


def test_a_declared_pair_that_nothing_leads_to_is_a_problem(world):
    del world.routes[HUB, ALPHA]
    assert world.verdict(HUB, ALPHA).verdict == "closed"
    # Where its routes aren't declared, either, nobody expects it.
    world.hosts["alpha"]["spoke_destinations"] = []
    assert world.verdict(HUB, ALPHA).verdict == "proven"


def test_a_leak_is_told_with_a_packet_that_was_traced_again(world):
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    told = world.verdict(ALPHA, BETA)
    assert (told.verdict, told.level) == ("counterexample", "filters")
    assert told.packet.startswith("tcp/22 from 10.1.") and told.hops == ("transit_gateway tgw-1",)
    assert [part.ports for part in told.parts] == [("tcp 22",)]
    (sender, target, packet) = world.traced[0]
    assert (sender, target) == ((ALPHA, "vpc-2"), (BETA, "vpc-3")) and packet.ports == (22, 22)
    assert world.verdict(BETA, ALPHA).verdict == "proven"


def test_a_leak_to_an_interface_that_is_not_there_yet_is_one(world):
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22))
    told = world.verdict(ALPHA, BETA)
    assert told.verdict == "counterexample" and "as soon as both ends have an interface" in told.says


def test_both_must_agree(world):
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    world.answer = Retraced("no_route", "route_table rtb-1: no route")
    told = world.verdict(ALPHA, BETA)
    assert told.verdict == "unknown" and "route_table rtb-1: no route" in told.says


def test_what_only_the_sender_closes_is_not_proven(world):
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22))
    world.answer = Retraced("denied", "network_acl acl-1: outbound rule * denies", by_sender=True)
    told = world.verdict(ALPHA, BETA)
    assert told.verdict == "unknown" and "only the sender's own filter stops" in told.says


def test_what_only_the_sender_s_routes_close_is_not_proven(world):
    reason = world.own[ALPHA, BETA] = Reason("tgw-rtb-1", "only the sender's own route tables keep it back")
    told = world.verdict(ALPHA, BETA)
    assert (told.verdict, told.reasons) == ("unknown", (reason,))
    assert world.verdict(BETA, ALPHA).verdict == "proven"
    world.own[HUB, ALPHA] = reason  # declared
    assert world.verdict(HUB, ALPHA).verdict == "open"


def test_filters_of_the_receiver_prove_it(world):
    world.leak(ALPHA, BETA)
    told = world.verdict(ALPHA, BETA)
    assert (told.verdict, told.level, told.decides) == ("proven", "filters", (GROUP,))


def test_filters_of_what_the_sender_s_routes_lead_there_prove_nothing_of_the_rest(world):
    world.leak(ALPHA, BETA)
    reason = world.more[ALPHA, BETA] = Reason("tgw-rtb-1", "only the sender's own route tables keep it back")
    told = world.verdict(ALPHA, BETA)
    assert (told.verdict, told.level, told.reasons) == ("unknown", "filters", (reason,))


@pytest.mark.parametrize("level", ["routes", "strict"])
def test_unknown_is_never_proven(world, level):
    reason = Reason("tgw-attach-1", "NAT", "none")
    if level == "strict":
        world.leak(ALPHA, BETA, Flow(unknown=(reason,)))
    else:
        world.routes[ALPHA, BETA] = Flow(unknown=(reason,))
    told = world.verdict(ALPHA, BETA)
    assert (told.verdict, told.reasons) == ("unknown", (reason,))


def test_an_account_that_was_not_read_is_unknown_both_ways(world):
    world.unread[BETA] = Reason("account 3", "it wasn't read")
    assert {world.verdict(*pair).verdict for pair in ((ALPHA, BETA), (BETA, ALPHA), (HUB, BETA))} == {"unknown"}
    assert world.verdict(HUB, ALPHA).verdict == "open"
    # Between two accounts that weren't read, one reason is enough.
    world.unread[ALPHA] = Reason("account 2", "it wasn't read")
    assert world.verdict(ALPHA, BETA).reasons == world.verdict(BETA, ALPHA).reasons == (world.unread[ALPHA],)


def test_after_many_leaks_no_further_one_is_traced(world, monkeypatch):
    monkeypatch.setattr(verdicts, "MOST_LEAKS", 1)
    for pair in ((ALPHA, BETA), (BETA, ALPHA)):
        world.leak(*pair, flow(*pair, 22), flow(*pair, 22))
    found = [(v.verdict, pair) for v, pairs in world.prover().prove().items() for pair in pairs]
    assert ("counterexample", (ALPHA, BETA)) in found and ("unknown", (BETA, ALPHA)) in found
    assert len(world.traced) == 1


def test_premises_and_internet_do_not_concern_each_other(world):
    office = premises("tgw-attach-1")
    levels = Levels(
        Reach(world.routes, (office, Site("internet", "", ""))),
        None,
        Reach(world.today),
        None,
        stops,
        world.own_routes,
        world.past_filters,
    )
    prover = Prover(Declaration(world.hosts, date(2026, 11, 30)), levels, {})
    pairs = [pair for found in prover.prove().values() for pair in found]
    assert ("premises/tgw-attach-1", ALPHA) in pairs and ("internet", ALPHA) in pairs
    assert not {("internet", "premises/tgw-attach-1"), ("premises/tgw-attach-1", "internet")} & set(pairs)
    assert len(pairs) == len(set(pairs)) == 3 * 2 + 2 * 3 * 2
    assert len([pair for pair in pairs if "internet" in pair]) == 6


# ---- evidence


def test_evidence_has_each_pair_once(world):
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    told = world.told()
    pairs = [pair for pair, _verdict in evidence.verdicts_of(told)]
    assert len(pairs) == len(set(pairs)) == 3 * 2 + 3 * 2
    assert told["summary"] == {"counterexample": 1, "closed": 0, "unknown": 0, "open": 4, "proven": 7}
    assert told["coverage"]["read"] == told["coverage"]["accounts"] == 3
    assert evidence.failing(told) == 1


def test_what_both_reach_is_told(world):
    (shared,) = world.told()["shared_by_both"]
    assert shared["end"] == HUB and shared["says"] == "2 ends reach hub that are kept apart from each other"


def test_the_checksum_is_that_of_all_of_it(world):
    told = json.loads(json.dumps(world.told()))
    evidence.check(told)
    for change in (("verdicts", []), ("created", "2026-12-01T00:00:00+00:00"), ("not_covered", [])):
        with pytest.raises(Invalid, match="it was changed"):
            evidence.check({**told, change[0]: change[1]})
    for other in ({}, [], None, {"format": "else"}):
        with pytest.raises(Invalid, match="is no evidence"):
            evidence.check(other)


def test_changes_since_earlier_evidence(world):
    before = world.told()
    assert evidence.changes(before, world.told()) == []
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    world.today[HUB, BETA] = flow(HUB, BETA, 8443)
    lines = evidence.changes(before, world.told())
    assert any(line.startswith("alpha -> beta: was proven (routes), is counterexample") for line in lines)
    assert any("hub -> beta: was open (filters) tcp 443, is open (filters) tcp 8443" in line for line in lines)
    assert len(lines) == 2


def test_rectangles_are_few_and_exact():
    members = [str(number) for number in range(50)]
    pairs = [(one, other) for one in members for other in members if one != other]
    assert len(evidence.rectangles(pairs)) == 1
    for case in (pairs, pairs[:-1], pairs[::3], [("a", "b")], [("a", "b"), ("b", "a")]):
        told = [(s, t) for sources, ends in evidence.rectangles(case) for s in sources for t in ends if s != t]
        assert sorted(told) == sorted(case)


# ---- reads


def covered(world, reads, **more):
    places = [Place(f"accounts/{account}/{region}/", account, region) for account, region in reads]
    kinds = dict.fromkeys(coverage.NEEDED, ())
    times = {
        place: {"Start": start, "End": start, "Equal": True} for place, start in zip(places, reads.values()) if start
    }
    snapshot = Snapshot(dict.fromkeys(places, kinds), {}, times)
    return coverage.coverage(snapshot, Declaration(world.hosts, date(2026, 11, 30)), **more)


AT = "2026-11-30T11:00:00+00:00"


def test_reads_of_another_day_are_not_known(world):
    reads = {(HUB, REGION): AT, (ALPHA, REGION): AT, (BETA, REGION): "2026-11-29T11:00:00+00:00"}
    told = covered(world, reads).unread
    assert told.keys() == {BETA} and "hours before the others" in told[BETA].why
    assert covered(world, reads, window_hours=30).unread == {}


def test_if_the_hub_is_not_known_nothing_is(world):
    told = covered(world, {(ALPHA, REGION): AT, (BETA, REGION): AT}).unread
    assert told.keys() == {HUB, ALPHA, BETA} and "packets of other accounts pass it" in told[ALPHA].why


def test_every_region_of_an_account_must_be_read(world):
    world.hosts["alpha-west"] = {"account_id": ALPHA, "region": "eu-west-1"}
    reads = dict.fromkeys([(HUB, REGION), (ALPHA, REGION), (BETA, REGION)], AT)
    told = covered(world, reads).unread
    assert told.keys() == {ALPHA} and told[ALPHA].id == f"account {ALPHA}, eu-west-1"
    assert covered(world, {**reads, (ALPHA, "eu-west-1"): AT}).unread == {}


def test_a_snapshot_that_does_not_tell_its_time_is_not_known(world):
    told = covered(world, {(HUB, REGION): AT, (ALPHA, REGION): "", (BETA, REGION): AT})
    assert told.unread.keys() == {ALPHA} and told.start is None


def test_a_kind_that_was_denied_makes_its_account_unknown(world):
    place = Place(f"accounts/{ALPHA}/{REGION}/", ALPHA, REGION)
    kinds = {kind: () for kind in coverage.NEEDED if kind != "Subnets"}
    snapshot = Snapshot({place: kinds}, {place: {"Subnets": "DescribeSubnets: UnauthorizedOperation"}}, {})
    told = coverage.coverage(snapshot, Declaration({"alpha": spoke(ALPHA)}, date(2026, 11, 30))).unread
    assert "UnauthorizedOperation" in told[ALPHA].why


# ---- reports


def test_lines_tell_what_fails_first(world):
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    lines = isolation_text.isolation_lines(world.told())
    assert lines[0].startswith("1 COUNTEREXAMPLE, 4 open, as declared, 7 proven closed; 3 of 3 accounts read, twice")
    assert lines[1].startswith("COUNTEREXAMPLE: alpha -> beta: alpha/app -> beta/app: tcp/22 from 10.1.0.4 to 10.2.0.4")
    assert lines[2] == "  transit_gateway tgw-1"


def test_of_many_problems_the_first_ones_are_told(world, monkeypatch):
    monkeypatch.setattr(isolation_text, "MOST_FAILING", 1)
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    world.leak(BETA, ALPHA, flow(BETA, ALPHA, 23), flow(BETA, ALPHA, 23))
    lines = isolation_text.isolation_lines(world.told())
    assert [line[:14] for line in lines if line.startswith("COUNTER")] == ["COUNTEREXAMPLE"]
    assert "and 1 more kinds of pairs that fail: see proof_page or proof_json" in lines


def test_the_page_has_every_pair_and_no_hostile_text(world):
    hostile = "</script><img src=x onerror=alert(1)>\u202e"
    world.hosts[hostile] = world.hosts.pop("alpha")
    world.answer = world.answer._replace(hops=(hostile,))
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    page = isolation_page.isolation_html(world.told())
    assert "<img" not in page and "\u202e" not in page
    assert page.count("</script>") == 2
    assert "1 counterexample" in page and "Shared by both" in page and "Not covered by this proof" in page
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert len(data["ends"]) == 4 and any("COUNTEREXAMPLE" in text for text in data["verdicts"])


class Large(Reach):
    """A hub and many spokes, each with route tables of its own, as AWS has them."""

    def __init__(self, count):
        self.accounts = [f"{number:012d}" for number in range(1, count + 1)]
        self.sites = tuple(Site(a, f"vpc-{a}", tier) for a in self.accounts for tier in ("app", "data", "tgw"))
        hub = self.accounts[0]
        self.open = {
            (Site(one, f"vpc-{one}", "app"), Site(other, f"vpc-{other}", "app"))
            for spoke_ in self.accounts[1:]
            for one, other in ((hub, spoke_), (spoke_, hub))
        }

    def stops(self, sources, targets):
        return [one for source in sources for one in self.between(source, targets[0]).decides]

    def between(self, one, other):
        if (one, other) in self.open:
            return flow(HUB, ALPHA, 443)._replace(
                decides=(Decides("security_group", f"sg-{other.account_id}", "x" * 80),)
            )
        tables = (Decides("route_table", f"rtb-{one.account_id}-{one.tier}", "no route leads there"), TABLE)
        return Flow(decides=tables)

    def open_pairs(self):
        return self.open

    def unknown_pairs(self):
        return ()


def test_the_page_of_300_accounts_stays_small():
    reach = Large(300)
    hosts = {f"customer-{a}": {**HOSTS["alpha"], "account_id": a} for a in reach.accounts[1:]}
    hosts["hub"] = {**HOSTS["hub"], "account_id": reach.accounts[0]}
    prover = Prover(
        Declaration(hosts, date(2026, 11, 30)),
        Levels(reach, reach, reach, None, reach.stops, World().own_routes, World().past_filters),
        {},
    )
    covered_ = coverage.Coverage((), {}, NOW, NOW, True, (), {})
    told = evidence.evidence(prover, prover.prove(), covered_, "sha256:00", NOW)
    assert sum(told["summary"].values()) == 300 * 299 + 2 * 300
    assert len(json.dumps(told)) < 2_000_000
    assert len(isolation_page.isolation_html(told)) < 2_000_000
