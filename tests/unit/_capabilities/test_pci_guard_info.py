# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._resources.facts import account_facts


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("vpc_ids", ["subnet-1"], "vpc_ids[0]"),
        ("data_subnet_ids", ["vpc-1"], "data_subnet_ids[0]"),
        ("public_tiers", ["not a tier"], "public_tiers[0]"),
        ("approved_services", ["443"], "approved_services[0]"),
        ("internet_services", ["tcp/443", "tcp/9-8"], "internet_services[1]"),
        ("mfa_max_age", 3601, "mfa_max_age"),
        ("mfa_max_age", 0, "mfa_max_age"),
    ],
)
def test_bad_input_is_named(declare, option, value, named):
    with pytest.raises(Invalid) as error:
        declare("pci_guard_info", account_id="444444444444", **{option: value})
    assert named in str(error.value)


def test_a_role_is_of_one_kind(declare):
    with pytest.raises(Invalid) as error:
        declare(
            "pci_guard_info",
            account_id="444444444444",
            application_roles=["ci", "deploy"],
            break_glass_roles=["deploy"],
        )
    assert "deploy" in str(error.value)


class Answers:
    """In place of Aws: what calls answer."""

    def __init__(self, **answers):
        self.answers = answers

    def call(self, operation, **_params):
        answer = self.answers[operation.partition(".")[2]]
        if isinstance(answer, Exception):
            raise answer
        return answer


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": code}}, "GetCredentialReport")


def test_a_report_is_read_and_none_is_no_error():
    made = datetime(2026, 1, 1, tzinfo=timezone.utc)
    answer = {"Content": b"user,mfa_active\nann,true\n", "GeneratedTime": made}
    read = account_facts._credential_report
    assert read(Answers(get_credential_report=answer)) == {
        "GeneratedTime": made,
        "Users": [{"user": "ann", "mfa_active": "true"}],
    }
    for code in ("ReportNotPresent", "ReportExpired", "ReportInProgress"):
        assert read(Answers(get_credential_report=refusal(code))) == {}
    with pytest.raises(ClientError):
        read(Answers(get_credential_report=refusal("ServiceFailure")))
