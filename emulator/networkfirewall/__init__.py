# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network Firewall: rule groups, firewall policies of both generations, firewalls and their endpoints.

Texts of errors marked [pf] are those that AWS answered to badmintoncryer/cdk-preflight's trials (its folder
rules/networkfirewall, meta.yaml of each rule); the others have their source beside them, or are not verified.
"""
