#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: audit_trail_info
short_description: An account's trails, and what their digests prove of the log files
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Shows the trails that CloudTrail has for an account and region, those of its organization among them, with what they
    record and what is wrong with them.
  - With O(digests), verifies the digest files in the trails' bucket and the log files that they name, as the AWS CLI
    does. That is signatures by CloudTrail's public keys, the chain of digests, hashes and gaps.
  - The trails are read in O(account_id), the bucket with the credential of O(account_id). Where these are two accounts,
    run the module in each; the public keys of a region are the same for all accounts.
  - What could not be read is V(unknown), never V(valid). So is a log file that no digest names, unless
    O(digests.trail_name) leaves out the digests of other trails.
options:
  days:
    description: How many days back digests are verified, 1 to 7. Each log file of that time is read.
    type: int
    default: 1
  digests:
    description: Where the digests are. Without it, none is verified.
    type: dict
    suboptions:
      bucket:
        description: The trail's bucket.
        type: str
        required: true
      prefix:
        description: The trail's prefix in the bucket, if it has one.
        type: str
      organization_id:
        description: ID of the organization, for the trail of an organization.
        type: str
      account_ids:
        description: Accounts whose logs are verified. All that the bucket has by default.
        type: list
        elements: str
        default: []
      regions:
        description: Regions whose logs are verified. All that the bucket has of an account by default.
        type: list
        elements: str
        default: []
      trail_name:
        description: Name of the trail, where several write to the bucket.
        type: str
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
seealso:
  - module: closednet.aws.audit_trail
  - name: Validating CloudTrail log file integrity
    description: What digest files are.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Verify a day of two accounts' trail
  closednet.aws.audit_trail_info:
    account_id: "999999999999"
    region: eu-central-1
    days: 1
    digests:
      bucket: example-trail
      prefix: security
      organization_id: o-exampleorgid
      account_ids: ["222222222222", "333333333333"]
      regions: [eu-central-1, us-east-1]
      trail_name: organization
  register: audit_trail_info_result
"""

RETURN = r"""
trails:
  description: The trails.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name.
      type: str
    arn:
      description: ARN.
      type: str
    home_region:
      description: Region in which it was created.
      type: str
    multi_region:
      description: It records all regions.
      type: bool
    organization:
      description: It is the organization's.
      type: bool
    bucket:
      description: Its bucket.
      type: str
    prefix:
      description: Its prefix in the bucket.
      type: str
    validation:
      description: Log file validation is on.
      type: bool
    kms_key_arn:
      description: The key that encrypts its files.
      type: str
    logging:
      description: It is on. C(null) if that could not be read.
      type: bool
    logging_since:
      description: When it was last turned on, in UTC.
      type: str
    logging_stopped:
      description: When it was last turned off, in UTC.
      type: str
    latest_delivery:
      description: When it last delivered a log file, in UTC.
      type: str
    latest_digest_delivery:
      description: When it last delivered a digest file, in UTC.
      type: str
    management_events:
      description: Which management events it records. V(all), V(read), V(write), V(some), V(none) or V(unknown).
      type: str
    selectors:
      description: Its selectors, as CloudTrail has them.
      type: list
      elements: dict
    problems:
      description: What is wrong with it.
      type: list
      elements: str
chains:
  description: What was verified, by account, region and trail.
  returned: success
  type: list
  elements: dict
  contains:
    account_id:
      description: The account.
      type: str
    region:
      description: The region whose events these are. C(null) for an account without digests.
      type: str
    trail:
      description: Name of the trail.
      type: str
    verdict:
      description: V(valid), V(invalid) or V(unknown), the worst of all files.
      type: str
    start:
      description: Since when digests cover the time, in UTC.
      type: str
    end:
      description: Until when.
      type: str
    digests:
      description: How many digest files have which verdict.
      type: dict
    log_files:
      description: How many log files have which verdict.
      type: dict
    problems:
      description: Each file that isn't valid, with its verdict and why.
      type: list
      elements: dict
verdict:
  description: The worst verdict of all chains, V(unknown) without any. C(null) without O(digests).
  returned: success
  type: str
unread:
  description: What could not be read, and the permission that is missing.
  returned: success
  type: dict
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.audit_trail_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
