# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/pci.yml guards an account and creates its tiers; plan, verify, pci_revoke and teardown include it."""

from __future__ import annotations

import json

from tests.integration.conftest import DELTA, HUB, MANAGEMENT, REGION, lines

TIERS = [
    {"name": "public", "prefix": 24, "internet": "gateway"},
    {"name": "app", "prefix": 24},
    {"name": "data", "prefix": 24},
]


def role_of(account_id):
    return f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"


CARDS = {
    "account_id": DELTA,
    "region": REGION,
    "assume_role_arn": role_of(DELTA),
    "pci_account_identity_account_id": HUB,
    "pci_account_users": ["pci/ann"],
    "pci_account_roles": [{"name": "admin", "permissions": "admin"}],
    "pci_account_revoke_sessions": {"every": 5},
    "pci_account_break_glass_users": ["operator"],
}
NETWORK = {
    "vpc_cidrs": ["10.16.0.0/16"],
    "vpc_availability_zone_ids": ["euc1-az1"],
    "vpc_tiers": TIERS,
    "vpc_flows": [
        {"from": "internet", "to": "public", "tcp": [443]},
        {"from": "public", "to": "app", "tcp": [8443]},
        {"from": "app", "to": "data", "tcp": [5432]},
    ],
}
LIMIT = ("--limit", "cards")
WITHOUT_REPORT = ("--skip-tags", "pci_report")
CONFIRMED = (*LIMIT, "-e", "teardown_confirm=yes-cards", "-e", "teardown_vpcs=true")


def test_a_pci_account_from_nothing_and_back(site):
    site.declare("cards", "pci", **CARDS)
    run = site.run("plan", *LIMIT).succeeded()
    assert run.writes == [] and any("+ iam_role.admin" in line for line in lines(run))

    scp = site.home / "scp.json"
    site.declare("cards", "pci", **NETWORK, pci_account_service_control_policy_file=str(scp))
    run = site.run("pci", *LIMIT).succeeded()
    writes = [write.split()[1] for write in run.writes]
    assert writes.index("AttachRolePolicy") < writes.index("CreateVpc")
    assert "the root user has no MFA device" in run.output
    assert "iam:CreateUser*" in json.loads(scp.read_text())["Statement"][0]["Action"]
    assert "8.4.1" in run.output
    assert site.run("pci", *LIMIT, *WITHOUT_REPORT).succeeded().writes == []
    assert site.run("verify", *LIMIT).succeeded().writes == []

    iam = site.client(DELTA, "iam")
    iam.delete_role_permissions_boundary(RoleName="admin")
    run = site.run("verify", *LIMIT)
    assert run.code and "iam_role.admin:boundary" in run.output and run.writes == []

    management = {"pci_account_management_account_id": MANAGEMENT}
    site.declare("cards", "pci", **management, pci_account_management_assume_role_arn=role_of(MANAGEMENT))
    run = site.run("plan", *LIMIT)
    assert run.code and f"let the service control policy bind {role_of(DELTA)}" in run.output and run.writes == []
    site.declare("cards", "pci", pci_account_break_glass_arns=[role_of(DELTA)])
    run = site.run("plan", *LIMIT)
    assert run.failed == ["cards"] and "aws organizations enable-policy-type" in run.output and run.writes == []
    organizations = site.client(MANAGEMENT, "organizations")
    (root,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    assert set(site.run("pci", *LIMIT, *WITHOUT_REPORT).succeeded().writes) >= {
        f"{MANAGEMENT} CreatePolicy",
        f"{MANAGEMENT} AttachPolicy",
    }

    # The account has a schedule, so the playbook refuses it.
    run = site.run("pci_revoke", *LIMIT)
    assert run.failed == ["cards"] and run.writes == []
    site.declare("cards", "pci", pci_account_revoke_sessions={"by": "run"})
    run = site.run("pci_revoke", *LIMIT).succeeded()
    assert f"{DELTA} PutRolePolicy" in run.writes
    assert iam.list_role_policies(RoleName="admin")["PolicyNames"] == ["AWSRevokeOlderSessions"]
    assert site.run("pci_revoke", *LIMIT).succeeded().writes == []

    site.run("teardown", *CONFIRMED).succeeded()
    assert iam.list_roles(PathPrefix="/pci/")["Roles"]
    site.run("teardown", *CONFIRMED, "-e", "teardown_guards=true").succeeded()
    assert iam.list_roles(PathPrefix="/pci/")["Roles"] == []
    names = [each["Name"] for each in organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]]
    assert "pci-cards" not in names
