# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from emulator.networkfirewall.responses.associations import AssociationResponse
from emulator.networkfirewall.responses.firewall_settings import FirewallSettingsResponse
from emulator.networkfirewall.responses.firewalls import FirewallResponse
from emulator.networkfirewall.responses.operations import OperationResponse
from emulator.networkfirewall.responses.others import OtherResponse
from emulator.networkfirewall.responses.policies import PolicyResponse
from emulator.networkfirewall.responses.policies_v2 import PolicyV2Response
from emulator.networkfirewall.responses.rule_groups import RuleGroupResponse
from emulator.networkfirewall.responses.tags import TagResponse


class NetworkFirewallResponses(
    RuleGroupResponse,
    PolicyResponse,
    PolicyV2Response,
    FirewallResponse,
    FirewallSettingsResponse,
    AssociationResponse,
    OperationResponse,
    TagResponse,
    OtherResponse,
):
    """One method for each operation, named snake_case(Operation)."""
