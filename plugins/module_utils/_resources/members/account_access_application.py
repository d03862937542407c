# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The application of IAM account access manager: read only, one for each instance of IAM Identity Center."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.members import identity_center
from . import sso_instance

READ_AFTER = ("sso_instance",)
INPUTS = ("application_arn",)
PERMISSIONS = ("account-access:GetApplication", "account-access:ListApplications")
KIND = ResourceType("account_access_application")


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the application's ARN. Raises Conflict if there isn't exactly one."""
    wanted = declared.inputs.application_arn
    listed = aws.read("account-access.list_applications", "applications")
    here = [one["applicationArn"] for one in listed if wanted in (None, one["applicationArn"])]
    if len(here) != 1:
        if declared.absent and not here:
            return {}
        told = ", ".join(sorted(one["applicationArn"] for one in listed)) or "none"
        raise Conflict(
            f"application_arn: {wanted or 'exactly one application of account access manager'} doesn't exist; account"
            f" {declared.place['account_id']} in {declared.place['region']} has {told}. Enable account access manager,"
            " or correct application_arn"
        )
    application = aws.call("account-access.get_application", applicationArn=here[0])
    instance = identity_center.instance_of(application)
    if application["status"] != "ACTIVE":
        said = application.get("error", {}).get("message", "")
        raise Conflict(f"application_arn: {here[0]} is {application['status']}{f': {said}' if said else ''}")
    if instance != sso_instance.arn(found):
        raise Conflict(f"application_arn: {here[0]} is of {instance}, not of {sso_instance.arn(found)}")
    return {"main": Actual(here[0], {}, False)}
