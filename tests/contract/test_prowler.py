# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Agreement of Prowler, an independent auditor, with pci_guard_info where both check the same.

Skipped unless PROWLER names its executable: it takes more than a gigabyte and minutes (docs/pci-evidence.md tells how
to run it).
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract import pci_info_cases as pci
from tests.contract.conftest import Converged
from tests.contract.test_pci_guard_info import BREAKS, having
from tests.contract.world import HANDS, REGION, World
from tests.emulator.conftest import SPOKE

PROWLER = os.environ.get("PROWLER")
pytestmark = pytest.mark.skipif(not PROWLER, reason="PROWLER names no executable")

# A check of Prowler's PCI 4.0 framework -> the break that fails it, and the requirement that it fails here.
AGREED = {
    "cloudtrail_multi_region_enabled": ("the trail stands", "10.2.1"),
    "cloudwatch_log_group_retention_policy_specific_days_enabled": ("logs kept for a month", "10.5.1"),
    "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22": ("SSH is open to the internet", "1.3.1"),
    "ecs_task_definitions_containers_readonly_access": ("a container writes", "2.2.4"),
    "guardduty_is_enabled": ("GuardDuty is off", "11.5.1"),
    "iam_user_mfa_enabled_console_access": ("a user has a password without MFA, and keys", "8.4.3"),
}
# Checks of the same framework that no break here fails.
ALSO_PASS = (
    "cloudtrail_log_file_validation_enabled",
    "ecs_task_definitions_no_environment_secrets",
    "iam_password_policy_expires_passwords_within_90_days_or_less",
    "iam_user_administrator_access_policy",
    "rds_instance_no_public_access",
    "vpc_flow_logs_enabled",
)


def judged(world: World, directory: Path) -> dict[str, set[str]]:
    """Run Prowler and return {check: its statuses in the guarded VPC and the account}."""
    (hand,) = [hand for hand in HANDS if hand["account_id"] == SPOKE]
    key = {"AWS_ACCESS_KEY_ID": hand["access_key_id"], "AWS_SECRET_ACCESS_KEY": hand["secret_access_key"]}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    command = [PROWLER, "aws", "--checks", *AGREED, *ALSO_PASS, "--region", REGION, "--output-formats", "csv"]
    command += ["--output-directory", str(directory), "--output-filename", "told", "--no-banner"]
    run = subprocess.run(
        [*command, "--ignore-exit-code-3"],
        env={**inherited, **key, "AWS_ENDPOINT_URL": world.emulator.endpoint},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found: dict[str, set[str]] = {}
    with (directory / "told.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if not row["RESOURCE_UID"].endswith(tuple(others(world))):
                found.setdefault(row["CHECK_ID"], set()).add(row["STATUS"])
    return found


def others(world: World) -> list[str]:
    """Return the ids of VPCs that aren't guarded: the default one."""
    return [vpc["VpcId"] for vpc in world.ec2(SPOKE).describe_vpcs()["Vpcs"] if vpc["VpcId"] != world.made["vpc"]]


def test_what_fails_here_fails_there_and_what_passes_passes(
    new_world: Callable[[], World], kept: Converged, tmp_path: Path
) -> None:
    kept.forget()
    world = new_world()
    (tmp_path / "good").mkdir()
    (tmp_path / "broken").mkdir()
    pci.good_account(world)
    told = judged(world, tmp_path / "good")
    assert told == {check: {"PASS"} for check in told}
    assert set(told) >= {*AGREED, *ALSO_PASS} - {"iam_user_mfa_enabled_console_access"}  # no user, no row

    world = new_world()
    pci.account_without_report(world)
    for name, _requirement in AGREED.values():
        BREAKS[name][0](world)
    told = judged(world, tmp_path / "broken")
    assert {check for check, statuses in told.items() if "FAIL" in statuses} == set(AGREED)
    result = world.run("pci_guard_info", SPOKE, pci.PCI_GUARD_INFO.options)
    assert {requirement for _name, requirement in AGREED.values()} <= having("fail", result)
