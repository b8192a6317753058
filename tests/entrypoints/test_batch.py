"""Commands without a person: what is told, and the exit status, for every way that a command can go."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.engine import Outcome, ScriptedEngine
from bot.entrypoints.terminal import batch as batch_module
from bot.errors import Unavailable
from bot.flows.close import close_stream
from bot.model.event import Result, RunEvent
from bot.model.request import Accepted, Answer, Request
from bot.model.status import RunStatus
from bot.stream import MemoryStream
from tests.flows.world import World, event, story

from .doubles import Diligent, Session

FAILED = Outcome(status=RunStatus.FAILED, reason="web1 failed.", rc=2, final_counter=0)


def failing(world: World) -> World:
    """Every run of this world fails."""
    failed = event("runner_on_failed", 0, host="web1", task="Ping", result=Result.FAILED, message="no route")
    world.execute = world.worker(engine=ScriptedEngine([failed], FAILED))
    return world


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["run ping in lab"], 0),
        (["help"], 0),
        ([], 0),
        (["", "  ", "\n"], 0),
        (["run nothing"], 2),
        (["run nothing", "run ping"], 0),
        (["run ping", "run nothing"], 2),
        (["cancel 1"], 2),
    ],
)
def test_the_last_command_decides(world: World, lines: list[str], status: int, *, as_json: bool) -> None:
    """Given lines, when they are said, then the exit status is the last one's: 0 done, 2 refused."""
    assert Session(world, as_json=as_json).say(*lines) == status


@pytest.mark.parametrize("as_json", [False, True])
def test_a_run_that_fails_exits_with_one(world: World, *, as_json: bool) -> None:
    """Given a run that fails, when it is over, then the status is 1, whatever came before."""
    session = Session(failing(world), as_json=as_json)
    assert session.say("help", "run ping") == 1


@pytest.mark.parametrize("status", [one for one in RunStatus if one.final and one not in {"denied", "expired"}])
def test_only_a_successful_run_exits_with_zero(world: World, status: RunStatus) -> None:
    """Given every status that a run can end with, when it is over, then only successful is 0."""
    world.execute = world.worker(engine=ScriptedEngine((), Outcome(status=status, reason="", rc=0, final_counter=0)))
    assert Session(world).say("run ping") == (0 if status is RunStatus.SUCCESSFUL else 1)


def test_plain_lines_tell_the_run_from_header_to_recap(world: World) -> None:
    """Given a run, when it is told in lines, then header, events, recap with the reason stand there in this order."""
    session = Session(failing(world))
    session.say("run ping on web in lab")
    told = "\n".join(session.lines)
    places = [told.index(part) for part in ("RUN #1 ping", "failed: web1: no route", "RECAP", "web1 failed")]
    assert places == sorted(places)


def test_json_tells_the_run_in_objects(world: World) -> None:
    """Given a run, when it is told in JSON, then every line is an object with its type: run, events in order, run."""
    session = Session(world, as_json=True)
    session.say("run ping on web in lab --check")
    first, *events, last = session.objects
    assert (first["type"], first["id"], first["status"], first["hosts"]) == (
        "run",
        1,
        "queued",
        ["web1", "web2", "web3"],
    )
    assert {one["type"] for one in events} == {"event"}
    assert [one["counter"] for one in events] == list(range(1, len(events) + 1))
    assert (last["type"], last["status"], last["check"]) == ("run", "successful", True)
    assert [each["host"] for each in last["outcomes"]] == ["web1", "web2", "web3"]


def test_json_refusals_have_what_and_remedy(world: World) -> None:
    """Given a refusal, when it is told in JSON, then class, sentences and problems are fields of their own."""
    session = Session(world, as_json=True)
    session.say("run restart service=wrong tcp_port=x in lab")
    (told,) = session.objects
    assert (told["type"], told["refused"], told["error"]) == ("reply", True, "BadParameters")
    assert len(told["problems"]) == 2
    assert told["what"] in told["text"]
    assert told["remedy"] in told["text"]


def test_plain_refusals_have_every_problem_on_its_line(world: World) -> None:
    """Given a refusal with problems, when it is told in lines, then each has its own, and the remedy is the last."""
    session = Session(world)
    session.say("run restart service=wrong tcp_port=x in lab")
    assert len(session.lines) == 4
    assert session.lines[-1] == "`describe restart` lists the parameters."


