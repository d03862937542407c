# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed prefix lists of customers."""

from __future__ import annotations

from moto.ec2.models.managed_prefixes import ManagedPrefixList

from emulator.transitions import StateClock, Transition


class PrefixList(ManagedPrefixList):
    """A customer's list; AWS's own stay moto's."""

    timed = StateClock("prefix-list")

    @property
    def state(self) -> str:
        return self.timed

    @state.setter
    def state(self, value: str | Transition) -> None:
        self.timed = value

    @property
    def gone(self) -> bool:
        return self.state == "delete-complete"
