# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re

import botocore.session
import botocore.validate
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import centralization

MODEL = botocore.session.get_session().get_service_model("observabilityadmin")
FIELDS = {
    "regions": ["eu-central-1"],
    "scope": "OrganizationId = 'o-abcdefghij'",
    "log_groups": "*",
    "encrypted": False,
    "account_id": "111111111111",
    "region": "eu-central-1",
    "pattern": centralization.PATTERN,
    "kms_key_arn": None,
}


@pytest.mark.parametrize("group", ["/aws/lambda/a", "b", "c/eu-west-1/d", "/"])
def test_the_source_is_in_the_name(group):
    name = centralization.group_name("222222222222", "eu-west-1", group)
    assert centralization.source(name) == ("222222222222", "eu-west-1", group)
    assert centralization.source_account(name) == "222222222222"


@pytest.mark.parametrize(
    "name", ["/aws/lambda/a", "/closednet/centralized/222/eu/x", "x/closednet/centralized/222222222222/eu/x"]
)
def test_other_log_groups_have_no_source(name):
    assert centralization.source(name) is None and centralization.source_account(name) is None


def test_the_pattern_is_one_of_the_api():
    shape = MODEL.shape_for("LogGroupNamePattern")
    assert re.fullmatch(shape.metadata["pattern"], centralization.PATTERN)
    for variable in re.findall(r"\$\{.*?\}", centralization.PATTERN):
        assert variable in shape.documentation


def test_what_a_rule_takes():
    assert centralization.scope("o-abcdefghij", []) == "OrganizationId = 'o-abcdefghij'"
    assert centralization.scope("o-abcdefghij", ["222222222222"]) == "AccountId = '222222222222'"
    assert centralization.scope(None, ["3", "2", "3"]) == "AccountId IN ('2', '3')"
    assert centralization.criteria([]) == "*"
    assert centralization.criteria(["/b", "/a"]) == "LogGroupName NOT IN ('/a', '/b')"


@pytest.mark.parametrize("key", [None, "arn:aws:kms:eu-central-1:111111111111:key/x"])
def test_a_rule_is_one_of_the_api(key):
    rule = centralization.rule({**FIELDS, "kms_key_arn": key, "encrypted": bool(key)})
    errors = botocore.validate.ParamValidator().validate(rule, MODEL.shape_for("CentralizationRule"))
    assert not errors.has_errors(), errors.generate_report()
    logs = rule["Destination"]["DestinationLogsConfiguration"]
    assert logs["LogsEncryptionConfiguration"]["EncryptionStrategy"] == ("CUSTOMER_MANAGED" if key else "AWS_OWNED")
    assert rule["Source"]["SourceLogsConfiguration"]["EncryptedLogGroupStrategy"] == ("ALLOW" if key else "SKIP")


def test_each_reason_of_a_failure_is_known():
    reasons = set(MODEL.shape_for("CentralizationFailureReason").enum)
    assert reasons | {"Provisioning"} == centralization.HEALTH.keys()
