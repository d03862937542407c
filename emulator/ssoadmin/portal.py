# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the console and people do at IAM Identity Center, called by the control API and the seed.

identity_center  POST {region, delegated, account_access, groups, users, quotas}, as the seed's key: enables the
                 instance, as the console does, and creates groups and users, as an identity provider would by
                 SCIM; again: adds to it. Answers {instance_arn, identity_store_id, region, application_arn, groups:
                 {name: id}, users: {name: id}}.
sign_in          POST {user, account, role or role_arn}: a sign-in at the access portal, with a permission set or an
                 entitlement. Answers {Credentials}, 403 if nothing lets the user in.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from moto.organizations.models import FakeDelegatedAdministrator, FakeServiceAccess, organizations_backends
from moto.ssoadmin.models import ssoadmin_backends
from moto.sts.models import sts_backends

from emulator import clock, services
from emulator.accounts import is_suspended, member
from emulator.iam.resource_policies import role_by_arn_in
from emulator.iam.sessions import Session, sessions
from emulator.identitystore.store import Store
from emulator.ssoadmin.models import SERVICE, Instance, instances, settle
from emulator.ssoadmin.roles import role_of


class Refused(PermissionError):
    """The portal doesn't let the user in."""


def enable(
    region: str = "eu-central-1",
    delegated: str | None = None,
    account_access: bool = False,
    groups: list[dict[str, Any]] | None = None,
    users: list[dict[str, Any]] | None = None,
    quotas: dict[str, int] | None = None,
) -> dict[str, Any]:
    """Enable IAM Identity Center in the organization of the seed, or add to what was enabled; return its ids.

    groups, users: with external_id (and issuer) they come from an identity provider. Raises ValueError for a quota that
    isn't known, and if there is no organization.
    """
    instance = next(instances(), None) or _new(region)
    if unknown := set(quotas or {}) - set(instance.quotas):
        raise ValueError(f"there is no quota {', '.join(sorted(unknown))}: {', '.join(instance.quotas)}")
    instance.quotas.update(quotas or {})
    if delegated:
        _delegate(instance, str(delegated))
    for each in users or []:
        _user(instance.store, **each)
    for each in groups or []:
        _group(instance.store, **each)
    return {
        "instance_arn": instance.arn,
        "identity_store_id": instance.store.id,
        "region": instance.region,
        "application_arn": _application(instance, account_access),
        "groups": {group["DisplayName"]: id_ for id_, group in instance.store.groups.items()},
        "users": {user["UserName"]: id_ for id_, user in instance.store.users.items()},
    }


def _new(region: str) -> Instance:
    management = next((id_ for id_ in list(organizations_backends) if organizations_backends[id_]["aws"].org), None)
    if management is None:
        raise ValueError("there is no organization")
    services.register("ssoadmin")
    instance = Instance(management, region)
    ssoadmin_backends[management][region].instance = instance
    # Trusted access is enabled with it:
    # https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-sso.html
    known = organizations_backends[management]["aws"].services
    if all(each["ServicePrincipal"] != SERVICE for each in known):
        known.append(FakeServiceAccess(ServicePrincipal=SERVICE).describe())
    return instance


def _delegate(instance: Instance, account_id: str) -> None:
    organization = organizations_backends[instance.owner]["aws"]
    admin = next((each for each in organization.admins if each.account.id == account_id), None)
    if admin is None:
        account = member(organization, account_id)
        if account is None:
            raise ValueError(f"{account_id} isn't an account of the organization")
        admin = FakeDelegatedAdministrator(account)
        organization.admins.append(admin)
    if SERVICE not in admin.services:
        admin.add_service_principal(SERVICE)


def _external(external_id: str | None, issuer: str) -> dict[str, str] | None:
    return {"Issuer": issuer, "Id": external_id} if external_id else None


def _user(
    store: Store,
    name: str,
    given_name: str | None = None,
    family_name: str = "Example",
    email: str | None = None,
    external_id: str | None = None,
    issuer: str = "https://idp.example.com",
) -> dict[str, Any]:
    given = given_name or name.title()
    return store.create_user(
        _external(external_id, issuer),
        UserName=name,
        DisplayName=f"{given} {family_name}",
        Name={"GivenName": given, "FamilyName": family_name},
        Emails=[{"Value": email or f"{name}@example.com", "Type": "work", "Primary": True}],
    )


