# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource files that don't fit together fail when the module is loaded, not by an empty plan."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws.provider import AWS
from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Capability, Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.inputs import ModuleInputs
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Call, ResourceType
from ansible_collections.closednet.aws.plugins.module_utils._core.resource import ReadOnly, Resource, check, layers


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpc_id: str
    quota: int = 5


WRITTEN = ResourceType("written", create=lambda fields: Call("x.create", fields))


def resource(kind, *after, **more):
    parts = {
        "KIND": ResourceType(kind),
        "READ_AFTER": after,
        "INPUTS": (),
        "PERMISSIONS": (),
        "read": lambda cloud, declared, found: {},
    }
    return SimpleNamespace(**{**parts, "__name__": f"file_of_{kind}", **more})


def test_what_fits_together_is_taken():
    table = resource("table", "vpc", "of another module", plan=lambda wanted, found, declared: [])
    check("things", [table, resource("vpc", INPUTS=("vpc_id",))], {"vpc_id"})
    assert isinstance(table, Resource) and not isinstance(resource("vpc"), Resource)


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([resource("vpc"), resource("vpc")], "two resource files have the kind vpc"),
        ([resource("a", "b"), resource("b", "a"), resource("c")], "none of a, b can be read first"),
        ([resource("a", "a")], "none of a can be read first"),
        (
            [SimpleNamespace(__name__="file", KIND=ResourceType("a"), READ_AFTER=())],
            "file has no INPUTS, PERMISSIONS, read",
        ),
        ([resource("written", KIND=WRITTEN)], "file_of_written has no plan"),
        ([resource("vpc", INPUTS=("vpc_id", "cidr"))], "file_of_vpc reads the inputs cidr, which it doesn't have"),
    ],
)
def test_what_does_not_fit_is_named(resources, words):
    with pytest.raises(ValueError, match=f"things: .*{words}"):
        Capability("things", AWS, {}, lambda params: None, Inputs, resources, lambda *_arguments: {})


def test_a_kind_that_is_declared_and_has_no_file_is_named():
    """Its plan would be empty, without a word."""
    declared = Declared("things/x", {"vcp": {}, "vpc": {}}, ModuleInputs())
    things = Capability(
        "things", AWS, {}, lambda params: declared, ModuleInputs, [resource("vpc")], lambda *_arguments: {}
    )
    with pytest.raises(ValueError, match="things: declares vcp, of which it has no resource file"):
        things.declare({})


def test_an_input_is_given_or_the_option_of_its_name():
    assert Inputs.of({"vpc_id": "vpc-1", "tags": {}}) == Inputs("vpc-1", 5)
    assert Inputs.of({"vpc_id": "vpc-1", "quota": 7}, vpc_id="vpc-2") == Inputs("vpc-2", 7)
    with pytest.raises(TypeError, match="vpc_id"):
        Inputs.of({"vpc": "vpc-1"})


def test_the_order_of_reads():
    ordered = layers("things", [resource("c", "a", "b"), resource("b", "a"), resource("a")])
    assert [one.KIND.name for layer in ordered for one in layer] == ["a", "b", "c"]


def test_a_module_is_a_resource_file():
    from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc import existing_vpc, subnet

    assert isinstance(subnet, Resource)
    assert isinstance(existing_vpc, ReadOnly) and not isinstance(existing_vpc, Resource)
