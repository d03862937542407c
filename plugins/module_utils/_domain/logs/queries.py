# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Named queries of a log archive in Athena's SQL (Trino's), and those of the audit report.

Each limits its table's partitions of time: what a query of Athena reads is what it costs. Fields: "CloudTrail record
contents", "CloudTrail userIdentity element", "AWS Management Console sign-in events" (CloudTrail), "Contents of a
firewall log" (Network Firewall), "Flow log records" (VPC), "Values that appear in Resolver query logs" (Route 53).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .tables import Table

# Newest first, and no more than a person reads.
ROWS = 1000


@dataclass(frozen=True)
class NamedQuery:
    """A query of a workgroup. description: what its rows are."""

    description: str
    sql: str


def named_queries(database: str, tables: Sequence[Table]) -> dict[str, NamedQuery]:
    """Return name -> query, for the tables that the archive has: one of each type, and one of each ecs_json."""
    queries: dict[str, NamedQuery] = {}
    for table in tables:
        name = f'"{database}"."{table.name}"'
        if table.raw:
            continue
        if table.type == "network_firewall":
            queries["dropped_by_the_firewall"] = _dropped(name, table)
        elif table.type == "vpc_flow_logs":
            queries["rejected_flows"] = _rejected(name)
        elif table.type == "resolver_queries":
            queries["names_blocked_by_dns_firewall"] = _blocked_names(name, table)
        elif table.type == "cloudtrail":
            queries["console_sign_ins_without_mfa"] = _sign_ins(name)
            queries["calls_by_a_role"] = _calls_by_role(name)
        else:
            queries[f"lines_by_log_group_{table.name}"] = _lines(name)
        if table.type == "ecs_json":
            queries[f"errors_{table.name}"] = _errors(name)
    return queries


def _recent(column: str, pattern: str, days: int = 7) -> str:
    """Return the condition on a partition of time: as text, which sorts as the times do."""
    return f"{column} >= date_format(current_timestamp - interval '{days}' day, '{pattern}')"


HOUR, DAY = "%Y/%m/%d/%H", "%Y/%m/%d"


def _dropped(name: str, table: Table) -> NamedQuery:
    recent = "CAST(event_timestamp AS bigint) >= to_unixtime(current_timestamp - interval '7' day)"
    if table.resources:
        recent = _recent("hour", HOUR)
    return NamedQuery(
        "Connections that Network Firewall dropped in the last 7 days, by account, source and destination",
        f"""SELECT account, event.src_ip AS source, event.dest_ip AS destination, event.dest_port AS port,
       coalesce(event.tls.sni, event.http.hostname) AS name, event.alert.signature AS rule,
       count(*) AS times, max(event.timestamp) AS latest
FROM {name}
WHERE log_type = 'alert' AND {recent} AND event.alert.action = 'blocked'
GROUP BY account, event.src_ip, event.dest_ip, event.dest_port,
         coalesce(event.tls.sni, event.http.hostname), event.alert.signature
ORDER BY times DESC
LIMIT {ROWS}""",
    )


def _rejected(name: str) -> NamedQuery:
    return NamedQuery(
        "Flows that security groups or network ACLs rejected in the last 7 days, by account and destination",
        f"""SELECT account, srcaddr, dstaddr, dstport, protocol, count(*) AS flows, sum(packets) AS packets,
       from_unixtime(max("end")) AS latest
FROM {name}
WHERE {_recent("day", DAY)} AND action = 'REJECT'
GROUP BY account, srcaddr, dstaddr, dstport, protocol
ORDER BY flows DESC
LIMIT {ROWS}""",
    )


def _blocked_names(name: str, table: Table) -> NamedQuery:
    # Without VPCs in the table there is no partition of time: query_timestamp is text such as 2026-11-29T12:00:00Z.
    recent = _recent("day", DAY) if table.resources else _recent("query_timestamp", "%Y-%m-%dT%H:%i:%sZ")
    return NamedQuery(
        "Names that DNS Firewall blocked in the last 7 days, by account, VPC and address",
        f"""SELECT account, vpc_id, srcaddr, query_name, count(*) AS times, max(query_timestamp) AS latest
FROM {name}
WHERE {recent} AND firewall_rule_action = 'BLOCK'
GROUP BY account, vpc_id, srcaddr, query_name
ORDER BY times DESC
LIMIT {ROWS}""",
    )


