# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network Firewall: rule groups, firewall policies of both generations, firewalls and their endpoints.

States that take time, by the kinds that the setting `transition` names (see control.py): network-firewall-endpoint
(CREATING, DELETING), network-firewall-configuration (PENDING), network-firewall-resource (DELETING),
network-firewall-flow-operation, network-firewall-analysis-report. There is no traffic: see observed.py.

Texts of errors marked [pf] are those that AWS answered to badmintoncryer/cdk-preflight's trials (its folder
rules/networkfirewall, meta.yaml of each rule); the others have their source beside them, or are not verified.
"""
