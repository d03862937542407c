# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.core.responses import TYPE_RESPONSE
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response


class S3Responses(S3Response):
    def head_bucket(self) -> TYPE_RESPONSE:
        """Answer HeadBucket; a 403 has the bucket's region in its header, too.

        https://github.com/boto/botocore/blob/develop/botocore/utils.py, S3RegionRedirectorv2.get_bucket_region
        """
        try:
            return super().head_bucket()
        except AccessDeniedByLock:
            partition, owner = s3_backends.bucket_accounts[self.bucket_name]
            region = s3_backends[owner][partition].buckets[self.bucket_name].region_name
            return 403, {"x-amz-bucket-region": region}, ""
