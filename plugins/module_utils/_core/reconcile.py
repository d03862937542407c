# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compares declared with actual resources of one kind, and plans the steps between them. Pure: no Ansible, no AWS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import escape
from .plan import OWN_ID, Address, DuplicateCheck, Ref, Step, Wait, printable

# The engine's tag keys, for every cloud. Where a cloud doesn't accept such a key or has no tags, the resource files
# write and read them in another form.
OWNER_TAG = "closednet:managed"
NAME_TAG = "closednet:name"
# module -> variable of its role that sets the module's `name`
NAME_VARIABLES = {
    "account_members": "account_members_name",
    "algorithm_registry": "algorithm_registry_name",
    "audit_trail": "audit_trail_name",
    "central_endpoints": "central_endpoints_name",
    "closed_vpc_endpoints": "closed_network_name",
    "log_archive": "log_archive_name",
    "log_source": "log_source_name",
    "pci_identity": "pci_people_name",
    "pci_role_guard": "pci_account_name",
    "privatelink_endpoint": "privatelink_consumer_endpoints[].name",
    "privatelink_service": "privatelink_provider_services[].name",
    "psc_endpoint": "psc_endpoints[].name",
    "psc_service": "psc_services[].name",
    "tgw_hub": "hub_name",
    "tgw_spoke": "spoke_name",
    "tiered_vpc": "vpc_name",
    "vpc_block_public_access": "closed_network_name",
}


class Conflict(Exception):
    """No plan leads from what exists to what is declared; the message says what is in the way."""


class DuplicateResources(Conflict):
    """Two resources exist where one is meant, unless a concurrent run created one of them and deletes it again."""

    def __init__(self, what: str, owner: str, ids: Iterable[str]) -> None:
        ids = sorted(ids)
        super().__init__(
            f"{len(ids)} {what} carry {OWNER_TAG}={owner}: {', '.join(ids)}. Two runs created them at the same time, or"
            f" somebody copied the tags. Delete the one that nothing uses, or its tag {OWNER_TAG}"
        )


class Renamed(Conflict):
    """The resource to create exists already, under another name of the same module.

    otherwise: what to do where the name isn't kept, in words; by default, to hand the resources over
    """

    def __init__(self, address: Address, id_: Any, owner: str, theirs: str, otherwise: str = "") -> None:
        module, _slash, name = theirs.partition("/")
        variable = NAME_VARIABLES.get(module)
        hand_over = (
            f"hand it over: in this account and region, set the tag {OWNER_TAG} of everything that has {theirs} to"
            f" {owner}"
        )
        super().__init__(
            f"{address}: {id_} exists already, under another name: its {OWNER_TAG} is {theirs}. Was the host renamed?"
            f" Either keep the name (name: {name}{f', in the role {variable}: {name}' if variable else ''}), or"
            f" {otherwise or hand_over}"
        )


@dataclass(frozen=True)
class Actual:
    """A resource as read: its id, the fields that can be declared (same names and forms as declared), its owner.

    managed: only such a resource is ever changed or deleted.
    details: other values that were read and can't be declared.
    """

    id: Any
    fields: Mapping[str, Any]
    managed: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One API call. `suffix` tells two calls apart that change the same field (add, remove)."""

    operation: str
    params: Mapping[str, Any]
    id_path: str = ""
    wait: Wait | None = None
    suffix: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ResourceType:
    """Calls that create, change and delete one type of resource.

    create      declared fields -> Call
    changes     (field, ...) -> function of (id, fields before, fields after) -> Calls that bring these fields to
                `after`.
                A declared field that differs and is in no key can't be changed in place: a Conflict.
    delete      (id, fields) -> Call
    tag, untag  (id, {key: value}) -> Call, for kinds whose `tags` are compared
    defaults    fields of a new resource that `create` doesn't set
    depends_on  kinds created before and deleted after this one, although no field references them
    delete_before_create  a deleted one may hold what a new one needs (a CIDR): deletions come first
    replace_on_change     the cloud can't change it, and a new one interrupts nothing: it is deleted and created again
    duplicates  declared fields -> DuplicateCheck. Needed only where the cloud doesn't enforce uniqueness (by name, CIDR
                or attachment)
    """

    name: str
    create: Callable[[Mapping[str, Any]], Call] | None = None
    changes: Mapping[tuple[str, ...], Callable[..., list[Call]]] = field(default_factory=dict)
    delete: Callable[[Any, Mapping[str, Any]], Call] | None = None
    tag: Callable[[str, Mapping[str, str]], Call] | None = None
    untag: Callable[[str, Mapping[str, str]], Call] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    delete_before_create: bool = False
    replace_on_change: bool = False
    duplicates: Callable[[Mapping[str, Any]], DuplicateCheck] | None = None


def reconcile(
    kind: ResourceType,
    declared: Mapping[str, Mapping[str, Any]],
    actual: Mapping[str, Actual],
    *,
    purge_tags: bool = False,
) -> list[Step]:
    """Return the steps that create, change and delete resources of one kind until `actual` is `declared` (by name).

    A field that is declared as None, or not at all, stays as it is. purge_tags: remove tags that aren't declared (those
    of AWS, `aws:*`, never). Raises Conflict.
    """
    steps: list[Step] = []
    removals: list[Step] = []
    for name, fields in declared.items():
        address = Address(kind.name, name)
        wanted = {key: value for key, value in fields.items() if value is not None}
        there = actual.get(name)
        if there is None:
            steps += _create(kind, address, wanted, actual)
        elif not there.managed:
            _refuse_renamed(address, there, wanted)
            raise Conflict(_in_the_way(kind, name, wanted, there))
        else:
            try:
                steps += _change(kind, address, there.id, there.fields, wanted, purge_tags)
            except Conflict:
                if not kind.replace_on_change:
                    raise
                removals.append(_remove(kind, address.at("replaced"), there))
                steps += _create(kind, address, wanted, actual)
    removals += [
        _remove(kind, Address(kind.name, name), there)
        for name, there in actual.items()
        if name not in declared and there.managed and kind.delete
    ]
    if kind.delete_before_create:
        freed = tuple(step.address for step in removals)
        steps = [replace(step, needs=step.needs + freed) if step.action == "create" else step for step in steps]
    return steps + removals


def other_name(owner: str, tag: str) -> str:
    """Name in an owner tag of the same module; "" if the tag is `owner` itself or another module's."""
    module, _slash, name = tag.partition("/")
    return name if tag != owner and module == owner.partition("/")[0] else ""


