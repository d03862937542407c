# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seed: the organization, accounts, access keys and roles that exist before the first call.

    organization: {id: o-demo123456, management_account_id: "999999999999", ram_sharing: true,
                   trusted_services: [cloudtrail.amazonaws.com]}
    organizational_units: [{path: /customers}, {path: /customers/pilot}]
    accounts: [{id: "111111111111", name: shared-services, email: x@example.com, ou: /infrastructure,
                status: ACTIVE, tags: {k: v}}]
    access_keys: [{account_id: "999999999999", access_key_id: AKIA..., secret_access_key: ..., user_name: operator}]
    roles: [{account_id: "111111111111", name: deployer, external_id: ...}]
    identity_center: {region: eu-central-1, delegated: "111111111111", account_access: true,
                      groups: [{name: developers, users: [ana], external_id: ..., issuer: ...}],
                      users: [{name: ana, given_name: Ana, family_name: Example, email: ana@example.com}]}
    google: {projects: [...], principals: [...], networks: [...]}  # see gcp/seed.py

Every key is optional. The management account needs no entry in `accounts`; an entry may name and tag it.
`regions` is accepted and unused: as on AWS, every commercial region answers.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml
from moto.iam.models import AccessKey, iam_backends
from moto.organizations.models import FakeServiceAccess, OrganizationsBackend, organizations_backends

RAM_PRINCIPAL = "ram.amazonaws.com"


def load_seed(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def apply_seed(seed: dict[str, Any]) -> None:
    """Create the seed's resources in moto's backends, which must be empty."""
    if organization := seed.get("organization"):
        _organization(organization, seed.get("organizational_units", []), seed.get("accounts", []))
    for key in seed.get("access_keys", []):
        _access_key(**key)
    if center := seed.get("identity_center"):
        from emulator.ssoadmin import portal  # imports services that most seeds don't have

        portal.enable(**center)


def external_ids(seed: dict[str, Any]) -> dict[str, str]:
    """Return {role ARN: external id that the role's trust policy requires}."""
    return {
        f"arn:aws:iam::{role['account_id']}:role/{role['name']}": str(role["external_id"])
        for role in seed.get("roles", [])
        if role.get("external_id")
    }


def operators(seed: dict[str, Any]) -> set[tuple[str, str]]:
    """Return (account id, user name) of the seed's users, who have all permissions."""
    return {(str(key["account_id"]), key.get("user_name", "operator")) for key in seed.get("access_keys", [])}


def _organization(organization: dict[str, Any], units: list[dict[str, Any]], accounts: list[dict[str, Any]]) -> None:
    management_id = str(organization["management_account_id"])
    organizations_backends.master_accounts.clear()
    backend = organizations_backends[management_id]["aws"]
    backend.create_organization(region="us-east-1", FeatureSet="ALL")
    backend.org.id = organization.get("id", backend.org.id)
    if organization.get("ram_sharing"):
        # The service access that RAM's EnableSharingWithAwsOrganization creates.
        backend.services.append(FakeServiceAccess(ServicePrincipal=RAM_PRINCIPAL).describe())
    for service in organization.get("trusted_services", []):
        # EnableAWSServiceAccess.
        backend.services.append(FakeServiceAccess(ServicePrincipal=service).describe())
    unit_ids = {"/": backend.org.root_id}
    for path in [unit["path"] for unit in units] + [account.get("ou", "/") for account in accounts]:
        _unit(backend, unit_ids, path.rstrip("/") or "/")
    # ListAccounts is ordered and paginated by the time an account joined, so no two may join at once.
    joined = datetime.datetime.fromisoformat("2024-01-01")  # without a time zone, as moto stores it
    for unit in backend.ou:
        unit.organization_id = backend.org.id
    for number, account in enumerate(accounts):
        _account(backend, account, unit_ids, joined + datetime.timedelta(hours=number))
    for account in backend.accounts:
        account.organization_id = backend.org.id


def _unit(backend: OrganizationsBackend, unit_ids: dict[str, str], path: str) -> str:
    if path not in unit_ids:
        parent, _, name = path.rpartition("/")
        parent_id = _unit(backend, unit_ids, parent or "/")
        made = backend.create_organizational_unit(Name=name, ParentId=parent_id)
        unit_ids[path] = made["OrganizationalUnit"]["Id"]
    return unit_ids[path]


def _account(
    backend: OrganizationsBackend, declared: dict[str, Any], unit_ids: dict[str, str], joined: datetime.datetime
) -> None:
    account_id = str(declared["id"])
    if account_id == backend.org.master_account_id:
        account = backend.accounts[0]
        account.name = declared["name"]
        account.email = backend.org.master_account_email = declared.get("email", account.email)
    else:
        backend.create_account(
            AccountName=declared["name"], Email=declared.get("email", f"{declared['name']}@example.com")
        )
        account = backend.accounts[-1]
        # moto draws an id: delete what it created under that id.
        del organizations_backends.master_accounts[account.id], iam_backends[account.id]
        account.id = account_id
        organizations_backends.master_accounts[account_id] = (backend.account_id, backend.partition)
    account.parent_id = unit_ids[declared.get("ou", "/").rstrip("/") or "/"]
    account.create_time = joined
    account.status = account.state = declared.get("status", "ACTIVE")
    account.tags = {str(key): str(value) for key, value in declared.get("tags", {}).items()}


def _access_key(account_id: str, access_key_id: str, secret_access_key: str, user_name: str = "operator") -> None:
    backend = iam_backends[str(account_id)]["aws"]
    if user_name not in backend.users:
        backend.create_user("us-east-1", user_name)
    key = AccessKey(user_name, prefix="AKIA", account_id=str(account_id))
    key.access_key_id, key.secret_access_key = access_key_id, secret_access_key
    backend.users[user_name].access_keys.append(key)
    backend.access_keys[access_key_id] = key
