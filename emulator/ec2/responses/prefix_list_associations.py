# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""GetManagedPrefixListAssociations: resources that reference a prefix list."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.models.prefix_list_associations import prefix_list_users

ASSOCIATIONS = Listing("PrefixListAssociations", "ResourceId", "", maximum_page=255)


class PrefixListAssociationResponse(Describing):
    def get_managed_prefix_list_associations(self) -> ActionResult:
        """List the resources that reference one of the account's own prefix lists.

        That AWS refuses it for a list of another account, and with this code, is not verified.
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListAssociations.html
        """
        prefix_list = self.prefix_list(self.required("PrefixListId"))
        if prefix_list.owner_id != self.current_account:
            raise EC2ClientError("UnauthorizedOperation", "You are not authorized to perform this operation.")
        return self.listed(ASSOCIATIONS, prefix_list_users(prefix_list))
