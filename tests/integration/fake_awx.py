# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fake of AWX's API, as much as awx.awx's modules need: it stores objects and runs nothing.

Fields are those of AWX 24.6's awx/api/serializers.py. AWX ignores unknown fields; the fake refuses them, since sending
one is a mistake. References must exist. What the fake refuses besides, those serializers and awx/api/views
(survey_spec) refuse, too.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "token-of-a-test"
LAUNCH = "extra_data inventory scm_branch job_type job_tags skip_tags limit diff_mode verbosity execution_environment"
LAUNCH = f"{LAUNCH} forks job_slice_count timeout unified_job_template"
ASKED = (
    "scm_branch diff_mode variables limit tags skip_tags job_type verbosity inventory credential execution_environment"
    " labels forks job_slice_count timeout instance_groups"
)


def _asks(prompts: str) -> str:
    return " ".join(f"ask_{prompt}_on_launch" for prompt in prompts.split())


FIELDS = {
    kind: {"name", "description", *fields.split()}
    for kind, fields in {
        "organizations": "max_hosts default_environment",
        "credential_types": "kind inputs injectors",
        "credentials": "organization credential_type inputs",
        "execution_environments": "organization image credential pull",
        "notification_templates": "organization",
        "projects": "organization local_path scm_type scm_url scm_branch scm_refspec scm_clean scm_track_submodules"
        " scm_delete_on_update credential timeout scm_update_on_launch scm_update_cache_timeout allow_override"
        " default_environment signature_validation_credential",
        "inventories": "organization kind host_filter variables prevent_instance_group_fallback",
        "inventory_sources": "source source_path source_vars scm_branch credential enabled_var enabled_value"
        " host_filter overwrite overwrite_vars timeout verbosity limit inventory update_on_launch update_cache_timeout"
        " source_project execution_environment",
        "job_templates": "job_type inventory project playbook scm_branch forks limit verbosity extra_vars job_tags"
        " force_handlers skip_tags start_at_task timeout use_fact_cache host_config_key survey_enabled become_enabled"
        " diff_mode allow_simultaneous job_slice_count webhook_service webhook_credential execution_environment"
        f" prevent_instance_group_fallback {_asks(ASKED)}",
        "workflow_job_templates": "extra_vars organization survey_enabled allow_simultaneous inventory limit scm_branch"
        " webhook_service webhook_credential job_tags skip_tags"
        f" {_asks('variables inventory scm_branch limit labels tags skip_tags')}",
        "workflow_approval_templates": "timeout",
        "schedules": f"{LAUNCH} enabled rrule",
    }.items()
}
NODE = f"{LAUNCH} workflow_job_template identifier all_parents_must_converge"
FIELDS["workflow_job_template_nodes"] = set(NODE.split())
READ_ONLY = {"type", "managed"}
TEMPLATES = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
REFERENCES = {
    "organization": ("organizations",),
    "credential": ("credentials",),
    "credential_type": ("credential_types",),
    "execution_environment": ("execution_environments",),
    "default_environment": ("execution_environments",),
    "inventory": ("inventories",),
    "project": ("projects",),
    "source_project": ("projects",),
    "workflow_job_template": ("workflow_job_templates",),
    "unified_job_template": TEMPLATES,
}
RELATIONS = {
    "credentials": ("credentials",),
    **dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), ("workflow_job_template_nodes",)),
    **{f"notification_templates_{when}": ("notification_templates",) for when in ("error", "approvals")},
}
RRULE = re.compile(r"DTSTART(:\d{8}T\d{6}Z|;TZID=\S+:\d{8}T\d{6}) RRULE:\S*INTERVAL=\S+")
QUESTIONS = {"text": str, "textarea": str, "multiplechoice": str, "integer": int}


class Refused(Exception):
    """Error that is answered with HTTP 400 and its message."""


