# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid


@pytest.fixture
def trail(declare):
    given = {"account_id": "999999999999", "name": "audit", "bucket": "trails"}
    return lambda **options: declare("audit_trail", **{**given, **options})


def test_what_is_declared(trail):
    declared = trail(organization=True, data_events=["arn:aws:s3:::cards/"])
    fields = declared.resources["trail"]["main"]
    assert all(
        fields[key] is True for key in ("multi_region", "global_events", "validation", "organization", "logging")
    )
    assert fields["selectors"]["data"] == ["arn:aws:s3:::cards/"]
    assert "trusted_access" in declared.resources
    # The organization is asked only where the trail is its.
    assert "trusted_access" not in trail().resources


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "a"}, "name: 'a' is no name of a trail"),
        ({"bucket": "Trails"}, "bucket: 'Trails' is no name of a bucket"),
        ({"kms_key_arn": "alias/x"}, "kms_key_arn: 'alias/x' is no such ARN"),
        ({"archive_buckets": ["x_y"]}, "archive_buckets[0]: 'x_y' is no name of a bucket"),
        (
            {"data_events": ["arn:aws:s3:::trails/"]},
            "data_events[0]: 'arn:aws:s3:::trails/' is in a bucket of the archive",
        ),
        (
            {"data_events": ["arn:aws:s3:::logs/a"], "archive_buckets": ["logs"]},
            "data_events[0]: 'arn:aws:s3:::logs/a' is in a bucket of the archive",
        ),
    ],
)
def test_what_is_wrong_is_said_before_any_call(trail, options, text):
    with pytest.raises(Invalid) as invalid:
        trail(**options)
    assert text in str(invalid.value)