def _group(
    store: Store,
    name: str,
    description: str | None = None,
    users: list[str] | None = None,
    external_id: str | None = None,
    issuer: str = "https://idp.example.com",
) -> dict[str, Any]:
    """Create a group with its users; a user that doesn't exist yet is created, too."""
    group = store.create_group(_external(external_id, issuer), DisplayName=name, Description=description)
    for user_name in users or []:
        known = [each for each in store.users.values() if each["UserName"] == user_name]
        user = known[0] if known else _user(store, user_name, external_id=external_id and f"{external_id}-{user_name}")
        store.add(group["GroupId"], user["UserId"])
    return group


def _application(instance: Instance, wanted: bool) -> str | None:
    from emulator.accountaccess.models import accountaccess_backends, applications

    found = next((each for each in applications() if each.instance is instance), None)
    if found is None and wanted:
        services.register("accountaccess")
        found = accountaccess_backends[instance.owner][instance.region].create(instance.arn, {})
        found.status = "ACTIVE"
    return found.arn if found else None


def sign_in(user: str, account: str, role: str | None = None, role_arn: str | None = None) -> dict[str, Any]:
    """Return {"Credentials": ...} of a user in an account. Raises Refused if nothing lets the user in.

    role: a permission set's name; role_arn: of an entitlement.
    """
    settle()
    instance = next(instances(), None)
    if instance is None:
        raise Refused("IAM Identity Center is not enabled.")
    known = next((each for each in instance.store.users.values() if each["UserName"] == user), None)
    if known is None or known["UserStatus"] != "ENABLED":
        raise Refused(f"{user} is not a user of the identity store, or is disabled.")
    if is_suspended(account):
        raise Refused(f"{account} is suspended.")
    ids = {("USER", known["UserId"])} | {("GROUP", each) for each in instance.store.groups_of(known["UserId"])}
    found = _entitled(instance, ids, account, role_arn) if role_arn else _assigned(instance, ids, account, role)
    for arn, seconds in found:
        return _session(arn, user, seconds, instance.region)
    raise Refused(f"{user} has no access to {role or role_arn} in {account}.")


def _assigned(
    instance: Instance, ids: set[tuple[str, str]], account_id: str, name: str | None
) -> Iterator[tuple[str, int]]:
    for each in instance.assignments:
        permission_set = instance.permission_sets[each.permission_set_arn]
        if each.account_id == account_id and permission_set.name == name and each[2:] in ids:
            role = role_of(account_id, permission_set)
            if role:
                yield role.arn, permission_set.seconds


def _entitled(
    instance: Instance, ids: set[tuple[str, str]], account_id: str, role_arn: str
) -> Iterator[tuple[str, int]]:
    from emulator.accountaccess.models import applications

    for application in applications():
        for each in application.entitlements.values():
            of = each.entitled
            if (
                application.instance is instance
                and of[:2] in ids
                and (of.account_id, of.role_arn) == (account_id, role_arn)
            ):
                role = role_by_arn_in(account_id, role_arn)
                if role is None or not application.lets_in(role_arn):
                    raise Refused(f"{role_arn} does not exist, or does not trust account access manager.")
                yield role_arn, 3600


def _session(role_arn: str, user: str, seconds: int, region: str) -> dict[str, Any]:
    account_id = role_arn.split(":")[4]
    made = sts_backends[account_id]["aws"].assume_role(region, user, role_arn, "", seconds, "")
    issued = clock.now()
    expires = issued + datetime.timedelta(seconds=seconds)
    made.expiration = expires
    sessions[made.access_key_id] = Session(
        account_id=account_id,
        session_token=made.session_token,
        issued=issued,
        expires=expires,
        role_arn=role_arn,
        name=user,
    )
    return {
        "Credentials": {
            "AccessKeyId": made.access_key_id,
            "SecretAccessKey": made.secret_access_key,
            "SessionToken": made.session_token,
            "Expiration": expires.isoformat(),
        },
        "AssumedRoleUser": {"Arn": made.arn},
    }
