# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hostile text in what Google Cloud answers: results, reports and errors of psc_* say it and nothing else.

What is answered for a service is in part what its consumers chose: names of endpoints, networks, projects.
"""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator

from ansible_collections.closednet.aws.plugins.module_utils._capabilities import (
    psc_endpoint,
    psc_service,
    psc_service_info,
)
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import (
    host_plans,
    plan_html,
    plan_text,
    topology_dot,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.run_summary import Summary
from ansible_collections.closednet.aws.plugins.module_utils._gcp import client, transport
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import GoogleError, of_answer, of_operation
from tests.repo.test_hostile_text import HOSTILE, Structure, blocks, fill, with_examples
from tests.unit.drawing import needs_dot

PROJECT, REGION = "recruiting-b", "asia-northeast1"
HERE = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"
THERE = f"{HERE}/regions/{REGION}"
GUARD = {"name": "projects/415104041262", "projectId": PROJECT, "state": "ACTIVE"}
STATUSES = ("ACCEPTED", "PENDING", "REJECTED", "CLOSED", "NEEDS_ATTENTION", "@")


def mark(owner: str, name: str) -> str:
    return f"closednet:managed={owner} closednet:name={name}"


def connected(status: str, project: str = "@", name: str = "@") -> dict[str, Any]:
    return {
        "endpoint": f"https://www.googleapis.com/compute/v1/projects/{project}/regions/@/forwardingRules/{name}",
        "status": status,
        "pscConnectionId": "@",
        "consumerNetwork": "https://www.googleapis.com/compute/v1/projects/@/global/networks/@",
        "endpointWithId": "@",
    }


ATTACHMENT = {
    "name": "matching-api",
    "selfLink": f"{THERE}/serviceAttachments/matching-api",
    "description": f"@\n{mark('psc_service/matching-api', 'main')}",
    "targetService": "@",
    "natSubnets": ["@"],
    "connectionPreference": "@",
    "consumerAcceptLists": [{"projectIdOrNum": "@", "connectionLimit": 1}, {"networkUrl": "@"}, {"endpointUrl": "@"}],
    "consumerRejectLists": ["@"],
    "domainNames": ["@"],
    "fingerprint": "@",
    "pscServiceAttachmentId": {"high": "@", "low": "@"},
    "connectedEndpoints": [
        *(connected(status, project=f"@{status}", name=status) for status in STATUSES),
        *(connected("PENDING", "recruiting-a"), connected("@"), connected("ACCEPTED", project="415104041263")),
    ],
}
OTHER = {"name": "@", "description": f"@ {mark('@', '@')}\n{mark('psc_service/@', '@')}", "fingerprint": "@"}
ENDPOINT = {
    "name": "matching",
    "selfLink": f"{THERE}/forwardingRules/matching",
    "description": mark("psc_endpoint/matching", "main"),
    "target": f"{HERE}@/regions/{REGION}/serviceAttachments/@",
    "network": "@",
    "IPAddress": "@",
    "pscConnectionStatus": "@",
    "pscConnectionId": "@",
}
SUBNETWORK = {"name": "apps", "selfLink": f"{THERE}/subnetworks/apps", "network": "@", "ipCidrRange": "10.0.0.0/16"}
ANSWERS: dict[str, Any] = {
    "cloudresourcemanager.projects.get": GUARD,
    "compute.serviceAttachments.list": {"items": [ATTACHMENT, {**OTHER, "selfLink": f"{THERE}/serviceAttachments/@"}]},
    "compute.subnetworks.list": {"items": [{**OTHER, "selfLink": "@", "ipCidrRange": "10.0.0.0/16", "purpose": "@"}]},
    "compute.subnetworks.get": SUBNETWORK,
    "compute.addresses.get": {
        "name": "matching",
        "selfLink": f"{THERE}/addresses/matching",
        "description": mark("psc_endpoint/matching", "main"),
        "address": "@",
        "subnetwork": "@",
    },
    "compute.forwardingRules.get": {
        "name": "matching-ilb",
        "selfLink": f"{THERE}/forwardingRules/matching-ilb",
        "network": "@",
        "subnetwork": "@",
        "loadBalancingScheme": "INTERNAL",
        "IPProtocol": "TCP",
        "ports": ["@"],
    },
    "compute.forwardingRules.list": {"items": [ENDPOINT, {**OTHER, "selfLink": "@", "target": "@"}]},
    "dns.managedZones.list": {
        "managedZones": [{**OTHER, "dnsName": "@.", "privateVisibilityConfig": {"networks": [{"networkUrl": "@"}]}}]
    },
}
SERVICE = {"project_id": PROJECT, "region": REGION, "name": "matching-api", "undeclared": "reject"}
APPROVED = {"project_id": "recruiting-a", "reason": "r", "requested_by": "t"}
TASKS = (
    (psc_service_info, {**SERVICE, "consumers": [APPROVED]}),
    (psc_service, {**SERVICE, "forwarding_rule": "matching-ilb", "nat_cidrs": ["192.168.0.0/29"]}),
    (psc_service, {**SERVICE, "state": "absent"}),
    (
        psc_endpoint,
        {
            "project_id": PROJECT,
            "region": REGION,
            "name": "matching",
            "service": f"projects/recruiting-x/regions/{REGION}/serviceAttachments/matching-api",
            "subnetwork": "apps",
            "dns_name": "matching.example.internal",
        },
    ),
    (psc_endpoint, {"project_id": PROJECT, "region": REGION, "name": "matching", "state": "absent"}),
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    for module in (client, transport):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda _seconds: None, monotonic=lambda: 0.0))


def run(monkeypatch, capability, options, answers):
    """Return the result of check mode, or what a failed run says; answers: JSON or GoogleErrors by method."""

    def send(_self, method, _params, _body=None, *_more, **_options):
        answer = answers.get(method.id, {})
        if isinstance(answer, GoogleError):
            raise answer
        return answer

    monkeypatch.setattr(transport.Api, "send", send)
    capability = capability.CAPABILITY
    spec = ModuleArgumentSpecValidator(capability.full_argument_spec(), **capability.constraints)
    validated = spec.validate({**options, "access_token": "t"})
    assert not validated.error_messages
    try:
        return execute(capability, validated.validated_parameters, True)
    except Failure as failure:
        return {"failed": True, "msg": str(failure), **failure.details}


@pytest.mark.parametrize(("capability", "options"), TASKS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_result_says_what_google_said(monkeypatch, capability, options, text):
    result = run(monkeypatch, capability, options, fill(ANSWERS, text))
    told = [*result.get("notes", []), *result.get("findings", []), result.get("msg", "")]
    assert all(line.isprintable() for line in told), told
    assert json.dumps(result).isascii()
    variables = {"project_id": PROJECT, "region": REGION, "psc_provider_result": {"plan": [], "notes": [], **result}}
    lines = plan_text.plan_lines({"recruiting-b": variables})
    assert all(line.isprintable() for line in lines)
    assert not result.get("failed") or "Traceback" not in result["msg"]


@pytest.mark.parametrize(("capability", "options"), TASKS)
@pytest.mark.parametrize("text", HOSTILE)
def test_an_error_of_google_is_one_line(monkeypatch, capability, options, text):
    errors = [
        of_answer(400, json.dumps(fill({"error": answer}, text)).encode(), "compute.networks.insert", "POST")
        for answer in (
            {"code": 400, "message": "@", "errors": [{"reason": "@", "message": "@"}]},
            {"code": 403, "message": "@", "status": "@", "details": [{"@type": "@", "reason": "@", "metadata": "@"}]},
        )
    ]
    errors.append(GoogleError(400, text * 9999, text * 9999, "compute.networks.insert"))
    of = {"status": "DONE", "error": {"errors": [{"code": "@", "message": "@"}, {"message": "@"}]}}
    errors.append(of_operation(fill(of, text), "compute.networks.insert", "POST"))
    for error in errors:
        for method in ("cloudresourcemanager.projects.get", *ANSWERS):
            told = run(monkeypatch, capability, options, {**fill(ANSWERS, "quiet"), method: error})
            assert told.get("msg", "").isprintable()
            assert len(told.get("msg", "")) < 3000


def accounts(text):
    """A provider and consumers with `text` in what their runs said and in what Google answers."""
    step = {"address": "service_attachment.main", "action": "change", "before": {"accept": ["@"], "@": 1}}
    plan = [
        {**step, "after": {"accept": ["@", {"project_id": "@"}], "@": "@", "effect": ["@: ACCEPTED -> PENDING", "@"]}},
        {"address": "nat_subnet.@", "action": "create", "before": None, "after": {"cidr": "@", "network": "@"}},
        {"address": "psc_record.@", "action": "delete", "before": {"effect": ["@"], "@": "@"}, "after": None},
    ]
    item = {"ansible_loop_var": "service", "service": {"name": "matching@"}, "plan": plan}
    told = {"results": [{**item, "notes": ["@", "a @ b"], "findings": ["@"], "connections": [{"endpoint": "@"}]}]}
    failed = {"results": [{**item, "plan": [], "failed": True, "msg": "@ Next: @"}]}
    place = {"cloud": "gcp", "project_id": "@", "region": "@", "group_names": ["consumers", "@"]}
    endpoint = {"name": "@", "service": {"host": "recruiting-b", "name": "@"}, "dns_name": "@"}
    given = {
        "recruiting-b": {**place, "psc_provider_result": told},
        "@ recruiting-a": {**place, "psc_endpoints": [endpoint], "psc_consumer_result": told},
        "recruiting-c": {**place, "psc_endpoints": [endpoint], "psc_consumer_result": failed},
    }
    return fill(given, text)


QUIET = accounts("quiet")


@with_examples
def test_pages_have_the_same_headings_blocks_and_elements(text):
    given = accounts(text)
    page = plan_html.plan_page(given)
    assert blocks(plan_text.plan_markdown(given)) == blocks(plan_text.plan_markdown(QUIET))
    assert Structure(page).tags == Structure(plan_html.plan_page(QUIET)).tags
    assert all(line.isprintable() for line in page.split("\n"))


@with_examples
def test_text_and_summary_have_the_same_lines(text):
    lines, quiet = plan_text.plan_lines(accounts(text)), plan_text.plan_lines(QUIET)
    assert all(line.isprintable() for line in lines)
    assert [line.startswith(" ") for line in lines] == [line.startswith(" ") for line in quiet]
    summary = Summary()
    for host, variables in accounts(text).items():
        for role in ("psc_provider", "psc_consumer"):
            for result in variables.get(f"{role}_result", {}).get("results", []):
                summary.hear(host, "psc_service", "Converge", result)
                if result.get("failed"):
                    summary.fail(host, "psc_service", result)
    shown = [line.text for line in summary.lines(list(accounts(text)), everything=True)]
    assert shown and all(line.isprintable() for line in shown)


@with_examples
def test_json_says_what_was_read(text):
    page = plan_text.plan_json(accounts(text))
    assert page.isascii()
    told = json.loads(page)["accounts"]
    assert [one["project_id"] for one in told.values()] == [text] * 3


@needs_dot
@pytest.mark.parametrize("text", HOSTILE)
def test_a_picture_has_the_same_nodes_and_connections(text):
    def drawn(given):
        source = topology_dot.dot(given, host_plans.host_plans(given))
        assert source.replace("\n", "").isprintable()
        done = subprocess.run(["dot", "-Tplain"], input=source.encode(), capture_output=True, check=True, timeout=60)
        return [line.partition(b" ")[0] for line in done.stdout.splitlines()].count

    one, quiet = drawn(accounts(text)), drawn(QUIET)
    assert [one(kind) for kind in (b"node", b"edge")] == [quiet(kind) for kind in (b"node", b"edge")] == [3, 2]
