# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requirements of PCI DSS v4.0.1 that an account shows evidence of, in words of our own.

Numbers of v3.2.1 were matched by text, not taken from the Summary of Changes (unverified); "": v3.2.1 has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Requirement:
    old: str
    title: str


REQUIREMENTS: Mapping[str, Requirement] = {
    "1.2.5": Requirement("1.1.6", "services, protocols and ports that are allowed are identified and approved"),
    "1.3.1": Requirement("1.2.1", "into the cardholder data environment comes only what is necessary"),
    "1.3.2": Requirement("1.2.1, 1.3.4", "out of the cardholder data environment goes only what is necessary"),
    "1.4.1": Requirement("1.1.4", "network controls stand between trusted and untrusted networks"),
    "1.4.2": Requirement("1.3.1, 1.3.2, 1.3.5", "untrusted networks reach only what is meant to be reached"),
    "1.4.3": Requirement("1.3.3", "forged source addresses are stopped"),
    "1.4.4": Requirement("1.3.6", "what stores cardholder data isn't directly reachable from untrusted networks"),
    "2.2.3": Requirement("2.2.1", "functions of different security levels are apart from each other"),
    "2.2.4": Requirement("2.2.2, 2.2.5", "only necessary services, ports and functions are on"),
    "7.2.2": Requirement("7.1.2, 7.1.3", "access is given by job, and no more than it needs"),
    "7.2.5": Requirement("", "application and system accounts may do no more than they need"),
    "7.3.3": Requirement("7.2.3", "access control denies by default"),
    "8.2.1": Requirement("8.1.1", "each user has an ID of their own"),
    "8.2.2": Requirement("8.5", "shared IDs are an exception, and every action can be attributed"),
    "8.2.6": Requirement("8.1.4", "accounts unused for 90 days are off"),
    "8.2.8": Requirement("8.1.8", "who is idle for more than 15 minutes authenticates again"),
    "8.3.6": Requirement("8.2.3", "passwords have 12 characters, letters and digits"),
    "8.3.7": Requirement("8.2.5", "the last four passwords can't be used again"),
    "8.3.9": Requirement("8.2.4", "a password that is the only factor is changed every 90 days"),
    "8.4.1": Requirement("8.3.1", "administrators get in with MFA only"),
    "8.4.2": Requirement("", "everybody gets in with MFA only"),
    "8.4.3": Requirement("8.3.2", "remote access from outside is with MFA only"),
    "8.5.1": Requirement("", "MFA can't be got round"),
    "8.6.1": Requirement("", "nobody logs in by application and system accounts"),
    "8.6.2": Requirement("", "no passwords in scripts, configuration or code"),
    "8.6.3": Requirement("", "passwords of application and system accounts are changed"),
    "10.2.1": Requirement("10.2", "audit logs are on"),
    "10.3.4": Requirement("10.5.5", "changes to audit logs are noticed"),
    "10.5.1": Requirement("10.7", "audit logs are kept for 12 months"),
    "11.5.1": Requirement("11.4", "intrusions are detected"),
}
