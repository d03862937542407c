# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collection of Compute: the methods that all kinds of resources have, with hooks for what one kind does."""

from __future__ import annotations

import copy
import functools
from typing import Any

from emulator.gcp import discovery, lists, names, operations
from emulator.gcp.call import Call
from emulator.gcp.compute.locations import REGIONS, check_region
from emulator.gcp.errors import Failed, Refused, exists, in_use, not_found, not_ready, required, stale
from emulator.gcp.registry import handles
from emulator.gcp.world import Resource, World

# {name: collection}, to find who refers to a resource.
COLLECTIONS: dict[str, Collection] = {}
_VERBS = {"insert": "create", "patch": "update", "aggregatedList": "list"}


class Collection:
    """One kind of resources. Its hooks raise Refused (answered at once) or Failed (told by the operation)."""

    # In paths and discovery ids, in `kind`, and in messages: the {noun} resource '...' is already being used.
    name = ""
    kind = ""
    noun = ""
    # regions or global: of its paths.
    scope = "regions"
    # The discovery's name, if it differs: regionHealthChecks, whose resources lie in healthChecks.
    method_name = ""
    # Fields with names of other resources: of a list, or, with a dot, of the items of a list.
    references: tuple[str, ...] = ()
    labels = False
    has_fingerprint = False
    fingerprint_required = False
    # Exceptions from compute.NAME.{create,get,list,update,delete,setLabels}, by method.
    permissions: dict[str, tuple[str, ...]] = {}
    # Fields that a patch can't change.
    fixed: tuple[str, ...] = ()

    # Hooks.

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        """Check a new resource's body at once and return it with its defaults."""
        return body

    def created(self, call: Call, resource: Resource) -> None:
        """Let the insert take effect."""

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        """Check a changed body, with the patch merged, at once, and return it."""
        return body

    def applied(self, call: Call, resource: Resource) -> None:
        """Let the change take effect; the resource has the new body."""

    def check_delete(self, call: Call, resource: Resource) -> None:
        """Check a deletion at once."""
        if users := users_of(call.world, resource.path):
            message = in_use(self.noun, resource.path, users[0].path)
            raise Refused(400, "resourceInUseByAnotherResource", message)

    def deleted(self, call: Call, resource: Resource) -> None:
        """Let the deletion take effect, just before the resource vanishes."""

    def operation_type(self, verb: str, resource: Resource) -> str:
        return verb

    def shown(self, resource: Resource) -> dict[str, Any]:
        """Return the resource as the API answers it."""
        shown = {"kind": self.kind, "id": resource.id, "creationTimestamp": resource.created}
        shown |= {field: _urls(value, field, self.references) for field, value in resource.body.items()}
        shown["selfLink"] = names.url(resource.path)
        if resource.region:
            shown["region"] = names.url(f"projects/{resource.project_id}/regions/{resource.region}")
        if self.has_fingerprint:
            shown["fingerprint"] = resource.fingerprint
        if self.labels:
            shown["labelFingerprint"] = resource.label_fingerprint
        return shown

    # Methods.

    def path(self, call: Call, name: str) -> str:
        scope = f"regions/{call.region}" if self.scope == "regions" else "global"
        return f"projects/{call.project_id}/{scope}/{self.name}/{name}"

    def parameter(self, call: Call) -> str:
        """Return the path parameter that names the resource: the last one of the method's path."""
        return str(call.params[list(call.method.path.groupindex)[-1]])

    def found(self, call: Call) -> Resource:
        """Return the resource that the path names, by its name or id. Raises Refused 404."""
        path = self.path(call, self.parameter(call))
        found = call.world.find(path)
        if found is None and path.rpartition("/")[2].isdecimal():
            same = self.name, call.project_id, "/".join(path.split("/")[2:-2])
            found = next((one for one in call.world.all(*same) if one.id == path.rpartition("/")[2]), None)
        if found is None or not found.ready:
            raise not_found(path)
        return found

    def writable(self, call: Call) -> Resource:
        found = self.found(call)
        if found.busy or found.deleting:
            raise not_ready(found.path)
        return found

    def get(self, call: Call) -> dict[str, Any]:
        return self.shown(self.found(call))

    def list(self, call: Call) -> dict[str, Any]:
        scope = f"regions/{call.region}" if self.scope == "regions" else "global"
        found = [one for one in call.world.all(self.name, call.project_id, scope) if one.ready]
        items = [self.shown(one) for one in sorted(found, key=lambda one: one.name)]
        return lists.listed(self.kind, f"projects/{call.project_id}/{scope}/{self.name}", items, call.params)

    def aggregatedList(self, call: Call) -> dict[str, Any]:
        found = [one for one in call.world.all(self.name, call.project_id) if one.ready]
        shown = [
            (f"regions/{one.region}" if one.region else "global", COLLECTIONS[self.key(one)].shown(one))
            for one in sorted(found, key=lambda one: one.path)
        ]
        scopes = ["global", *(f"regions/{region}" for region in REGIONS)]
        path = f"projects/{call.project_id}/aggregated/{self.name}"
        return lists.aggregated(self.kind, path, scopes, shown, call.params)

    def key(self, resource: Resource) -> str:
        """Return the key in COLLECTIONS of a resource of this name: the regional or the global collection."""
        return collection_of(resource).key_name

    @property
    def key_name(self) -> str:
        return self.method_name or self.name

    def insert(self, call: Call) -> dict[str, Any]:
        body = {field: value for field, value in call.body.items() if value is not None}
        discovery.need(body, "name")
        path = self.path(call, body["name"])
        body.pop("region", None)
        if call.world.find(path):
            raise exists(path)
        body = self.create(call, self.relative_body(call, body))
        resource = call.world.add(path, body, ready=False)

        def effect() -> None:
            self.created(call, resource)
            resource.ready, resource.busy = True, False

        def failed() -> None:
            call.world.resources.pop(path, None)

        return operations.start(call, path, self.operation_type("insert", resource), effect, failed)

    def patch(self, call: Call) -> dict[str, Any]:
        """Change the fields that the body has: JSON merge patch, RFC 7396."""
        resource = self.writable(call)
        self.check_fingerprint(call, resource)
        given = {field: value for field, value in call.body.items() if field not in ("fingerprint", "region")}
        body = merged(resource.body, self.relative_body(call, given))
        return self._change(call, resource, body, "patch")

    def update(self, call: Call) -> dict[str, Any]:
        """Replace all fields: those that the body lacks go back to their defaults."""
        resource = self.writable(call)
        self.check_fingerprint(call, resource)
        given = {field: value for field, value in call.body.items() if field not in ("fingerprint", "region")}
        kept = {field: resource.body[field] for field in ("name", *self.fixed) if field in resource.body}
        body = self.create(call, merged(kept, self.relative_body(call, given)))
        return self._change(call, resource, body, "update")

    def check_fingerprint(self, call: Call, resource: Resource) -> None:
        given = call.body.get("fingerprint")
        if self.fingerprint_required and not given:
            raise required("resource.fingerprint")
        if self.has_fingerprint and given and given != resource.fingerprint:
            raise stale()

    def _change(self, call: Call, resource: Resource, body: dict[str, Any], verb: str) -> dict[str, Any]:
        for field in ("name", *self.fixed):
            if body.get(field) != resource.body.get(field):
                message = f"Invalid value for field 'resource.{field}': '{body.get(field)}'. Field cannot be changed."
                raise Refused(400, "invalid", message)
        body = self.changed(call, resource, body)
        resource.busy = True

        def effect() -> None:
            before, resource.body = resource.body, body
            try:
                self.applied(call, resource)
            except Failed:
                resource.body = before
                raise
            resource.version += 1
            resource.busy = False

        return operations.start(
            call, resource.path, self.operation_type(verb, resource), effect, functools.partial(release, resource)
        )

    def delete(self, call: Call) -> dict[str, Any]:
        resource = self.writable(call)
        self.check_delete(call, resource)
        resource.busy = resource.extra["deleting"] = True

        def effect() -> None:
            self.deleted(call, resource)
            call.world.resources.pop(resource.path, None)

        return operations.start(
            call, resource.path, self.operation_type("delete", resource), effect, functools.partial(release, resource)
        )

    def setLabels(self, call: Call) -> dict[str, Any]:
        resource = self.writable(call)
        if call.body.get("labelFingerprint") != resource.label_fingerprint:
            raise stale("Labels fingerprint either invalid or resource labels have changed")
        body = {**resource.body, "labels": dict(call.body.get("labels") or {})}
        if not body["labels"]:
            del body["labels"]
        resource.busy = True

        def effect() -> None:
            resource.body, resource.busy = body, False

        return operations.start(call, resource.path, "SetLabels", effect, functools.partial(release, resource))

    def relative_body(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body with the references' fields as relative names."""
        return {field: _relative(call, value, field, self.references) for field, value in body.items()}


def release(resource: Resource) -> None:
    """Let other operations work on a resource again, after one that failed."""
    resource.busy = False
    resource.extra.pop("deleting", None)


def _urls(value: Any, field: str, references: tuple[str, ...]) -> Any:
    return _each(value, field, references, names.url)


def _relative(call: Call, value: Any, field: str, references: tuple[str, ...]) -> Any:
    def change(reference: str) -> str:
        return call.relative(reference) if "/" in reference else reference

    return _each(value, field, references, change)


def _each(value: Any, field: str, references: tuple[str, ...], change: Any) -> Any:
    """Return a field's value with its references changed by a function."""
    if isinstance(value, list):
        inner = {reference.partition(".")[2] for reference in references if reference.startswith(f"{field}.")}
        if inner:
            return [
                {key: change(one) if key in inner and isinstance(one, str) else one for key, one in item.items()}
                for item in value
            ]
        return [change(one) for one in value] if field in references else copy.deepcopy(value)
    if field in references and isinstance(value, str):
        return change(value)
    return copy.deepcopy(value)


def merged(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON merge patch's result, RFC 7396: null deletes, lists are replaced whole."""
    after = copy.deepcopy(before)
    for field, value in given.items():
        if value is None:
            after.pop(field, None)
        elif isinstance(value, dict):
            inner = after.get(field)
            after[field] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            after[field] = copy.deepcopy(value)
    return after


def collection_of(resource: Resource) -> Collection:
    """Return a resource's collection: of two with the same name the one of its scope."""
    scope = "regions" if resource.region else "global"
    for collection in COLLECTIONS.values():
        if collection.name == resource.collection and collection.scope == scope:
            return collection
    raise KeyError(resource.collection)


def users_of(world: World, path: str, *collections: str) -> list[Resource]:
    """Return the resources that refer to one, which are not being deleted."""
    found = []
    for resource in world.resources.values():
        if collections and resource.collection not in collections:
            continue
        collection = next((one for one in COLLECTIONS.values() if one.name == resource.collection), None)
        if collection and path in referred(resource.body, collection.references):
            found.append(resource)
    return found


def referred(body: dict[str, Any], references: tuple[str, ...]) -> list[str]:
    """Return the relative names in a body's references."""
    found: list[str] = []

    def note(reference: str) -> str:
        found.append(reference)
        return reference

    for field, value in body.items():
        _each(value, field, references, note)
    return found


def register(collection: Collection) -> None:
    """Register the methods that both the discovery document and this file have."""
    name = collection.key_name
    COLLECTIONS[name] = collection
    known = discovery.document("compute")["methods"]
    for verb in ("get", "list", "aggregatedList", "insert", "patch", "update", "delete", "setLabels"):
        if f"compute.{name}.{verb}" in known:
            function = _checked(getattr(collection, verb))
            usual = (f"compute.{name}.{_VERBS.get(verb, verb)}",)
            handles(f"compute.{name}.{verb}", *collection.permissions.get(verb, usual))(function)


def _checked(function: Any) -> Any:
    @functools.wraps(function)
    def answer(call: Call) -> dict[str, Any]:
        if "region" in call.params:
            check_region(call.region)
        answered: dict[str, Any] = function(call)
        return answered

    return answer
