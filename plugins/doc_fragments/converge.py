# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """What every module takes that makes something, and what holds for each."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) creates what is declared and doesn't exist, and changes what differs.
      - V(absent) deletes what this module created under this O(name), in the order that the cloud requires, and waits
        until it is deleted. It succeeds if nothing exists.
    type: str
    choices: [present, absent]
    default: present
  wait_timeout:
    description: Seconds to wait for each resource to reach its state, 1 to 86400. After that the module fails, and the
      next run continues from there.
    type: int
    default: 600
  approved_plan:
    description:
      - RV(ignore:plan) of an earlier run in check mode, after somebody approved it. If a step isn't in that plan,
        because the resources or the declaration have changed since, the module names it and fails before it writes
        anything. An empty list approves nothing.
      - An ID that wasn't known then, C((known after ...\)), matches any ID. Approved steps that are already done are
        ignored, so a run that failed halfway can continue under the same approval.
    type: list
    elements: dict
attributes:
  check_mode:
    description: Can run in check mode, which reads everything and writes nothing. RV(ignore:plan) is then the plan that
      a run applies; IDs that aren't known yet are named after the step that creates them.
    support: full
  diff_mode:
    description: Returns changes as before and after, by the address of the resource.
    support: full
notes:
  - Every resource that the module creates has the tag C(closednet:managed) with the module's name and O(name); on
    Google Cloud, where such tags don't exist, a line of its description has it. The module changes and deletes only
    resources with this tag, except those that the other notes name. If a resource without the tag conflicts with a
    declared one, the module names it and fails before it writes anything. To let the module manage it, add the tags
    that the message names, C(closednet:managed) and C(closednet:name).
  - If a run failed or was killed, run again. It reads what exists and completes the rest; nothing is created twice.
"""
