# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write into emulator/gcp/schemas/ what the emulator needs of Google's discovery documents: methods and request bodies.

They are read from the installed google-api-python-client, whose version the lock pins. Descriptions are left out;
"readOnly" says that a description begins with "[Output Only]", as Compute marks the fields that only answers have.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "emulator" / "gcp" / "schemas"
# The document's name, then its resources (a nested one with its parents) and those of their methods that are emulated.
KEPT = {
    "compute.v1": {
        "addresses": "aggregatedList delete get insert list setLabels",
        "firewalls": "delete get insert list patch update",
        "forwardingRules": "aggregatedList delete get insert list patch setLabels setTarget",
        "globalOperations": "get list wait",
        "healthChecks": "aggregatedList delete get insert list patch update",
        "instanceGroups": "get list",
        "networkEndpointGroups": "get list",
        "networks": "delete get insert list patch",
        "projects": "get",
        "regionBackendServices": "delete get insert list patch update",
        "regionHealthChecks": "delete get insert list patch update",
        "regionInstanceGroups": "get list",
        "regionNetworkEndpointGroups": "get list",
        "regionOperations": "get list wait",
        "regions": "get list",
        "serviceAttachments": "aggregatedList delete get insert list patch",
        "subnetworks": "aggregatedList delete expandIpCidrRange get insert list patch",
    },
    "dns.v1": {
        "changes": "create get list",
        "managedZones": "create delete get list patch",
        "resourceRecordSets": "create delete get list patch",
    },
    "cloudresourcemanager.v3": {
        "folders": "get list search testIamPermissions",
        "organizations": "get search testIamPermissions",
        "projects": "delete get list search testIamPermissions undelete",
    },
    "iamcredentials.v1": {"projects.serviceAccounts": "generateAccessToken"},
}
PARAMETER = ("location", "type", "format", "required", "repeated", "enum", "pattern")
FIELD = ("type", "format", "enum", "$ref", "pattern")


def strip(document: dict[str, Any], resources: dict[str, str]) -> dict[str, Any]:
    """Return {methods: {id: {...}}, parameters: [names for all methods], schemas: {name: {field: schema}}}."""
    methods: dict[str, Any] = {}
    for resource, verbs in resources.items():
        found = document
        for name in resource.split("."):
            found = found["resources"][name]
        for verb in verbs.split():
            method = found["methods"][verb]
            methods[method["id"]] = _method(method, document["servicePath"])
    schemas: dict[str, Any] = {}
    wanted = [method["request"] for method in methods.values() if "request" in method]
    while wanted:
        name = wanted.pop()
        if name not in schemas:
            schemas[name] = {
                field: _field(schema) for field, schema in document["schemas"][name].get("properties", {}).items()
            }
            wanted += [reference for field in schemas[name].values() for reference in _references(field)]
    common = sorted(document["parameters"])
    return {"revision": document["revision"], "parameters": common, "methods": methods, "schemas": schemas}


def _method(method: dict[str, Any], prefix: str) -> dict[str, Any]:
    kept = {"http": method["httpMethod"], "path": f"/{prefix}{method['path']}"}
    if method.get("flatPath", method["path"]) != method["path"]:
        kept["flat"] = f"/{prefix}{method['flatPath']}"
    kept["parameters"] = {
        name: {key: parameter[key] for key in PARAMETER if key in parameter}
        for name, parameter in sorted(method.get("parameters", {}).items())
    }
    if "request" in method:
        kept["request"] = method["request"]["$ref"]
    return kept


def _field(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("readOnly") or schema.get("description", "").lower().lstrip("[").startswith("output only"):
        return {"readOnly": True}
    kept = {key: schema[key] for key in FIELD if key in schema}
    for key in ("items", "additionalProperties"):
        if key in schema:
            kept[key] = _field(schema[key])
    if "properties" in schema:
        kept["properties"] = {name: _field(field) for name, field in schema["properties"].items()}
    return kept


def _references(field: dict[str, Any]) -> list[str]:
    found = [field["$ref"]] if "$ref" in field else []
    for key in ("items", "additionalProperties"):
        found += _references(field[key]) if key in field else []
    for inner in field.get("properties", {}).values():
        found += _references(inner)
    return found


def texts() -> dict[str, str]:
    """Return {file name: its text}."""
    documents = files("googleapiclient").joinpath("discovery_cache", "documents")
    written = {}
    for name, resources in KEPT.items():
        document = json.loads(documents.joinpath(f"{name}.json").read_text(encoding="utf-8"))
        lines = json.dumps(strip(document, resources), sort_keys=True, separators=(",", ":"))
        written[f"{name.partition('.')[0]}.json"] = lines.replace('},"', '},\n"') + "\n"
    return written


def main() -> None:
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
