#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: privatelink_service
short_description: An endpoint service (AWS PrivateLink) and who may connect to it
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Publishes an API behind a Network Load Balancer as an endpoint service. Consumers in other accounts reach it at an
    address of their own VPC, so the ranges of both sides may overlap, and nothing else of the provider's network can be
    reached.
  - O(consumers) is the acceptance ledger, the accounts that may connect, with a reason and an end. A connection is
    accepted exactly if its account is in the ledger and not expired. One whose account was removed or has expired is
    cut, and the account can no longer find the service. Nothing is accepted by default.
  - Needs no credential of a consumer's account. Its side is M(closednet.aws.privatelink_endpoint).
options:
  name:
    description:
      - Name of the service, unique in its account and region. It is in the tag
        C(closednet:managed=privatelink_service/NAME), by which what the module made is found again.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  load_balancer_arns:
    description:
      - ARNs of Network Load Balancers of this account, active and of one VPC, that the service stands before. They are
        read and never changed.
      - One of O(load_balancer_arns) and O(load_balancer) is required with O(state=present).
    type: list
    elements: str
  load_balancer:
    description: An internal Network Load Balancer to make for the service, with its target groups and listeners.
      Mutually exclusive with O(load_balancer_arns).
    type: dict
    suboptions:
      vpc_id:
        description: ID of its VPC, for one that M(closednet.aws.tiered_vpc) didn't make. Mutually exclusive with
          O(load_balancer.vpc_name).
        type: str
      vpc_name:
        description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Default is O(name).
        type: str
      tier:
        description: Tier whose subnets it is in, one in each availability zone; in a VPC without tiers, the ID of a
          subnet. Consumers can connect in these zones only.
        type: str
        default: app
      cross_zone:
        description: Whether a zone's connections may go to targets of other zones. Without it, a zone without a healthy
          target answers nobody.
        type: bool
        default: true
      listeners:
        description: What it listens on, one for each port.
        type: list
        elements: dict
        required: true
        suboptions:
          port:
            description: Port that consumers connect to.
            type: int
            required: true
          protocol:
            description: V(TCP) also for TLS that the targets end. Other protocols, and TLS that the load balancer ends,
              need a load balancer of your own in O(load_balancer_arns).
            type: str
            choices: [TCP, UDP, TCP_UDP]
            default: TCP
          target_type:
            description: What O(load_balancer.listeners[].targets) are. Changing it makes a new target group and turns
              the listener to it.
            type: str
            choices: [ip, instance, alb]
            default: ip
          targets:
            description: IPv4 addresses, instance IDs, or the ARN of one Application Load Balancer of the same VPC, as
              O(load_balancer.listeners[].target_type) says.
            type: list
            elements: str
            required: true
          target_port:
            description: Port of the targets. Default is O(load_balancer.listeners[].port).
            type: int
          health_check:
            description: How the health of the targets is checked.
            type: dict
            default: {}
            suboptions:
              protocol:
                description: Protocol of the check.
                type: str
                choices: [TCP, HTTP, HTTPS]
                default: TCP
              port:
                description: A port, or V(traffic-port), the one that each target is used with.
                type: str
                default: traffic-port
              path:
                description: Path that is asked for. Only with V(HTTP) and V(HTTPS), where its default is V(/).
                type: str
  consumers:
    description: The acceptance ledger, at most one entry for an account.
    type: list
    elements: dict
    default: []
    suboptions:
      account_id:
        description: The 12 digits of the consumer's account, in quotes.
        type: str
        required: true
      reason:
        description: Why the account may connect. Shown in every plan that decides on its connections.
        type: str
        required: true
      requested_by:
        description: Who asked for it.
        type: str
        required: true
      expires:
        description: Last day of the approval, V(YYYY-MM-DD) in UTC. After it, the next run cuts the account's
          connections and withdraws its permission; so run the playbook daily. Without it, the approval has no end.
        type: str
  undeclared:
    description: What happens to a waiting connection of an account that isn't in O(consumers). V(report) leaves it
      waiting and names it in RV(notes).
    type: str
    choices: [report, reject]
    default: report
  acceptance_required:
    description: Whether a connection waits for a decision. With V(false) every account that is permitted is connected
      at once; one that isn't in O(consumers) is still cut by the next run.
    type: bool
    default: true
  allowed_principals:
    description:
      - Which principals can find the service and apply. Without an ARN of its account here, all of a consumer's account
        can; with ARNs of roles or users of it, only these.
      - Principals of other accounts can apply and wait, see O(undeclared). V(*) is everybody and needs
        O(allow_any_principal).
      - ARNs of accounts (C(:root)), roles and users, or service principals such as V(appflow.amazonaws.com). A
        connection that a service makes is of an account of AWS, which must be in O(consumers) to be accepted.
    type: list
    elements: str
    default: []
  allow_any_principal:
    description: Says that V(*) in O(allowed_principals) is meant.
    type: bool
    default: false
  supported_ip_address_types:
    description: IP address types of the endpoints. V(ipv6) needs dualstack load balancers, in O(load_balancer_arns).
    type: list
    elements: str
    choices: [ipv4, ipv6]
    default: [ipv4]
  supported_regions:
    description: Other regions of the partition from which consumers can connect, with
      O(closednet.aws.privatelink_endpoint#module:service_region). The service's own is always one. The credential needs
      C(vpce:AllowMultiRegion).
    type: list
    elements: str
    default: []
  private_dns_name:
    description:
      - Name, V(api.example.com) or V(*.api.example.com), under which consumers can reach the service in their VPC once
        AWS has verified that its domain is the provider's. Without it, the service has none.
      - AWS verifies it by a TXT record in public DNS, RV(private_dns.record).
    type: str
  private_dns_zone_id:
    description: ID of the public hosted zone of this account that answers for O(private_dns_name). The module publishes
      the record in it, starts the verification and waits for it.
    type: str
  verify_private_dns:
    description: Whether to start the verification and wait for it. Default is V(true) with O(private_dns_zone_id).
      Without a zone, publish RV(private_dns.record), then run with V(true). It fails when AWS doesn't find the record.
    type: bool
notes:
  - What O(confirm_removals) names here is an account, as C(SERVICE/ACCOUNT), that is connected and not in O(consumers).
    An approval that has expired was declared to end, so its account needs no confirmation up to O(max_removals) and
    O(max_removals_percent).
  - Load balancers that the module makes have no security group, so all that is permitted and accepted reaches their
    listeners, and nobody else does through PrivateLink.
  - A listener that isn't declared, on a load balancer that the module made, is removed.
  - AWS doesn't let a service go while somebody is connected, so O(state=absent) rejects all connections first.
  - With O(state=absent), the record in O(private_dns_zone_id) goes only if the zone is given.
  - Health is a finding and fails nothing, since targets may come later than the service; C(closednet.aws.verify) fails
    on it.
seealso:
  - module: closednet.aws.privatelink_endpoint
  - module: closednet.aws.privatelink_service_info
  - name: Create a service powered by AWS PrivateLink
    description: What can stand behind an endpoint service.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
  - name: Configure an endpoint service
    description: Permissions, acceptance and rejection.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
  - name: Manage DNS names for VPC endpoint services
    description: Verification of the private DNS name.
    link: https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.removals.limits
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Publish an API that runs on two addresses, and let one account connect until the end of the year
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    assume_role_arn: arn:aws:iam::555555555555:role/network-operator
    region: eu-central-1
    name: billing
    load_balancer:
      vpc_name: provider
      listeners:
        - port: 443
          targets: [10.20.0.10, 10.20.1.10]
          target_port: 8443
          health_check: {protocol: HTTPS, path: /health}
    consumers:
      - account_id: "666666666666"
        reason: monthly settlement
        requested_by: finance
        expires: "2026-12-31"
    undeclared: reject
  register: billing

- name: Tell the consumer what to connect to
  ansible.builtin.debug:
    msg: "{{ billing.service_name }}"

- name: Stand before a load balancer that is there, under a name of one's own domain
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    region: eu-central-1
    name: ledger
    load_balancer_arns:
      - arn:aws:elasticloadbalancing:eu-central-1:555555555555:loadbalancer/net/ledger/0123456789abcdef
    private_dns_name: ledger.example.com
    private_dns_zone_id: Z0123456789ABCDEFGHIJ
    consumers:
      - {account_id: "666666666666", reason: postings, requested_by: finance}

- name: Withdraw the service, cutting all who are connected
  closednet.aws.privatelink_service:
    account_id: "555555555555"
    region: eu-central-1
    name: billing
    state: absent
"""

RETURN = r"""
service_id:
  description: ID of the endpoint service. Null while there is none.
  returned: success
  type: str
  sample: vpce-svc-0123456789abcdef0
service_name:
  description: Name that consumers connect to. Null while there is none.
  returned: success
  type: str
  sample: com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0
private_dns:
  description: The private DNS name, the state of its verification, and the record by which AWS verifies it. Null
    without O(private_dns_name), and before the service is made.
  returned: success
  type: dict
  contains:
    name:
      description: The private DNS name.
      type: str
    state:
      description: V(pendingVerification), V(verified) or V(failed).
      type: str
    record:
      description: What public DNS must answer, with C(name), C(type) and C(value).
      type: dict
  sample:
    name: ledger.example.com
    state: verified
    record: {name: _0123456789abcdef0123.ledger.example.com, type: TXT, value: "vpce:0123456789abcdef0123"}
connections:
  description: The connections as they were when the run began, and what the ledger says of each.
  returned: success
  type: list
  elements: dict
  contains:
    vpc_endpoint_id:
      description: The consumer's endpoint.
      type: str
    account_id:
      description: The consumer's account.
      type: str
    state:
      description: State of the connection, in AWS's words.
      type: str
    created:
      description: When it was asked for, in UTC.
      type: str
    age_days:
      description: Whole days since then.
      type: int
    verdict:
      description: V(accepted), V(expired) or V(unknown).
      type: str
    reason:
      description: The ledger's words for it.
      type: str
    decision:
      description: What follows, V(accept) or V(reject); null where nothing does.
      type: str
  sample:
    - vpc_endpoint_id: vpce-0123456789abcdef0
      account_id: "666666666666"
      state: pendingAcceptance
      created: "2026-11-02T09:30:00+00:00"
      age_days: 0
      verdict: accepted
      reason: monthly settlement (asked for by finance), until 2026-12-31
      decision: accept
targets:
  description: Targets and their health, as they were when the run began. Only of load balancers that the module made.
  returned: success
  type: list
  elements: dict
  contains:
    listener:
      description: Port, protocol and target type of the listener.
      type: str
    target:
      description: Address, instance or load balancer, and port.
      type: str
    state:
      description: State of health, in AWS's words.
      type: str
    reason:
      description: AWS's words for what isn't healthy.
      type: str
  sample:
    - {listener: 443-TCP-ip, target: "10.20.0.10:8443", state: healthy, reason: ""}
plan:
  description: The steps that lead from what was there to what is declared, in the order in which they are shown. In
    check mode those that a run would take.
  returned: success, or when a step failed
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource; after a colon, the fields that change.
      type: str
    action:
      description: V(create), V(change) or V(delete).
      type: str
    operation:
      description: Client and method of boto3 that makes the change.
      type: str
    before:
      description: The fields that change, as they were. Null where something is made.
      type: dict
    after:
      description: The fields that change, as declared. Null where something is deleted. An id that isn't known yet is
        shown as C((known after ADDRESS)).
      type: dict
  sample:
    - address: endpoint_connection.vpce-0123456789abcdef0
      action: change
      operation: ec2.accept_vpc_endpoint_connections
      before:
        account_id: "666666666666"
        service: vpce-svc-0123456789abcdef0
        state: pendingAcceptance
      after:
        account_id: "666666666666"
        reason: monthly settlement (asked for by finance), until 2026-12-31
        service: vpce-svc-0123456789abcdef0
        state: available
diff:
  description: What changed, or in check mode would, by address. With C(--diff) Ansible shows it.
  returned: success
  type: dict
  contains:
    before:
      description: The fields that change or go, as they were.
      type: dict
    after:
      description: The fields that change or come, as declared.
      type: dict
notes:
  description: What is left to others, a consumer's expired approval, an undeclared account that waits.
  returned: success
  type: list
  elements: str
  sample: ["consumers: account 777777777777 expired on 2026-10-31; pilot (asked for by sales): not permitted"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["private_dns_name is pendingVerification: somebody has to publish its record"]
ids:
  description: The id of each resource that is there after the run, by its address. In check mode, of each that was
    there.
  returned: success
  type: dict
  sample: {endpoint_service.main: vpce-svc-0123456789abcdef0}
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcEndpointConnections": 1, "ec2:DescribeVpcEndpointServiceConfigurations": 1}
done:
  description: Addresses of the steps that were done before the module failed.
  returned: when a step failed
  type: list
  elements: str
left:
  description: Addresses of the steps that are left.
  returned: when a step failed
  type: list
  elements: str
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from datetime import datetime, timezone

from ..module_utils._core.errors import Invalid
from ..module_utils._core.plan import Ref
from ..module_utils._core.runner import Capability, Declared, run
from ..module_utils._domain.privatelink import acceptance
from ..module_utils._domain.values import identifiers, ports
from ..module_utils._resources.privatelink import (
    endpoint_connection,
    endpoint_service,
    listener,
    load_balancer,
    private_dns_verification,
    referenced_load_balancer,
    target,
    target_group,
    verification_record,
)
from ..module_utils._resources.shared import elbv2
from ..module_utils._resources.shared.ec2 import owner_tags
from ..module_utils._resources.vpc import existing_vpc

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "load_balancer_arns": {"type": "list", "elements": "str"},
    "load_balancer": {
        "type": "dict",
        "options": {
            "vpc_id": {"type": "str"},
            "vpc_name": {"type": "str"},
            "tier": {"type": "str", "default": "app"},
            "cross_zone": {"type": "bool", "default": True},
            "listeners": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["TCP", "UDP", "TCP_UDP"], "default": "TCP"},
                    "target_type": {"type": "str", "choices": ["ip", "instance", "alb"], "default": "ip"},
                    "targets": {"type": "list", "elements": "str", "required": True},
                    "target_port": {"type": "int"},
                    "health_check": {
                        "type": "dict",
                        "default": {},
                        "apply_defaults": True,
                        "options": {
                            "protocol": {"type": "str", "choices": ["TCP", "HTTP", "HTTPS"], "default": "TCP"},
                            "port": {"type": "str", "default": "traffic-port"},
                            "path": {"type": "str"},
                        },
                    },
                },
            },
        },
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
    },
    "consumers": acceptance.CONSUMERS,
    "undeclared": acceptance.UNDECLARED,
    "acceptance_required": {"type": "bool", "default": True},
    "allowed_principals": {"type": "list", "elements": "str", "default": []},
    "allow_any_principal": {"type": "bool", "default": False},
    "supported_ip_address_types": {
        "type": "list",
        "elements": "str",
        "choices": ["ipv4", "ipv6"],
        "default": ["ipv4"],
    },
    "supported_regions": {"type": "list", "elements": "str", "default": []},
    "private_dns_name": {"type": "str"},
    "private_dns_zone_id": {"type": "str"},
    "verify_private_dns": {"type": "bool"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def desired(params):
    _check(params)
    entries = acceptance.parse("consumers", params["consumers"])
    today = datetime.now(timezone.utc).date()
    owner = f"privatelink_service/{params['name']}"
    made, zone, dns_name = params["load_balancer"], params["private_dns_zone_id"], params["private_dns_name"]
    given = sorted(set(params["load_balancer_arns"] or []))
    verify = bool(zone) if params["verify_private_dns"] is None else params["verify_private_dns"]

    def tags(name, title=None):
        return owner_tags(owner, name, params["tags"], title)

    resources = {
        "existing_vpc": {},
        "referenced_load_balancer": {arn: {} for arn in given},
        **(_load_balancer(made, owner, tags) if made else {kind: {} for kind in MADE_KINDS}),
        "endpoint_service": {
            "main": {
                "load_balancers": [Ref("load_balancer.main")] if made else given,
                "acceptance_required": params["acceptance_required"],
                "private_dns_name": dns_name or "",
                "supported_ip_address_types": sorted(params["supported_ip_address_types"]),
                "supported_regions": list(dict.fromkeys(params["supported_regions"])),
                "principals": acceptance.principals(entries, params["allowed_principals"], today),
                "tags": tags("main", params["name"]),
            }
        },
        "endpoint_connection": {},
        "verification_record": {"main": {"private_dns_name": dns_name, "zone": zone}} if dns_name else {},
        "private_dns_verification": {"main": {"private_dns_name": dns_name, "start": verify}} if dns_name else {},
    }
    vpc_id, vpc_name = (made["vpc_id"], made["vpc_name"]) if made else (None, None)
    scope = {
        "vpcs": {"main": {"vpc_id": vpc_id, "owner": f"tiered_vpc/{vpc_name or params['name']}"}} if made else {},
        "ledger": entries,
        "today": today,
        "undeclared": params["undeclared"],
        "private_dns_zone_id": zone,
    }
    return Declared(owner, resources, scope, purge_tags=bool(params["tags"]) and params["purge_tags"])


MADE_KINDS = ("load_balancer", "target_group", "listener", "target")


def _load_balancer(wanted, owner, tags):
    """Resources of MADE_KINDS. What AWS can't change in a target group is in its name, so another one is made beside it
    and the listener turned over.
    """
    name = elbv2.name(owner)
    groups, listeners, targets = {}, {}, {}
    for declared in wanted["listeners"]:
        group = f"{declared['port']}-{declared['protocol']}-{declared['target_type']}"
        check = declared["health_check"]
        groups[group] = {
            "name": elbv2.part_name(name, group),
            "protocol": declared["protocol"],
            "port": declared["port"],
            "vpc": Ref("existing_vpc.main"),
            "target_type": declared["target_type"],
            "health_check": {**check, "path": check["path"] or (None if check["protocol"] == "TCP" else "/")},
            "tags": tags(group, group),
        }
        listeners[str(declared["port"])] = {
            "load_balancer": Ref("load_balancer.main"),
            "port": declared["port"],
            "protocol": declared["protocol"],
            "target_group": Ref(f"target_group.{group}"),
        }
        port = declared["target_port"] or declared["port"]
        for wanted_target in declared["targets"]:
            targets[f"{group}/{wanted_target}:{port}"] = {
                "target_group": Ref(f"target_group.{group}"),
                "target": wanted_target,
                "port": port,
            }
    main = {"name": name, "tier": wanted["tier"], "cross_zone": wanted["cross_zone"], "tags": tags("main", name)}
    return dict(zip(MADE_KINDS, ({"main": main}, groups, listeners, targets)))


def _check(params):
    identifiers.name("name", params["name"])
    arns = params["load_balancer_arns"]
    if arns is not None and not arns and params["state"] == "present":
        raise Invalid("load_balancer_arns", [], "leaves the service without a load balancer", "at least one")
    for index, arn in enumerate(arns or []):
        option = f"load_balancer_arns[{index}]"
        identifiers.network_load_balancer(option, arn)
        if arn.split(":")[4] != params["account_id"]:
            raise Invalid(option, arn, "is of another account", f"one of account {params['account_id']}")
    if params["load_balancer"]:
        _check_load_balancer(params["load_balancer"])
        if "ipv6" in params["supported_ip_address_types"]:
            raise Invalid(
                "supported_ip_address_types", ["ipv6"], "can't be had with load_balancer", "load_balancer_arns for it"
            )
    if not params["supported_ip_address_types"]:
        raise Invalid("supported_ip_address_types", [], "leaves no endpoint an address", "ipv4, ipv6 or both")
    for index, region in enumerate(params["supported_regions"]):
        identifiers.region(f"supported_regions[{index}]", region)
    for index, principal in enumerate(params["allowed_principals"]):
        option = f"allowed_principals[{index}]"
        if principal != "*":
            identifiers.principal(option, principal)
        elif not params["allow_any_principal"]:
            raise Invalid(option, "*", "lets every AWS account apply", "allow_any_principal: true, if that is meant")
    _check_private_dns(params)


def _check_load_balancer(wanted):
    identifiers.existing_vpc("load_balancer.", wanted)
    identifiers.tier("load_balancer.tier", wanted["tier"])
    if not wanted["listeners"]:
        raise Invalid("load_balancer.listeners", [], "answers on no port", "at least one")
    identifiers.distinct(
        ((f"load_balancer.listeners[{i}].port", one["port"]) for i, one in enumerate(wanted["listeners"])),
        "has two listeners",
        "one listener for each port",
    )
    for index, one in enumerate(wanted["listeners"]):
        option = f"load_balancer.listeners[{index}]"
        for key in ("port", "target_port"):
            if one[key] is not None:
                ports.parse(f"{option}.{key}", one[key])
        check = one["health_check"]
        if check["port"] != "traffic-port":
            ports.parse(f"{option}.health_check.port", check["port"])
        if check["path"] is not None:
            identifiers.health_check_path(f"{option}.health_check.path", check["path"])
        if check["path"] and check["protocol"] == "TCP":
            raise Invalid(
                f"{option}.health_check.path", check["path"], "is nothing that TCP asks for", "protocol: HTTP"
            )
        for place, target_id in enumerate(one["targets"]):
            identifiers.target(f"{option}.targets[{place}]", target_id, one["target_type"])
        identifiers.distinct(
            ((f"{option}.targets[{place}]", target_id) for place, target_id in enumerate(one["targets"])),
            "is there twice",
            "each target once",
        )


def _check_private_dns(params):
    name = params["private_dns_name"]
    if name is not None:
        identifiers.domain("private_dns_name", name)
    for key in ("private_dns_zone_id", "verify_private_dns"):
        if params[key] and name is None:
            raise Invalid(key, params[key], "has no name to verify", "private_dns_name with it")
    if params["private_dns_zone_id"] is not None:
        identifiers.hosted_zone("private_dns_zone_id", params["private_dns_zone_id"])


def report(declared, found, ids, states):
    there = found["endpoint_service"].get("main")
    return {
        "service_id": ids.get(endpoint_service.ADDRESS),
        "service_name": ids.get(endpoint_service.NAME_ADDRESS) or _if_kept(there, ids, "service_name"),
        "private_dns": _private_dns(declared, there, ids, states),
        "connections": endpoint_connection.shown(declared, found),
        "targets": [
            {
                "listener": name.partition("/")[0],
                "target": name.partition("/")[2],
                "state": actual.details["state"],
                "reason": actual.details["reason"],
            }
            for name, actual in sorted(found["target"].items())
        ],
    }


def _if_kept(there, ids, detail):
    return there.details[detail] if there and endpoint_service.ADDRESS in ids else None


def _private_dns(declared, there, ids, states):
    wanted = declared.resources["private_dns_verification"].get("main")
    if not wanted or endpoint_service.ADDRESS not in ids:
        return None
    name = wanted["private_dns_name"]
    if there and there.fields["private_dns_name"] == name:
        state, record = there.details["private_dns"]["State"], verification_record.record_of(there)
    else:
        state, record = "pendingVerification", verification_record.looked_up(name, ids)
    return {"name": name, "state": states.get("private_dns_verification.main", state), "record": record}


CAPABILITY = Capability(
    "privatelink_service",
    ARGUMENT_SPEC,
    desired,
    (
        existing_vpc,
        referenced_load_balancer,
        load_balancer,
        target_group,
        listener,
        target,
        endpoint_service,
        endpoint_connection,
        verification_record,
        private_dns_verification,
    ),
    report,
    {
        "mutually_exclusive": [["load_balancer_arns", "load_balancer"]],
        "required_if": [["state", "present", ["load_balancer_arns", "load_balancer"], True]],
    },
    removals=endpoint_connection.removals,
    limits=True,
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
