# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the emulator can't show: pages, other partitions, refusals. The rest is in tests/integration."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase
from ansible_collections.closednet.aws.plugins.inventory.organization_accounts import InventoryModule
from ansible_collections.closednet.aws.plugins.module_utils._aws.retries import SILENT_ATTEMPTS, TIMEOUTS

MANAGEMENT = "999999999999"
OPTIONS = {
    "compose": {},
    "extra_tags": [],
    "fetch_tags": False,
    "groups": {},
    "hostname": "name",
    "keyed_groups": [],
    "ous": [],
    "role_name": "OrganizationAccountAccessRole",
    "strict": False,
}


def account(account_id: str, name: str, **states: str) -> dict[str, str]:
    return {"Id": account_id, "Name": name, "Email": "x@example.com", **(states or {"State": "ACTIVE"})}


class Organizations:
    """A client that answers what the test queued, in that order, and refuses other calls."""

    def __init__(self, partition: str = "aws"):
        self.client = boto3.client(
            "organizations", "us-east-1", aws_access_key_id="unused", aws_secret_access_key="unused"
        )
        self.stubber = Stubber(self.client)
        self.stubber.activate()
        arn = f"arn:{partition}:organizations::{MANAGEMENT}:organization/o-demo123456"
        self.organization = {"Id": "o-demo123456", "Arn": arn, "MasterAccountId": MANAGEMENT}

    def answers(self, operation: str, key: str, *pages: list | dict, **arguments: str) -> Organizations:
        for number, page in enumerate(pages):
            token = {"NextToken": str(number)} if number else {}
            following = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
            self.stubber.add_response(operation, {key: page, **following}, {**arguments, **token})
        return self

    def begins(self) -> Organizations:
        self.answers("describe_organization", "Organization", self.organization)
        return self.answers("list_roots", "Roots", [{"Id": "r-demo", "Name": "Root"}])

    def accounts(self, parent: str, *pages: list) -> Organizations:
        return self.answers("list_accounts_for_parent", "Accounts", *pages, ParentId=parent)

    def units(self, parent: str, *pages: list) -> Organizations:
        return self.answers("list_organizational_units_for_parent", "OrganizationalUnits", *pages, ParentId=parent)


@pytest.fixture
def plugin(monkeypatch):
    def make(organizations: Organizations, **options: Any) -> InventoryModule:
        module = InventoryModule()
        module.inventory = InventoryData()
        monkeypatch.setattr(module, "get_option", {**OPTIONS, **options}.__getitem__)
        monkeypatch.setattr(module, "client", lambda service, **_options: organizations.client)
        return module

    return make


def test_every_page_is_read_and_an_empty_one_ends_nothing(plugin):
    organizations = (
        Organizations()
        .begins()
        .accounts("r-demo", [], [account(MANAGEMENT, "management")])
        .units("r-demo", [{"Id": "ou-1", "Name": "customers"}], [], [{"Id": "ou-2", "Name": "infrastructure"}])
        .accounts("ou-1", [account("222222222222", "alpha")], [account("333333333333", "beta")])
        .units("ou-1", [{"Id": "ou-3", "Name": "pci"}])
        .accounts("ou-2", [])
        .units("ou-2", [])
        .accounts("ou-3", [account("444444444444", "gamma")])
        .units("ou-3", [])
    )
    accounts = plugin(organizations)._read_accounts()
    organizations.stubber.assert_no_pending_responses()
    assert [(found["account_name"], found["ou_path"], found["ou_id"]) for found in accounts] == [
        ("management", "/", "r-demo"),
        ("alpha", "/customers", "ou-1"),
        ("beta", "/customers", "ou-1"),
        ("gamma", "/customers/pci", "ou-3"),
    ]


def test_only_the_wanted_part_of_the_tree_is_read(plugin):
    organizations = (
        Organizations()
        .begins()
        .units("r-demo", [{"Id": "ou-1", "Name": "customers"}, {"Id": "ou-2", "Name": "customers-old"}])
        .units("ou-1", [{"Id": "ou-3", "Name": "pci"}, {"Id": "ou-4", "Name": "other"}])
        .accounts("ou-3", [account("444444444444", "gamma")])
        .units("ou-3", [{"Id": "ou-5", "Name": "below"}])
        .accounts("ou-5", [account("555555555555", "delta")])
        .units("ou-5", [])
    )
    accounts = plugin(organizations, ous=["/customers/pci/"])._read_accounts()
    organizations.stubber.assert_no_pending_responses()
    assert [found["ou_path"] for found in accounts] == ["/customers/pci", "/customers/pci/below"]


