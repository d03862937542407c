# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: What a run over many accounts changed, what is pending, and what failed
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Prints at the end of a run, after the recap, what this collection's modules report for all accounts, the worst
    first. These are failures with what to do next, what isn't as declared and who has to act, what is pending and why,
    other notes, and the changes by capability. Accounts that report the same share a line, so a thousand new spokes are
    as short as one.
  - In check mode it shows what would change.
  - A rescued failure isn't shown. If a task ran again for an account, as in C(closednet.aws.site), its changes add up,
    and what is pending is what it reported last.
  - With C(-v), all accounts are named and all groups are shown.
requirements:
  - enabled in configuration, as in the examples
"""

EXAMPLES = r"""
# ANSIBLE_CALLBACKS_ENABLED=closednet.aws.summary ansible-playbook -i inventory.yml closednet.aws.site
#
# or in ansible.cfg:
#
# [defaults]
# callbacks_enabled = closednet.aws.summary
#
# SUMMARY **********************************************************************
# FAILED: 1 account (delta)
#   tiered_vpc: create vpc.main: CreateVpc: UnauthorizedOperation: You are not authorized to perform this operation.
#   next: grant the credential what docs/iam/tiered_vpc.json lists, then run again: it goes on from there
# pending: 12 accounts (alpha, beta, gamma and 9 more)
#   routes of attachment main follow once the hub has accepted it (now: not created)
# changed: 12 accounts (alpha, beta, gamma and 9 more)
#   tgw_spoke: 1 created
#   tiered_vpc: 14 created
# unchanged: 970 accounts
"""

from ansible import constants as C
from ansible.plugins.callback import CallbackBase

from ..module_utils._domain.reports.run_summary import Summary

OURS = "closednet.aws."
COLOURS = {"bad": C.COLOR_ERROR, "open": C.COLOR_WARN, "changed": C.COLOR_CHANGED, "quiet": C.COLOR_OK}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "closednet.aws.summary"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._summary = Summary()

    def v2_runner_on_ok(self, result):
        if not _is_whole_loop(result):
            self._hear(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        # The result of a whole loop only says that an item failed; the item's own result said what is wrong.
        if not _is_whole_loop(result):
            self._hear_failure(result)

    def v2_runner_on_unreachable(self, result):
        self._summary.fail(result._host.name, _what(result), result._result)

    def v2_runner_item_on_ok(self, result):
        self._hear(result)

    def v2_runner_item_on_failed(self, result):
        self._hear_failure(result)

    def v2_runner_item_on_skipped(self, result):
        # With no_log, the result itself doesn't say that it was skipped.
        self._hear(result, skipped=True)

    def v2_playbook_on_stats(self, stats):
        lines = self._summary.lines([*stats.failures, *stats.dark], everything=self._display.verbosity > 0)
        if lines:
            self._display.banner("SUMMARY")
        for line in lines:
            self._display.display(line.text, color=COLOURS[line.kind])

    def _hear_failure(self, result):
        self._hear(result)
        self._summary.fail(result._host.name, _what(result), result._result)

    def _hear(self, result, **more):
        capability = _capability(result)
        if capability:
            task = result._task
            heard = {**result._result, **more}
            self._summary.hear(result._host.name, capability, task.get_name(), heard, bool(task.check_mode))


def _capability(result):
    """Short name of the task's module if it is one of this collection, else None."""
    # The name of a templated action is known only at some times, and Ansible warns if it is read at others.
    resolved = None if "{{" in result._task.action else result._task.resolved_action
    return resolved.removeprefix(OURS) if resolved and resolved.startswith(OURS) else None


def _what(result):
    return _capability(result) or result._task.get_name()


def _is_whole_loop(result):
    """Return true for the result of a whole loop, whose items were reported one by one."""
    return result._task.loop is not None and ("results" in result._result or "censored" in result._result)
