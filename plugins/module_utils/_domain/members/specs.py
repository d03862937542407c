# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a permission set, a group and a user have, in the form of Ansible's specifications.

The module's lists add the name, which is the key in an inventory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Spec = Mapping[str, Mapping[str, Any]]

POLICY: Spec = {"name": {"type": "str", "required": True}, "path": {"type": "str", "default": "/"}}
BOUNDARY: Spec = {
    "managed_policy_arn": {"type": "str"},
    "name": {"type": "str"},
    "path": {"type": "str", "default": "/"},
}
PERMISSION_SET: Spec = {
    "description": {"type": "str"},
    "session_duration": {"type": "str", "default": "PT1H"},
    "relay_state": {"type": "str"},
    "managed_policies": {"type": "list", "elements": "str", "default": []},
    "customer_managed_policies": {"type": "list", "elements": "dict", "default": [], "options": POLICY},
    "inline_policy": {"type": "dict"},
    "permissions_boundary": {"type": "dict", "options": BOUNDARY},
}
GROUP: Spec = {
    "description": {"type": "str", "default": ""},
    "users": {"type": "list", "elements": "str", "default": []},
}
USER: Spec = {
    "given_name": {"type": "str", "required": True},
    "family_name": {"type": "str", "required": True},
    "email": {"type": "str", "required": True},
}


def named(spec: Spec) -> dict[str, Any]:
    """Return the module's option: a list of what has a name, and what the specification says."""
    options = {"name": {"type": "str", "required": True}, **spec}
    return {"type": "list", "elements": "dict", "default": [], "options": options}