def test_an_ou_that_does_not_exist_is_an_error(plugin):
    organizations = Organizations().begins().units("r-demo", [{"Id": "ou-1", "Name": "customers"}])
    with pytest.raises(AnsibleError, match="has no OU /custom;"):
        plugin(organizations, ous=["/custom"])._read_accounts()


def test_only_active_accounts_are_hosts(plugin):
    listed = [
        account("111111111111", "with-state", State="ACTIVE"),
        account("222222222222", "with-status-only", Status="ACTIVE"),
        account("333333333333", "closing", State="PENDING_CLOSURE", Status="ACTIVE"),
        account("444444444444", "suspended", Status="SUSPENDED"),
        account("555555555555", "not-yet", State="PENDING_ACTIVATION"),
        account("666666666666", "closed", State="CLOSED", Status="SUSPENDED"),
    ]
    organizations = Organizations().begins().accounts("r-demo", listed).units("r-demo", [])
    accounts = plugin(organizations)._read_accounts()
    assert [found["account_name"] for found in accounts] == ["with-state", "with-status-only"]


def test_the_role_is_in_the_partition_of_the_organization_and_not_in_the_management_account(plugin):
    listed = [account(MANAGEMENT, "management"), account("222222222222", "alpha")]
    organizations = Organizations("aws-us-gov").begins().accounts("r-demo", listed).units("r-demo", [])
    management, alpha = plugin(organizations, role_name="network/operator")._read_accounts()
    assert "assume_role_arn" not in management
    assert alpha["assume_role_arn"] == "arn:aws-us-gov:iam::222222222222:role/network/operator"


def test_all_pages_of_tags(plugin):
    organizations = (
        Organizations().begins().accounts("r-demo", [account("222222222222", "alpha")]).units("r-demo", [])
    ).answers(
        "list_tags_for_resource",
        "Tags",
        [{"Key": "segment", "Value": "customers"}],
        [{"Key": "team", "Value": "a"}],
        ResourceId="222222222222",
    )
    (alpha,) = plugin(organizations, fetch_tags=True)._read_accounts()
    assert alpha["account_tags"] == {"segment": "customers", "team": "a"}


@pytest.mark.parametrize(
    ("code", "what_to_do"),
    [
        ("AccessDeniedException", "register the account of these credentials as delegated administrator"),
        ("AWSOrganizationsNotInUseException", "belongs to no organization"),
        ("ServiceException", "Unable to read the accounts of the organization: An error occurred"),
    ],
)
def test_a_refusal_says_what_to_do(plugin, code, what_to_do):
    organizations = Organizations()
    organizations.stubber.add_client_error("describe_organization", code, "as AWS says it")
    with pytest.raises(AnsibleError, match=what_to_do) as caught:
        plugin(organizations)._read_accounts()
    assert code in str(caught.value)
    assert "as AWS says it" in str(caught.value)


def hosts(module: InventoryModule, *accounts: tuple[str, str]) -> dict[str, str]:
    module._add_hosts([{"account_id": account_id, "account_name": name} for account_id, name in accounts])
    return {host.name: host.vars["account_id"] for host in module.inventory.hosts.values()}


def test_host_names_are_safe(plugin):
    named = hosts(plugin(Organizations()), ("1", "Customer A (EU)"), ("2", "shared-services"), ("3", "日本"))
    assert named == {"Customer-A-EU": "1", "shared-services": "2", "3": "3"}


@pytest.mark.parametrize("name", [".", "..", "-.-", "日.本"])
def test_a_name_of_dots_is_no_host_name(plugin, name):
    """Ansible reads the folder host_vars/HOST: that of "." are the variables of all hosts."""
    assert hosts(plugin(Organizations()), ("2", name)) == {"2": "2"}


