# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wrong value of any variable of any role is told with its host before any host's first call.

The table is made of the roles' specifications: a new option is in it by itself.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.roster import ROSTER
from ansible_collections.closednet.aws.plugins.plugin_utils import role_options
from ansible_collections.closednet.aws.plugins.plugin_utils.inventory_problems import inventory_problems
from ansible_collections.closednet.aws.tests.unit import bad_values

VPC = {
    "account_id": "111111111111",
    "region": "eu-central-1",
    "vpc_cidrs": ["10.1.0.0/16"],
    "vpc_availability_zone_ids": ["euc1-az1"],
    "vpc_tiers": [
        {"name": "app", "prefix": 20},
        {"name": "tgw", "prefix": 28, "network_acl": "open"},
        {"name": "endpoint", "prefix": 26},
    ],
    "vpc_flows": [{"from": "app", "to": "internet", "tcp": ["443"]}],
    "vpc_flow_logs": {"destination": "arn:aws:s3:::logs"},
    "vpc_ignore_tags": {"keys": ["owner"]},
}
LISTENER = {"port": 443, "targets": ["10.0.0.1"], "health_check": {"protocol": "TCP"}}
SERVICE = {
    "name": "billing",
    "load_balancer": {"listeners": [LISTENER]},
    "ignore_tags": {"keys": ["owner"]},
    "consumers": [
        {"account_id": "333333333333", "reason": "bills", "requested_by": "payments"},
        {"account_id": "111111111111", "reason": "bills", "requested_by": "payments"},
    ],
}
ENDPOINT = {
    "name": "billing",
    "service": {"host": "alpha", "name": "billing"},
    "sources": ["10.1.0.0/16"],
    "tcp": ["443"],
    "ignore_tags": {"keys": ["owner"]},
}
IGNORED = {"keys": ["owner"], "key_prefixes": ["kubernetes.io/"]}
ARCHIVE = {
    "account_id": "111111111111",
    "region": "eu-central-1",
    "log_archive_bucket": "logs-of-example",
    "log_archive_trail_bucket": "trails-of-example",
}
LOCK = {"mode": "governance", "days": 30}
OFFICE = {
    "name": "office",
    "attachment_id": "tgw-attach-0123456789abcdef0",
    "resource_type": "vpn",
    "segment": "shared",
    "cidrs": ["192.168.0.0/16"],
}
EXCLUSION = {"vpc_id": "vpc-0123456789abcdef0", "internet_gateway_exclusion_mode": "allow-egress"}
OWN_VPC = {"name": "a", "segment": "shared", "cidrs": ["10.1.0.0/16"]}
SPOKE = {"name": "b", "account_id": "222222222222", "segment": "customers", "cidrs": ["10.2.0.0/16"]}
# By the group whose roles are run on the host; what is given here is sound.
MOVED = [{"from": "old", "to": "alpha"}]
ACCOUNTS = {
    "hub": {
        **VPC,
        "hub_segments": {"shared": {}, "customers": {"isolated": True}},
        "hub_segment": "shared",
        "hub_share_with": {"organization": True},
        "hub_flow_logs": {"destination": "arn:aws:s3:::logs"},
        "hub_vpc_attachments": [OWN_VPC],
        "hub_attachments": [SPOKE],
        "hub_other_attachments": [OFFICE],
        "hub_more_attachments": [{**SPOKE, "name": "c", "account_id": "333333333333", "cidrs": ["10.3.0.0/16"]}],
        "moved": MOVED,
        "hub_ignore_tags": IGNORED,
    },
    "spokes": {
        **VPC,
        "moved": MOVED,
        "vpc_ipv6": {"source": "pool", "pool_id": "ipam-pool-0123456789abcdef0", "netmask_length": 56},
        "spoke_segment": "customers",
        "hub_account_id": "222222222222",
        "spoke_ignore_tags": IGNORED,
        "spoke_from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["443"]},
    },
    "providers": {
        **VPC,
        "privatelink_provider_services": [SERVICE],
        "privatelink_provider_ignore_tags": IGNORED,
    },
    "consumers": {
        **VPC,
        "moved": MOVED,
        "privatelink_provider_services": [SERVICE],
        "privatelink_consumer_endpoints": [ENDPOINT],
        "privatelink_consumer_ignore_tags": IGNORED,
    },
    "central_endpoints": {
        **VPC,
        "central_endpoints_workloads": ["ecs_fargate"],
        "central_endpoints_ignore_tags": IGNORED,
    },
    "closed": {
        **VPC,
        "moved": MOVED,
        "closed_network_workloads": ["ecs_fargate"],
        "closed_network_ignore_tags": IGNORED,
        "closed_network_block_exclusions": [EXCLUSION],
    },
    "egress": {
        **VPC,
        "vpc_tiers": [
            {"name": "tgw", "prefix": 28},
            {"name": "firewall", "prefix": 28, "internet": "nat"},
            {"name": "public", "prefix": 28, "internet": "gateway"},
        ],
        "vpc_flows": [],
        "egress_groups": {"everyone": {"sources": ["10.0.0.0/8"], "allow": [{"domain": "example.com"}]}},
        "egress_internal_cidrs": ["10.0.0.0/8"],
        "egress_transit_gateway_id": "tgw-0123456789abcdef0",
        "egress_availability_zone_ids": ["euc1-az1"],
        "egress_managed_rule_groups": ["ThreatSignaturesDoSStrictOrder"],
        "egress_logs": [{"log_type": "ALERT", "destination": "logs"}],
        "egress_ignore_tags": IGNORED,
    },
    "egress_proxy": {
        **VPC,
        "egress_proxy_image": "111111111111.dkr.ecr.eu-central-1.amazonaws.com/nginx:1.28",
        "egress_proxy_groups": {
            "everyone": {
                "sources": ["10.0.0.0/8"],
                "allow": [{"domain": "example.com"}],
            },
        },
        "egress_proxy_client_cidrs": ["10.0.0.0/8"],
        "egress_proxy_resolvers": ["10.1.0.2"],
        "egress_proxy_ignore_tags": IGNORED,
    },
    "algorithm_registry": {
        "account_id": "111111111111",
        "region": "eu-central-1",
        "algorithm_registry_zone": "algorithms.internal",
        "algorithm_registry_front_role_arn": "arn:aws:iam::111111111111:role/front",
        "algorithm_registry_operator_role_arns": ["arn:aws:iam::111111111111:role/operator"],
        "algorithm_registry_ignore_tags": IGNORED,
    },
    "pci": {
        **VPC,
        "pci_account_identity_account_id": "222222222222",
        "pci_account_users": ["ann"],
        "pci_account_ignore_tags": IGNORED,
        "pci_account_roles": [{"name": "admin", "permissions": "admin", "users": ["ann"]}],
        "pci_account_revoke_sessions": {"by": "schedule"},
        "pci_account_password_policy": {"minimum_length": 15},
    },
    "identity": {
        "account_id": "111111111111",
        "pci_people_groups": [
            {"name": "admins", "roles": [{"role_arn": "arn:aws:iam::444444444444:role/pci/admin"}]},
        ],
        "pci_people_ignore_tags": IGNORED,
        "pci_people_users": [{"name": "ann", "groups": ["admins"]}],
    },
    "identity_center": {
        "account_id": "111111111111",
        "region": "eu-central-1",
        "account_members_permission_sets": {"developers": {"session_duration": "PT8H"}},
        "account_members_groups": {"team": {"users": ["ana"]}},
        "account_members_users": {"ana": {"given_name": "Ana", "family_name": "A", "email": "ana@example.com"}},
        "members": {"developers": ["team"]},
        "members_of_others": {"admins": ["platform"]},
        "account_members_ignore_tags": IGNORED,
    },
    "python_index": {
        "account_id": "111111111111",
        "region": "eu-central-1",
        "private_python_index_repositories": [{"name": "python"}],
        "private_python_index_readers": {"organization_id": "o-abcdefghij"},
        "private_python_index_ignore_tags": IGNORED,
    },
    "logs": {
        **ARCHIVE,
        "log_archive_object_lock": LOCK,
        "log_archive_trail_object_lock": LOCK,
        "log_archive_tables": [
            {"type": "custom", "name": "payments", "columns": [{"name": "amount"}]},
            {"type": "network_firewall", "resources": ["central"]},
        ],
        "log_source_table": "payments",
        "log_archive_transport": "centralization",
        "log_archive_centralization": {"excluded_log_groups": ["/noise"]},
        "log_archive_auditors": [
            {"principal_arns": ["arn:aws:iam::222222222222:role/auditor"], "account_ids": ["111111111111"]}
        ],
        "log_archive_ignore_tags": IGNORED,
    },
    "log_sources": {
        **ARCHIVE,
        "log_source_log_groups": [{"name": "/ecs/payments", "filter_pattern": "{ $.level = ERROR }"}],
        "log_source_excluded_log_groups": ["/noise"],
        "log_source_ignore_tags": IGNORED,
    },
    "audit_trails": {
        **ARCHIVE,
        "audit_trail_data_events": ["arn:aws:s3:::cards/"],
        "audit_trail_ignore_tags": IGNORED,
    },
}
PROJECT = {"cloud": "gcp", "project_id": "recruiting-b", "region": "asia-northeast1"}
APPROVAL = {"project_id": "recruiting-a", "reason": "matching", "requested_by": "team-a"}
BALANCER = {
    "network": "main",
    "subnetwork": "apps",
    "ports": [443],
    "backends": ["zones/asia-northeast1-a/instanceGroups/matching"],
    "health_check": {"protocol": "TCP"},
}
# By the role, of hosts on Google Cloud, which are in the same groups.
PROJECTS = {
    "psc_provider": {
        **PROJECT,
        "psc_services": [
            {
                "name": "matching-api",
                "load_balancer": BALANCER,
                "nat_cidrs": ["192.168.0.0/24"],
                "consumers": [APPROVAL, {**APPROVAL, "project_id": "recruiting-c"}],
                "firewall": {"ports": ["443"]},
            }
        ],
    },
    "psc_consumer": {
        **PROJECT,
        "psc_endpoints": [
            {
                "name": "matching",
                "service": "projects/recruiting-z/regions/asia-northeast1/serviceAttachments/matching-api",
                "subnetwork": "apps",
            }
        ],
    },
}
# What else the inventory must have: an archive is a source of its own, and what others send to.
WITH = {"logs": ("log_sources",), "log_sources": ("logs",), "audit_trails": ("logs",)}
FREE_TEXT = "it is text for people"
ELSEWHERE = "only who runs the playbook knows what it is called"
# Values that look wrong and are legitimate: (end of the option, kind of value) -> why.
LEGITIMATE = {
    ("tags", "unknown word"): "tags have any key",
    ("unreadable_records", "unknown word"): "a table that is declared no longer may have some",
    ("egress_proxy_groups", "unknown word"): "names of groups; their contents are checked with the inventory's groups",
    ("ignore_tags.keys", "item: unicode"): "keys of tags have letters of any script",
    ("ignore_tags.key_prefixes", "item: unicode"): "keys of tags have letters of any script",
    ("adopt_release", "item: unicode"): "stacks and applications of others have any name",
    ("moved.from", "unicode"): "no host has that name any more",
    ("confirm_removals", "item: unicode"): "what is called so isn't removed",
    ("max_removals", "huge"): "there may be as many",
    ("endpoints_quota", "huge"): "AWS names no maximum",
    ("most_permission_sets", "huge"): "AWS names no maximum",
    ("most_sets_per_account", "huge"): "AWS names no maximum",
    ("vpc_same_account_as", "unicode"): "that host may be in another slice of the inventory",
    ("approved_plan", "unknown word"): "approved_steps reads it, host by host",
    ("assume_role_arn", "empty"): "as good as not given, as an AWX survey leaves it",
    ("assume_role_external_id", "empty"): "as good as not given, as an AWX survey leaves it",
    ("aws_profile", "empty"): "as good as not given, as an AWX survey leaves it",
    ("assume_role_external_id", "unicode"): "a secret, which isn't looked at here",
    ("service_account_file", "empty"): "as good as not given, as an AWX survey leaves it",
    ("service_account_file", "unicode"): "a file has any name",
    ("load_balancer.backends", "empty"): "backends may come later",
    ("aws_profile", "unicode"): ELSEWHERE,
    ("management_profile", "unicode"): ELSEWHERE,
    ("source_profile", "unicode"): ELSEWHERE,
    ("profiles_directory", "unicode"): "a folder has any name",
    ("algorithm_registry_snapshot_dir", "unicode"): "a folder has any name",
    ("private_python_index_directory", "unicode"): "a folder has any name",
    ("private_python_index_packages", "unicode"): "a folder has any name",
    ("policy_file", "unicode"): "a file has any name",
    ("description", "unicode"): FREE_TEXT,
    ("consumers.reason", "unicode"): FREE_TEXT,
    ("filter_pattern", "unicode"): "it is what log lines have",
    ("consumers.requested_by", "unicode"): FREE_TEXT,
    ("spoke_segment", "unicode"): "its hub isn't in this inventory",
    ("hub_destinations", "empty"): "the hub's own VPC reaches nobody",
    ("hub_tiers", "empty"): "no tier of the hub's own VPC reaches a spoke",
    ("hub_tiers", "item: unicode"): "hub_vpc_attachments is given in its place",
    ("self_service", "empty"): "people may do nothing for themselves",
    ("ssh_public_keys", "empty"): "the user has no key; without the option they are left alone",
    ("load_balancer.listeners.targets", "empty"): "targets may come later",
    ("vpc_flows", "empty"): "network ACLs that let nothing through; without the option there are none",
    ("vpc_flows.udp", "empty"): "the flow has tcp",
    ("denied_ports", "empty"): "no port is denied",
    ("management_account_id", "unicode"): "of the service control policy, whose content the role guard makes",
    ("management_assume_role_arn", "unicode"): "of the service control policy, whose content the role guard makes",
}


