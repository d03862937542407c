# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid

ARN = "arn:aws:logs:eu-central-1:111111111111:destination:logs-cloudwatch"
OWN = "arn:aws:firehose:eu-central-1:222222222222:deliverystream/logs-cloudwatch"
ROLE = "arn:aws:iam::222222222222:role/x"
GROUP = {"name": "/ecs/a", "destination_arn": ARN}


@pytest.fixture
def source(declare):
    given = {"account_id": "222222222222", "name": "customer-a"}
    return lambda **options: declare("log_source", **{**given, "destination_arn": ARN, **options})


def test_what_is_declared(source):
    declared = source(log_groups=[GROUP], excluded_log_groups=["/b"])
    assert declared.owner == "log_source/customer-a"
    assert declared.resources["subscription_policy"]["main"]["policy_name"] == "closednet-log_source-customer-a"
    assert declared.resources["subscription_filter"].keys() == {"/ecs/a"}
    assert declared.inputs.destinations.keys() == {"", "/ecs/a"}
    assert source(policy_name="mine").inputs.policy_name == "mine"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "a b"}, "name: 'a b' is no name"),
        ({"policy_name": "aws/x"}, "policy_name: 'aws/x' begins with aws/"),
        ({"destination_arn": OWN}, "role_arn: is missing"),
        ({"destination_arn": OWN, "role_arn": "x"}, "role_arn: 'x' is no such ARN"),
        ({"retention_days": 2}, "retention_days: 2 is no retention of AWS's; expected one of 1, 3, 5"),
        ({"excluded_log_groups": ["a*"]}, "excluded_log_groups[0]: 'a*' is no name of a log group"),
        ({"excluded_log_groups": ["a", "a"]}, "excluded_log_groups[1]: 'a' is there twice"),
        ({"log_groups": [GROUP, GROUP]}, "log_groups[1].name: '/ecs/a' is declared twice"),
        ({"log_groups": [GROUP], "excluded_log_groups": ["/ecs/a"]}, "'/ecs/a' is in log_groups, too"),
        ({"filter_pattern": "x" * 1025}, "is too long; expected 1024 characters"),
        (
            {"log_groups": [{"name": "/aws/lambda/logs-handler", "destination_arn": OWN, "role_arn": ROLE}]},
            "log_groups[0].name: '/aws/lambda/logs-handler' is of the delivery, and would feed itself",
        ),
        (
            {"log_groups": [{"name": "/aws/kinesisfirehose/logs-x", "destination_arn": OWN, "role_arn": ROLE}]},
            "would feed itself",
        ),
    ],
)
def test_what_is_wrong_is_said_before_any_call(source, options, text):
    with pytest.raises(Invalid) as invalid:
        source(**options)
    assert text in str(invalid.value)
