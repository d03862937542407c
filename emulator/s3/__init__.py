# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: moto's, where another account's bucket is denied. What its policy allows others is not looked at."""

import os

os.environ["MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS"] = "false"  # moto's setting
