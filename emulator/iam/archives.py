# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of writes in Glue, Athena and CloudTrail, with their tags, for the services' own pages of the
reference: list_awsglue, list_amazonathena, list_awscloudtrail.
"""

from __future__ import annotations

import importlib
from typing import Any

from moto.athena.models import athena_backends
from moto.cloudtrail.models import cloudtrail_backends

from emulator.accounts import management_account_of
from emulator.iam.parameters import Resource


def observabilityadmin(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return the rule: https://docs.aws.amazon.com/service-authorization/latest/reference/
    list_amazoncloudwatchobservabilityadminservice.html
    """
    if operation.startswith("Create"):
        return []
    backends = importlib.import_module("emulator.observabilityadmin.models").observabilityadmin_backends
    named = parameters.get("RuleIdentifier") or parameters.get("ResourceARN")
    rules = backends[management_account_of(account_id) or account_id][region].rules.values()
    return [(rule.arn, rule.tags) for rule in rules if named in (rule.name, rule.arn)]


def glue(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return the catalog, database and table that a call is about: each has to be allowed."""
    prefix = f"arn:aws:glue:{region}:{account_id}:"
    of_table = parameters.get("TableInput", {}).get("Name")
    database = parameters.get("DatabaseName") or parameters.get("DatabaseInput", {}).get("Name")
    names = [f"database/{database or parameters.get('Name')}"]
    if operation in ("CreateTable", "DeleteTable", "UpdateTable"):
        names.append(f"table/{database}/{of_table or parameters.get('Name')}")
    elif not operation.endswith("Database"):
        return []
    return [(f"{prefix}{name}", {}) for name in ("catalog", *names)]


def athena(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return the workgroup, which is what a named query's permissions are about, too."""
    backend = athena_backends[account_id][region]
    query = backend.named_queries.get(parameters.get("NamedQueryId", ""))
    name = parameters.get("WorkGroup") or (query.workgroup if query else parameters.get("Name"))
    arn = parameters.get("ResourceARN") or f"arn:aws:athena:{region}:{account_id}:workgroup/{name}"
    return [(arn, backend.tagger.get_tag_dict_for_resource(arn))]


def cloudtrail(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return the trail, by its name or ARN; of the organization's it is the management account's."""
    name = next((parameters[key] for key in ("Name", "TrailName", "ResourceId") if key in parameters), "")
    own = f"arn:aws:cloudtrail:{region}:{account_id}:trail/"
    arn = name if name.startswith("arn:aws:cloudtrail:") and name.count(":") >= 5 else f"{own}{name}"
    tagger = cloudtrail_backends[arn.split(":")[4]][arn.split(":")[3]].tagging_service
    return [(arn, tagger.get_tag_dict_for_resource(arn))]
