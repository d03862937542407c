# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Customer-managed prefix lists."""

from __future__ import annotations

from moto.ec2.models.managed_prefixes import ManagedPrefixList

from emulator.transitions import StateClock, Transition


class PrefixList(ManagedPrefixList):
    """A customer-managed prefix list; AWS-managed ones keep moto's class."""

    timed = StateClock("prefix-list")
    # Of a state that ends in -failed: AWS's StateMessage.
    failure: str | None = None

    @property
    def state(self) -> str:
        return self.timed

    @state.setter
    def state(self, value: str | Transition) -> None:
        self.timed = value

    @property
    def gone(self) -> bool:
        return self.state == "delete-complete"
