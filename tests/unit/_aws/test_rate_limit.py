# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws.rate_limit import Pace


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_what_was_never_throttled_is_not_held_back():
    pace = Pace(Clock())
    pace.throttled("ec2.create_subnet")
    assert [pace.reserve("ec2.create_vpc") for _time in range(100)] == [0] * 100


def test_from_the_first_throttling_on_calls_follow_each_other_as_the_bucket_refills():
    clock = Clock()
    pace = Pace(clock)
    pace.throttled("ec2.create_subnet")
    pace.throttled("ec2.create_subnet")  # by another thread, whose call was under way
    assert [pace.reserve("ec2.create_subnet") for _time in range(3)] == pytest.approx([0.2, 0.4, 0.6])
    assert pace.delay("ec2.create_subnet") == pytest.approx(0.8)
    clock.now += 10
    assert pace.delay("ec2.create_subnet") == 0
    assert [pace.reserve("ec2.create_subnet") for _time in range(2)] == pytest.approx([0, 0.2])


def test_an_operation_has_the_rate_that_aws_documents_for_it():
    pace = Pace(Clock())
    pace.throttled("ec2.create_tags")
    pace.throttled("ec2.create_vpc_endpoint")
    assert pace.delay("ec2.create_tags") == pytest.approx(0.1)
    assert pace.delay("ec2.create_vpc_endpoint") == pytest.approx(1 / 0.3)
