#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: algorithm_registry
short_description: Registry of the algorithms that customers' accounts offer to a front API
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates, in the account of the shared services, what a front API needs to find the endpoint of an algorithm in a
    customer's account. That is a DynamoDB table with one row for each algorithm and version, a table with their health,
    and a private hosted zone with the names of their endpoints, all from O(algorithms).
  - The tables' policies let the front's role read single algorithms (C(GetItem), C(Query)) through the gateway endpoint
    of its VPC, and deny it everything else. They let O(operator_role_arns) read and write, and deny everybody else in
    any account to read or write items, administrators too.
  - A function in the front's VPC checks each endpoint and writes its health. It can write nothing else.
  - Each row is a resource of its own in the plan. Rows are written under conditions, so that of two runs none
    overwrites what it hasn't read. Rows and records that somebody else wrote are reported, and never changed or
    deleted.
options:
  name:
    description: Name of the registry, of its table and, with a suffix, of its other resources. 3 to 40 letters, digits,
      C(_) or C(-).
    type: str
    required: true
  zone:
    description: Name of the private hosted zone. The names of all endpoints are below it. Needed for O(state=present).
    type: str
  vpc_id:
    description: ID of the front's VPC, which is in O(account_id). Mutually exclusive with O(vpc_name).
    type: str
  vpc_name:
    description: Name that M(closednet.aws.tiered_vpc) gave the front's VPC. Default is O(name).
    type: str
  front_tier:
    description: Tier of the VPC from which the front calls. The function that checks the endpoints is in its subnets.
    type: str
    default: front
  front_role_arn:
    description: ARN of the role of the front, which must exist. Needed for O(state=present).
    type: str
  operator_role_arns:
    description: ARNs of the roles that may read and write the tables' items, with their paths. The role of the run
      itself has to be among them. At least one is needed for O(state=present).
    type: list
    elements: str
    default: []
  profile_id:
    description:
      - ID of a Route 53 Profile that carries the zone to further VPCs, such as those of other fronts. The front's VPC
        is associated with the zone itself, since AWS has no private hosted zone without a VPC.
      - A zone stays in the Profile of an earlier O(profile_id), or in any other, which is a finding. With
        O(state=absent), it is disassociated from all Profiles of the account.
    type: str
  algorithms:
    description: All algorithms of the registry. The row of one that is no longer listed is deleted, see the notes.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the algorithm. Letters, digits and C(._-), 128 at most.
        type: str
        required: true
      version:
        description: Version of the algorithm. A name and version belong to one account. Letters, digits and C(._-), 128
          at most.
        type: str
        required: true
      account_id:
        description: Account that offers it.
        type: str
        required: true
      endpoint:
        description: Name of its endpoint, below O(zone). Algorithms that share a name have the same account and
          addresses.
        type: str
        required: true
      addresses:
        description: Private IPv4 addresses of the endpoint.
        type: list
        elements: str
        required: true
      port:
        description: TCP port of the endpoint.
        type: int
        required: true
      protocol:
        description: How it is called and checked. The checks of V(https) don't verify the certificate, those of V(tcp)
          only connect.
        type: str
        choices: [https, http, tcp]
        default: https
      weight:
        description: Share of the calls among the versions of an algorithm, 0 to 1000, for callers that ask for no
          version. With V(0) it gets none of these.
        type: int
        default: 100
      health_path:
        description: Path that answers V(200) to V(299) while the algorithm works. For O(algorithms[].protocol=tcp), it
          isn't used.
        type: str
        default: /
      state:
        description:
          - V(live) if the front may call it. V(pending) if not, with the O(algorithms[].reason).
          - V(unknown) if nothing is known that speaks for or against it, since an account couldn't be read, say. Then a
            new row becomes pending, and an existing row keeps its state. One that stays live is a finding. One that
            moves to another account, name, address or port doesn't stay live.
          - The filter P(closednet.aws.algorithm_states#filter) decides it by the paths in AWS.
        type: str
        choices: [live, pending, unknown]
        default: unknown
      reason:
        description: Why it isn't live. Ignored for O(algorithms[].state=live).
        type: str
        default: ''
  check_minutes:
    description: Minutes between two checks of all endpoints, 1 to 60.
    type: int
    default: 1
  check_timeout:
    description: Seconds after which an endpoint that doesn't answer is unhealthy, 1 to 20.
    type: int
    default: 3
  stale_seconds:
    description: Seconds after which a check is stale, so that its endpoint counts as unhealthy. More than
      O(check_minutes), 7200 at most.
    type: int
    default: 180
  checker_cidrs:
    description: CIDRs that the function's security group lets it call, on the ports of O(algorithms). Without them, it
      names each address, which takes one rule for each address and port.
    type: list
    elements: str
    default: []
  security_group_rules_quota:
    description: Quota of this account for the rules of a security group in one direction.
    type: int
    default: 60
notes:
  - In O(confirm_removals), name a row as C(NAME/algorithm_row.ALGORITHM/VERSION). That is needed for a row whose
    algorithm is no longer listed, and for one that was live and would become pending. Deleting the zone, as when
    O(zone) changes, needs C(NAME/registry_zone.ZONE). A role that would lose access, as when O(front_role_arn) changes
    or an item of O(operator_role_arns) is lost, needs C(NAME/table_policy.main) and C(NAME/table_policy.health).
  - The VPC's gateway endpoint of DynamoDB is used, whoever created it. If there is none, the module creates one for the
    route tables of O(front_tier).
  - A change of the health of an endpoint isn't known before the next check, and a change of a record's addresses is
    seen after a minute at most.
  - With O(state=absent), the tables are deleted although they are protected against deletion, unless they have rows
    that somebody else wrote. Their log group stays.
seealso:
  - module: closednet.aws.closed_vpc_endpoints
  - name: Resource-based policies for DynamoDB
    description: How the policies of a table and of its readers add up.
    link: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: List the algorithms of two customers
  closednet.aws.algorithm_registry:
    account_id: "111111111111"
    region: eu-central-1
    name: algorithms
    zone: algorithms.internal
    vpc_name: front
    front_role_arn: arn:aws:iam::111111111111:role/front
    operator_role_arns:
      - arn:aws:iam::111111111111:role/network-operator
    algorithms:
      - name: score
        version: "2"
        account_id: "222222222222"
        endpoint: score.alpha.algorithms.internal
        addresses: [10.1.0.10]
        port: 8443
        health_path: /health
        state: live
      - name: rank
        version: "1"
        account_id: "333333333333"
        endpoint: rank.beta.algorithms.internal
        addresses: [10.2.0.10]
        port: 9000
        protocol: tcp
        state: pending
        reason: customer alpha reaches 10.2.0.10:9000

- name: Delete the registry
  closednet.aws.algorithm_registry:
    account_id: "111111111111"
    region: eu-central-1
    name: algorithms
    vpc_name: front
    state: absent
"""

RETURN = r"""
table:
  description: Name of the table of algorithms.
  returned: success
  type: str
  sample: algorithms
table_arn:
  description: Its ARN. Null if it doesn't exist.
  returned: success
  type: str
  sample: arn:aws:dynamodb:eu-central-1:111111111111:table/algorithms
health_table:
  description: Name of the table of their health.
  returned: success
  type: str
  sample: algorithms-health
zone_id:
  description: ID of the hosted zone. Null if it doesn't exist.
  returned: success
  type: str
  sample: /hostedzone/Z0123456789ABCDEFGHIJ
gateway_endpoint_id:
  description: ID of the gateway endpoint through which the front and the function reach the tables. Null if there is
    none yet.
  returned: success
  type: str
  sample: vpce-0123456789abcdef0
checker_security_group_id:
  description: ID of the security group of the function that checks the endpoints. Null if it doesn't exist.
  returned: success
  type: str
  sample: sg-0123456789abcdef0
region:
  description: Region of the registry.
  returned: success
  type: str
  sample: eu-central-1
rows:
  description: Rows of O(algorithms) as they are after the run; in check mode, as a run would leave them.
  returned: success
  type: list
  elements: dict
  contains:
    algorithm:
      description: Name of the algorithm.
      type: str
    version:
      description: Its version.
      type: str
    account_id:
      description: Account that offers it.
      type: str
    endpoint:
      description: Name of its endpoint.
      type: str
    port:
      description: Its port.
      type: int
    protocol:
      description: Its protocol.
      type: str
    weight:
      description: Its weight.
      type: int
    health_path:
      description: Path of its health check.
      type: str
    state:
      description: V(live) or V(pending).
      type: str
    reason:
      description: Why it is pending; empty for V(live).
      type: str
    revision:
      description: Number of changes of the row, from 1.
      type: int
  sample:
    - algorithm: score
      version: "2"
      account_id: "222222222222"
      endpoint: score.alpha.algorithms.internal
      port: 8443
      protocol: https
      weight: 100
      health_path: /health
      state: live
      reason: ""
      revision: 1
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
plan:
  description: The steps from the current to the declared state, in the order in which they are shown. In check mode,
    the steps that a run would take.
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
      description: Client and method of boto3 for the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) for V(create).
      type: dict
    after:
      description: The fields that change, as declared. C(null) for V(delete). An ID that isn't known yet is shown as
        C((known after ADDRESS)).
      type: dict
  sample:
    - address: algorithm_row.score/2:port
      action: change
      operation: dynamodb.put_item
      before: {port: 8080}
      after: {port: 8443}
