# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a KMS key of the user's lacks: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""

from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import key_access

ACCOUNT = "111111111111"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def allow(principal, action, sid="One", effect="Allow"):
    return {"Sid": sid, "Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


TRAIL = allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey*", "Trails")
OWNER = allow({"AWS": ROOT}, "kms:*", "Account")


@pytest.mark.parametrize(
    "there",
    [
        [TRAIL],
        [allow({"Service": ["logs.amazonaws.com", "cloudtrail.amazonaws.com"]}, ["kms:Decrypt", "kms:Generate*"])],
        [allow("*", "kms:*")],
        [allow({"Service": "cloudtrail.amazonaws.com"}, "KMS:GENERATEDATAKEY*")],
    ],
)
def test_what_allows_it_in_any_form(there):
    assert key_access.lacking(policy(TRAIL), policy(*there)) == []


@pytest.mark.parametrize(
    "there",
    [
        [],
        [OWNER],
        [allow({"Service": "cloudtrail.amazonaws.com"}, "kms:Decrypt")],
        [allow({"AWS": "cloudtrail.amazonaws.com"}, "kms:*")],
        [allow({"Service": "cloudtrail.amazonaws.com"}, "kms:*", effect="Deny")],
        # One that is narrower.
        [allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey")],
    ],
)
def test_what_does_not_is_told_with_the_statement(there):
    (lacking,) = key_access.lacking(policy(TRAIL), policy(*there))
    assert json.loads(lacking) == TRAIL


def test_the_account_needs_what_the_archive_does_and_no_more():
    usable = allow({"AWS": ROOT}, ["kms:Decrypt", "kms:GenerateDataKey*"])
    assert key_access.lacking(policy(OWNER), policy(usable)) == []
    # An account's id is the same as its root ("AWS account principals").
    assert key_access.lacking(policy(OWNER), policy(allow({"AWS": ACCOUNT}, "kms:*"))) == []
    assert key_access.lacking(policy(OWNER), policy(allow({"AWS": ROOT}, "kms:Describe*")))


def test_what_it_denies_is_nobodys_need():
    assert key_access.lacking(policy(allow("*", "kms:DisableKey", effect="Deny")), policy(OWNER)) == []


@pytest.mark.parametrize(
    ("denial", "told"),
    [
        (allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey*", effect="Deny"), True),
        (allow("*", "kms:*", effect="Deny"), True),
        # A part of what a wildcard asks for.
        (allow({"AWS": "*"}, ["kms:GenerateDataKey"], effect="Deny"), True),
        (allow({"AWS": ACCOUNT}, "kms:Decrypt", effect="Deny"), True),
        (allow("*", "kms:DisableKey", effect="Deny"), False),
        (allow({"Service": "s3.amazonaws.com"}, "kms:*", effect="Deny"), False),
        ({**allow("*", "kms:*", effect="Deny"), "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
    ],
)
def test_what_a_key_denies_nobody_allows(denial, told):
    there = policy(OWNER, TRAIL, denial)
    assert key_access.lacking(policy(OWNER, TRAIL), there) == []
    assert [json.loads(one) for one in key_access.denying(policy(OWNER, TRAIL), there)] == [denial] * told