def is_legitimate(leaf, bad):
    listed = any(leaf.name.endswith(end) for end, kind in LEGITIMATE if kind == bad.kind)
    of_list = leaf.spec.get("type") == "list" and not leaf.spec.get("required")
    default = of_list or leaf.spec.get("default") == bad.value
    return listed or bad.kind == "duplicate" or (bad.kind == "empty" and default)


@pytest.mark.parametrize("group", ACCOUNTS)
def test_the_accounts_themselves_are_sound(group):
    assert inventory_problems({"alpha": ACCOUNTS[group]}, {group: ["alpha"]}) == []


@pytest.mark.parametrize(("role", "group"), [("psc_provider", "providers"), ("psc_consumer", "consumers")])
def test_the_projects_themselves_are_sound(role, group):
    members = {group: ["alpha"]}
    assert inventory_problems({"alpha": PROJECTS[role]}, members, members) == []


@pytest.mark.parametrize("cloud", ["aws", "gpc", None])
def test_where_the_cloud_is_not_clear_only_that_is_told(cloud):
    """Not what an account of AWS needs, nor that the service of such a host is published nowhere."""
    members = {"providers": ["beta"], "consumers": ["alpha"]}
    endpoint = {"name": "matching", "service": {"host": "beta", "name": "matching-api"}, "subnetwork": "apps"}
    consumer = {**PROJECT, "project_id": "recruiting-a", "psc_endpoints": [endpoint]}
    provider = {**PROJECTS["psc_provider"], "region": "{{ undefined_region }}", "cloud": cloud}
    (text,) = inventory_problems({"alpha": consumer, "beta": provider}, members, members)
    assert text.startswith("beta.cloud: 'gpc' is no cloud" if cloud == "gpc" else "beta.project_id: is of Google Cloud")