def refuse_renamed(
    kind: ResourceType,
    wanted: Mapping[str, Mapping[str, Any]],
    actual: Mapping[str, Actual],
    same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
) -> None:
    """Raise Renamed if a resource to create exists already under another name of the module.

    For kinds that are found by their owner tag alone: `actual` also holds those of the module's other names, as not
    managed. same: (fields declared, fields found) -> true if both are of one resource.
    """
    for name, fields in wanted.items():
        if name in actual:
            continue
        for there in actual.values():
            if not there.managed and same(fields, there.fields):
                _refuse_renamed(Address(kind.name, name), there, fields)


def refuse_unowned(
    kind: ResourceType,
    wanted: Mapping[str, Mapping[str, Any]],
    actual: Mapping[str, Actual],
    same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
) -> None:
    """Raise Conflict if a resource to create exists already without an owner, as before its adoption.

    A network that is adopted has its tags before `adoption` and `adopted_ids` are removed. Removed earlier, a run
    would create all of it a second time beside what is in use.
    """
    for name, fields in wanted.items():
        if name in actual:
            continue
        for there in actual.values():
            if OWNER_TAG not in there.fields.get("tags", {}) and same(fields, there.fields):
                raise Conflict(
                    f"{Address(kind.name, name)}: {there.id} is as declared and has no tag {OWNER_TAG}, so a second one"
                    f" would be created beside it. To own it, give its id in adopted_ids and run with adoption: tags;"
                    f" for a second one, declare other addresses or another ASN"
                )


def _refuse_renamed(address: Address, there: Actual, wanted: Mapping[str, Any]) -> None:
    owner, theirs = (fields.get("tags", {}).get(OWNER_TAG, "") for fields in (wanted, there.fields))
    if other_name(owner, theirs):
        raise Renamed(address, there.id, owner, theirs)


def refuse_duplicates(kind: ResourceType, actual: Mapping[str, Actual], owner: str) -> None:
    """Raise DuplicateResources if two resources that stay have the same name tag, and two runs can create the kind."""
    named: dict[str, list[str]] = defaultdict(list)
    for there in actual.values():
        if kind.duplicates and there.managed and there.details.get("state") != "deleting":
            named[there.fields.get("tags", {}).get(NAME_TAG, "")].append(there.id)
    for name, ids in sorted(named.items()):
        if name and len(ids) > 1:
            raise DuplicateResources(f"resources {kind.name}.{name}", owner, ids)


def order_kinds(steps: list[Step], kinds: list[ResourceType]) -> list[Step]:
    """Return the steps with the needs that follow from `depends_on`: created after those kinds, deleted before them.

    Created also after waits for those kinds: what an interrupted run has created may not be ready yet.
    """
    by_kind: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        by_kind.setdefault((step.address.kind, step.action), []).append(step.address)
    later = {kind.name: kind.depends_on for kind in kinds}
    earlier = {name: [kind.name for kind in kinds if name in kind.depends_on] for name in later}
    ordered = []
    for step in steps:
        kind = step.address.kind
        needs: list[str] = []
        if step.action == "create":
            needs = [
                address
                for other in later.get(kind, ())
                for action in ("create", "look up")
                for address in by_kind.get((other, action), [])
            ]
        elif step.action == "delete":
            needs = [address for other in earlier.get(kind, ()) for address in by_kind.get((other, "delete"), [])]
        ordered.append(replace(step, needs=step.needs + tuple(needs)) if needs else step)
    return ordered


