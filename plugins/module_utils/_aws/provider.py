# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS before there is a connection: the options of every module, and what has to be installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3, botocore_at_least
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from .._core.cloud import Cloud
from .._domain.values import tags
from .claims import ClaimingAws, claims
from .client import Aws
from .credentials import check_connection
from .preload import load_service_models

# The first version whose model of EC2 has all that is read here: the zones of an endpoint service by id, the pages of
# SearchTransitGatewayRoutes, the policy table and the NAT of a Transit Gateway attachment. An older one silently leaves
# them out of AWS's answers.
BOTOCORE = "1.44.0"


class _Provider:
    """AWS as a Provider of _core/cloud.py."""

    account_option = "account_id"
    account_noun = "account"

    @property
    def argument_spec(self) -> dict[str, Any]:
        return {
            **aws_argument_spec(),
            "assume_role_arn": {"type": "str"},
            "assume_role_external_id": {"type": "str", "no_log": True},
        }

    def missing(self) -> str:
        return "" if HAS_BOTO3 else "boto3 and botocore"

    def outdated(self) -> str:
        return "" if botocore_at_least(BOTOCORE) else f"this botocore is too old: {BOTOCORE} or later is needed"

    def check(self, params: Mapping[str, Any]) -> None:
        check_connection(params)

    def normalise(self, params: Mapping[str, Any], tagging: frozenset[str]) -> Mapping[str, Any]:
        services = {action.partition(":")[0] for action in tagging if "Tag" in action}
        return tags.as_text(params, strict=not tags.STRICT_SERVICES.isdisjoint(services))

    def connect(self, params: Mapping[str, Any]) -> Cloud:
        return ClaimingAws(params) if claims(params) else Aws(params)

    def preload(self, permissions: Iterable[str]) -> None:
        load_service_models({"sts", *(action.partition(":")[0] for action in permissions)})

    def results(self, params: Mapping[str, Any], calls: Mapping[str, int]) -> dict[str, Any]:
        # amazon.aws's option, and its result key.
        return {"resource_actions": sorted(calls)} if params["debug_botocore_endpoint_logs"] else {}


AWS = _Provider()
