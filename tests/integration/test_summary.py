# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Summary callback on what Ansible tells it: rescues, loops, no_log, names of modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.integration.conftest import SUMMARY, plain_environment

# Options with which the module fails before any call.
WRONG = {
    "account_id": "12",
    "cidrs": ["10.0.0.0/16"],
    "name": "main",
    "availability_zone_ids": ["euc1-az1"],
    "tiers": [],
}
TASKS = [
    {
        "when": "inventory_hostname == 'rescued'",
        "block": [{"closednet.aws.tiered_vpc": WRONG}],
        "rescue": [{"ansible.builtin.debug": {"msg": "mended"}}],
    },
    {"when": "inventory_hostname == 'ignored'", "closednet.aws.tiered_vpc": WRONG, "ignore_errors": True},
    {"when": "inventory_hostname == 'looped'", "closednet.aws.tiered_vpc": WRONG, "loop": [1, 2]},
    {"when": "inventory_hostname == 'secret'", "closednet.aws.tiered_vpc": WRONG, "no_log": True},
    {"when": "inventory_hostname == 'secrets'", "closednet.aws.tiered_vpc": WRONG, "no_log": True, "loop": ["hush"]},
    {"when": "inventory_hostname == 'short'", "tiered_vpc": WRONG},
    {
        "name": "Another module",
        "when": "inventory_hostname == 'other'",
        "ansible.builtin.fail": {"msg": "Not ours. But it ends the account's run"},
    },
    {"when": "inventory_hostname == 'fine'", "ansible.builtin.debug": {"msg": "not ours, not told"}},
]


def test_only_what_ended_an_accounts_run_is_a_failure_and_secrets_stay_secret(tmp_path):
    hosts = ["fine", "ignored", "looped", "other", "rescued", "secret", "secrets", "short"]
    play = {"hosts": "all", "gather_facts": False, "connection": "local", "collections": ["closednet.aws"]}
    play |= {"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}, "tasks": TASKS}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")

    run = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", ",".join(hosts), "play.yml"],
        cwd=tmp_path,
        env={**plain_environment(), **SUMMARY},
        capture_output=True,
        text=True,
        check=False,
    )

    *_, summary = run.stdout.partition("\nSUMMARY ")
    _title, *told = summary.strip().split("\n")
    assert told == [
        "FAILED: 2 accounts (looped, short)",
        "  tiered_vpc: account_id: '12' is no AWS account id; expected 12 digits, in quotes (YAML drops leading zeros)"
        " (account 12; nothing was read or written)",
        "FAILED: 2 accounts (secret, secrets)",
        "  tiered_vpc: hidden by no_log",
        "FAILED: 1 account (other)",
        "  Another module: Not ours.",
        "unchanged: 2 accounts",
    ], run.stdout + run.stderr
    assert "resolved_action" not in run.stderr