@pytest.mark.parametrize("as_json", [False, True])
def test_a_secret_is_asked_for_and_not_told(world: World, *, as_json: bool) -> None:
    """Given a runbook with secrets, when they are answered, then the run goes on, and no output has their values."""
    session = Session(world, as_json=as_json, answers=("s3cret-4711", ""))
    assert session.say("run token app=mail in lab") == 0
    assert session.asked == ["token (The new token): ", "pin: "]
    assert "s3cret" not in session.out.getvalue()
    assert world.engine.carried_out[0][1].secret_names == ("token",)


@pytest.mark.parametrize("answers", [(), ("",), ("", "1234")])
def test_a_secret_that_nobody_answers_is_a_refusal(world: World, answers: tuple[str, ...]) -> None:
    """Given a required secret, when there is no answer, then the command is refused, with where to give it."""
    session = Session(world, answers=answers)
    assert session.say("run token app=mail in lab") == 2
    assert session.lines[0] == "token needs token, which is secret."
    assert "next line of standard input" in session.lines[1]
    assert world.ledger.find() == []


def test_a_wrong_secret_is_a_refusal_that_does_not_show_it(world: World) -> None:
    """Given a typed secret of the wrong type, when it is handed in, then it is refused, and not told."""
    world.runbook("pin", "parameters: {pin: {type: int, required: true, no_log: true}}")
    session = Session(world, answers=("s3cret-4711",))
    assert session.say("run pin in lab") == 2
    assert "s3cret" not in session.out.getvalue()


class Impatient:
    """A voice that is interrupted at its n-th event."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.told: list[tuple[str, Any]] = []

    def event(self, event: RunEvent) -> None:
        """Tell, or be interrupted."""
        self.at -= 1
        if self.at == 0:
            raise KeyboardInterrupt
        self.told.append(("event", event.counter))

    def __getattr__(self, name: str) -> Callable[[Any], None]:
        return lambda what: self.told.append((name, what))


def recap_of(voice: Impatient) -> RunStatus:
    """How the recap says that it ended; there is one, and it is the last thing told."""
    assert [name for name, _ in voice.told].count("recap") == 1
    assert voice.told[-1][0] == "recap"
    return voice.told[-1][1].view.status


def interrupted(world: World, at: int, **stations: Any) -> Impatient:
    """A session whose person presses Ctrl-C at the n-th event."""
    voice = Impatient(at)
    session = Session(world, **stations)
    batch = type(session.batch)(speaker=session.batch.speaker, voice=voice, ask_secret=lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        batch.handle(["run ping in lab", "help"])
    assert "reply" not in [name for name, _ in voice.told]
    return voice


class UnderWay:
    """Converse with a worker that has begun, and ends the run when somebody cancels it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, request: Request) -> Answer:
        """Answer, and do what a worker would."""
        answer = self._world.converse.handle(request)
        if isinstance(answer, Accepted):
            self._world.queue.take()
            self._world.queue.claim(answer.run.id)
            self._world.stream.append(story(["web1"], answer.run.id)[:3])
        else:
            close_stream(self._world.stream, 1, RunStatus.CANCELED, "It was canceled.")
            self._world.finish()
        return answer


def test_an_interrupt_cancels_the_run_and_waits_for_its_end(world: World) -> None:
    """Given a run under way, when Ctrl-C is pressed, then it is canceled, its recap told, and no further line said."""
    voice = interrupted(world, at=2, converse=UnderWay(world))
    assert ("note", "Canceling run 1.") in voice.told
    assert world.ledger.get(1).cancel_asked_by == "terminal:anna"
    assert recap_of(voice) is RunStatus.CANCELED


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_interrupt_after_the_end_tells_the_end(world: World, at: int) -> None:
    """Given a run that is over already, when Ctrl-C is pressed while it is told, then its recap is still told."""
    assert recap_of(interrupted(world, at)) is RunStatus.SUCCESSFUL


def test_an_interrupt_while_waiting_for_the_recap(world: World) -> None:
    """Given a run whose last event was told, when Ctrl-C is pressed before the recap, then the recap is told."""

    class Reader:
        """A mailbox at which somebody presses Ctrl-C, once."""

        def __init__(self) -> None:
            self.interrupts = 1

        def read(self, block_ms: int) -> list[Any]:
            del block_ms
            if self.interrupts:
                self.interrupts = 0
                raise KeyboardInterrupt
            return world.letters()

    assert recap_of(interrupted(world, at=0, mailbox=Reader())) is RunStatus.SUCCESSFUL


def test_a_damaged_event_does_not_hold_a_session(world: World) -> None:
    """Given a damaged entry among a run's events, when the run is told, then what comes behind it is told too."""

    class Damaging(MemoryStream):
        """A stream in which somebody overwrites the second event."""

        def append(self, events: Any) -> None:
            super().append(events)
            if self.last_counter(1) >= 2:
                self.put(1, 2, b"{")

    world.stream = Damaging()
    world.execute = world.worker()
    session = Session(world, as_json=True, stream=world.stream)
    assert session.say("run ping in lab") == 0
    assert [one["counter"] for one in session.objects if one["type"] == "event"] == [1, 3]


