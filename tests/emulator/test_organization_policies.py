# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service control policies are attached once, detached once, and only where their type is switched on."""

from __future__ import annotations

import pytest

from .conftest import MANAGEMENT, SPOKE, error_of
from .people import deny, policy


@pytest.fixture
def organizations(client):
    return client(MANAGEMENT, "organizations")


@pytest.fixture
def attachment(organizations):
    made = organizations.create_policy(
        Content=policy(deny("iam:CreateUser")), Description="-", Name="no-users", Type="SERVICE_CONTROL_POLICY"
    )
    return {"PolicyId": made["Policy"]["PolicySummary"]["Id"], "TargetId": SPOKE}


def test_the_type_has_to_be_switched_on(organizations, attachment):
    """API_AttachPolicy, API_EnablePolicyType"""
    assert error_of(organizations.attach_policy, **attachment)[0] == "PolicyTypeNotEnabledException"
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(**attachment)
    assert error_of(organizations.attach_policy, **attachment)[0] == "DuplicatePolicyAttachmentException"
    del attachment["TargetId"]
    assert error_of(organizations.delete_policy, **attachment)[0] == "PolicyInUseException"


def test_what_is_not_attached_is_not_detached(organizations, attachment):
    """API_DetachPolicy"""
    assert error_of(organizations.detach_policy, **attachment)[0] == "PolicyNotAttachedException"
