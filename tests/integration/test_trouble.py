# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bad input is reported with host, variable and value before anything is written; and secrets stay secret."""

from __future__ import annotations

import json
import stat
import sys

import pytest

from tests.integration.conftest import ALPHA, DELTA, EXTERNAL_ID, GAMMA, MANAGEMENT

SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}


@pytest.mark.parametrize(
    ("host", "variables", "words"),
    [
        ("beta", {"vpc_cidrs": ["10.1.0.0/16"]}, ["alpha", "beta.vpc_cidrs", "10.1.0.0/16", "'shared'", "PrivateLink"]),
        ("alpha", {"vpc_cidrs": ["10.0.128.0/17"]}, ["alpha.vpc_cidrs", "10.0.128.0/17", "shared-services"]),
        ("alpha", {"vpc_cidrs": ["10.1.0.0/33"]}, ["alpha.vpc_cidrs[0]", "10.1.0.0/33"]),
        ("alpha", {"vpc_cidrs": ["10.1.0.1/16"]}, ["alpha.vpc_cidrs[0]", "10.1.0.1/16", "expected 10.1.0.0/16"]),
        ("gamma", {"vpc_cidrs": ["10.3.0.0/24"]}, ["gamma.vpc_tiers[0].prefix", "20", "does not fit"]),
        ("alpha", {"spoke_segment": "custommers"}, ["alpha.spoke_segment", "custommers", "one of shared, customers"]),
        (
            "shared-services",
            {"hub_segments": {**SEGMENTS, "partners": {"reaches": ["services"]}}},
            ["shared-services.hub_segments.partners.reaches[0]", "services"],
        ),
        (
            "delta",
            {"account_id": ALPHA, "vpc_cidrs": ["10.4.0.0/16"], "spoke_segment": "shared"},
            ["delta", "alpha", "account_id", ALPHA, "alpha.spoke_segment", "second segment"],
        ),
        ("alpha", {"spoke_tiers": ["web"]}, ["alpha.spoke_tiers", "web", "one of app, data, tgw"]),
        (
            "alpha",
            {"spoke_from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["443", "70000"]}},
            ["alpha.spoke_from_hub.tcp[1]", "70000"],
        ),
        (
            "alpha",
            {"spoke_from_hub": {"sources": ["10.0.0.0/16"], "tpc": ["443"]}},
            ["alpha: spoke_from_hub.tpc: is no option (did you mean tcp?)"],
        ),
        (
            "alpha",
            {"vpc_network_acl_denied_ports": [70000]},
            ["alpha.vpc_network_acl_denied_ports[0]: 70000"],
        ),
        ("alpha", {"account_id": "22222222222"}, ["alpha.account_id", "22222222222", "12 digits"]),
        ("alpha", {"account_id": 222222222222}, ["alpha.account_id", "222222222222 is a number", "222222222222"]),
        ("delta", {"vpc_cidrs": ["10.4.0.0/16"]}, ["delta.account_id", "is missing"]),
        ("alpha", {"hub_account_id": DELTA}, ["alpha.hub_account_id", DELTA, "isn't the account of shared-services"]),
        ("alpha", {"vpc_flow_logs": "{{ nowhere }}"}, ["alpha.vpc_flow_logs: ", "nowhere"]),
    ],
)
def test_what_is_wrong_with_the_inventory_is_told_before_any_call(site, host, variables, words):
    site.declare(host, group="hub" if host == "shared-services" else "spokes", **variables)
    run = site.run("site")
    assert run.code != 0
    assert [word for word in words if word not in run.output] == [], run.output
    assert run.calls == []


def test_every_problem_is_told_at_once(site):
    site.declare("alpha", vpc_cidrs=["10.1.0.0"])
    site.declare("beta", account_id="1")
    run = site.run("plan")
    assert "alpha.vpc_cidrs[0]: '10.1.0.0'" in run.output
    assert "beta.account_id: '1'" in run.output
    assert run.calls == []


@pytest.mark.parametrize(
    ("host", "variables", "words", "calls"),
    [
        (
            "alpha",
            {"assume_role_arn": f"arn:aws:iam::{GAMMA}:role/OrganizationAccountAccessRole"},
            ["assume_role_arn", f"arn:aws:iam::{GAMMA}", f"expected one of account_id {ALPHA}"],
            set(),
        ),
        # Without a role the operator's own credential is used, which is one of the management account.
        ("alpha", {"assume_role_arn": ""}, [f"account_id is {ALPHA}", "999999999999"], {"GetCallerIdentity"}),
        ("alpha", {"vpc_availability_zone_ids": ["euc1-az1", "usw2-az4"]}, ["usw2-az4"], None),
    ],
)
def test_what_only_the_account_can_tell_is_told_before_anything_is_written_to_it(site, host, variables, words, calls):
    site.declare(host, **variables)
    run = site.run("spokes", "--limit", host)
    assert run.failed == [host]
    assert [word for word in words if word not in run.output] == [], run.output
    assert run.writes == []
    if calls is not None:
        assert {call["operation"] for call in run.calls} == calls


def test_a_transit_gateway_that_is_not_shared_with_the_account(site):
    """One of another organisation, say: RAM shows it to no account outside."""
    site.forget("shared-services", "beta", "gamma")
    site.declare("alpha", hub_account_id=DELTA, spoke_destinations=["10.0.0.0/16"])
    run = site.run("spokes")
    assert run.failed == ["alpha"]
    assert f"hub_account_id {DELTA}" in run.output
    assert not [write for write in run.writes if "TransitGateway" in write]


def test_what_somebody_else_made_is_in_the_way(site):
    ec2 = site.client(ALPHA)
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/20", AvailabilityZoneId="euc1-az1")
    subnet_id = made["Subnet"]["SubnetId"]
    site.declare("alpha", vpc_id=vpc_id)
    run = site.run("spokes", "--limit", "alpha")
    assert run.failed == ["alpha"]
    assert f"subnet.app.euc1-az1: {subnet_id} is in the way" in run.output
    assert run.writes == []


def test_secrets_are_in_no_output_and_in_no_file_that_others_can_read(site):
    site.run("hub").succeeded()
    role = f"arn:aws:iam::{ALPHA}:role/guarded"
    site.declare("alpha", assume_role_arn=role, assume_role_external_id=EXTERNAL_ID)
    # Another interpreter, so that the modules run as modules and not in Ansible's worker.
    other = site.home / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o700)
    arguments = ("-vvv", "--diff", "--limit", "alpha")
    shown = {"ANSIBLE_INJECT_INVOCATION": "true"}
    module = site.run("spokes", *arguments, "-e", f"ansible_python_interpreter={other}", environment=shown).succeeded()
    right = site.run("spokes", *arguments, environment=shown).succeeded()
    for run in (module, right):
        assert '"assume_role_external_id": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"' in run.output
    site.declare("alpha", assume_role_external_id=f"{EXTERNAL_ID}-wrong")
    wrong = site.run("spokes", *arguments)
    assert wrong.failed == ["alpha"]
    assert f"AssumeRole: AccessDenied: User: arn:aws:iam::{MANAGEMENT}:user/operator" in wrong.output

    files = [path for path in site.home.rglob("*") if path.is_file() and not path.is_relative_to(site.inventory)]
    texts = {path: path.read_text(errors="replace") for path in files}
    sessions = [json.loads(text)["Credentials"] for text in texts.values() if "SessionToken" in text]
    assert sessions  # the cache is found, so what is in it can be looked for
    secrets = {EXTERNAL_ID, site.key["secret_access_key"]}
    secrets |= {session[name] for session in sessions for name in ("SecretAccessKey", "SessionToken")}
    for run in (module, right, wrong):
        assert [secret for secret in secrets if secret in run.output] == []
    for path, text in texts.items():
        if any(secret in text for secret in secrets):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700, path