def test_a_store_that_goes_away_while_a_run_is_told(world: World) -> None:
    """Given Redis that goes away after a run was accepted, when it is told, then that is said, and the status is 1."""

    class Away(MemoryStream):
        """A stream that answers no more."""

        def read_many(self, after: Any, **_: int) -> Any:
            del after
            raise Unavailable("Redis does not answer.", "`doctor` says what is reachable.")

    session = Session(world, as_json=True, stream=Away())
    assert session.say("run ping in lab") == 1
    assert session.objects[-1]["text"] == "Redis does not answer. `doctor` says what is reachable."
    assert session.objects[-1]["refused"] is False


def test_a_recap_that_never_comes_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run that is over and no relay that says so, when time is up, then it is told where to look; status 1."""
    monkeypatch.setattr(batch_module, "RECAP_SECONDS", 0.0)
    session = Session(world, converse=Diligent(world.converse, world.work))
    assert session.say("run ping in lab") == 1
    assert session.lines[-1].endswith("no relay has said how. `show 1` may know later.")


def test_silence_is_explained(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run that no worker takes, when nothing happens for a while, then it is said that none listens."""
    monkeypatch.setattr(batch_module, "QUIET_SECONDS", -1.0)
    patience = iter(range(3))

    class Late(MemoryStream):
        """A stream in which the run happens at the third look."""

        def read_many(self, after: Any, *, count: int = 1000, block_ms: int = 0) -> Any:
            del block_ms
            if next(patience, None) is None and world.queue.depth():
                world.finish()
            return super().read_many(after, count=count)

    world.stream = Late()
    world.execute = world.worker()
    session = Session(world, converse=world.converse, stream=world.stream)
    assert session.say("run ping in lab") == 0
    assert "run 1 waits: no worker listens (`python -m bot doctor` tells more)" in session.lines


def test_a_long_task_has_its_heartbeat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a task that is silent on two hosts, when nothing happens for a while, then task, time, hosts are said."""
    monkeypatch.setattr(batch_module, "QUIET_SECONDS", -1.0)
    looks = iter(range(3))

    class Slow(MemoryStream):
        """A stream that ends when it was looked at often enough."""

        def read_many(self, after: Any, *, count: int = 1000, block_ms: int = 0) -> Any:
            del block_ms
            if next(looks, None) is None:
                close_stream(self, 1, RunStatus.SUCCESSFUL, "")
                world.finish()
            return super().read_many(after, count=count)

    def begin() -> None:
        world.queue.take()
        world.queue.claim(1)
        run = [one for one in story(["web1", "web2"]) if one.kind != "runner_on_ok"][:-1]
        world.stream.append([type(one)(**{**fields(one), "counter": n}) for n, one in enumerate(run, start=1)])

    def fields(one: RunEvent) -> dict[str, Any]:
        return {name: getattr(one, name) for name in one.__slots__}

    world.stream = Slow()
    session = Session(world, converse=Diligent(world.converse, begin), stream=world.stream)
    assert session.say("run ping in lab") == 0
    assert any(
        line.startswith("still in TASK Ping, ") and line.endswith(", hosts web1, web2") for line in session.lines
    )


def test_a_run_that_waits_is_shown_and_not_successful(world: World) -> None:
    """Given a run that has to be confirmed, when it is asked for, then all is printed, and the status is 1."""
    world.runbook("sure", "safety: {confirm: {message: Really?}}")
    session = Session(world)
    assert session.say("run sure on web in lab") == 1
    told = "\n".join(session.lines)
    assert "to confirm: Really?" in told
    assert "web1, web2, web3" in told
    assert "confirm: {message: Really?}" in told
    assert session.lines[-1] == "  It waits. Say `confirm 1` or `cancel 1`."


def test_a_run_that_is_confirmed_on_the_next_line_is_followed(world: World) -> None:
    """Given a run that waits, when the next line confirms it, then it is followed, and its end is the status."""
    world.runbook("sure", "safety: {confirm: true}")
    session = Session(world, as_json=True)
    assert session.say("run sure on web in lab", "confirm 1") == 0
    runs = [each for each in session.objects if each["type"] == "run"]
    assert [each["status"] for each in runs] == ["awaiting_approval", "queued", "successful"]
    assert runs[0]["waiting"]["pending"]["stage"] == "confirm"
    assert "waiting" not in runs[-1]