def test_two_accounts_of_one_host_name_are_an_error_that_names_both(plugin):
    clashing = ("111111111111", "alpha eu"), ("222222222222", "alpha-eu")
    with pytest.raises(AnsibleError, match="hostname: id") as caught:
        hosts(plugin(Organizations()), *clashing)
    for part in ("111111111111", "222222222222", "host alpha-eu"):
        assert part in str(caught.value)
    assert len(hosts(plugin(Organizations(), hostname="id"), *clashing)) == 2


HOSTILE = "{{ lookup('ansible.builtin.pipe', 'echo run') }}"


@pytest.mark.parametrize("cached", [False, True])
def test_text_of_aws_is_no_template(plugin, monkeypatch, cached):
    """Whether it is read or from a cache that gives texts as a file of the user's own would."""
    account = {"account_id": "2", "account_name": f"a {HOSTILE}", "account_tags": {"segment": HOSTILE, HOSTILE: "x"}}
    expressions = {
        "spoke_segment": "account_tags.segment",
        "told": "'of ' ~ account_name",
        "listed": "account_tags.keys()",
    }
    composed = {name: trust_as_template(text) for name, text in expressions.items()}
    module = plugin(Organizations(), compose=composed, strict=True)
    module.templar = Templar(loader=DataLoader())
    monkeypatch.setattr(AWSInventoryBase, "parse", lambda *_arguments, **_options: None)
    loaded = trusted(account) if cached else account
    monkeypatch.setattr(module, "get_cached_result", lambda _path, _cache: (cached, [loaded]))
    monkeypatch.setattr(module, "_read_accounts", lambda: [loaded])
    monkeypatch.setattr(module, "update_cached_result", lambda *_arguments: None)
    module.parse(module.inventory, None, "x.organization_accounts.yml")
    (host,) = module.inventory.hosts.values()
    templar = Templar(loader=DataLoader(), variables=host.vars)
    for name in ("account_name", "account_tags", "spoke_segment", "told", "listed"):
        rendered = templar.template(trust_as_template(f"{{{{ {name} }}}}"))
        assert "lookup" in str(rendered) and "run" not in str(rendered).replace(HOSTILE, ""), name


STEERING = "\x1b[2J\r\x07\u202e\u200bdone\x9b\n[ERROR]: none"


@pytest.mark.parametrize("of", ["answer", "code", "ou", "expression"])
def test_errors_with_text_of_aws_steer_no_terminal(plugin, monkeypatch, of):
    """An AnsibleError goes to the terminal as it is."""
    told = {"answer": ("AccessDenied", STEERING), "code": (STEERING, "text")}
    module = plugin(
        Organizations(),
        compose={"x": trust_as_template("{}[account_name]")} if of == "expression" else {},
        strict=True,
        ous=[f"/{STEERING}"] if of == "ou" else [],
    )
    monkeypatch.setattr(AWSInventoryBase, "parse", lambda *_arguments, **_options: None)
    monkeypatch.setattr(module, "get_cached_result", lambda _path, _cache: (False, None))
    monkeypatch.setattr(module, "update_cached_result", lambda *_arguments: None)
    if of in told:

        def refused(*_arguments):
            code, message = told[of]
            raise ClientError({"Error": {"Code": code, "Message": message}}, "ListRoots")

        monkeypatch.setattr(module, "client", refused)
    if of == "expression":
        account = {"account_id": "2", "account_name": STEERING}
        monkeypatch.setattr(module, "_read_accounts", lambda: [account])
    with pytest.raises(AnsibleError) as caught:
        module.parse(module.inventory, None, "x.organization_accounts.yml")
    assert caught.value.message.isprintable() and str(caught.value).isprintable()
    assert not module.inventory.hosts


def trusted(value):
    if isinstance(value, dict):
        return {trusted(key): trusted(item) for key, item in value.items()}
    return trust_as_template(value)


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("region", "eu-central-1\n X-Other: 1", "is no AWS region"),
        ("endpoint_url", "http://x\nHost: y", "is no address"),
        ("profile", "a\nb", "is no line of text"),
        ("session_token", "hidden\n", "session_token: '.not shown.'"),
        ("assume_role_arn", "arn:aws:iam::999999999999:role/*", "is no such ARN"),
    ],
)
def test_what_becomes_a_header_or_a_path_is_checked_where_it_enters(monkeypatch, option, value, problem):
    module = InventoryModule()
    monkeypatch.setattr(module, "get_option", {option: value}.get)
    with pytest.raises(AnsibleError, match=problem) as error:
        module.client("organizations")
    assert "hidden" not in str(error.value)


