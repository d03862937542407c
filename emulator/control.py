# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control API for tests: /_emulator/calls, faults, settings, stats, process, vended_logs, reset, snapshot, restore.

calls      GET: [{time, account, principal, region, service, operation, status, error, fault, ms}], oldest first.
           time: ISO 8601 UTC; status: HTTP status, null when the answer was dropped; error: AWS code or null;
           fault: the action of the rule that struck, or null; ms: server time without latency. DELETE clears them.
           ?since=N leaves out the first N calls; ?count=account,operation gives [{account, operation, calls}] instead,
           the most frequent first, by any of these members but time and ms: for when the list would be too long.
faults     POST a rule or a list of rules; GET lists them with their hits; DELETE deletes them all.
           A rule matches by service, operation, account (shell patterns; absent: all), and strikes by
           nth (1 or [1, 4]: of the matching calls), rate (0..1), times (the maximum number).
           action: throttle | error (with code, message, status) | unavailable (500/503 by status) |
           drop_before (connection closed, call not executed) | drop_after (executed, then connection closed) |
           hold_before | hold_after (waits, before its execution or its answer, until the rules are deleted; a call
           whose connection was closed by then isn't executed; `holding`: the number of waiting calls) |
           lag (Describe* don't return what the EC2 call creates, for `ms` or until the setting lag is given).
           Rules that name the service strike what services do by themselves, too: see steps.py.
settings   POST any of {latency: MS, transition: MS or {kind: MS}, transition_call: MS, lag: MS, buckets: {...},
           target_health: {...}, vpc_block_public_access: {...}, managed_instances: {...}, clock_ahead: SECONDS,
           unsigned_context: {...}, firewall_domains: {...}, failing_images: {...}, log_delivery: {"scale": 0.01}};
           GET returns them.
           transition_call: the time of passing states and lag counts each call as so many ms, not the machine's time,
           so that tests see each state on a busy machine, too; 0: the machine's time. See transitions.py.
           buckets: {"DescribeVpcs": [capacity, refill per second], "*": [...]}: EC2 token buckets by account, region
           and API, as https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html; "documented": those of
           that page, see ec2/throttling.py; {"sso-admin": [20, 20]}: of all operations of a service; {}: none.
           target_health: {"10.20.0.10": "unhealthy"}: states of load balancer targets by id, id:port; {}: healthy.
           vpc_block_public_access: {"222222222222": {"mode": "block-ingress", "exclusions_allowed": "allowed"}}: an
           organization's declarative policy, by account; {}: none.
           managed_instances: {"i-0123...": {"PingStatus": "ConnectionLost"}}: EC2 instances whose SSM agent has
           registered, with the members that differ from those of an online one; {}: none.
           clock_ahead: the clock of sessions, MFA codes, policy conditions and log deliveries is ahead of the machine's
           by this.
           unsigned_context: {"aws:SourceVpce": "vpce-0123456789abcdef0"}: condition keys of S3 calls without a
           signature, as if they came through that endpoint; {}: from the internet.
           firewall_domains: {"egress": [{"Domain": "api.stripe.com", "Hits": {"Count": 3}}]}: results of a firewall's
           analysis reports, by its name or "*", in the shape of AnalysisTypeReportResult; {}: none.
           failing_images: {"*:broken": "exit code 1"}: images, by pattern, with which no task of an ECS service starts.
           log_delivery: {"scale": 0.01}: seconds that services wait before they deliver (Firehose's buffers) are
           multiplied by this; 0: at once; see deliveries.py.
console_login  POST {account, user: NAME or "root", mfa: false, result: Success | Failure, address, region}: a sign-in
           to the console, which CloudTrail's trails of the account log; answers the record.
identity_center, sign_in  POST: IAM Identity Center is enabled, somebody signs in; see ssoadmin/portal.py.
stats      GET: {"ec2.CreateVpc": {calls, ms_total, ms_mean, ms_max, cpu_ms_total}}; DELETE clears them. ms: from
           reading the request to its answer, without latency and the wait for other calls; cpu_ms: CPU time of that,
           which other processes on the machine do not lengthen.
process    GET: {cpu_seconds, memory_mb}: CPU time since the start and memory now, of the whole process with HTTP and
           threads.
vended_logs  POST {source, records, at, log_type}: writes a log file of a flow log, a firewall or a query logging
           configuration to its bucket, see vended.py; answers {bucket, key}, 400 if it can't.
resolve    POST {account_id, region, vpc_id, name}: what the name resolves to in a VPC: {kind: endpoint, zone, rule,
           profile_endpoint, profile_zone, profile_rule or public, source, addresses, profile_id}; see
           route53profiles/resolution.py.
reset      POST: back to the seed, without calls, stats and faults, and with the settings of the start.
snapshot   POST: keeps the current state. Connections are closed, so that no client goes on with the kept process.
restore    POST: back to the last snapshot, any number of times; 409 without one. A reset drops the snapshots.
"""

from __future__ import annotations

import datetime
import fnmatch
import importlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from emulator import clock, deliveries, steps, transitions
from emulator.cloudtrail import watch
from emulator.ec2 import lag as ec2_lag
from emulator.ec2 import throttling
from emulator.ec2.models import block_public_access
from emulator.ecs import failing
from emulator.elbv2 import targets
from emulator.networkfirewall import observed
from emulator.s3 import unsigned
from emulator.ssm import instances

# Members of a recorded call, in this order.
MEMBERS = (
    "time",
    "service",
    "operation",
    "ms",
    "account",
    "principal",
    "region",
    "status",
    "error",
    "fault",
    # Those that Google Cloud asked for.
    "permissions",
)
ACTIONS = ("throttle", "error", "unavailable", "drop_before", "drop_after", "hold_before", "hold_after", "lag")


@dataclass(eq=False)
class Fault:
    action: str
    service: str = "*"
    operation: str = "*"
    account: str = "*"
    nth: int | list[int] | None = None
    rate: float | None = None
    times: int | None = None
    code: str = "InternalError"
    message: str = "An internal error has occurred"
    status: int = 400
    ms: float = 0.0
    seen: int = 0
    hits: int = 0
    holding: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")

    def strikes(self, service: str, operation: str, account: str, chance: random.Random) -> bool:
        pairs = ((service, self.service), (operation, self.operation), (account, self.account))
        if not all(fnmatch.fnmatchcase(value, pattern) for value, pattern in pairs):
            return False
        self.seen += 1
        wanted = [self.nth] if isinstance(self.nth, int) else self.nth
        if wanted is not None and self.seen not in wanted:
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        if self.rate is not None and chance.random() >= self.rate:
            return False
        self.hits += 1
        return True


@dataclass
class Control:
    """State behind /_emulator/*. Its methods are called under the emulator's lock."""

    defaults: dict[str, Any]
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stats: dict[str, list[float]] = field(default_factory=dict)
    buckets: dict[str, list[float]] | str = field(default_factory=dict)
    _levels: dict[tuple[str, str, str], tuple[float, float]] = field(default_factory=dict)
    latency: float = 0.0

    def __post_init__(self) -> None:
        steps.fault_for = self.fault_for_step
        watch.calls = self.calls
        self.reset()

    def reset(self) -> None:
        self.calls.clear()
        self.faults.clear()
        self.stats.clear()
        watch.reset()
        transitions.set_transitions(0, replace=True)
        self.set(
            transition_call=0,
            buckets={},
            target_health={},
            vpc_block_public_access={},
            managed_instances={},
            clock_ahead=0,
            unsigned_context={},
            firewall_domains={},
            failing_images={},
            log_delivery={"scale": 1.0},
        )
        self.set(**self.defaults)
        self._chance = random.Random(0)  # the same faults in every run

    def set(
        self,
        latency: float | None = None,
        transition: float | dict[str, float] | None = None,
        transition_call: float | None = None,
        lag: float | None = None,
        buckets: dict[str, list[float]] | str | None = None,
        target_health: dict[str, str] | None = None,
        vpc_block_public_access: dict[str, dict[str, str]] | None = None,
        managed_instances: dict[str, dict[str, Any]] | None = None,
        clock_ahead: float | None = None,
        unsigned_context: dict[str, str] | None = None,
        firewall_domains: dict[str, list[dict[str, Any]]] | None = None,
        failing_images: dict[str, str] | None = None,
        log_delivery: dict[str, float] | None = None,
    ) -> None:
        if latency is not None:
            self.latency = float(latency)
        if clock_ahead is not None:
            clock.ahead = float(clock_ahead)
        if log_delivery is not None:
            deliveries.scale = float(log_delivery["scale"])
        if lag is not None:
            ec2_lag.milliseconds = float(lag)
            ec2_lag.longer.clear()
        if buckets is not None:
            if buckets != "documented" and not isinstance(buckets, dict):
                raise ValueError(f'buckets must be "documented" or {{operation: [capacity, refill]}}, not {buckets!r}')
            self.buckets = buckets
            self._levels.clear()
        take: Any
        given: Any
        for take, given in (
            (transitions.set_transitions, transition),
            (transitions.count_each_call, transition_call),
            (_setter(targets.health_told), target_health),
            (_setter(block_public_access.policies), vpc_block_public_access),
            (_setter(instances.managed), managed_instances),
            (_setter(unsigned.context_told), unsigned_context),
            (_setter(observed.domains), firewall_domains),
            (_setter(failing.images), failing_images),
        ):
            if given is not None:
                take(given)

    def settings(self) -> dict[str, Any]:
        return {
            "latency": self.latency,
            "lag": ec2_lag.milliseconds,
            "transition": transitions.get_transitions(),
            "transition_call": transitions.get_call_ms(),
            "buckets": self.buckets,
            "target_health": targets.health_told,
            "vpc_block_public_access": block_public_access.policies,
            "managed_instances": instances.managed,
            "clock_ahead": clock.ahead,
            "unsigned_context": unsigned.context_told,
            "firewall_domains": observed.domains,
            "failing_images": failing.images,
            "log_delivery": {"scale": deliveries.scale},
        }

    def fault_for(self, service: str, operation: str, account: str) -> Fault | None:
        """Return the first rule that strikes the call, None if none does. Later rules don't count the call."""
        return next((fault for fault in self.faults if fault.strikes(service, operation, account, self._chance)), None)

    def fault_for_step(self, service: str, operation: str, account: str) -> Fault | None:
        """Return the first rule that strikes what a service does by itself: only rules that name the service do."""
        named = [fault for fault in self.faults if fault.service == service and not fault.action.startswith("hold")]
        return next((fault for fault in named if fault.strikes(service, operation, account, self._chance)), None)

    def bucket_is_empty(
        self, service: str, account: str, region: str, operation: str, parameters: Mapping[str, str]
    ) -> bool:
        """Take a token for the call; return true if its bucket has none. parameters: of the request's form."""
        if not self.buckets:
            return False
        bucket, limits = operation, None
        if service != "ec2":
            bucket, limits = service, throttling.collective(service, self.buckets)
        elif isinstance(self.buckets, dict):
            limits = self.buckets.get(operation) or self.buckets.get("*")
        else:
            bucket, limits = throttling.documented(operation, parameters)
        if not limits:
            return False
        capacity, refill = limits
        now = time.monotonic()
        level, since = self._levels.get((account, region, bucket), (capacity, now))
        level = min(capacity, level + (now - since) * refill)
        self._levels[account, region, bucket] = (level - 1 if level >= 1 else level, now)
        return level < 1

    def record(self, service: str, operation: str, ms: float, cpu_ms: float, **call: Any) -> None:
        transitions.count_call()
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        entry = call | {"time": now, "service": service, "operation": operation, "ms": round(ms, 3)}
        self.calls.append(tuple(map(entry.get, MEMBERS)))
        statistic = self.stats.setdefault(f"{service}.{operation}", [0, 0.0, 0.0, 0.0])
        statistic[0] += 1
        statistic[1] += ms
        statistic[2] = max(statistic[2], ms)
        statistic[3] += cpu_ms

    def answer(self, request: Request) -> Response:
        """Answer /_emulator/* except reset, snapshot and restore, which the application answers.

        404 for an unknown method or path, 400 for invalid input.
        """
        name = request.path.removeprefix("/_emulator/").strip("/")
        handler = getattr(self, f"_{request.method.lower()}_{name}", None)
        if handler is None:
            return _json({"error": f"no {request.method} {request.path}"}, 404)
        try:
            return _json(handler(request))
        except PermissionError as error:
            return _json({"error": str(error)}, 403)
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)

    def _get_calls(self, request: Request) -> Any:
        """Return the recorded calls, copied under the lock and serialized without it, or their numbers by members."""
        calls = self.calls[int(request.args.get("since", 0)) :]
        by = request.args.get("count")
        if by is None:
            return _written(calls)
        names = by.split(",")
        if unknown := set(names) - set(MEMBERS[1:]) | set(names) & {"ms"}:
            raise ValueError(f"cannot count by {', '.join(sorted(unknown))}")
        places = [MEMBERS.index(name) for name in names]
        counted = Counter(tuple(call[place] for place in places) for call in calls)
        return [dict(zip(names, values), calls=number) for values, number in counted.most_common()]

    def _delete_calls(self, request: Request) -> Any:
        self.calls.clear()
        return {}

    def _get_faults(self, request: Request) -> Any:
        return [vars(fault) for fault in self.faults]

    def _post_faults(self, request: Request) -> Any:
        rules = json.loads(request.get_data())
        self.faults += [Fault(**rule) for rule in (rules if isinstance(rules, list) else [rules])]
        return self._get_faults(request)

    def _delete_faults(self, request: Request) -> Any:
        self.faults.clear()
        return {}

    def _post_console_login(self, request: Request) -> Any:
        record = importlib.import_module("emulator.cloudtrail.events").console_login(**json.loads(request.get_data()))
        watch.told.append(record)
        watch.give(record)
        return record

    def _post_identity_center(self, request: Request) -> Any:
        return importlib.import_module("emulator.ssoadmin.portal").enable(**json.loads(request.get_data()))

    def _post_sign_in(self, request: Request) -> Any:
        return importlib.import_module("emulator.ssoadmin.portal").sign_in(**json.loads(request.get_data()))

    def _get_settings(self, request: Request) -> Any:
        return self.settings()

    def _post_settings(self, request: Request) -> Any:
        self.set(**json.loads(request.get_data()))
        return self.settings()

    def _get_stats(self, request: Request) -> Any:
        answer = {}
        for name, (calls, total, top, cpu) in sorted(self.stats.items()):
            times = {"ms_total": total, "ms_mean": total / calls, "ms_max": top, "cpu_ms_total": cpu}
            answer[name] = {"calls": calls} | {key: round(value, 3) for key, value in times.items()}
        return answer

    def _delete_stats(self, request: Request) -> Any:
        self.stats.clear()
        return {}

    def _post_vended_logs(self, request: Request) -> Any:
        from emulator import vended  # imports services that most tests don't need

        return vended.write(**json.loads(request.get_data()))

    def _post_resolve(self, request: Request) -> Any:
        from emulator.route53profiles import resolution  # imports services that most tests don't need

        asked = json.loads(request.get_data())
        return vars(resolution.resolve(*(asked[key] for key in ("account_id", "region", "vpc_id", "name"))))

    def _get_process(self, request: Request) -> Any:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
        megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        return {"cpu_seconds": round(time.process_time(), 3), "memory_mb": round(megabytes, 1)}


def _written(calls: list[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the calls as JSON, one at a time, so that other threads run in between."""
    yield "["
    for number, call in enumerate(calls):
        yield (", " if number else "") + json.dumps(dict(zip(MEMBERS, call)))
    yield "]\n"


def _json(value: Any, status: int = 200) -> Response:
    if isinstance(value, Iterator):
        return Response(value, status, content_type="application/json")
    return Response(json.dumps(value) + "\n", status, content_type="application/json")


def _setter(told: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Return a function that replaces what the dict holds."""

    def take(given: dict[str, Any]) -> None:
        told.clear()
        told.update(given)

    return take