network_calls:
  description: Calls that decide what the network lets through, in the order in which a run would send them. Those of
    a later phase of the same run, once others have acted, come last. P(closednet.aws.plan_effect#filter) takes them.
  returned: success, in check mode
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource, as in RV(plan).
      type: str
    operation:
      description: Client and method of boto3. Empty if the call couldn't be foreseen.
      type: str
    params:
      description: Its arguments. An ID that isn't known yet is C((known after ADDRESS)).
      type: dict
    later:
      description: Whether a later phase sends it.
      type: bool
    unknown:
      description: Why a later phase's calls couldn't be foreseen.
      type: str
  sample: []
diff:
  description: What changed, or in check mode would change, by address. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    before:
      description: The fields that change or are deleted, as they were.
      type: dict
    after:
      description: The fields that change or are created, as declared.
      type: dict
notes:
  description: The log group that O(state=absent) leaves.
  returned: success
  type: list
  elements: str
  sample: []
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: []
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {algorithm_row.score/2: score/2, registry_zone.algorithms.internal: /hostedzone/Z0123456789ABCDEFGHIJ}
done:
  description: Addresses of the steps that were completed before the module failed.
  returned: when a step failed
  type: list
  elements: str
left:
  description: Addresses of the remaining steps.
  returned: when a step failed
  type: list
  elements: str
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"dynamodb:DescribeTable": 2, "dynamodb:Scan": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.algorithm_registry import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
