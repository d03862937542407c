# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles and modules have one description of the options that they share."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.plugin_utils.inventory_problems import inventory_problems
from tools import role_options

ROLES = role_options.roles()
HANDED = role_options.handed_on()
# Mappings without options of fixed names, and what checks their contents.
FREE = {
    "adopted_ids": "_core.adoption, by owner tags and addresses",
    "approved_plan": "closednet.aws.approved_steps",
    "egress_groups": "groups.problems, by names of groups",
    "egress_proxy_groups": "groups.problems, by names of groups",
    "hub_segments": "segments.parse, by names of segments",
    "central_endpoints_policies": "central_endpoints, by names of services",
    "endpoints": "doctor.central.check, by names of services",
    "closed_network_endpoints": "endpoints.inventory, by names of services",
    "closed_network_policies": "closed_vpc_endpoints, by names of services",
    "unreadable_records": "numbers, by names of tables",
    "account_members_permission_sets": "members.inventory, by names of permission sets",
    "account_members_groups": "members.inventory, by names of groups",
    "account_members_users": "members.inventory, by names of users",
    "members": "members.inventory, by names of permission sets",
    "members_of_others": "members.inventory, by names of permission sets",
    "tags": "text, by keys",
    "cidrs": "cidr_plan.lay_out, by zones",
}


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_hands_on_is_as_the_module_describes_it(role):
    path = role_options.ROLES / role / "meta" / "argument_specs.yml"
    assert path.read_text(encoding="utf-8") == role_options.text(role, HANDED), "run tools/role_options.py"
    for option, spec in role_options.options(role).items():
        if option in HANDED and HANDED[option].option:
            of_module = HANDED[option].spec
            assert spec["type"] == of_module.get("type", "str"), option
            assert spec.get("elements") == of_module.get("elements"), option


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_defaults_are_what_its_page_says(role):
    path = role_options.ROLES / role / "defaults" / "main.yml"
    defaults = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}
    for option, spec in role_options.options(role).items():
        given = defaults.get(option)
        if "default" in spec or not isinstance(given, (str, type(None))):
            of_module = option in HANDED and spec.get("default") == HANDED[option].spec.get("default")
            assert spec.get("default") == given or "{{" in str(given) or (given is None and of_module), option


def without_options(specs):
    for name, spec in specs.items():
        if spec["type"] == "dict" or spec.get("elements") == "dict":
            if "options" not in spec:
                yield name
            yield from without_options(spec.get("options", {}))


@pytest.mark.parametrize("role", ROLES)
def test_mappings_have_options_at_every_depth(role):
    unknown = [name for name in without_options(role_options.options(role)) if not name.endswith(tuple(FREE))]
    assert unknown == []


LOAD_BALANCER = {"listeners": [{"port": 443, "targets": ["10.0.0.1"]}]}
ACCOUNT = {
    "account_id": "111111111111",
    "vpc_cidrs": ["10.1.0.0/16"],
    "vpc_availability_zone_ids": ["euc1-az1"],
    "vpc_tiers": [{"name": "app", "prefix": 20}],
}


@pytest.mark.parametrize(
    ("group", "variables", "expected"),
    [
        (
            "providers",
            {
                "privatelink_provider_services": [
                    {"name": "a", "load_balancer": LOAD_BALANCER},
                    {"name": "b", "load_balancer": LOAD_BALANCER, "undeclred": "reject"},
                ]
            },
            "privatelink_provider_services[1].undeclred: is no option (did you mean undeclared?);"
            " expected one of acceptance_required, ",
        ),
        (
            "providers",
            {
                "privatelink_provider_services": [
                    {"name": "a", "load_balancer": {"listeners": [{"port": 1, "targets": [], "helth_check": {}}]}}
                ]
            },
            "privatelink_provider_services[0].load_balancer.listeners[0].helth_check: is no"
            " option (did you mean health_check?); expected one of health_check, ",
        ),
        (
            "hub",
            {"hub_segments": {"shared": {}}, "hub_share_with": {"outside_organisation": True}},
            "hub_share_with.outside_organisation: is no option (did you mean outside_organization?); expected",
        ),
        (
            "spokes",
            {"spoke_from_hub": {"source": ["10.0.0.0/16"]}},
            "spoke_from_hub.source: is no option (did you mean sources?); expected one of sources, tcp, udp",
        ),
        (
            "spokes",
            {"vpc_tiers": [{"name": "app", "prefix": 20, "internt": "gateway"}]},
            "vpc_tiers[0].internt: is no option (did you mean internet?); expected one of assign_ipv6_address, ",
        ),
        (
            "spokes",
            {"vpc_flow_logs": {"destination": "arn:aws:s3:::logs", "traffic": "ALL"}},
            "vpc_flow_logs.traffic: is no option (did you mean traffic_type?); expected one of destination, ",
        ),
        (
            "consumers",
            {"privatelink_consumer_endpoints": [{"name": "a", "service": {"host": "a", "nam": "b"}}]},
            "privatelink_consumer_endpoints[0].service.nam: is no option (did you mean name?)",
        ),
        (
            "closed",
            {"closed_network_block_exclusions": [{"vpc": "vpc-1", "internet_gateway_exclusion_mode": "allow-egress"}]},
            "closed_network_block_exclusions[0].vpc: is no option",
        ),
        (
            "pci",
            {"pci_account_revoke_sessions": {"bye": "run"}},
            "pci_account_revoke_sessions.bye: is no option (did you mean by?); expected one of by, ",
        ),
        (
            "identity",
            {"pci_people_users": [{"name": "ann", "groups": [], "ssh_public_key": "ssh-rsa A"}]},
            "pci_people_users[0].ssh_public_key: is no option (did you mean ssh_public_keys?)",
        ),
        (
            "hub",
            {"hub_undeclared": "rejct"},
            "role hub: value of hub_undeclared must be one of: report, reject, got: rejct",
        ),
    ],
)
def test_an_unknown_word_in_a_role_is_refused_before_any_call(group, variables, expected):
    """`undeclred: reject` in a list of services was ignored, and nobody was rejected."""
    account = {**ACCOUNT, "hub_segments": {"shared": {}}} if group == "hub" else ACCOUNT
    found = inventory_problems({"alpha": {**account, **variables}}, {group: ["alpha"]})
    assert [text for text in found if text.startswith("alpha: ") and expected in text], found
