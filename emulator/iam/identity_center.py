# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of writes in IAM Identity Center and account access manager, with their tags.

IAM Identity Center: singlesignon/latest/userguide/permissionsetdelegation.html has the ARNs, and that permission sets
have tags. That the instance, the set and the account that a call names each have to be allowed is as in
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html, not read row by row.
Account access manager: the application (https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-security.html).
"""

from __future__ import annotations

import importlib
from typing import Any

from emulator.iam.parameters import Resource


def sso(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    instance = importlib.import_module("emulator.ssoadmin.models").instance_of(account_id, region)
    tags = {instance.arn: instance.tags} if instance else {}
    tags |= {arn: found.tags for arn, found in instance.permission_sets.items()} if instance else {}
    named = [parameters[name] for name in ("InstanceArn", "PermissionSetArn", "ResourceArn") if name in parameters]
    found = [(arn, tags.get(arn, {})) for arn in dict.fromkeys(named)]
    if target := parameters.get("TargetId"):
        found.append((f"arn:aws:sso:::account/{target}", {}))
    return found


def account_access(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    backends = importlib.import_module("emulator.accountaccess.models").accountaccess_backends
    named = parameters.get("applicationArn") or parameters.get("resourceArn")
    application = backends[account_id][region].applications.get(named)
    return [(named, application.tags if application else {})] if named else []
