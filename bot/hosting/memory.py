"""Hosting without machines: they are names and states in memory."""

from collections.abc import Iterable

from bot.errors import CouldNotRun
from bot.hosting.commands import commands
from bot.hosting.door import Cancel, Canceled, Tell
from bot.model.provider import MachineReport, Provider, Wish

_AFTER = {"up": "running", "halt": "stopped", "down": "stopped", "restore": "running"}


class MemoryHosting:
    """`states` holds each machine's state by environment and name; `broken` are machines that do not come up."""

    def __init__(self, machines: Iterable[str] = ("web1", "web2"), broken: Iterable[str] = ()) -> None:
        self.states: dict[tuple[str, str], str] = {}
        self.wishes: list[Wish] = []
        self._snapshots: set[tuple[str, str]] = set()
        self._machines = tuple(machines)
        self._broken = frozenset(broken)

    def carry_out(self, provider: Provider, wish: Wish, tell: Tell, cancel: Cancel) -> None:
        """See Hosting."""
        commands(provider, wish)
        if cancel():
            raise Canceled("It was canceled.")
        self.wishes.append(wish)
        if wish.verb == "restore" and (wish.environment, wish.name) not in self._snapshots:
            raise CouldNotRun(f"There is no snapshot {wish.name}.")
        for machine in wish.machines or self._machines:
            tell(MachineReport(host=machine, state=self._become(wish, machine)))
        if wish.verb == "snapshot":
            self._snapshots.add((wish.environment, wish.name))

    def _become(self, wish: Wish, machine: str) -> str:
        place = wish.environment, machine
        state = _AFTER.get(wish.verb) or self.states.get(place, "stopped")
        if machine in self._broken and state == "running":
            state = "broken"
        self.states[place] = state
        return state