def _in_the_way(kind: ResourceType, name: str, wanted: Mapping[str, Any], there: Actual) -> str:
    what = f"{kind.name}.{name}: {there.id} is in the way and isn't managed by this resource"
    if kind.tag is None:
        # A route, say, carries no tags, so it can't be handed over by one.
        differing = sorted(key for key, value in wanted.items() if key != "needs" and there.fields.get(key) != value)
        fields = ", ".join(f"{key} {there.fields.get(key)}, declared is {printable(wanted[key])}" for key in differing)
        return f"{what}{f' ({fields})' if fields else ''}. Remove it, or declare what is there"
    tags = wanted.get("tags", {})
    return (
        f"{what} (its {OWNER_TAG} tag: {there.fields.get('tags', {}).get(OWNER_TAG, 'none')}). Remove it, or hand it"
        f" over: tag it {OWNER_TAG}={tags.get(OWNER_TAG, '')}" + (f" and {NAME_TAG}={name}" if NAME_TAG in tags else "")
    )


def _create(
    kind: ResourceType, address: Address, wanted: Mapping[str, Any], actual: Mapping[str, Actual]
) -> list[Step]:
    if kind.create is None:
        raise Conflict(f"{address}: it doesn't exist, and isn't created here")
    needs = tuple(wanted.get("needs", ()))
    wanted = {key: value for key, value in wanted.items() if key != "needs"}
    call = kind.create(wanted)
    duplicates = None
    if kind.duplicates and kind.delete and NAME_TAG in wanted.get("tags", {}):
        undo = kind.delete(OWN_ID, wanted)
        known = frozenset(there.id for there in actual.values())
        duplicates = replace(kind.duplicates(wanted), remove=(undo.operation, undo.params), known=known)
    steps = [_step(address, call, after=wanted, needs=needs, duplicates=duplicates)]
    # What the create call can't set is changed right after it.
    made = {**{key: value for key, value in wanted.items() if key not in kind.defaults}, **kind.defaults}
    return steps + _change(kind, address, Ref(address), made, wanted, purge_tags=False)


def _change(
    kind: ResourceType,
    address: Address,
    id_: Any,
    before: Mapping[str, Any],
    wanted: Mapping[str, Any],
    purge_tags: bool,
) -> list[Step]:
    steps: list[Step] = []
    needs = tuple(wanted.get("needs", ()))
    differing = {key for key, value in wanted.items() if key not in ("tags", "needs") and before.get(key) != value}
    for fields, calls in kind.changes.items():
        touched = [key for key in fields if key in differing]
        if not touched:
            continue
        differing -= set(fields)
        merged = {**before, **wanted}
        previous = needs  # several calls for the same fields are made in the order given
        for call in calls(id_, before, merged):
            suffix = "+".join(touched) + (f".{call.suffix}" if call.suffix else "")
            step = _step(
                address.at(suffix),
                call,
                before={key: before.get(key) for key in touched},
                after={key: wanted[key] for key in touched},
                needs=previous,
            )
            steps.append(step)
            previous = (step.address,)
    if differing:
        key = sorted(differing)[0]
        raise Conflict(
            f"{address}: {id_} has {key} {escape.literal(before.get(key))}, declared is {_word(wanted[key])}; it can't"
            " be changed in place. Declare what exists, or delete the resource first"
        )
    return steps + _retag(kind, address, id_, before.get("tags", {}), wanted.get("tags"), purge_tags)


def _word(value: Any) -> str:
    return str(value) if isinstance(value, Ref) else escape.literal(printable(value))


def _retag(
    kind: ResourceType,
    address: Address,
    id_: Any,
    before: Mapping[str, str],
    wanted: Mapping[str, str] | None,
    purge: bool,
) -> list[Step]:
    if wanted is None or kind.tag is None:
        return []
    steps = []
    added = {key: value for key, value in wanted.items() if before.get(key) != value}
    if added:
        was = {key: before[key] for key in added if key in before}
        steps.append(_step(address.at("tags.add"), kind.tag(id_, added), before={"tags": was}, after={"tags": added}))
    extra = {key: value for key, value in before.items() if key not in wanted and not key.startswith("aws:")}
    if extra and purge and kind.untag:
        steps.append(
            _step(address.at("tags.remove"), kind.untag(id_, extra), before={"tags": extra}, after={"tags": {}})
        )
    return steps


def _remove(kind: ResourceType, address: Address, there: Actual) -> Step:
    if kind.delete is None:
        raise ValueError(f"{address}: its kind can't be deleted")
    return _step(address, kind.delete(there.id, there.fields), before=there.fields, removes=there.id)


def _step(address: Address, call: Call, **more: Any) -> Step:
    return Step(
        address, call.operation, call.params, id_path=call.id_path, outputs=call.outputs, wait=call.wait, **more
    )
