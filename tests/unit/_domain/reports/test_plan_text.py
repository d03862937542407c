# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import host_plans, plan_text


def step(address, before=None, after=None):
    action = "create" if before is None else "delete" if after is None else "change"
    return {"address": address, "action": action, "before": before, "after": after}


def account(*steps, **more):
    result = {"plan": list(steps), "notes": [], **more}
    return {
        "account_id": "222222222222",
        "region": "eu-central-1",
        "vpc_result": result,
        "hub_result": {"skipped": True},
    }


@pytest.mark.parametrize(
    ("of_alpha", "lines"),
    [
        (account(), ["1 accounts: nothing to do"]),
        (
            account(
                step("subnet.a", after={"vpc": "(known after vpc.main)", "cidr": "10.1.0.0/24", "tags": {"a": "b"}})
            ),
            ["  + subnet.a: cidr 10.1.0.0/24", "1 accounts: 1 to create"],
        ),
        (
            # What completes the one that is made is a part of it.
            account(step("vpc.main", after={"dns": True}), step("vpc.main:dns", {"dns": False}, {"dns": True})),
            ["  + vpc.main: dns true", "1 accounts: 1 to create"],
        ),
        (
            # What a step says of itself was nothing before.
            account(
                step("attachment.main:accept", {"accept": []}, {"accept": ["a"], "effect": ["a: its traffic begins"]})
            ),
            ["  ~ attachment.main:accept: accept [] -> [a], effect [a: its traffic begins]", "1 accounts: 1 to change"],
        ),
        (
            # One that is created again is deleted first, which people have to see, with what that does to others.
            account(
                step("attachment.main", after={"name": "a"}),
                step("attachment.main:replaced", {"name": "a", "effect": ["b: ACCEPTED -> CLOSED, its traffic stops"]}),
            ),
            [
                "  - a connection ends: attachment.main:replaced",
                "  + attachment.main: name a",
                "  - attachment.main:replaced: effect [b: ACCEPTED -> CLOSED, its traffic stops]",
                "1 accounts: 1 to create, 1 to delete; connections: 1 cut",
            ],
        ),
        (
            # Whose name may hold colons.
            account(
                step("route.main/2001:db8::/32", after={"to": "a"}),
                step("route.main/2001:db8::/32:to", {"to": "a"}, {"to": "b"}),
                step("route.main/2001:db8::/48:to", {"to": "a"}, {"to": "b"}),
            ),
            [
                "  + route.main/2001:db8::/32: to a",
                "  ~ route.main/2001:db8::/48:to: to a -> b",
                "1 accounts: 1 to create, 1 to change",
            ],
        ),
        (
            account(step("vpc.main:dns", {"dns": False}, {"dns": True}), step("subnet.b", {"cidr": "10.1.1.0/24"})),
            ["  ~ vpc.main:dns: dns false -> true", "  - subnet.b", "1 accounts: 1 to change, 1 to delete"],
        ),
        (
            # Of a long list, what differs.
            account(
                step("group.a:rules", {"rules": list("abcdefghi")}, {"rules": list("abcdefgh") + ["x"]}),
                step("group.b:rules", {"rules": list("abcdefghi")}, {"rules": list("bacdefghi")}),
                step("group.c", after={"rules": ["a"] * 61}),
            ),
            [
                "  ~ group.a:rules: rules -[i] +[x] (of 9)",
                "  ~ group.b:rules: rules in another order (of 9)",
                "  + group.c: rules [61 items]",
                "1 accounts: 1 to create, 2 to change",
            ],
        ),
        (account(notes=["later"]), ["  ! later", "1 accounts: nothing to do"]),
        (
            {"account_id": "1", "vpc_result": {"failed": True, "msg": "AccessDenied"}},
            ["  FAILED AccessDenied", "1 accounts: nothing to do; FAILED: alpha"],
        ),
    ],
)
def test_lines_of_one_account(of_alpha, lines):
    found = plan_text.plan_lines({"alpha": of_alpha})
    assert found[-len(lines) :] == lines
    assert len(found) == (1 if len(lines) == 1 else len(lines) + 1)
    assert len(lines) == 1 or found[0].startswith("alpha (")


def test_notes_can_be_left_out():
    assert plan_text.plan_lines({"alpha": account(notes=["later"])}, notes=False) == ["1 accounts: nothing to do"]


def test_findings_are_told_apart_from_notes_and_cannot_be_left_out():
    accounts = {"alpha": account(notes=["later"], findings=["vpce-1 is rejected: the provider has to act"])}
    assert plan_text.plan_lines(accounts, notes=False) == [
        "alpha (222222222222, eu-central-1)",
        "  NOT AS DECLARED vpce-1 is rejected: the provider has to act",
        "1 accounts: nothing to do; NOT AS DECLARED: alpha",
    ]
    assert "NOT AS DECLARED vpce-1 is rejected" in plan_text.plan_markdown(accounts)


