#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: psc_service
short_description: A service published by Private Service Connect (Google Cloud) and which projects may connect to it
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Publishes an API behind an internal load balancer of Google Cloud as a service attachment. Consumers in other
    projects reach it at an address of their own network. So the CIDRs of both sides may overlap, and consumers reach
    nothing else in the provider's network.
  - O(consumers) is the acceptance ledger. It lists the projects that may connect, with a reason and an expiry date. The
    accept list of the service attachment has the valid entries, so an endpoint is connected if and only if its project
    is in the ledger, not expired and within its limit. If a project was removed or has expired, its traffic stops at
    once. Nothing is accepted by default.
  - Needs no credential of a consumer's project. Consumers use M(closednet.aws.psc_endpoint).
options:
  name:
    description:
      - Name of the service attachment, unique in its project and region. The names of the other resources that the
        module creates begin with it. Their descriptions hold C(closednet:managed=psc_service/NAME); the module changes
        and deletes only resources with this mark.
      - 1 to 50 lowercase letters, digits and C(-), the first a letter.
    type: str
    required: true
  forwarding_rule:
    description:
      - Forwarding rule of the internal load balancer behind the service. Its name, relative name or URL; it is of
        O(project_id) and O(region), and only read.
      - One of O(forwarding_rule) and O(load_balancer) is required with O(state=present).
    type: str
  load_balancer:
    description: An internal passthrough Network Load Balancer to create for the service, with its health check, backend
      service and forwarding rule. Mutually exclusive with O(forwarding_rule).
    type: dict
    suboptions:
      network:
        description: Its network, in this project. A name, relative name or URL.
        type: str
        required: true
      subnetwork:
        description: Subnet in O(region) of its address.
        type: str
        required: true
      ports:
        description: Ports that consumers connect to, 1 to 5. A change of ports, protocol or subnet creates another
          forwarding rule and moves the service attachment to it, see O(allow_disconnect).
        type: list
        elements: int
        required: true
      protocol:
        description: Protocol of the ports.
        type: str
        choices: [TCP, UDP]
        default: TCP
      backends:
        description: Instance groups or network endpoint groups of O(region), as V(zones/ZONE/instanceGroups/NAME),
          V(regions/REGION/instanceGroups/NAME), V(zones/ZONE/networkEndpointGroups/NAME), or URLs. They are only named.
        type: list
        elements: str
        required: true
      health_check:
        description: Health check of the backends.
        type: dict
        default: {}
        suboptions:
          protocol:
            description: Protocol of the check.
            type: str
            choices: [TCP, HTTP, HTTPS]
            default: TCP
          port:
            description: Port of the check. Default is the lowest of O(load_balancer.ports); required with
              O(load_balancer.protocol=UDP).
            type: int
          path:
            description: Path to request. Only with V(HTTP) and V(HTTPS), where its default is V(/).
            type: str
      global_access:
        description: Whether consumers' clients of other regions are answered. Endpoints with global access need it.
        type: bool
        default: false
  nat_cidrs:
    description:
      - CIDRs of the NAT subnets to create, C(NAME-nat-1) and so on, in the load balancer's network. Consumers' traffic
        comes from their addresses. They are private to this network, so they may overlap with those of consumers.
      - Each connected endpoint takes one address, and Google Cloud keeps four of each subnet. The module fails, before
        it writes anything, if the connection limits of all valid entries need more.
      - A CIDR that contains a former one makes its subnet grow. Others are created and deleted.
      - One of O(nat_cidrs) and O(nat_subnets) is required with O(state=present).
    type: list
    elements: str
  nat_subnets:
    description: NAT subnets that somebody else created, with purpose C(PRIVATE_SERVICE_CONNECT). Names, relative names
      or URLs. They are only read. Mutually exclusive with O(nat_cidrs).
    type: list
    elements: str
  consumers:
    description: The acceptance ledger, at most one entry per project.
    type: list
    elements: dict
    default: []
    suboptions:
      project_id:
        description: ID of the consumer's project, such as V(recruiting-a). Not its number.
        type: str
        required: true
      project_number:
        description: Number of the consumer's project, in quotes. Needed only if Google Cloud answers numbers in place
          of IDs; then the module says so.
        type: str
      connection_limit:
        description: How many endpoints of the project are connected at most; further ones stay C(PENDING). A lower
          limit disconnects nobody.
        type: int
        default: 1
      reason:
        description: Why the project may connect.
        type: str
        required: true
      requested_by:
        description: Who asked for it.
        type: str
        required: true
      expires:
        description: Last day of the approval, V(YYYY-MM-DD) in UTC. After it, the next run takes the project off the
          accept list, which stops its traffic, so run the playbook daily. Without it, the approval doesn't expire.
        type: str
  undeclared:
    description: What happens to an endpoint of a project that isn't in O(consumers). V(report) leaves it waiting
      (C(PENDING)) and names it in RV(notes). V(reject) puts its project on the reject list, as long as it applies. In
      both cases it isn't connected.
    type: str
    choices: [report, reject]
    default: report
  firewall:
    description: Creates a firewall rule C(NAME-psc-HASH), one for each region, that lets the addresses of the NAT
      subnets reach the backends of a passthrough load balancer. V({}) allows them the load balancer's ports on all
      instances of its network. Without this option, the module creates none, and deletes the one that it created.
    type: dict
    suboptions:
      target_tags:
        description: Network tags of the backends.
        type: list
        elements: str
        default: []
      target_service_accounts:
        description: Service accounts of the backends. Mutually exclusive with O(firewall.target_tags).
        type: list
        elements: str
        default: []
      ports:
        description: Ports or ranges of ports. Default is those of the load balancer. Not with a forwarding rule of all
          protocols (C(L3_DEFAULT)), whose firewall rule has no ports.
        type: list
        elements: str
        default: []
  proxy_protocol:
    description: Whether each connection begins with a PROXY protocol header that has the consumer's address and
      connection ID. The backends must know it.
    type: bool
    default: false
  domain_name:
    description: Domain for DNS names of the endpoints, such as V(p.example.com); Google Cloud then creates
      C(ENDPOINT.DOMAIN) in each consumer's network. The credential's principal must have verified the domain in
      Google Search Console. A change creates the service attachment again.
    type: str
  allow_disconnect:
    description:
      - Confirms what interrupts all connected endpoints. That is a deletion (O(state=absent)), a service attachment
        that has to be created again, another target service, a NAT subnet or the firewall rule that is taken away, and
        a switch from C(ACCEPT_AUTOMATIC). Without it the module fails before it writes anything. In check mode it says
        so in RV(notes).
      - Endpoints of a deleted service attachment are C(CLOSED); their consumers have to create them again.
    type: bool
    default: false
