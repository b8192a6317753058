"""The door of hosting: a provider and a wish enter, reports of machines leave while it is granted."""

from collections.abc import Callable
from typing import Protocol

from bot.errors import CouldNotRun
from bot.model.provider import MachineReport, Provider, Wish

Tell = Callable[[MachineReport], None]
Cancel = Callable[[], bool]
"""Whether somebody asked to cancel; when it raises, nobody is taken to have asked."""


class Canceled(CouldNotRun):
    """It was ended because somebody asked for that."""


class TimedOut(CouldNotRun):
    """It was ended because its time was up."""


class Hosting(Protocol):
    """What brings environments up and down."""

    def carry_out(self, provider: Provider, wish: Wish, tell: Tell, cancel: Cancel) -> None:
        """Come back when it is done, and nothing of it runs any more but the machines.

        CouldNotRun with a sentence when it could not be done, Canceled or TimedOut when it was ended before.
        """
        ...
