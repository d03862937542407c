# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from emulator.networkfirewall.responses.firewall_settings import FirewallSettingsResponse
from emulator.networkfirewall.responses.firewalls import FirewallResponse
from emulator.networkfirewall.responses.policies import PolicyResponse
from emulator.networkfirewall.responses.rule_groups import RuleGroupResponse


class NetworkFirewallResponses(RuleGroupResponse, PolicyResponse, FirewallResponse, FirewallSettingsResponse):
    """One method for each operation, named snake_case(Operation)."""
