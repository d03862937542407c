# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.closednet.aws.plugins.module_utils._resources.iam import authorization_details


def test_the_partitions_of_athena_keep_their_placeholders():
    declared = SimpleNamespace(place={"partition": "aws", "region": "eu-central-1"})
    wanted = {"arn": "arn:{partition}:glue:{region}", "template": "s3://trails/${account}/${region}/", "n": 1}
    assert authorization_details.placed(wanted, declared) == {
        "arn": "arn:aws:glue:eu-central-1",
        "template": "s3://trails/${account}/${region}/",
        "n": 1,
    }
