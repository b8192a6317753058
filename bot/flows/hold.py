"""lock, freeze, release and their opposites: a command enters, what runs may start is another, a Reply leaves."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.errors import NotAllowed, NotUnderstood, UnknownName, WrongState
from bot.flows import journal
from bot.flows.journal import Journal
from bot.flows.permission import Permission
from bot.model.command import AskFreeze, AskLock, AskRelease, AskUnfreeze, AskUnlock, Holding
from bot.model.durations import written
from bot.model.reply import Reply, Text
from bot.model.request import Request
from bot.model.stop import Stop, StopKind
from bot.queue import Stops
from bot.targets import Inventories

LOCK_SECONDS = 2 * 3600
LONGEST_LOCK_SECONDS = 7 * 86400
LONGEST_FREEZE_SECONDS = 30 * 86400
RELEASE_SECONDS = 86400
"""How long a release is remembered: a brake looks back a day at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The flow with the stations it passes; whatever it does is in the audit."""

    stops: Stops
    inventories: Inventories
    permission: Permission
    journal: Journal
    clock: Callable[[], float] = time.time

    def handle(self, command: Holding, request: Request) -> Reply:
        """Do it; NotAllowed when the actor may not, WrongState when there is nothing to take off."""
        if command.environment is not None and command.environment not in self.inventories.names():
            raise UnknownName("There is no such environment.", "`envs` tells about them.")
        match command:
            case AskLock():
                text = self._lock(command, request)
            case AskUnlock():
                text = self._unlock(command, request)
            case AskFreeze():
                text = self._freeze(command, request)
            case AskUnfreeze():
                text = self._unfreeze(command, request)
            case AskRelease():
                text = self._release(command, request)
        return Reply(parts=(Text(text=text),))

    def _lock(self, ask: AskLock, request: Request) -> str:
        self.permission.to_hold(request, ask.environment)
        seconds = _bounded(ask.seconds or LOCK_SECONDS, LONGEST_LOCK_SECONDS, "lock")
        hosts = self.inventories.resolve(ask.environment, ask.limit).hosts if ask.limit else ()
        made = self._made(StopKind.LOCK, ask.environment, request, ask.reason, seconds)
        made = replace(made, hosts=hosts, limit=ask.limit or "")

        def add(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
            locks = [stop for stop in stops if stop.kind is StopKind.LOCK and stop.covers(ask.environment, hosts)]
            if foreign := next((stop for stop in locks if stop.actor != made.actor), None):
                raise NotAllowed(f"{foreign.text}.", "Ask them, or wait.")
            same = [stop for stop in locks if stop.hosts == hosts]
            return (*(stop for stop in stops if stop not in same), made)

        self.stops.change(add)
        self._note(request, "lock", journal.LOCKED, made)
        return f"{made.text}. Only {made.actor} can run anything there until then; `unlock` takes it off."

    def _unlock(self, ask: AskUnlock, request: Request) -> str:
        hosts = self.inventories.resolve(ask.environment, ask.limit).hosts if ask.limit else ()
        locked = f"No lock is on {f'{ask.limit} in ' if ask.limit else ''}{ask.environment}."
        gone = self._take_off(StopKind.LOCK, ask.environment, request, locked, hosts)
        for stop in gone:
            self._note(request, "unlock", journal.UNLOCKED, stop, ask.reason)
        return " ".join(f"Taken off: {stop.text}." for stop in gone)

    def _freeze(self, ask: AskFreeze, request: Request) -> str:
        self.permission.to_hold(request, ask.environment)
        seconds = _bounded(ask.seconds, LONGEST_FREEZE_SECONDS, "freeze") if ask.seconds else None
        made = self._made(StopKind.FREEZE, ask.environment or "", request, ask.reason, seconds)

        def add(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
            same = (StopKind.FREEZE, made.environment)
            return (*(stop for stop in stops if (stop.kind, stop.environment) != same), made)

        self.stops.change(add)
        self._note(request, "freeze", journal.FROZEN, made)
        return f"{made.text}. What is under way goes on; what waits does not start."

    def _unfreeze(self, ask: AskUnfreeze, request: Request) -> str:
        none = f"Nobody has frozen {ask.environment or 'all environments at once'}."
        gone = self._take_off(StopKind.FREEZE, ask.environment or "", request, none)
        for stop in gone:
            self._note(request, "unfreeze", journal.UNFROZEN, stop, ask.reason)
        left = [stop for stop in self.stops.now() if stop.kind is StopKind.FREEZE and not stop.environment]
        return " ".join([*(f"Taken off: {stop.text}." for stop in gone), *(f"Still: {stop.text}." for stop in left)])

    def _release(self, ask: AskRelease, request: Request) -> str:
        """A person looks at what went wrong, and lets rules go on; what the brake counts begins anew."""
        self.permission.to_hold(request, ask.environment)
        none = f"Automation in {ask.environment} is not stopped."
        made = self._made(StopKind.RELEASE, ask.environment, request, ask.reason, RELEASE_SECONDS)

        def swap(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
            kinds = (StopKind.BRAKE, StopKind.RELEASE)
            there = [stop for stop in stops if stop.kind in kinds and stop.environment == ask.environment]
            if not any(stop.kind is StopKind.BRAKE for stop in there):
                raise WrongState(none, "`envs` tells what is stopped.")
            return (*(stop for stop in stops if stop not in there), made)

        self.stops.change(swap)
        self._note(request, "release", journal.RELEASED, made)
        return f"{made.text}. Rules may start runs there again."

    def _take_off(
        self, kind: StopKind, environment: str, request: Request, none: str, hosts: tuple[str, ...] = ()
    ) -> list[Stop]:
        """Take off one's own; what others have set takes a grant that may approve there."""
        gone: list[Stop] = []

        def remove(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
            gone[:] = [
                stop
                for stop in stops
                if stop.kind is kind and stop.environment == environment and stop.covers(environment, hosts)
            ]
            if not gone:
                raise WrongState(none, "`envs` tells what is locked, frozen and stopped.")
            if any(stop.actor != str(request.actor) for stop in gone):
                self.permission.to_hold(request, environment or None, lead=True)
            return tuple(stop for stop in stops if stop not in gone)

        self.stops.change(remove)
        return gone

    def _made(self, kind: StopKind, environment: str, request: Request, reason: str, seconds: int | None) -> Stop:
        now = self.clock()
        until = None if seconds is None else now + seconds
        return Stop(kind=kind, environment=environment, actor=str(request.actor), reason=reason, at=now, until=until)

    def _note(self, request: Request, action: str, status: str, stop: Stop, reason: str | None = None) -> None:
        """In the audit `reason` is why it was set; of what is taken off also why, where somebody said so."""
        why = stop.text if reason is None else f"{stop.text}{'; ' if reason else ''}{reason}"
        self.journal.decided(request, action, status, environment=stop.environment, reason=why, hosts=stop.hosts)


def _bounded(seconds: int, longest: int, word: str) -> int:
    if seconds > longest:
        raise NotUnderstood(f"A {word} lasts {written(longest)} at most.", f"Such as `for {written(longest)}`.")
    return seconds
