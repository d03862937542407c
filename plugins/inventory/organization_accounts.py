# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: organization_accounts
short_description: The accounts of an AWS organization as hosts
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates a host for every active account of an AWS organization, with the variables that the modules and roles of
    this collection take.
  - Accounts that are suspended, closed or not yet active are left out.
  - Adds all accounts or none. If anything is wrong, or no active account is found, it reports all problems at once and
    adds nothing. Ansible then continues with the other sources, unless
    C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true). This collection's playbooks stop before any call.
  - The inventory file is YAML, and its name must end with C(organization_accounts.yml) or
    C(organization_accounts.yaml).
  - Names and tags of accounts are never evaluated as templates. Needs ansible-core 2.19 or later.
  - Sends two calls for each organizational unit (OU) that it reads and, with O(fetch_tags), one for each account.
notes:
  - Needs credentials of the organization's management account or of a member account that is registered as delegated
    administrator, with the permissions C(organizations:DescribeOrganization), C(organizations:ListRoots),
    C(organizations:ListOrganizationalUnitsForParent), C(organizations:ListAccountsForParent) and, with O(fetch_tags),
    C(organizations:ListTagsForResource).
  - "The variables of a host: C(account_id), C(account_name), C(account_status), C(account_tags) (a mapping, with
    O(fetch_tags)), C(ou_id), C(ou_path) (such as V(/customers/pci), V(/) for the root), C(organization_id) and
    C(assume_role_arn)."
  - C(assume_role_arn) is the role O(role_name) in the account. It is not set for the management account, which has no
    such role. E-mail addresses of accounts are not read into variables.
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
options:
  plugin:
    description: Must be V(closednet.aws.organization_accounts).
    type: str
    required: true
    choices: [closednet.aws.organization_accounts]
  ous:
    description:
      - Paths of the OUs to read, such as V(/customers), with the OUs below them.
      - Empty means the whole organization.
    type: list
    elements: str
    default: []
  role_name:
    description:
      - Name of the role for C(assume_role_arn) in each account, path included.
      - AWS Organizations creates the default one in accounts that it creates, not in accounts that were invited.
    type: str
    default: OrganizationAccountAccessRole
  hostname:
    description:
      - What a host is named after, the account's V(name) or its V(id).
      - In a name, each run of characters other than ASCII letters, digits, C(.), C(-) and C(_) becomes one C(-), and
        none is left at the ends. If nothing but dots remains, the ID is used.
      - Two accounts whose names give one host name are an error, because variables meant for one account must not
        silently reach the other. So is an account with the name of a group, because its variables would become the
        group's. That may be a group of another source, one that the expressions create, C(all), or one that the
        playbooks run on (C(hub), C(spokes), ...\).
    type: str
    choices: [name, id]
    default: name
  fetch_tags:
    description: Whether to read the tags of the accounts, with one call for each account.
    type: bool
    default: true
  extra_tags:
    description:
      - Correct tags of accounts that are one letter away from a tag that O(compose), O(groups) or O(keyed_groups)
        reads. Any other such tag is an error, as is one in another case, such as C(Segment) for C(segment), because an
        account without the tag that is read would silently be something else.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
# customers.organization_accounts.yml: the accounts below /customers, in groups by OU and by tag
plugin: closednet.aws.organization_accounts
profile: management
ous:
  - /customers
keyed_groups:
  # /customers/pci -> ou_customers_pci
  - key: ou_path
    prefix: ou
    separator: ""
  # tag environment=production -> environment_production
  - key: account_tags.environment | default('none')
    prefix: environment
compose:
  region: account_tags.region | default('eu-central-1')
  vpc_cidrs: account_tags.vpc_cidrs.split()
  spoke_segment: account_tags.segment
---
# all.organization_accounts.yml: a role of another name, host names that can't clash, one group by condition
plugin: closednet.aws.organization_accounts
assume_role_arn: arn:aws:iam::999999999999:role/inventory-reader
role_name: network-operator
hostname: id
groups:
  hub: account_id == '111111111111'
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/closednet-inventory
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AWSInventoryBase.parse says what is missing

from ansible.errors import AnsibleParserError

from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase

from ..module_utils._aws.advice import next_step
from ..module_utils._aws.answers import watched
from ..module_utils._aws.errors import code_of
from ..module_utils._aws.retries import READ_RETRIES, TIMEOUTS
from ..module_utils._domain.values import connection
from ..plugin_utils.account_hosts import AccountHosts, Words, readable_errors, safe_name
from ..plugin_utils.templates import refusal, unsafe

# The Organizations API throttles per account of the caller: more than a few at a time only cause retries.
PARALLEL_TAG_CALLS = 4
WORDS = Words(
    "account", "account_id", "account_name", "account_tags", "tag", "rename {it}, or set 'hostname: id'", "extra_tags"
)

WHAT_TO_DO = {
    "AWSOrganizationsNotInUseException": "the account of these credentials belongs to no organization; "
    "use credentials of the management account or of a delegated administrator",
    "AccessDeniedException": "use credentials of the management account, or register the account of these credentials "
    "as delegated administrator, and allow it organizations:Describe* and organizations:List*",
}


