# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wrong value of any option of any module ends in a message that names option and value, before any call.

The table is made of the modules' specifications and of the examples on their pages: a new option is in it by itself.
"""

from __future__ import annotations

import copy
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.closednet.aws.plugins import modules
from ansible_collections.closednet.aws.plugins.module_utils._core import escape, options
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.module import declare
from ansible_collections.closednet.aws.tests.unit import bad_values

MODULES = sorted(path.stem for path in (Path(__file__).parents[3] / "plugins/modules").glob("[a-z]*.py"))
# What no example shows as it is.
MORE = {
    **dict.fromkeys(
        ("log_archive_info", "log_replay"),
        {
            "tables": [
                {"name": "payments", "type": "custom", "raw": False, "columns": [{"name": "amount", "type": "double"}]}
            ]
        },
    ),
    "pci_role_guard": {"password_policy": {"minimum_length": 15}},
    "privatelink_service_info": {
        "name": "billing",
        "undeclared": "report",
        "consumers": [{"account_id": "222222222222", "reason": "bills", "requested_by": "payments"}],
    },
    "psc_service_info": {
        "project_id": "recruiting-b",
        "region": "asia-northeast1",
        "name": "matching-api",
        "undeclared": "report",
        "consumers": [{"project_id": "recruiting-a", "reason": "db", "requested_by": "team-a"}],
    },
    "tgw_hub": {
        # Without the static route that leads to it on the page.
        "other_attachments": [
            {
                "name": "office",
                "attachment_id": "tgw-attach-0123456789abcdef0",
                "resource_type": "vpn",
                "segment": "shared",
                "cidrs": ["192.168.0.0/16"],
            }
        ],
    },
}
FREE_TEXT = "it is text for people"
# Values that look wrong and are legitimate: (module, option, kind of value) -> why. "": in every module.
LEGITIMATE = {
    ("algorithm_registry", "algorithms.reason", "unicode"): FREE_TEXT,
    ("", "tags", "unknown word"): "tags have any key",
    ("account_members", "permission_sets.description", "unicode"): FREE_TEXT,
    ("account_members", "groups.name", "unicode"): "an identity store takes names of any letters",
    ("account_members", "groups.description", "unicode"): FREE_TEXT,
    ("account_members", "groups.users", "item: unicode"): "an identity store takes names of any letters",
    ("account_members", "users.name", "unicode"): "an identity store takes names of any letters",
    ("account_members", "users.given_name", "unicode"): "people have names of any letters",
    ("account_members", "users.family_name", "unicode"): "people have names of any letters",
    ("account_members", "most_permission_sets", "huge"): "AWS names no maximum",
    ("account_members", "most_sets_per_account", "huge"): "AWS names no maximum",
    ("egress_proxy", "accounts", "unknown word"): "names of accounts, for messages",
    ("log_source", "filter_pattern", "unicode"): "events have any letters",
    ("log_source", "log_groups.filter_pattern", "unicode"): "events have any letters",
    ("network_firewall", "accounts", "unknown word"): "names of accounts, for messages",
    ("network_firewall", "logs", "empty"): "no logs; without the option they stay as they are",
    ("", "description", "unicode"): FREE_TEXT,
    ("", "repositories.description", "unicode"): FREE_TEXT,
    ("", "consumers.reason", "unicode"): FREE_TEXT,
    ("", "consumers.requested_by", "unicode"): FREE_TEXT,
    ("", "snapshot_dir", "unicode"): "a folder has any name",
    ("", "save_snapshot_dir", "unicode"): "a folder has any name",
    ("closed_vpc_doctor", "central.snapshot_dir", "unicode"): "a folder has any name",
    ("closed_vpc_doctor", "targets.glue_job", "unicode"): "Glue takes names of any letters",
    ("closed_vpc_doctor", "targets.glue_connection", "unicode"): "Glue takes names of any letters",
    ("pci_identity", "source_profile", "unicode"): "a profile of the AWS configuration has any name",
    ("pci_identity", "self_service", "empty"): "people may do nothing for themselves",
    ("pci_identity", "users.ssh_public_keys", "empty"): "the user has no key; without the option they are left alone",
    ("pci_guard_info", "public_tiers", "empty"): "nothing is public",
    ("pci_guard_info", "data_tiers", "empty"): "there is no data tier",
    ("pci_guard_info", "internet_services", "empty"): "nothing is reached from the internet",
    ("privatelink_service", "load_balancer.listeners.targets", "empty"): "targets may come later",
    ("psc_service", "load_balancer.backends", "empty"): "backends may come later",
    ("tiered_vpc", "tiers.tags", "unknown word"): "tags have any key",
    ("closed_vpc_endpoints", "endpoints_quota", "huge"): "AWS names no maximum",
    ("central_endpoints", "endpoints_quota", "huge"): "AWS names no maximum",
    ("tgw_hub", "attachments.actual_cidrs", "empty"): "nothing is known of its VPC, as without the option",
    ("tiered_vpc", "flows", "empty"): "network ACLs that let nothing through; without the option there are none",
    ("tiered_vpc", "flows.udp", "empty"): "the flow has tcp",
    ("tiered_vpc", "network_acl_denied_ports", "empty"): "no port is denied",
    **{
        ("closed_vpc_doctor", "error_text", kind): "somebody else's log, which is only read"
        for kind in ("huge", "control characters", "newline", "newline at the end", "unicode", "invisible")
    },
}


class Refused(Exception):
    """By Ansible's own check."""


