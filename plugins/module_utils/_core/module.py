# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a capability as an Ansible module, or inside Ansible's worker. The only file of the core that knows Ansible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3, botocore_at_least

from .._aws.advice import code_of, next_step
from .._aws.client import Aws, Offline, check_connection, describe
from .._domain.values import tags
from . import guard, options
from .capability import Capability, Declared
from .errors import Failure, Invalid
from .reconcile import Conflict
from .runner import converge

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # run says what is missing

# The first whose model of EC2 has all that is read here: the zones of an endpoint service by id, the pages of
# SearchTransitGatewayRoutes, the policy table and the NAT of a Transit Gateway attachment. An older one leaves them out
# of AWS's answers without a word.
BOTOCORE = "1.44.0"


def run(capability: Capability) -> None:
    """A module's main()."""
    module = AnsibleModule(
        argument_spec=capability.full_argument_spec(),
        supports_check_mode=True,
        **capability.constraints,
    )
    if not HAS_BOTO3:
        module.fail_json(msg=missing_required_lib("boto3 and botocore"))
    try:
        result = execute(capability, module.params, module.check_mode)
    except Failure as failure:
        module.fail_json(msg=str(failure), **failure.details)
    module.exit_json(**result)


def execute(capability: Capability, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The result of a run, whoever runs it. Raises Failure."""
    if not botocore_at_least(BOTOCORE):
        raise Failure(f"this botocore is too old: {BOTOCORE} or later is needed. Nothing was read or written")
    offline = capability.offline and params[capability.offline] is not None
    try:
        declared = declare(capability, params)
    except Invalid as error:
        where = "" if offline else f"account {params['account_id']}; "
        raise Failure(f"{error} ({where}nothing was read or written)") from error
    aws = Offline() if offline else Aws(params)
    where = capability.name if offline else f"{capability.name} in account {aws.account_id} ({aws.region})"
    try:
        return converge(capability, declared, aws, params, check_mode)
    except (Conflict, Invalid) as error:
        raise Failure(f"{where}: {error}. Nothing was written", api_calls=dict(aws.calls)) from error
    except Failure as failure:
        raise Failure(f"{where}: {failure}", **{"api_calls": dict(aws.calls), **failure.details}) from failure
    except (ClientError, BotoCoreError) as error:
        raise Failure(
            f"{where}: reading what is there: {describe(error)}. {next_step(error, capability.name)}",
            error_code=code_of(error),
            api_calls=dict(aws.calls),
        ) from error


def declare(capability: Capability, params: Mapping[str, Any]) -> Declared:
    """What these options declare. Raises Invalid; sends nothing."""
    given = {name: value for name, value in params.items() if name in capability.specification}
    for invalid in options.problems(capability.specification, given):
        raise invalid
    if not capability.offline or params[capability.offline] is None:
        check_connection(params)
    guard.check_options(params)
    params = tags.as_text(params, capability.tags_strictly)
    return capability.desired(params)
