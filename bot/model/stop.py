"""What keeps runs from starting until somebody takes it off or its time is over: locks, freezes, brakes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.model.words import some


class StopKind(StrEnum):
    """LOCK: one person's alone. FREEZE: nobody's. BRAKE: no rule's. RELEASE: a brake counts from its `at` on."""

    LOCK = "lock"
    FREEZE = "freeze"
    BRAKE = "brake"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One of them; `at` and `until` are seconds since the epoch, None for no end.

    `environment` is empty when it is all of them (freezes only), `hosts` when it is all hosts of the environment (all
    but locks). `limit` is how the hosts were named.
    """

    kind: StopKind
    environment: str
    actor: str
    reason: str
    at: float
    until: float | None = None
    hosts: tuple[str, ...] = ()
    limit: str = ""

    def covers(self, environment: str, hosts: Iterable[str] = ()) -> bool:
        """Whether it is about the environment, and where both name hosts, about one of these."""
        if self.environment not in ("", environment):
            return False
        wanted = frozenset(hosts)
        return not self.hosts or not wanted or not wanted.isdisjoint(self.hosts)

    def lasts(self, now: float) -> bool:
        """Whether its time is not over."""
        return self.until is None or now < self.until

    @property
    def text(self) -> str:
        """What it is about, by whom, until when, and why; without the full stop."""
        until = "" if self.until is None else f" until {moment(self.until)}"
        match self.kind:
            case StopKind.LOCK:
                what = f"{some(self.hosts, 3)} in {self.environment}" if self.hosts else self.environment
                verb = "are" if len(self.hosts) > 1 else "is"
                return f"{what} {verb} locked by {self.actor}{until}, because {self.reason}"
            case StopKind.FREEZE:
                return f"{self.environment or 'Everything'} is frozen by {self.actor}{until}, because {self.reason}"
            case StopKind.BRAKE:
                return f"Automation in {self.environment} is stopped since {moment(self.at)}: {self.reason}"
        return f"Automation in {self.environment} was released by {self.actor}, because {self.reason}"


def moment(seconds: float) -> str:
    """`2026-12-23 18:00 (UTC)`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} (UTC)"
