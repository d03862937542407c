# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Session tags that AssumeRole refuses: LocalStack's test_sts.snapshot.json (recorded on AWS)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import SPOKE, Emulator, error_of

ROLE = {"RoleArn": f"arn:aws:iam::{SPOKE}:role/deployer", "RoleSessionName": "tagged"}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def sts(client: Any) -> Any:
    return client(SPOKE, "sts")


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        # test_assume_role_tag_validation
        (
            {"Tags": tags(team="a"), "TransitiveTagKeys": ["other"]},
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (
            {"Tags": tags(team="a", Team="b")},
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
    ],
)
def test_refused(sts: Any, parameters: dict[str, Any], text: str) -> None:
    assert error_of(sts.assume_role, **ROLE | parameters) == ("InvalidParameterValue", text)


@pytest.mark.parametrize("key", ["team", "TEAM"])
def test_inherited_tags_stay(emulator: Emulator, sts: Any, key: str) -> None:
    """test_iam_role_chaining_override_transitive_tags"""
    session = sts.assume_role(**ROLE, Tags=tags(team="a"), TransitiveTagKeys=["team"])["Credentials"]
    chained = emulator.plain_client(
        "sts",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    assert error_of(chained.assume_role, **ROLE | {"Tags": tags(**{key: "b"})})[0] == "InvalidParameterValue"
    chained.assume_role(**ROLE, Tags=tags(place="b"))
