#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: psc_endpoint
short_description: An endpoint of Private Service Connect to another project's service, with its private name
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - On Google Cloud, reserves an internal address in a subnetwork of this project and creates an endpoint (a forwarding
    rule) that leads to the service attachment of another project (M(closednet.aws.psc_service)), with a private name.
  - The provider accepts or rejects projects in its own project. Until then the module reports RV(status=PENDING) and
    doesn't fail. Once the provider accepts this project, the endpoint is connected without a further run.
  - Needs no credential of the provider's project, and the service doesn't have to exist before a plan is made.
options:
  name:
    description:
      - Name of the endpoint, its address and its forwarding rule, unique in its project and region. A line of the
        resources' description, C(closednet:managed=psc_endpoint/NAME), contains it.
      - 1 to 63 lowercase letters, digits and C(-), the first a letter.
    type: str
    required: true
  service:
    description:
      - Service attachment, as C(projects/PROJECT/regions/REGION/serviceAttachments/NAME) or its URL, which is
        RV(closednet.aws.psc_service#module:service_uri). Required with O(state=present).
      - It has to be in O(region), and in another network than the endpoint. It may be one of this project.
    type: str
  network:
    description: VPC network of the endpoint, by its name or as C(projects/PROJECT/global/networks/NAME). It has to be
      that of O(subnetwork), which is the default, and one of this project.
    type: str
  subnetwork:
    description: Regular subnetwork of this project and O(region) from which the endpoint gets its address, by its name
      or as C(projects/PROJECT/regions/REGION/subnetworks/NAME). Required with O(state=present).
    type: str
  address:
    description: IPv4 address of the endpoint, a free one of the subnetwork. Default is one that Google Cloud chooses.
    type: str
  global_access:
    description: Whether callers of other regions reach the endpoint, too. The provider's load balancer must allow it as
      well.
    type: bool
    default: false
  dns_name:
    description:
      - Private name of the service in the network. The module creates a private DNS zone of this name for the network,
        with an A record to the endpoint.
      - Both are created with the endpoint, so the name leads to it before the provider has accepted it; with
        O(wait_for_acceptance=true), afterwards.
    type: str
  wait_for_acceptance:
    description: Whether to wait for the provider's decision, O(wait_timeout) seconds at most, and to fail if the
      connection isn't accepted.
    type: bool
    default: false
  allow_disconnect:
    description:
      - Permits the module to delete an endpoint that carries traffic, RV(status=ACCEPTED) or
        RV(status=NEEDS_ATTENTION), or to delete it and create it anew because another O(service), O(network),
        O(subnetwork) or O(address) is declared. Without it the module says what would be cut, and fails before it
        writes anything.
      - Not required for an endpoint without traffic, such as a closed one.
    type: bool
    default: false
notes:
  - In O(confirm_removals), name a private name that resolves now as C(ENDPOINT/psc_zone.NAME).
  - Google Cloud has no way to change an endpoint except for its global access. Its address stays when it is created
    anew, unless O(address) or O(subnetwork) differ.
  - An endpoint becomes RV(status=CLOSED) when its service attachment is deleted, and stays so even if one of the same
    name is created. The module deletes it and creates it anew.
  - An endpoint that is RV(status=PENDING) or RV(status=REJECTED) stays as it is, and counts against the provider's
    quota of endpoints, until it is deleted here. RV(findings) say who has to act.
  - The network and its subnetwork are only read. Subnetworks of a Shared VPC's host project aren't supported.
  - Another O(name) is another endpoint. The module refuses it while an endpoint of another name of this module connects
    the same network to the same service.
  - Without O(dns_name), the project doesn't need the Cloud DNS API.
seealso:
  - module: closednet.aws.psc_service
  - name: About accessing published services through endpoints
    description: Statuses of a connection, and what an endpoint can and can't do.
    link: https://docs.cloud.google.com/vpc/docs/about-accessing-vpc-hosted-services-endpoints
  - name: Access published services through endpoints
    description: Roles and steps.
    link: https://docs.cloud.google.com/vpc/docs/configure-private-service-connect-services
extends_documentation_fragment:
  - closednet.aws.google_account
  - closednet.aws.converge
  - closednet.aws.removals
"""

EXAMPLES = r"""
- name: Connect the network to another project's API
  closednet.aws.psc_endpoint:
    project_id: recruiting-a
    region: asia-northeast1
    name: matching
    service: projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api
    network: main
    subnetwork: apps
    dns_name: matching.example.internal
  register: matching

- name: Connect with a fixed address, for callers of all regions, and wait for the provider
  closednet.aws.psc_endpoint:
    project_id: recruiting-a
    region: asia-northeast1
    impersonate_service_account: network-operator@recruiting-a.iam.gserviceaccount.com
    name: rates
    service: projects/rates-prod/regions/asia-northeast1/serviceAttachments/rates
    subnetwork: apps
    address: 10.0.0.9
    global_access: true
    wait_for_acceptance: true
    wait_timeout: 900

- name: Show who has to act
  ansible.builtin.debug:
    msg: "{{ matching.ip_address }} is {{ matching.status }}"

- name: Delete the endpoint, its address and its private name, although callers use it
  closednet.aws.psc_endpoint:
    project_id: recruiting-a
    region: asia-northeast1
    name: matching
    allow_disconnect: true
    state: absent
"""

RETURN = r"""
forwarding_rule:
  description: Relative name of the endpoint. Null if it doesn't exist.
  returned: success
  type: str
  sample: projects/recruiting-a/regions/asia-northeast1/forwardingRules/matching
status:
  description: Status of the connection after the run, in Google's words. V(ACCEPTED); V(PENDING) while the provider
    hasn't accepted this project, or its limit is used up; V(REJECTED), V(NEEDS_ATTENTION), V(CLOSED). Null if the
    endpoint doesn't exist.
  returned: success
  type: str
  sample: ACCEPTED
connection_id:
  description: ID of the connection, by which the provider finds it in
    RV(closednet.aws.psc_service#module:connections). Null if there is none.
  returned: success
  type: str
  sample: "36190541368524859"
ip_address:
  description: Address of the endpoint in the network. Null if it doesn't exist.
  returned: success
  type: str
  sample: 10.0.0.9
dns_name:
  description: Private name of the service in the network. Null if there is none.
  returned: success
  type: str
  sample: matching.example.internal
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
      description: Id of the method of Google's API for the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) for V(create).
      type: dict
    after:
      description: The fields that change, as declared. C(null) for V(delete). An ID that isn't known yet is shown as
        C((known after ADDRESS)).
      type: dict
  sample:
    - address: psc_endpoint.main
      action: create
      operation: compute.forwardingRules.insert
      before: null
      after:
        name: matching
        service: projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api
        network: projects/recruiting-a/global/networks/main
        address: (known after psc_address.main)
        global_access: false
        tags: {"closednet:managed": psc_endpoint/matching, "closednet:name": main}
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
      description: Id of the method of Google's API. Empty if the call couldn't be foreseen.
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
  description: Why an endpoint is created anew, and that a connection is cut, which takes O(allow_disconnect=true).
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
  sample:
    - >-
      projects/recruiting-a/regions/asia-northeast1/forwardingRules/matching is PENDING: the provider has to put project
      recruiting-a among the service's consumers, or to raise its connection_limit
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {psc_endpoint.main: projects/recruiting-a/regions/asia-northeast1/forwardingRules/matching}
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
  returned: success, or when Google was called
  type: dict
  sample: {"compute.forwardingRules.list": 1, "compute.subnetworks.get": 1}
error_code:
  description: Google's error code, or the name of the connection's exception.
  returned: when Google or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.psc_endpoint import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
