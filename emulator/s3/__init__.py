# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: moto's, with AWS's evaluation of bucket policies, also across accounts, and Object Lock."""

import os

# moto's setting: whether an account may use another's bucket is decided before moto sees the call.
os.environ["MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS"] = "true"