class InventoryModule(AccountHosts, AWSInventoryBase):
    NAME = "closednet.aws.organization_accounts"
    WORDS = WORDS
    INVENTORY_FILE_SUFFIXES = ("organization_accounts.yml", "organization_accounts.yaml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        if refused := refusal():
            raise AnsibleParserError(refused)
        super().parse(inventory, loader, path, cache=cache)
        cached, accounts = self.get_cached_result(path, cache)
        with readable_errors():
            if not cached:
                accounts = self._read_accounts()
                self.update_cached_result(path, cache, accounts)
            # A cache keeps the text without its mark.
            self._add_hosts(unsafe(accounts))

    def client(self, service: str, **options: Any) -> Any:
        entered = ("region", "profile", "endpoint_url", "access_key", "secret_key", "session_token", "assume_role_arn")
        for problem in connection.problems({option: self.get_option(option) for option in entered}):
            self.fail_aws(f"{problem} (nothing was read)")
        return watched(super().client(service, aws_config={**TIMEOUTS, "retries": READ_RETRIES}, **options))

    def _freeze_iam_role(self, iam_role_arn: str) -> None:
        # The base class makes a session name of this plugin's full name, longer than the 64 characters of STS.
        try:
            session = self.client("sts").assume_role(RoleArn=iam_role_arn, RoleSessionName="closednet-inventory")
        except (BotoCoreError, ClientError) as error:
            advice = next_step(error, role=iam_role_arn)
            self.fail_aws(f"Unable to assume role {iam_role_arn}", exception=f"{error}. {advice}")
        self._frozen_credentials = {
            "profile_name": None,
            "aws_access_key_id": session["Credentials"]["AccessKeyId"],
            "aws_secret_access_key": session["Credentials"]["SecretAccessKey"],
            "aws_session_token": session["Credentials"]["SessionToken"],
        }

    def _read_accounts(self) -> list[dict[str, Any]]:
        """Read the accounts and return the variables of each host, in the order of OUs and of accounts in them."""
        try:
            organizations = self.client("organizations")
            organization = organizations.describe_organization()["Organization"]
            accounts = [
                self._host_variables(organization, ou, account)
                for ou in self._walk(organizations)
                for account in _pages(organizations, "list_accounts_for_parent", "Accounts", ParentId=ou["Id"])
                if _state(account) == "ACTIVE"
            ]
            if self.get_option("fetch_tags"):
                with ThreadPoolExecutor(PARALLEL_TAG_CALLS) as pool:
                    tags = pool.map(lambda account: _tags(organizations, account["account_id"]), accounts)
                    for account, account_tags in zip(accounts, tags, strict=True):
                        account["account_tags"] = account_tags
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
            what_to_do = f" ({WHAT_TO_DO[code]})" if code in WHAT_TO_DO else ""
            told = error if code in WHAT_TO_DO else f"{error}. {next_step(error)}"
            self.fail_aws(f"Unable to read the accounts of the organization{what_to_do}", exception=told)
        if not accounts:
            raise AnsibleParserError(
                f"There is no active account in {', '.join(self.get_option('ous')) or 'the organization'}"
            )
        return accounts

    def _walk(self, organizations: Any) -> Iterator[dict[str, str]]:
        """Yield the roots and OUs whose accounts are wanted, each with its Id and Path, parents first.

        Raises AnsibleParserError if one of the option ous doesn't exist.
        """
        wanted = {path.rstrip("/") + "/" for path in self.get_option("ous")} or {"/"}
        missing = set(wanted)
        pending = [{"Id": root["Id"], "Path": "/"} for root in _pages(organizations, "list_roots", "Roots")]
        while pending:
            ou = pending.pop(0)
            path = ou["Path"].rstrip("/") + "/"
            missing.discard(path)
            inside = any(path.startswith(wanted_path) for wanted_path in wanted)
            if inside:
                yield ou
            if inside or any(wanted_path.startswith(path) for wanted_path in wanted):
                children = _pages(
                    organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=ou["Id"]
                )
                pending += [{"Id": child["Id"], "Path": path + child["Name"]} for child in children]
        if missing:
            paths = ", ".join(sorted(path.rstrip("/") for path in missing))
            raise AnsibleParserError(f"ous: the organization has no OU {paths}; a path is written like /customers/pci")

    def _host_variables(self, organization: dict, ou: dict[str, str], account: dict) -> dict[str, Any]:
        variables = {
            "account_id": account["Id"],
            "account_name": account["Name"],
            "account_status": _state(account),
            "ou_id": ou["Id"],
            "ou_path": ou["Path"],
            "organization_id": organization["Id"],
        }
        if account["Id"] != organization["MasterAccountId"]:
            partition = organization["Arn"].split(":")[1]
            variables["assume_role_arn"] = f"arn:{partition}:iam::{account['Id']}:role/{self.get_option('role_name')}"
        return variables

    def _add_hosts(self, accounts: list[dict[str, Any]]) -> None:
        self.add_hosts(accounts, self._host_name)

    def _host_name(self, account: dict[str, Any]) -> str:
        if self.get_option("hostname") == "id":
            return account["account_id"]
        return safe_name(account["account_name"], account["account_id"])


def _pages(organizations: Any, operation: str, key: str, **arguments: str) -> Iterator[dict]:
    # Pages of the Organizations API can be empty before the last one: the token ends the listing, not the content.
    for page in organizations.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def _state(account: dict) -> str:
    # AWS replaces Status by State, which knows PENDING_ACTIVATION and CLOSED too; until then an answer can lack State.
    return account.get("State") or account["Status"]


def _tags(organizations: Any, account_id: str) -> dict[str, str]:
    tags = _pages(organizations, "list_tags_for_resource", "Tags", ResourceId=account_id)
    return {tag["Key"]: tag["Value"] for tag in tags}
