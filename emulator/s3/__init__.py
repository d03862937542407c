# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: moto's, with access to another account's bucket denied. A bucket policy that allows it is not evaluated."""

import os

os.environ["MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS"] = "false"  # moto's setting