def test_a_server_that_never_answers_is_given_up_soon(monkeypatch):
    sent = []

    def send(_session, request):
        sent.append(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    module = InventoryModule()
    options = {**OPTIONS, "region": "eu-central-1", "access_key": "AKIA", "secret_key": "hidden"}
    monkeypatch.setattr(module, "get_option", options.get)
    monkeypatch.setattr(module, "get_options", lambda: options)
    with pytest.raises(AnsibleError, match="Read timeout.*Next: what is at that address takes the connection"):
        module._read_accounts()
    assert len(sent) == SILENT_ATTEMPTS
    assert module.client("organizations").meta.config.read_timeout == TIMEOUTS["read_timeout"]


def refused(module: InventoryModule, *accounts: tuple[str, str]) -> str:
    """The error, after which the inventory is as it was."""
    before = {host: dict(there.vars) for host, there in module.inventory.hosts.items()}
    with pytest.raises(AnsibleError) as caught:
        hosts(module, *accounts)
    assert {host: dict(there.vars) for host, there in module.inventory.hosts.items()} == before
    return str(caught.value)


def test_all_that_is_wrong_is_told_and_nothing_is_added(plugin):
    accounts = [("1", "first"), ("2", "alpha eu"), ("3", "alpha-eu"), ("4", "spokes"), ("5", "localhost"), ("6", "all")]
    text = refused(plugin(Organizations()), *accounts)
    for part in ("accounts 2 ('alpha eu') and 3 ('alpha-eu')", "host spokes", "host localhost", "host all"):
        assert part in text


def test_groups_and_hosts_of_other_sources_are_none_of_an_accounts(plugin):
    module = plugin(Organizations())
    module.inventory.add_group("customers")
    module.inventory.add_host("beta")
    module.inventory.set_variable("beta", "account_id", "9")
    module.inventory.add_host("gamma")
    module.inventory.set_variable("gamma", "spoke_segment", "customers")
    text = refused(module, ("1", "customers"), ("2", "beta"), ("3", "gamma"))
    assert "account 1 ('customers') would be the host customers, which is the name of a group" in text
    assert "account 2 ('beta') would be the host beta, which another source says is the account 9" in text
    assert "gamma" not in text
    assert hosts(module, ("9", "beta"), ("3", "gamma")) == {"beta": "9", "gamma": "3"}
    assert module.inventory.hosts["gamma"].vars["spoke_segment"] == "customers"


@pytest.mark.parametrize(
    ("expression", "tag", "meant"),
    [
        ("account_tags.segment", "Segment", "segment"),
        ("account_tags.segment | default('x')", "segement", "segment"),
        ("account_tags['vpc-cidrs'].split()", "vpc-cidr", "vpc-cidrs"),
        ("account_tags.get('segment', 'x')", "segments", "segment"),
    ],
)
def test_a_tag_that_is_nearly_one_that_is_read_is_an_error(plugin, monkeypatch, expression, tag, meant):
    account = {"account_id": "1", "account_name": "alpha", "account_tags": {tag: "x"}}
    asked = {"compose": {"spoke_segment": expression}}

    def add(account, **more):
        module = plugin(Organizations(), **asked, **more)
        monkeypatch.setattr(module, "_set_composite_vars", lambda *_arguments, **_options: None)
        module._add_hosts([account])
        return list(module.inventory.hosts)

    with pytest.raises(AnsibleError, match=f"1 .'alpha'. has the tag '{tag}', but what is read is '{meant}'"):
        add(account)
    assert add(account, extra_tags=[tag]) == ["alpha"]
    both = {**account, "account_tags": {tag: "x", meant: "y", "team": "z", "owner": "w"}}
    assert add(both) == ["alpha"]


def test_an_organization_in_which_nobody_is_found_is_an_error(plugin):
    organizations = Organizations().begins().accounts("r-demo", []).units("r-demo", [])
    with pytest.raises(AnsibleError, match="no active account in the organization"):
        plugin(organizations)._read_accounts()
