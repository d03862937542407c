# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """What every module takes that makes something, and what holds for each."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) makes what is declared and doesn't exist, and changes what differs.
      - V(absent) deletes what this module made under this O(name), in the order in which AWS lets it go, and waits
        until it is deleted. It succeeds when there is nothing.
    type: str
    choices: [present, absent]
    default: present
  wait_timeout:
    description: Seconds to wait for each resource to reach its state, 1 to 86400. When they have passed the module
      fails, and the next run goes on from there.
    type: int
    default: 600
  approved_plan:
    description:
      - RV(ignore:plan) of an earlier run in check mode, which somebody approved. The module then fails before it writes
        anything if it would do something that isn't in that plan, because what is there or what is declared has changed
        since, and says what that is. An empty list approves nothing.
      - An id that wasn't known then, C((known after ...\)), may be any id. What was approved and is done already is no
        matter, so a run that failed in the middle goes on under the same approval.
    type: list
    elements: dict
attributes:
  check_mode:
    description: Can run in check mode, which reads all and writes nothing. RV(ignore:plan) is then the very plan that a
      run applies, with ids that aren't known yet named after the step that makes them.
    support: full
  diff_mode:
    description: Returns what changes, as before and after, by the address of the resource.
    support: full
notes:
  - "Every resource that the module makes carries the tag C(closednet:managed) with the name of the module and O(name).
    Only such a resource is ever changed or deleted, apart from what the other notes name; what is there without the tag
    is left as it is. Where it stands in the way of something declared, the module fails before it writes anything, and
    says what it is. To hand it over, give it the tags that the message names, C(closednet:managed) and
    C(closednet:name)."
  - After a run that failed or was killed in the middle, run again. It reads what exists and does the rest;
    nothing is created twice.
"""