@pytest.mark.parametrize(
    ("group", "role"),
    [(group, entry.role) for entry in ROSTER for group in entry.groups if entry.role != "vpc" or group == "spokes"],
)
def test_a_wrong_value_is_told_with_host_and_variable(group, role):
    given = PROJECTS.get(role) or ACCOUNTS[group]
    wrong = []
    for leaf in bad_values.leaves(role_options.options(role), {}):
        held = bad_values.holder(given, leaf.path)
        assert held is not None, f"{leaf.name}: give {group} a sound value of what holds it, above"
        for bad in bad_values.of(leaf, held.get(leaf.path[-1])):
            changed = bad_values.with_value(given, leaf, bad.value)
            members = {name: ["alpha"] for name in (group, *WITH.get(group, ()))}
            texts = inventory_problems({"alpha": changed}, {group: ["alpha"]}, members)
            told = [text for text in texts if text.startswith("alpha") and bad_values.is_told(text, leaf, bad)]
            if not told and (texts or not is_legitimate(leaf, bad)):
                wrong.append(f"{leaf.name}, {bad.kind}: {texts or 'accepted'}"[:400])
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("group", "variables", "text"),
    [
        (
            "spokes",
            {"vpc_network_acl_denied_ports": [70000]},
            "alpha.vpc_network_acl_denied_ports[0]: 70000 is no port",
        ),
        # Ansible takes text for a number.
        (
            "spokes",
            {"vpc_network_acl_denied_ports": ["3389"], "vpc_network_acl_rules_quota": "20"},
            None,
        ),
        ("hub", {"hub_amazon_side_asn": 1}, "alpha.hub_amazon_side_asn: 1 is no private ASN"),
        (
            "hub",
            {"hub_attachments": [{**SPOKE, "segment": "x"}]},
            "alpha.hub_attachments[0] (b).segment: 'x' is not a declared segment",
        ),
        (
            "consumers",
            {"privatelink_consumer_endpoints": [{**ENDPOINT, "tcp": ["70000"]}]},
            "alpha.privatelink_consumer_endpoints[0].tcp[0]: '70000' is neither a port nor a range of ports",
        ),
        (
            "closed",
            {"closed_network_services": ["S3"]},
            "alpha.closed_network_services[0]: 'S3' is no AWS service",
        ),
        (
            "pci",
            {"pci_account_mfa_max_age": 1},
            "alpha.pci_account_mfa_max_age: 1 is ",
        ),
    ],
)
def test_what_a_module_would_refuse_at_its_turn_is_told_before_the_first_write(group, variables, text):
    found = inventory_problems({"alpha": {**ACCOUNTS[group], **variables}}, {group: ["alpha"]})
    assert found == [] if text is None else found[0].startswith(text), found
