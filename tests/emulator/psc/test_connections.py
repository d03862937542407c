# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States of Private Service Connect connections, as Google's pages give them.

Sources: https://cloud.google.com/vpc/docs/manage-private-service-connect-services ("Manage access to a published
service", "Connection reconciliation"), https://cloud.google.com/vpc/docs/about-vpc-hosted-services (statuses, NAT
subnets) and reconcileConnections in compute v1's discovery document. No real answer with PENDING or REJECTED is public.
"""

from __future__ import annotations

import dataclasses

import pytest

from emulator.gcp.psc.connections import (
    ACCEPTED,
    AUTOMATIC,
    CLOSED,
    MANUAL,
    NEEDS_ATTENTION,
    PENDING,
    REJECTED,
    Connection,
    Consumer,
    Policy,
    close,
    settle,
    usable_addresses,
)

NOBODY = Policy(MANUAL, (), (), True, ("192.168.0.0/29",))


def connection(number: int, project: str = "recruiting-a", status: str = PENDING) -> Connection:
    folder = f"projects/{project}"
    rule = f"{folder}/regions/asia-northeast1/forwardingRules"
    consumer = Consumer(
        project, f"{len(project)}00", f"{folder}/global/networks/main", f"{rule}/endpoint-{number}", f"{rule}/{number}"
    )
    return Connection(str(number), consumer, status)


def policy(base: Policy = NOBODY, **changes: object) -> Policy:
    return dataclasses.replace(base, **changes)


A = (("recruiting-a", 1),)


@pytest.mark.parametrize(
    ("reconcile", "changes", "before", "after"),
    [
        # taken off the accept list
        (True, {}, ACCEPTED, PENDING),
        (False, {}, ACCEPTED, ACCEPTED),
        # put on the reject list
        (True, {"reject": ("recruiting-a",)}, ACCEPTED, REJECTED),
        (False, {"reject": ("recruiting-a",)}, ACCEPTED, ACCEPTED),
        (True, {"reject": ("recruiting-a",)}, PENDING, REJECTED),
        (False, {"reject": ("recruiting-a",)}, PENDING, REJECTED),
        # put on the accept list
        (True, {"accept": A}, PENDING, ACCEPTED),
        (True, {"accept": A}, REJECTED, ACCEPTED),
        (False, {"accept": A}, PENDING, ACCEPTED),
        (False, {"accept": A}, REJECTED, REJECTED),
        # on both lists: rejected
        (True, {"accept": A, "reject": ("recruiting-a",)}, ACCEPTED, REJECTED),
        # accept automatically
        (False, {"preference": AUTOMATIC}, PENDING, ACCEPTED),
        (False, {"preference": AUTOMATIC, "reject": ("recruiting-a",)}, PENDING, REJECTED),
        # terminal
        (True, {"accept": A}, CLOSED, CLOSED),
        (True, {"preference": AUTOMATIC}, CLOSED, CLOSED),
    ],
)
def test_table(reconcile: bool, changes: dict[str, object], before: str, after: str) -> None:
    there = connection(1, status=before)
    settle(policy(reconcile=reconcile, **changes), [there])
    assert there.status == after


@pytest.mark.parametrize(
    "name",
    [
        "recruiting-a",
        "1200",
        "projects/recruiting-a/global/networks/main",
        "projects/1200/global/networks/main",
        "projects/recruiting-a/regions/asia-northeast1/forwardingRules/endpoint-1",
        "projects/1200/regions/asia-northeast1/forwardingRules/1",
    ],
)
def test_names_of_a_consumer(name: str) -> None:
    mine, other = connection(1), connection(2, "stranger")
    settle(policy(accept=((name, 1),)), [mine, other])
    assert (mine.status, other.status) == (ACCEPTED, PENDING)


def test_over_the_limit_is_pending_until_there_is_room() -> None:
    first, second, other = connection(1), connection(2), connection(3, "recruiting-c")
    lists = policy(accept=(*A, ("recruiting-c", 1)))
    settle(lists, [first, second, other])
    assert [first.status, second.status, other.status] == [ACCEPTED, PENDING, ACCEPTED]
    settle(lists, [second, other])
    assert second.status == ACCEPTED


@pytest.mark.parametrize("reconcile", [True, False])
def test_lowered_limit_cuts_no_connection(reconcile: bool) -> None:
    there = [connection(1), connection(2), connection(3)]
    lists = policy(accept=(("recruiting-a", 3),), reconcile=reconcile)
    settle(lists, there)
    there.append(connection(4))
    settle(policy(lists, accept=A), there)
    assert [one.status for one in there] == [ACCEPTED, ACCEPTED, ACCEPTED, PENDING]


def test_nat_subnet_of_four_addresses_serves_four_endpoints() -> None:
    there = [connection(number) for number in range(5)]
    lists = policy(accept=(("recruiting-a", 9),))
    settle(lists, there)
    assert [one.status for one in there] == [ACCEPTED] * 4 + [NEEDS_ATTENTION]
    settle(policy(lists, nat_ranges=("192.168.0.0/29", "192.168.0.8/29")), there)
    assert there[4].status == ACCEPTED


def test_address_of_a_deleted_endpoint_is_given_to_the_next() -> None:
    there = [connection(number) for number in range(5)]
    lists = policy(accept=(("recruiting-a", 9),))
    settle(lists, there)
    settle(lists, there[1:])
    assert there[4].status == ACCEPTED


def test_who_has_an_address_keeps_it() -> None:
    lists = policy(accept=(("recruiting-a", 9),), nat_ranges=("192.168.0.0/29",))
    there = [connection(0), *(connection(number, status=ACCEPTED) for number in range(1, 5))]
    settle(lists, there)
    assert [one.status for one in there] == [NEEDS_ATTENTION] + [ACCEPTED] * 4


def test_propagated_connections_and_two_addresses_each() -> None:
    there = [connection(1), connection(2)]
    there[0].propagated = 3
    lists = policy(accept=(("recruiting-a", 9),))
    settle(lists, there)
    assert [one.status for one in there] == [ACCEPTED, NEEDS_ATTENTION]
    there = [connection(number) for number in range(3)]
    settle(policy(lists, ips_per_endpoint=2), there)
    assert [one.status for one in there] == [ACCEPTED, ACCEPTED, NEEDS_ATTENTION]


def test_pending_and_rejected_endpoints_hold_no_address() -> None:
    there = [*(connection(number, "stranger") for number in range(9)), connection(10)]
    settle(policy(accept=A), there)
    assert there[-1].status == ACCEPTED


def test_closed() -> None:
    there = [connection(1, status=ACCEPTED), connection(2)]
    close(there)
    assert [one.status for one in there] == [CLOSED, CLOSED]


@pytest.mark.parametrize(("cidr", "usable"), [("10.0.0.0/24", 252), ("10.0.0.0/29", 4), ("10.0.0.0/30", 0)])
def test_usable_addresses(cidr: str, usable: int) -> None:
    assert usable_addresses(cidr) == usable
