# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RAM asks AWS Organizations: an account's organization, its units, and whether sharing with it is enabled."""

from __future__ import annotations

from moto.organizations.models import FakeServiceAccess, OrganizationsBackend, organizations_backends

from emulator.accounts import member

SERVICE_PRINCIPAL = "ram.amazonaws.com"


class Organization:
    """Organization of one account, as far as RAM asks AWS Organizations about it."""

    def __init__(self, account_id: str):
        management_id, partition = organizations_backends.master_accounts.get(account_id, (account_id, "aws"))
        self.backend: OrganizationsBackend = organizations_backends[management_id][partition]
        self.exists = self.backend.org is not None

    @property
    def id(self) -> str | None:
        return self.backend.org.id if self.exists else None

    def is_managed_by(self, account_id: str) -> bool:
        return self.exists and self.backend.org.master_account_id == account_id

    @property
    def shares(self) -> bool:
        return self.exists and any(
            service["ServicePrincipal"] == SERVICE_PRINCIPAL for service in self.backend.services
        )

    def enable_sharing(self) -> None:
        if not self.shares:
            self.backend.services.append(FakeServiceAccess(ServicePrincipal=SERVICE_PRINCIPAL).describe())

    def has_account(self, account_id: str) -> bool:
        return self.exists and Organization(account_id).id == self.id

    def has_unit(self, unit_id: str) -> bool:
        return any(unit.id == unit_id for unit in self.backend.ou)

    def unit_has_account(self, unit_id: str, account_id: str) -> bool:
        account = member(self.backend, account_id)
        parent = account.parent_id if account else None
        parents = {unit.id: unit.parent_id for unit in self.backend.ou}
        while parent is not None and parent != unit_id:
            parent = parents.get(parent)
        return parent == unit_id