notes:
  - In O(confirm_removals), name a project that is connected and not in O(consumers) as C(SERVICE/PROJECT). A project
    whose approval has expired needs no confirmation up to O(max_removals) and O(max_removals_percent).
  - C(connectionPreference) is always C(ACCEPT_MANUAL) and C(reconcileConnections) always true, other than Google
    Cloud's default. So the lists hold for endpoints that are connected already, too. The plan has the effect on each of
    them, such as C(ACCEPTED -> PENDING, its traffic stops).
  - A rejected endpoint can be accepted later, without a change by its consumer, by an entry in O(consumers). A waiting
    or rejected endpoint exists until its consumer deletes it.
  - Everybody who knows the URI can apply, but nobody is connected without an entry.
  - Google Cloud refuses every update while either list names a deleted project. Then delete its entry, or, if
    O(undeclared=reject) put it on the reject list, say V(report).
  - That C(PENDING) and C(REJECTED) follow from the lists rests on Google Cloud's documentation.
  - Shared VPC networks of another project aren't supported, because the module calls no URL of another project.
  - Google's health checks come from 130.211.0.0/22 and 35.191.0.0/16. Their firewall rule is the network's, not this
    module's.
seealso:
  - module: closednet.aws.psc_endpoint
  - module: closednet.aws.psc_service_info
  - name: About published services
    description: Service attachments, NAT subnets, lists and connection reconciliation.
    link: https://cloud.google.com/vpc/docs/about-vpc-hosted-services
  - name: Publish services by using Private Service Connect
    description: What can be behind a service attachment.
    link: https://cloud.google.com/vpc/docs/configure-private-service-connect-producer
extends_documentation_fragment:
  - closednet.aws.google_account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.removals.limits
"""

EXAMPLES = r"""
- name: Publish an API of an existing internal load balancer, and let one project connect until the end of March
  closednet.aws.psc_service:
    project_id: recruiting-b
    region: asia-northeast1
    name: matching-api
    forwarding_rule: matching-api-ilb
    nat_cidrs: [192.168.0.0/29]
    consumers:
      - project_id: recruiting-a
        reason: db replacement
        requested_by: team-a
        expires: "2027-03-31"
  register: matching_api

- name: Show what the consumer connects to
  ansible.builtin.debug:
    msg: "{{ matching_api.service_uri }}"

