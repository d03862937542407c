# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a service of AWS may act in the whole organization, and this account for it: read only."""

from __future__ import annotations

from ..._aws.errors import code_of, is_denied
from ..._core.reconcile import Actual, Conflict, ResourceType

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # module.run says what is missing

READ_AFTER = ()
INPUTS = ("service_principal",)
PERMISSIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListAWSServiceAccessForOrganization",
    "organizations:ListDelegatedAdministrators",
)
KIND = ResourceType("trusted_access")
NO_ORGANIZATION = "AWSOrganizationsNotInUseException"


def read(aws, declared, found):
    """Return {"main": Actual}; details: organization_id, management ("" without an organization), enabled, allowed.

    enabled: the service has trusted access; None if this account may not see that. allowed: this account is the
    management account or a delegated administrator of the service.
    """
    service = declared.inputs.service_principal
    try:
        organization = aws.call("organizations.describe_organization")["Organization"]
    except ClientError as error:
        if code_of(error) != NO_ORGANIZATION:
            raise
        return {"main": _actual("", "", None, False)}
    management = organization["MasterAccountId"]
    try:
        listed = aws.read("organizations.list_aws_service_access_for_organization", "EnabledServicePrincipals")
        allowed = management == aws.account_id or _delegated(aws, service)
    except ClientError as error:
        # Organizations denies it to members that are no delegated administrators.
        if management == aws.account_id or not is_denied(code_of(error)):
            raise
        return {"main": _actual(organization["Id"], management, None, False)}
    enabled = any(item["ServicePrincipal"] == service for item in listed)
    return {"main": _actual(organization["Id"], management, enabled, allowed)}


def _delegated(aws, service):
    listed = aws.read(
        "organizations.list_delegated_administrators", "DelegatedAdministrators", ServicePrincipal=service
    )
    return any(item["Id"] == aws.account_id for item in listed)


def _actual(organization_id, management, enabled, allowed):
    details = {"organization_id": organization_id, "management": management, "enabled": enabled, "allowed": allowed}
    return Actual(None, {}, False, details)


def _missing(found, declared):
    """Return what is missing for the service, and who has to do it, as one line; "" if nothing is."""
    there, service = found[KIND.name]["main"].details, declared.inputs.service_principal
    if not there["management"]:
        return "organization: this account is in no organization (AWS Organizations); declare it for the account alone"
    if not there["allowed"]:
        return (
            f"organization: this account is neither the management account {there['management']} nor a delegated"
            f" administrator of {service}: run it there, or in the management account: aws organizations"
            f" register-delegated-administrator --account-id {declared.place['account_id']}"
            f" --service-principal {service}"
        )
    if not there["enabled"]:
        return (
            f"organization: {service} has no trusted access to the organization: in the management account"
            f" {there['management']}, aws organizations enable-aws-service-access --service-principal {service}"
        )
    return ""


def findings(wanted, found, declared):
    line = "" if declared.absent else _missing(found, declared)
    return [line] if line else []


def refuse(wanted, found, declared):
    """Raise Conflict before any write if the service can't work in the organization."""
    line = "" if declared.absent else _missing(found, declared)
    if line:
        raise Conflict(line)