def capability(module):
    return import_module(f"{modules.__name__}.{module}").CAPABILITY


def examples(module):
    """The options of the tasks on the module's page."""
    tasks = yaml.safe_load(import_module(f"{modules.__name__}.{module}").EXAMPLES)
    found = [task[f"closednet.aws.{module}"] for task in tasks if f"closednet.aws.{module}" in task]
    return [{**found[0], **MORE[module]}, *found] if module in MORE else found


def declared(module, given):
    """What these options declare, as a run has it."""
    one = capability(module)
    spec = one.full_argument_spec()
    for invalid in options.problems(spec, given):
        raise invalid
    validated = ArgumentSpecValidator(spec, **one.constraints).validate(copy.deepcopy(given))
    if validated.error_messages:
        raise Refused(escape.sentence(validated.errors.msg))
    return declare(one, validated.validated_parameters)


def base(module, leaf):
    """The options of an example in which the option is given, or could be; and its value there."""
    there = []
    for given in examples(module):
        held = bad_values.holder(given, leaf.path)
        if held is not None and "{{" not in str(given):
            there.append((leaf.path[-1] in held and given.get("state") != "absent", given, held.get(leaf.path[-1])))
    assert there, f"no example of {module} shows where {leaf.name} stands"
    _given, options_, value = max(there, key=lambda one: one[0])
    return options_, value


def is_legitimate(module, leaf, bad):
    """A list without items is what it is by default."""
    default = leaf.spec.get("default", [] if leaf.spec.get("type") == "list" else None)
    required = leaf.spec.get("required") or "default" not in leaf.spec
    return (
        any((one, leaf.name, bad.kind) in LEGITIMATE for one in ("", module))
        or (bad.kind == "empty" and not required and bad.value == default)
        or bad.kind == "duplicate"
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_wrong_value_is_told_with_its_option_before_any_call(module):
    wrong = []
    for leaf in bad_values.leaves(capability(module).argument_spec, capability(module).constraints):
        given, valid = base(module, leaf)
        for bad in bad_values.of(leaf, valid):
            try:
                found = declared(module, bad_values.with_value(given, leaf, bad.value))
            except (Invalid, Refused) as refused:
                text = str(refused)
                if not bad_values.is_told(text, leaf, bad):
                    wrong.append(f"{leaf.name}, {bad.kind}: {text[:300]!r}")
                continue
            if not is_legitimate(module, leaf, bad):
                wrong.append(f"{leaf.name}, {bad.kind}: accepted")
            elif bad.kind == "duplicate":
                # Said twice is said once.
                assert found.resources == declared(module, given).resources, f"{leaf.name}: a duplicate is declared"
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "option", "value", "text"),
    [
        (
            "tiered_vpc",
            "network_acl_denied_ports",
            [70000],
            "network_acl_denied_ports[0]: 70000 is no port; expected 0 to 65535",
        ),
        ("network_path_info", "port", "70000", "port: '70000' is neither a port nor a range of ports; expected 443"),
        ("tiered_vpc", "network_acl_rules_quota", 400, "network_acl_rules_quota: 400 is no quota that AWS gives"),
        ("tiered_vpc", "tags", {"team": ["a"]}, "tags.team: ['a'] is a list or mapping; expected text"),
        ("tiered_vpc", "tags", {"te\nam": "a"}, "tags (its key): 'te\\nam' has characters that can't be seen"),
        ("closed_vpc_endpoints", "services", ["S3"], "services[0]: 'S3' is no AWS service"),
        ("pci_identity", "name", "käse", "name: 'käse' is no name in IAM"),
        ("pci_guard_info", "clusters", ["a b"], "clusters[0]: 'a b' is no cluster of ECS"),
    ],
)
def test_what_was_dropped_or_passed_on_without_a_word_is_refused(module, option, value, text):
    with pytest.raises(Invalid) as refused:
        declared(module, {**examples(module)[0], option: value})
    assert str(refused.value).startswith(text)


def test_a_secret_is_not_told():
    given = {**examples("tgw_spoke")[0], "assume_role_external_id": "hunter2\n"}
    with pytest.raises(Invalid) as refused:
        declared("tgw_spoke", given)
    assert str(refused.value).startswith("assume_role_external_id: has characters that can't be seen")