def _sign_ins(name: str) -> NamedQuery:
    # A federated session's MFA is its identity provider's, which CloudTrail doesn't know.
    return NamedQuery(
        "Sign-ins of users and root to the console without MFA in the last 30 days",
        f"""SELECT eventtime, account, useridentity.type AS type, useridentity.arn AS who, sourceipaddress,
       json_extract_scalar(responseelements, '$.ConsoleLogin') AS result
FROM {name}
WHERE {_recent("day", DAY, 30)} AND eventname = 'ConsoleLogin' AND useridentity.type IN ('IAMUser', 'Root')
  AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No'
ORDER BY eventtime DESC
LIMIT {ROWS}""",
    )


def _calls_by_role(name: str) -> NamedQuery:
    return NamedQuery(
        "Calls by a role in the last 7 days, by session; parameter: the role's name",
        f"""SELECT account, useridentity.arn AS session, awsregion, eventsource, eventname, count(*) AS calls,
       count(errorcode) AS failed, min(eventtime) AS earliest, max(eventtime) AS latest
FROM {name}
WHERE {_recent("day", DAY)} AND useridentity.sessioncontext.sessionissuer.username = ?
GROUP BY account, useridentity.arn, awsregion, eventsource, eventname
ORDER BY calls DESC
LIMIT {ROWS}""",
    )


def _lines(name: str) -> NamedQuery:
    return NamedQuery(
        "Log groups of the last 7 days: lines, characters of messages and the latest line",
        f"""SELECT account, region, log_group, count(*) AS lines, sum(length(message)) AS characters,
       max(time) AS latest
FROM {name}
WHERE {_recent("hour", HOUR)}
GROUP BY account, region, log_group
ORDER BY lines DESC
LIMIT {ROWS}""",
    )


def _errors(name: str) -> NamedQuery:
    return NamedQuery(
        "Errors that applications logged in the last day",
        f"""SELECT time, account, log_group, service, level, message, error, trace_id, rest
FROM {name}
WHERE {_recent("hour", HOUR, 1)} AND (upper(level) IN ('ERROR', 'FATAL', 'CRITICAL') OR status >= 500)
ORDER BY time DESC
LIMIT {ROWS}""",
    )


def audit_queries(database: str, table: str) -> dict[str, NamedQuery]:
    """Return the queries of the audit report over a table of CloudTrail.

    Each has three ? parameters: account, first and last day (yyyy/MM/dd, inclusive). Names and columns:
        roles_used        role, session, mfa, earliest, latest, calls: what a session of a role did, as a whole
        denied_calls      who, eventsource, eventname, errorcode, times, earliest, latest
        trail_changes     eventtime, awsregion, who, mfa, eventname, errorcode, requestparameters
        calls_by_account  account, calls, failed, callers, earliest, latest
    """
    of_account = f"""FROM "{database}"."{table}"
WHERE account = ? AND day BETWEEN ? AND ?"""
    mfa = "useridentity.sessioncontext.attributes.mfaauthenticated"
    role = "useridentity.sessioncontext.sessionissuer.arn"
    return {
        "roles_used": NamedQuery(
            "Sessions of roles: who used which one, when, and whether with MFA",
            f"""SELECT {role} AS role, useridentity.arn AS session, {mfa} AS mfa,
       min(eventtime) AS earliest, max(eventtime) AS latest, count(*) AS calls
{of_account} AND useridentity.type = 'AssumedRole'
GROUP BY {role}, useridentity.arn, {mfa}
ORDER BY role, session, mfa""",
        ),
        "denied_calls": NamedQuery(
            "Calls that were denied",
            f"""SELECT useridentity.arn AS who, eventsource, eventname, errorcode,
       count(*) AS times, min(eventtime) AS earliest, max(eventtime) AS latest
{of_account} AND (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%')
GROUP BY useridentity.arn, eventsource, eventname, errorcode
ORDER BY times DESC, who, eventname""",
        ),
        "trail_changes": NamedQuery(
            "Changes to trails, their selectors and their logging",
            f"""SELECT eventtime, awsregion, useridentity.arn AS who, {mfa} AS mfa, eventname, errorcode,
       requestparameters
{of_account} AND eventsource = 'cloudtrail.amazonaws.com' AND readonly = 'false'
ORDER BY eventtime""",
        ),
        "calls_by_account": NamedQuery(
            "Number of calls and of those who called",
            f"""SELECT account, count(*) AS calls, count(errorcode) AS failed,
       count(DISTINCT useridentity.arn) AS callers, min(eventtime) AS earliest, max(eventtime) AS latest
{of_account}
GROUP BY account""",
        ),
    }