def looped(name, **result):
    """An item's result, as Ansible registers it."""
    return {"ansible_loop_var": "endpoint", "endpoint": {"name": name}, **result}


def test_of_a_role_that_loops_each_line_is_told_by_the_items_name():
    made = step("vpc_endpoint.main", after={"service_name": "x"})
    results = [
        looped("billing", plan=[made], notes=["the provider's turn"]),
        looped("rates", plan=[], notes=[]),
        looped("audit", skipped=True),
        looped("tax", failed=True, msg="AccessDenied"),
    ]
    payments = {"account_id": "666666666666", "privatelink_consumer_result": {"results": results}}

    assert plan_text.plan_lines({"payments": payments}) == [
        "payments (666666666666)",
        "  + billing: vpc_endpoint.main: service_name x",
        "  ! billing: the provider's turn",
        f"  ! audit: {host_plans.UNPUBLISHED}",
        "  FAILED AccessDenied",
        "1 accounts: 1 to create; FAILED: payments",
    ]


def test_items_that_were_all_left_out_are_told():
    """With no item run, Ansible registers the whole task as skipped, too."""
    result = {"skipped": True, "results": [looped("billing", skipped=True)]}
    lines = plan_text.plan_lines({"payments": {"account_id": "6", "privatelink_consumer_result": result}})
    assert lines == ["payments (6)", f"  ! billing: {host_plans.UNPUBLISHED}", "1 accounts: nothing to do"]


def test_a_role_that_did_not_run_says_nothing():
    skipped = {"skipped": True, "changed": False}
    assert plan_text.plan_lines({"alpha": {"privatelink_provider_result": skipped}}) == ["1 accounts: nothing to do"]


def test_advice_is_a_note():
    endpoint = {"name": "billing", "service": {"host": "ledger", "name": "billing"}}
    payments = {"account_id": "6", "privatelink_consumer_endpoints": [endpoint] * 6}
    _host, line, total = plan_text.plan_lines({"payments": payments})
    assert line.startswith("  ! 6 services of ledger by PrivateLink: ")
    assert total == "1 accounts: nothing to do"
    assert plan_text.plan_lines({"payments": payments}, notes=False) == [total]


def test_a_page_has_a_section_for_each_account_that_changes():
    made = step("vpc.main", after={"cidrs": ["10.1.0.0/16"]})
    assert plan_text.plan_markdown({"alpha": account(made), "beta": account(), "gamma": account(made)}) == (
        "# Plan: 3 accounts: 2 to create\n"
        "\n## alpha (222222222222, eu-central-1)\n\n```diff\n+ vpc.main: cidrs [10.1.0.0/16]\n```\n"
        "\n## gamma (222222222222, eu-central-1)\n\n```diff\n+ vpc.main: cidrs [10.1.0.0/16]\n```\n"
    )


def test_programs_get_the_steps_as_the_module_returned_them():
    made, more = step("vpc.main", after={"dns": True}), step("vpc.main:dns", {"dns": False}, {"dns": True})
    results = [
        looped("billing", plan=[made], notes=["later"], findings=["vpce-1 is rejected"]),
        looped("tax", failed=True, msg="AccessDenied"),
    ]
    told = json.loads(
        plan_text.plan_json(
            {
                "alpha": account(made, more),
                "beta": account(),
                "payments": {"account_id": "6", "privatelink_consumer_result": {"results": results}},
            }
        )
    )
    one = {"create": 1, "change": 0, "delete": 0}
    assert told.pop("hash").startswith("sha256:")
    assert told == {
        "version": 2,
        "effect": None,
        "counts": {"accounts": 3, "create": 2, "change": 0, "delete": 0, "findings": 1, "failed": 1},
        "accounts": {
            "alpha": {
                "account_id": "222222222222",
                "region": "eu-central-1",
                "counts": one,
                "results": {"vpc_result": [made, more]},
                "connections": [],
                "network_calls": {},
                "unnamed_opens": {},
                "notes": {},
                "findings": {},
                "egress_changes": {},
                "failures": {},
            },
            "beta": {
                "account_id": "222222222222",
                "region": "eu-central-1",
                "counts": {"create": 0, "change": 0, "delete": 0},
                "results": {"vpc_result": []},
                "connections": [],
                "network_calls": {},
                "unnamed_opens": {},
                "notes": {},
                "findings": {},
                "egress_changes": {},
                "failures": {},
            },
            "payments": {
                "account_id": "6",
                "region": None,
                "counts": one,
                "results": {"privatelink_consumer_result.billing": [made]},
                "connections": [],
                "network_calls": {},
                "unnamed_opens": {},
                "notes": {"privatelink_consumer_result.billing": ["later"]},
                "findings": {"privatelink_consumer_result.billing": ["vpce-1 is rejected"]},
                "egress_changes": {},
                "failures": {"privatelink_consumer_result.tax": "AccessDenied"},
            },
        },
    }
