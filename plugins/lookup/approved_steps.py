# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: approved_steps
short_description: The steps of an approved plan for a module on this host
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Returns the value of a module's option O(closednet.aws.tgw_spoke#module:approved_plan). The roles of this collection
    pass it to their modules.
  - The plan is in the variable C(approved_plan), as C(closednet.aws.plan) passes it on in AWX, or in the file that the
    variable C(approved_plan_file) names, as C(closednet.aws.plan -e plan_json=PATH) writes it. Fails if the plan
    doesn't have this host and result.
options:
  _terms:
    description: The variable in which the role registers the module's result, such as V(spoke_result).
    type: list
    elements: str
    required: true
  item:
    description: For a role that loops, the name of the item.
    type: str
    default: ''
seealso:
  - plugin: closednet.aws.approved_steps
    plugin_type: filter
    description: The same from a given plan.
"""

EXAMPLES = r"""
- name: Converge the attachment to the hub, as approved
  closednet.aws.tgw_spoke:
    account_id: "222222222222"
    region: eu-central-1
    name: alpha
    hub_account_id: "111111111111"
    approved_plan: "{{ lookup('closednet.aws.approved_steps', 'spoke_result') }}"
  register: spoke_result
"""

RETURN = r"""
_list:
  description:
    - For each result, a list of its steps. C(null) if neither C(approved_plan) nor C(approved_plan_file) is set, or if
      C(approved_plan_binds) is false. Then nothing needs an approval.
  type: list
  elements: raw
  sample:
    - - address: transit_gateway_attachment.main
        action: create
        operation: ec2.create_transit_gateway_vpc_attachment
        before:
        after: {tier: tgw}
"""

from ansible.errors import AnsibleLookupError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ..module_utils._core.errors import Invalid
from ..module_utils._domain.reports.approved_steps import approved_steps


class LookupModule(LookupBase):
    def run(self, terms, variables=None, item="", **_options):
        if not self._binds(variables):
            return [None for _term in terms]
        plan, host = self._plan(variables), variables["inventory_hostname"]
        try:
            return [approved_steps(plan, host, term, item) for term in terms]
        except Invalid as invalid:
            raise AnsibleLookupError(f"closednet.aws.approved_steps: {invalid}") from invalid

    def _binds(self, variables):
        given = "approved_plan" in variables or "approved_plan_file" in variables
        return given and boolean(self._value(variables, "approved_plan_binds", True))

    def _plan(self, variables):
        """Return the plan as given, whatever it is: approved_steps refuses what is no plan, null too."""
        if "approved_plan" in variables:
            return self._value(variables, "approved_plan")
        name = self._value(variables, "approved_plan_file")
        path = self.find_file_in_search_path(variables, "files", name, ignore_missing=True)
        if not path:
            raise AnsibleLookupError(f"approved_plan_file: {name!r} is no file that can be read")
        return self._loader.get_text_file_contents(path)

    def _value(self, variables, name, default=None):
        return self._templar.template(variables[name]) if name in variables else default
