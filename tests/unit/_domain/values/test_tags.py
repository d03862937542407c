# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid, refusal
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import tags

MANY = {f"key-{number}": "x" for number in range(47)}


@pytest.mark.parametrize(
    ("given", "strict", "problem"),
    [
        ({"team": "a & b, <c>", "Ümlaut": "日本", "size": 3, "on": True, "empty": None, "": ""}, False, "has no key"),
        ({"team": "a & b, <c>", "Ümlaut": "日本", "size": 3, "on": True, "empty": None}, False, None),
        ({"team": "a+b=c._:/@ -Ü日1"}, True, None),
        ({"team": "a & b"}, True, "tags['team']: 'a & b' has what AWS doesn't take here"),
        ({"te#am": "a"}, True, "tags['te#am']: the key: 'te#am' has what AWS doesn't take here"),
        ({"team": "a\n```\nb"}, False, "tags['team']: 'a\\n```\\nb' has control characters"),
        ({"te\x1bam": "a"}, False, "has control characters"),
        ({"aws:team": "a"}, False, "tags['aws:team']: 'a' is a tag of AWS"),
        ({"AWS:team": "a"}, False, "is a tag of AWS"),
        ({"closednet:managed": "tgw_hub/x"}, False, "says whose a resource is, and comes by itself"),
        ({"closednet:name": "x"}, False, "says whose a resource is, and comes by itself"),
        ({"k" * 128: "v" * 256}, False, None),
        ({"k" * 129: "v"}, False, "has 129 characters; expected 128 at most"),
        ({"k": "v" * 257}, False, "tags['k']: 'vvvvvvvvvvvvvvvvvvvv...' has 257 characters; expected 256 at most"),
        (MANY, False, None),
        ({**MANY, "Name": "x"}, False, None),
        ({**MANY, "one": "more"}, False, "tags: has 48 tags; expected 47 at most"),
        ({"k": ["a"]}, False, "tags['k']: ['a'] is no text"),
        (["k"], False, "is no mapping"),
    ],
)
def test_tags_are_such_as_aws_takes(given, strict, problem):
    invalid = refusal(tags.check, "tags", given, strict)
    assert invalid is None if problem is None else problem in str(invalid)
    assert len(str(invalid)) < 500


@pytest.mark.parametrize(
    ("ignored", "given", "problem"),
    [
        ({"keys": ["owner"], "key_prefixes": ["kubernetes.io/"]}, {"team": "x"}, None),
        ({"keys": ["Name"]}, None, None),
        ({"keys": ["team"]}, {"team": "x"}, "takes in team, which tags declares"),
        ({"key_prefixes": ["te"]}, {"team": "x"}, "takes in team, which tags declares"),
        ({"keys": ["closednet:managed"]}, None, "takes in closednet:managed, which says whose a resource is"),
        ({"key_prefixes": ["closed"]}, None, "takes in closednet:managed"),
        ({"key_prefixes": [""]}, None, "ignore_tags.key_prefixes[0]: '' is empty"),
        ({"keys": ["a\n"]}, None, "ignore_tags.keys[0]: 'a\\n' has control characters"),
        ({"keys": [5]}, None, "ignore_tags.keys[0]: 5 is no text"),
    ],
)
def test_what_is_ignored_is_of_others(ignored, given, problem):
    invalid = refusal(tags.check_ignored, "ignore_tags", ignored, given)
    assert invalid is None if problem is None else problem in str(invalid)


def test_tags_are_text_whatever_yaml_made_of_them():
    assert tags.as_text({"tags": {1: True, "none": None}})["tags"] == {"1": "True", "none": ""}
    with pytest.raises(Invalid):
        tags.as_text({"tags": {"aws:x": "y"}})
