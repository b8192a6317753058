"""Schedules: what is due is asked for once, as people ask; what may not run is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.chat import LetterKind
from bot.errors import ProjectBroken, Unavailable
from bot.flows.schedules import KeepSchedules, keep_until
from bot.model.people import Conversation, Origin, channel_of
from bot.model.request import Request
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.queue import Agenda, MemoryAgenda

from .world import ClockedLeases, World

OPS = Conversation(transport="terminal", channel="ops")
POLICY = """
roles:
  people: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"], approve: true}]}
  clock: {members: ["schedule:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
schedules:
  night: {cron: "0 3 * * *", say: "run safe on web1 in lab", channel: ops, late: 10m}
"""
EVENING = datetime(2026, 11, 26, 20, 0, 30, tzinfo=UTC)


class Clockwork:
    """A relay's schedules; `now` is the time, which stands still until it is moved."""

    def __init__(self, world: World, now: datetime = EVENING, policy: str = POLICY) -> None:
        self.world = world
        self.now = now
        world.runbook("safe", "safety: {automation: safe}\n")
        world.write("signalbox.yml", policy)
        self.agenda: Agenda = MemoryAgenda()
        self.flow = self.relay()

    def relay(self, **stations: Any) -> KeepSchedules:
        """The flow of one relay more."""
        own = {
            "schedules": lambda: self.world.policy.policy().schedules,
            "agenda": self.agenda,
            "leases": ClockedLeases(self.world.held, self.clock),
            "ledger": self.world.ledger,
            "chat": self.world.chat,
            "converse": lambda: self.world.converse,
            "place": lambda name: channel_of(name, "schedules", slack=False),
            "clock": self.clock,
        }
        return KeepSchedules(**{**own, **stations})

    def clock(self) -> float:
        """Seconds since the epoch."""
        return self.now.timestamp()

    def at(self, said: str) -> None:
        """It becomes that time of the next day, and the relay looks."""
        self.now = datetime.fromisoformat(f"2026-11-27T{said}").replace(tzinfo=UTC)
        self.flow.handle()

    @property
    def runs(self) -> list[Run]:
        """All runs, the first one first."""
        return self.world.ledger.find(last=1000)[::-1]

    @property
    def told(self) -> list[str]:
        """The sentences in the schedule's channel."""
        return [letter.text for letter in self.world.chat.letters(OPS) if letter.kind is LetterKind.TEXT]


@pytest.fixture
def clock(world: World) -> Clockwork:
    """A schedule that the relay has seen the evening before."""
    made = Clockwork(world)
    made.flow.handle()
    return made


def test_what_is_due_is_asked_for_once(clock: Clockwork) -> None:
    """Given a schedule, when its time comes, then it asks for its run, that once, until its next time."""
    for said in ("02:59:59", "03:00:00", "03:00:01", "03:01:00", "03:09:00", "23:59:00"):
        clock.at(said)
    (run,) = clock.runs
    assert (str(run.actor), run.origin, run.conversation) == ("schedule:night", Origin.SCHEDULE, OPS)
    assert run.plan.target.hosts == ("web1",)
    clock.now += timedelta(hours=3, minutes=2)
    clock.flow.handle()
    assert len(clock.runs) == 2
    assert clock.told == []


def test_its_run_is_carried_out_and_shown_in_its_channel(clock: Clockwork) -> None:
    """Given a run that a schedule asked for, when a worker has carried it out, then its channel has card and recap."""
    clock.at("03:00:00")
    clock.world.finish()
    assert clock.world.ledger.get(1).status is RunStatus.SUCCESSFUL
    kinds = [letter.kind for letter in clock.world.chat.letters(OPS)]
    assert kinds == [LetterKind.CARD, LetterKind.RECAP]


def test_one_that_is_new_begins_with_its_next_time(world: World) -> None:
    """Given a schedule that is written right after its time, when the relay sees it, then it waits for the next one."""
    clock = Clockwork(world, datetime(2026, 11, 27, 3, 0, 20, tzinfo=UTC))
    clock.flow.handle()
    clock.at("03:01:00")
    assert clock.runs == []


def test_other_times_make_it_a_new_one(clock: Clockwork) -> None:
    """Given a schedule, when its times are changed to some that have just been, then nothing runs before the next."""
    clock.world.write("signalbox.yml", POLICY.replace("0 3 * * *", "0 21 * * *"))
    clock.at("21:05:00")
    assert clock.runs == []


def test_other_words_leave_its_times(clock: Clockwork) -> None:
    """Given a schedule, when it shall say something else, then it says that at its time."""
    clock.world.write("signalbox.yml", POLICY.replace("on web1", "on web2"))
    clock.at("03:00:00")
    assert [run.plan.target.hosts for run in clock.runs] == [("web2",)]


def test_one_that_is_taken_out_for_long_begins_anew(clock: Clockwork) -> None:
    """Given a schedule that is taken out for three days, when it comes back right after its time, then nothing runs."""
    clock.world.write("signalbox.yml", POLICY.replace("night:", "other:"))
    clock.now += timedelta(days=3)
    clock.flow.handle()
    assert set(clock.agenda.marks()) == {"other 0 3 * * * UTC"}
    clock.world.write("signalbox.yml", POLICY)
    clock.now = datetime(2026, 11, 30, 3, 5, tzinfo=UTC)
    clock.flow.handle()
    assert clock.runs == []


def test_a_policy_that_is_elsewhere_for_a_while_forgets_nothing(clock: Clockwork) -> None:
    """Given two relays of which one has a policy without the schedule, when its time comes, then the other one asks."""
    other = clock.relay(schedules=dict)
    none = clock.relay(schedules=lambda: None)
    for said in ("02:58:00", "02:59:00", "03:00:00", "03:01:00"):
        for relay in (other, none, clock.flow):
            clock.world.held.clear()
            clock.flow = relay
            clock.at(said)
    assert len(clock.runs) == 1


def test_a_schedule_that_stands_for_days_is_not_forgotten(world: World) -> None:
    """Given a schedule that comes once a year, when its day comes, then it asks: nobody took it for gone."""
    clock = Clockwork(world, policy=POLICY.replace("0 3 * * *", "0 3 1 12 *"))
    for hour in range(24 * 5):
        clock.now = EVENING + timedelta(hours=hour)
        clock.flow.handle()
    (run,) = clock.runs
    assert run.created_at is not None
    assert clock.told == []


def test_a_relay_that_comes_late_catches_up(clock: Clockwork) -> None:
    """Given no relay at the time, when one comes while it may still begin, then it asks."""
    clock.flow = clock.relay()
    clock.at("03:09:59")
    assert len(clock.runs) == 1


def test_what_is_too_late_is_left_out_and_told(clock: Clockwork) -> None:
    """Given no relay at the time, when one comes too late, then nothing runs, and the channel is told, once."""
    clock.flow = clock.relay()
    clock.at("03:11:00")
    clock.at("03:12:00")
    assert clock.runs == []
    (told,) = clock.told
    assert told == "schedule:night asked for nothing at 2026-11-27 03:00 UTC: It could not be asked for in time."
    assert clock.world.audit() == [("schedule", "refused", "Refused")]
    clock.now += timedelta(days=1, minutes=-11)
    clock.flow.handle()
    assert len(clock.runs) == 1


def test_what_runs_is_not_told_to_be_too_late(clock: Clockwork) -> None:
    """Given a relay that dies after it asked, when the next one comes too late to ask, then it tells of nothing."""
    first = clock.relay(agenda=_Deaf(clock.agenda))
    clock.now = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    with pytest.raises(Dies):
        first.handle()
    clock.world.held.clear()
    clock.at("03:20:00")
    assert len(clock.runs) == 1
    assert clock.told == []


def test_a_clock_that_is_set_back_asks_for_nothing_twice(clock: Clockwork) -> None:
    """Given a run that was asked for, when the clock is set back over its time, then the time does not count again."""
    clock.at("03:00:00")
    clock.at("02:30:00")
    clock.at("03:00:00")
    assert len(clock.runs) == 1


def test_a_clock_that_was_far_ahead_is_forgotten(clock: Clockwork) -> None:
    """Given a clock that was a year ahead, when it is right again, then the schedule goes on by the right one."""
    clock.now += timedelta(days=365)
    clock.flow.handle()
    clock.at("01:00:00")
    clock.at("03:00:00")
    assert len(clock.runs) == 1


class Dies(BaseException):
    """A relay's end, which nothing in it can catch."""


class _Converse:
    """A conversation in which asking goes another way."""

    def __init__(self, world: World, run_only: Callable[[Request], Run]) -> None:
        self.journal, self.run_only = world.journal, run_only


class _Deaf(MemoryAgenda):
    """An agenda that is read elsewhere, and written never: whoever wants to dies over it."""

    def __init__(self, real: Agenda) -> None:
        super().__init__()
        self.marks = real.marks  # type: ignore[method-assign]

    def put(self, *_: Any) -> None:
        """Die."""
        raise Dies


@pytest.mark.parametrize("safety", ["", ", cooldown: 1h", ", concurrency: forbid", ", concurrency: replace"])
@pytest.mark.parametrize("after", ["asking", "storing", "telling"])
def test_a_relay_that_dies_is_followed_by_one_that_does_it_once(clock: Clockwork, after: str, safety: str) -> None:
    """Given a relay that dies while it asks, when another one takes over, then there is one run, and it ends well."""

    def dying(request: Request) -> Run:
        if after == "asking":
            raise Dies
        clock.world.converse.run_only(request)
        raise Dies

    clock.world.runbook("safe", f"safety: {{automation: safe{safety}}}\n")
    converse = clock.world.converse if after == "telling" else _Converse(clock.world, dying)
    first = clock.relay(converse=lambda: converse, agenda=_Deaf(clock.agenda))
    clock.now = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    with pytest.raises(Dies):
        first.handle()
    assert len(clock.runs) == (after != "asking")
    clock.flow.handle()
    assert len(clock.runs) == (after != "asking")  # whose lease has not run out
    clock.world.held.clear()
    clock.flow.handle()
    clock.world.finish()
    assert [run.status for run in clock.runs] == [RunStatus.SUCCESSFUL]
    assert clock.told == []
    assert "refused" not in {status for _, status, _ in clock.world.audit()}


@pytest.mark.parametrize("safety", ["", ", cooldown: 1h", ", concurrency: forbid", ", concurrency: replace"])
def test_relays_that_all_think_it_is_their_turn_make_one_run(clock: Clockwork, safety: str) -> None:
    """Given four relays that ask at the same moment, when each has the lease, then one run is made, and ends well."""
    ready = Barrier(4)

    def ask(request: Request) -> Run:
        ready.wait(30)
        return clock.world.converse.run_only(request)

    def go(_: int) -> None:
        stubborn = _Converse(clock.world, ask)
        clock.relay(leases=ClockedLeases({}, clock.clock), converse=lambda: stubborn).handle()

    clock.world.runbook("safe", f"safety: {{automation: safe{safety}}}\n")
    clock.now = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(go, range(4)))
    clock.world.finish()
    assert [run.status for run in clock.runs] == [RunStatus.SUCCESSFUL]
    assert clock.told == []
    assert "refused" not in {status for _, status, _ in clock.world.audit()}


def test_a_relay_without_the_lease_asks_for_nothing(clock: Clockwork) -> None:
    """Given a relay that holds the lease, when another one looks, then it leaves it to that one."""
    other = clock.relay()
    clock.at("02:59:59")
    clock.now += timedelta(seconds=1)
    other.handle()
    assert clock.runs == []


REFUSED = {
    "no automation": ("run ping on web1 in lab", "automation: safe"),
    "no runbook": ("run nothing in lab", "no runbook"),
    "no command": ("do what you want", "There is no command"),
    "a question": ("runbooks", "That asks for no run."),
    "another deed": ("lock lab for 2h because of repairs", "That asks for no run."),
    "no host": ("run safe on nobody in lab", "nobody"),
    "a secret": ("run safe-token app=web in lab", "asks for secrets"),
    "a secret in it": ("run safe-token app=web token=x in lab", "must not be typed"),
    "a wrong value": ("run safe-token app=web colour=red in lab", "colour"),
}


@pytest.mark.parametrize(("said", "why"), REFUSED.values(), ids=REFUSED)
def test_what_may_not_run_is_told(world: World, said: str, why: str) -> None:
    """Given a schedule whose command is refused, when its time comes, then the channel is told why, once."""
    clock = Clockwork(world, policy=POLICY.replace("run safe on web1 in lab", said))
    parameters = "parameters: {app: {type: str, required: true}, token: {type: str, required: true, no_log: true}}\n"
    world.runbook("safe-token", f"safety: {{automation: safe}}\n{parameters}")
    clock.flow.handle()
    clock.at("03:00:00")
    clock.at("03:01:00")
    assert clock.runs == []
    (told,) = clock.told
    assert why in told
    assert world.stops.now() == ()
    assert [status for _, status, _ in world.audit()] == ["refused"]


def test_without_a_role_it_may_nothing(world: World) -> None:
    """Given no role with the schedule in it, when its time comes, then it is refused and that is told and kept."""
    clock = Clockwork(world, policy=POLICY.replace("schedule:*", "schedule:other"))
    clock.flow.handle()
    clock.at("03:00:00")
    assert clock.runs == []
    assert "schedule:night has no role" in clock.told[0]
    assert [status for _, status, _ in world.audit()] == ["refused"]


@pytest.mark.parametrize("more", ["", ", concurrency: forbid", ", cooldown: 1h"])
@pytest.mark.parametrize("end", [Dies, Unavailable])
def test_what_wants_an_approval_waits_for_people(world: World, end: type[BaseException], more: str) -> None:
    """Given a check that goes before an approval, when a relay ends between the two, then each is there once."""
    clock = Clockwork(world)
    world.runbook("safe", f"safety: {{automation: safe, requires_approval: true, check_first: true{more}}}\n")
    clock.flow.handle()
    wait = world.ledger.create

    def create(*given: Any, **more: Any) -> Run:
        if more.get("pending"):
            world.ledger.create = wait  # type: ignore[method-assign]
            raise end("SQL does not answer.")
        return wait(*given, **more)

    world.ledger.create = create  # type: ignore[method-assign]
    with pytest.raises(end):
        clock.at("03:00:00")
    for agenda in (clock.agenda, MemoryAgenda()):
        clock.flow = clock.relay(agenda=agenda)
        world.held.clear()
        clock.at("03:01:00")
    assert [(run.status, run.plan.options.check) for run in clock.runs] == [
        (RunStatus.QUEUED, True),
        (RunStatus.AWAITING_APPROVAL, False),
    ]
    assert clock.told == []


TWO = POLICY + '  second: {cron: "0 3 * * *", say: "run safe on web2 in lab", channel: ops}\n'


@pytest.mark.parametrize("wrong", [Unavailable("lab is busy.", "Wait."), ZeroDivisionError()], ids=["busy", "a fault"])
def test_one_that_cannot_be_asked_for_does_not_hold_up_the_others(world: World, wrong: Exception) -> None:
    """Given two schedules of which one cannot be asked for, when their time comes, then the other runs, it later."""
    clock = Clockwork(world, policy=TWO)
    clock.flow.handle()

    def ask(request: Request) -> Run:
        if str(request.actor) == "schedule:night":
            raise wrong
        return clock.world.converse.run_only(request)

    clock.flow.converse = lambda: _Converse(clock.world, ask)  # type: ignore[assignment,return-value]
    with suppress(Unavailable):
        clock.at("03:00:00")
    assert [str(run.actor) for run in clock.runs] == ["schedule:second"]
    clock.flow.converse = lambda: clock.world.converse
    clock.at("03:01:05")
    assert [str(run.actor) for run in clock.runs] == ["schedule:second", "schedule:night"]
    assert clock.told == []


def test_a_project_that_cannot_be_used_is_told(clock: Clockwork) -> None:
    """Given a project that is broken when the time comes, then the channel is told so."""

    def broken(_: Request) -> Run:
        raise ProjectBroken("There is no Ansible project at /nowhere.", "Set SIGNALBOX_PROJECT to its folder.")

    clock.flow.converse = lambda: _Converse(clock.world, broken)  # type: ignore[assignment,return-value]
    clock.at("03:00:00")
    assert "There is no Ansible project" in clock.told[0]


def test_turns_go_on_whatever_happens() -> None:
    """Given turns that go wrong in every way, when they are kept, then each is followed by another until the stop."""
    stop, seen = Event(), []
    wrong = iter(
        [Unavailable("Redis does not answer."), Unavailable("Redis does not answer."), ZeroDivisionError(), None]
    )

    class Turn:
        def handle(self) -> None:
            error = next(wrong)
            seen.append(error)
            if error is None:
                stop.set()
            else:
                raise error

    stop.wait = lambda _seconds=None: stop.is_set()  # type: ignore[method-assign,assignment]
    with capture_logs() as logs:
        keep_until(Turn, stop)  # type: ignore[arg-type,return-value]
    assert len(seen) == 4
    assert [each["event"] for each in logs] == ["schedules have to wait"] * 2


def test_in_a_zone_of_its_own(world: World) -> None:
    """Given a schedule on the clocks of Berlin, when it is 3:00 there, then it asks; not when it is 3:00 in UTC."""
    clock = Clockwork(world, policy=POLICY.replace("late: 10m", "timezone: Europe/Berlin"))
    clock.flow.handle()
    clock.at("02:00:00")
    clock.at("03:00:00")
    assert len(clock.runs) == 1


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 3, 29, tzinfo=UTC), ["01:30"]), (datetime(2026, 10, 25, tzinfo=UTC), ["00:30"])],
    ids=["an hour that never comes", "an hour that comes twice"],
)
def test_when_clocks_are_changed_it_runs_once(world: World, day: datetime, hours: list[str]) -> None:
    """Given 2:30 in Berlin on the day when clocks are changed, when each minute is looked at, then it runs once."""
    policy = POLICY.replace("0 3 * * *", "30 2 * * *").replace("late: 10m", "timezone: Europe/Berlin")
    clock = Clockwork(world, day - timedelta(minutes=1), policy)
    clock.flow.handle()
    asked = []
    for minute in range(240):
        clock.now = day + timedelta(minutes=minute)
        before = len(clock.runs)
        clock.flow.handle()
        asked += [clock.now.strftime("%H:%M")] * (len(clock.runs) - before)
    assert asked == hours