- name: Publish an API with a load balancer of its own, and reject who isn't in the ledger
  closednet.aws.psc_service:
    project_id: recruiting-b
    impersonate_service_account: network-operator@recruiting-b.iam.gserviceaccount.com
    region: asia-northeast1
    name: scoring-api
    load_balancer:
      network: main
      subnetwork: app
      ports: [443]
      backends: [zones/asia-northeast1-a/instanceGroups/scoring]
      health_check: {protocol: HTTPS, path: /health}
    firewall: {target_tags: [scoring]}
    nat_cidrs: [192.168.0.8/29]
    consumers:
      - {project_id: recruiting-a, reason: scoring, requested_by: team-a, connection_limit: 2}
    undeclared: reject

- name: Delete the service and cut all connections
  closednet.aws.psc_service:
    project_id: recruiting-b
    region: asia-northeast1
    name: matching-api
    state: absent
    allow_disconnect: true
"""

RETURN = r"""
service_attachment:
  description: Relative name of the service attachment. Null if it doesn't exist.
  returned: success
  type: str
  sample: projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api
service_uri:
  description: URI of the service attachment, which consumers connect to. Null if it doesn't exist.
  returned: success
  type: str
  sample: >-
    https://www.googleapis.com/compute/v1/projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api
service_attachment_id:
  description: The service attachment's 128-bit ID, in Google Cloud's parts C(high) and C(low). Null if it doesn't
    exist, and in the run that creates it.
  returned: success
  type: dict
  sample: {high: "36190541368524859", low: "1"}
connections:
  description: The connected endpoints at the start of the run, with the ledger's verdict on each, by project.
  returned: success
  type: list
  elements: dict
  contains:
    project:
      description: ID of the consumer's project, or its number if Google Cloud answers that and no entry has it.
      type: str
    endpoint:
      description: Relative name of the consumer's forwarding rule.
      type: str
    endpoint_with_id:
      description: The same with its numeric ID.
      type: str
    connection_id:
      description: ID of the connection, C(pscConnectionId), the same on both sides.
      type: str
    consumer_network:
      description: Relative name of the consumer's network.
      type: str
    status:
      description: V(ACCEPTED), V(PENDING), V(REJECTED), V(NEEDS_ATTENTION) or V(CLOSED), in Google Cloud's words.
      type: str
    decision:
      description: The status that the ledger gives it, if that is another one. Null if nothing changes.
      type: str
    verdict:
      description: V(accepted), V(expired) or V(unknown).
      type: str
    reason:
      description: The reason, from the ledger.
      type: str
    requested_by:
      description: Who asked for it, from the ledger. Null without an entry.
      type: str
    expires:
      description: Last day of the approval. Null without an entry, and if it doesn't expire.
      type: str
  sample:
    - project: recruiting-a
      endpoint: projects/recruiting-a/regions/asia-northeast1/forwardingRules/matching
      endpoint_with_id: projects/recruiting-a/regions/asia-northeast1/forwardingRules/4686367449709154788
      connection_id: "36190541368524859"
      consumer_network: projects/recruiting-a/global/networks/main
      status: PENDING
      decision: ACCEPTED
      verdict: accepted
      reason: db replacement (asked for by team-a), until 2027-03-31
      requested_by: team-a
      expires: "2027-03-31"
nat:
  description: Addresses of the NAT subnets, at the start of the run.
  returned: success
  type: dict
  contains:
    capacity:
      description: Usable addresses. Null if a subnet of O(nat_subnets) doesn't exist.
      type: int
    needed:
      description: Addresses for all endpoints that the valid entries allow, and for propagated connections.
      type: int
    used:
      description: Addresses of accepted endpoints and propagated connections.
      type: int
    propagated:
      description: Propagated connections.
      type: int
  sample: {capacity: 4, needed: 1, used: 0, propagated: 0}
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
    - address: service_attachment.main:accept
      action: change
      operation: compute.serviceAttachments.patch
      before:
        accept: [{connection_limit: 1, project_id: recruiting-a}]
      after:
        accept: []
        effect: ["recruiting-a: ACCEPTED -> PENDING, its traffic stops"]
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
  description: Expired approvals, endpoints of undeclared projects that wait, and what a run would have to confirm.
  returned: success
  type: list
  elements: str
  sample: ["consumers: project recruiting-c expired on 2026-10-31; pilot (asked for by sales): not accepted"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: ["endpoint matching of project recruiting-a is NEEDS_ATTENTION: the NAT subnets have no free address"]
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {service_attachment.main: projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api}
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
  sample: {"compute.serviceAttachments.list": 1, "compute.subnetworks.list": 1}
error_code:
  description: Google's error code, or the name of the connection's exception.
  returned: when Google or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.psc_service import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