class Awx:
    """State of the fake.

    objects  {kind: {id: fields}}
    related  {(kind, id, relation): ids}
    writes   [(method, path, data)]
    """

    def __init__(self, playbooks: set[str]):
        self.playbooks, self.ids = playbooks, itertools.count(1)
        self.objects: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in FIELDS}
        self.related: dict[tuple[str, int, str], list[int]] = {}
        self.writes: list[tuple[str, str, dict[str, Any]]] = []
        self.add("organizations", {"name": "Default"})
        fields = [{"id": "username"}, {"id": "password", "secret": True}]
        self.add("credential_types", {"name": "Amazon Web Services", "kind": "cloud", "inputs": {"fields": fields}})
        # It gives jobs a key file as GCP_SERVICE_ACCOUNT_FILE: awx_plugins.credentials.injectors, gce.
        fields = [{"id": "username"}, {"id": "project"}, {"id": "ssh_key_data", "secret": True}]
        self.add("credential_types", {"name": "Google Compute Engine", "kind": "cloud", "inputs": {"fields": fields}})

    def named(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = (item for item in self.objects[kind].values() if item.get("name") == name)
        return found

    def add(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        self._check(kind, data)
        item = {"id": next(self.ids), "type": kind.removesuffix("s").replace("inventorie", "inventory")}
        self.objects[kind][item["id"]] = item
        item["url"] = f"/api/v2/{kind}/{item['id']}/"
        return self.change(kind, item["id"], data)

    def change(self, kind: str, id_: int, data: dict[str, Any]) -> dict[str, Any]:
        self._check(kind, data)
        item = self.objects[kind][id_]
        item |= {field: value for field, value in data.items() if field not in READ_ONLY}
        if kind == "job_templates":
            item["organization"] = self.objects["projects"][item["project"]].get("organization")
        return item

    def shown(self, kind: str, item: dict[str, Any]) -> dict[str, Any]:
        related = {"survey_spec": f"{item['url']}survey_spec/"}
        if item.get("unified_job_template"):
            (of,) = (k for k in TEMPLATES if item["unified_job_template"] in self.objects[k])
            related["unified_job_template"] = f"/api/v2/{of}/{item['unified_job_template']}/"
        shown = {"managed": False, **item, "related": related, "summary_fields": {}}
        if kind == "projects":
            shown |= {"scm_revision": "", "summary_fields": {"current_update": {"id": item["id"]}}}
        if kind == "credentials":
            fields = self.objects["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {k: "$encrypted$" if k in secret else v for k, v in item["inputs"].items()}
        return shown

    def _check(self, kind: str, data: dict[str, Any]) -> None:
        allowed = FIELDS[kind] | READ_ONLY | ({"organization"} if kind == "job_templates" else set())
        if unknown := data.keys() - allowed:
            raise Refused(f"{kind} has no {sorted(unknown)}")
        for field, kinds in REFERENCES.items():
            if data.get(field) is not None and not any(data[field] in self.objects[k] for k in kinds):
                raise Refused(f"{kind}.{field} {data[field]!r} isn't there")
        if problem := _problem(kind, data, self.playbooks):
            raise Refused(problem)

    def answer(self, method: str, url: str, data: dict[str, Any]) -> tuple[int, Any]:
        parts = urlsplit(url)
        kind, *rest = parts.path.removeprefix("/api/v2/").strip("/").split("/")
        if method != "GET":
            self.writes.append((method, parts.path, data))
        if kind == "project_updates":
            return 200, {"status": "successful"}
        if not rest:
            return (201, self.shown(kind, self.add(kind, data))) if method == "POST" else self._list(kind, parts.query)
        id_, relation = int(rest[0]), "/".join(rest[1:])
        if id_ not in self.objects[kind]:
            return 404, {}
        if not relation:
            return 200, self.shown(kind, self.change(kind, id_, data) if method == "PATCH" else self.objects[kind][id_])
        if relation == "survey_spec":
            return self._survey(method, self.objects[kind][id_], data)
        if relation == "create_approval_template":
            made = self.add("workflow_approval_templates", data)
            self.objects[kind][id_]["unified_job_template"] = made["id"]
            return 201, self.shown("workflow_approval_templates", made)
        return self._relate(method, (kind, id_, relation), data)

    def _list(self, kind: str, query: str) -> tuple[int, Any]:
        kinds = TEMPLATES if kind == "unified_job_templates" else (kind,)
        wanted = parse_qsl(query)
        found = [
            self.shown(k, item)
            for k in kinds
            for item in self.objects[k].values()
            if all(str(item.get(field)) == value for field, value in wanted)
        ]
        return 200, {"count": len(found), "next": None, "results": found}

    def _survey(self, method: str, template: dict[str, Any], data: dict[str, Any]) -> tuple[int, Any]:
        if method == "GET":
            return 200, template.get("survey", {})
        for question in data["spec"]:
            default = question.get("default", "")
            sound = type(question.get("required")) is bool and question["question_name"] and question["variable"]
            if not sound or not isinstance(default, (QUESTIONS[question["type"]], str)):
                raise Refused(f"survey question {question}")
            if "choices" in question and default not in question["choices"]:
                raise Refused("Default choice must be answered from the choices listed.")
        template["survey"] = data
        return 200, {}

    def _relate(self, method: str, key: tuple[str, int, str], data: dict[str, Any]) -> tuple[int, Any]:
        kinds = RELATIONS.get(key[2])
        if kinds is None or (key[2].endswith("_nodes") and key[0] != "workflow_job_template_nodes"):
            return 404, {}
        ids = self.related.setdefault(key, [])
        if method == "GET":
            return 200, {"count": len(ids), "next": None, "results": [{"id": id_} for id_ in ids]}
        if not any(data["id"] in self.objects[kind] for kind in kinds):
            raise Refused(f"{key[2]} {data['id']} isn't there")
        ids.remove(data["id"]) if data.get("disassociate") else ids.append(data["id"])
        return 204, None


def _problem(kind: str, data: dict[str, Any], playbooks: set[str]) -> str | None:
    if kind == "job_templates" and data["playbook"] not in playbooks:
        return "Playbook not found for project."
    if kind == "credential_types" and data["kind"] not in ("cloud", "net"):
        return f"Must be 'cloud' or 'net', not {data['kind']}"
    if kind == "schedules" and not RRULE.fullmatch(data["rrule"]):
        return "rrule: Valid DTSTART required, INTERVAL required"
    return None


@contextmanager
def running(playbooks: set[str]) -> Iterator[tuple[Awx, str]]:
    """Serve a fake; yield it and its URL."""
    awx = Awx(playbooks)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, body = 401, {}
            else:
                try:
                    status, body = awx.answer(self.command, self.path, json.loads(sent) if sent else {})
                except Refused as refused:
                    status, body = 400, {"__all__": [str(refused)]}
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, *_arguments: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield awx, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
