"""A session's own side: only sentences come out of it, and every event of its runs, once, in order."""

from typing import Any

import pytest

from bot.entrypoints.terminal.speaker import conversation, secret_question
from bot.errors import NotAllowed, SignalboxError, Unavailable
from bot.model.event import RunEvent
from bot.model.request import Accepted
from bot.stream import MemoryStream
from tests.flows.world import World, story

from .doubles import speaker


class Broken:
    """A flow with a mistake in it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def handle(self, request: Any) -> Any:
        """Raise."""
        del request
        raise self._error


def test_an_unexpected_error_is_hidden(world: World) -> None:
    """Given a flow that breaks, when something is said, then a sentence comes out, without a word from inside."""
    with pytest.raises(Unavailable) as error:
        speaker(world, converse=Broken(KeyError("s3cret of the inside"))).say("help")
    assert str(error.value) == "Signalbox failed itself (KeyError). chat.log in SIGNALBOX_HOME tells more."


@pytest.mark.parametrize("error", [NotAllowed("No.", "Ask."), Unavailable("Away."), SignalboxError("Hm.")])
def test_our_own_errors_pass_as_they_are(world: World, error: SignalboxError) -> None:
    """Given an error of ours, when something is said, then it comes out unchanged."""
    with pytest.raises(SignalboxError) as raised:
        speaker(world, converse=Broken(error)).say("help")
    assert raised.value is error


def test_an_interrupt_is_no_error(world: World) -> None:
    """Given Ctrl-C in the middle of a flow, when something is said, then the interrupt passes."""
    with pytest.raises(KeyboardInterrupt):
        speaker(world, converse=Broken(KeyboardInterrupt())).say("help")  # type: ignore[arg-type]


def test_a_session_says_who_speaks_and_where(world: World) -> None:
    """Given a session, when it says something, then the run has its actor, conversation and origin."""
    session = speaker(world)
    answer = session.say("run ping in lab")
    assert isinstance(answer, Accepted)
    assert (answer.run.actor, answer.run.conversation, answer.run.origin) == (
        session.actor,
        session.conversation,
        session.origin,
    )


def test_two_sessions_are_two_conversations() -> None:
    """Given one channel, when two sessions begin there, then their threads differ."""
    assert conversation("ops") != conversation("ops")
    assert conversation("ops").channel == "ops"


def test_events_come_once_and_in_order_up_to_the_last(world: World) -> None:
    """Given a stream that grows while it is read, when events are followed, then each comes once, then it is over."""
    run = world.run("run ping in lab")
    events = story(["web1", "web2"])
    world.stream.append(events[:3])
    got: list[RunEvent] = []
    for one in speaker(world).events(run, block_ms=0):
        if one is None:
            world.stream.append(events[len(got) : len(got) + 2])
        else:
            got.append(one)
    assert got == events


def test_events_can_be_followed_from_the_middle(world: World) -> None:
    """Given a run that was followed for a while, when it is followed again, then it goes on from there."""
    run = world.run("run ping in lab")
    events = story(["web1", "web2"])
    world.stream.append(events)
    assert list(speaker(world).events(run, after=4, block_ms=0)) == events[4:]


def test_events_that_left_the_stream_are_read_from_sql(world: World) -> None:
    """Given a run of which the first events are trimmed, when it is followed from any place, then all events come."""
    run = world.run("run ping in lab")
    events = story(["web1", "web2"])
    world.stream.append(events)
    world.ledger.add_events(run.id, events)
    world.stream.trim(run.id, 6)
    for after in range(8):
        assert list(speaker(world).events(run, after=after, block_ms=0)) == events[after:]


def test_damage_at_any_place_is_passed_over(world: World) -> None:
    """Given one damaged entry, wherever it is but at the end, when events are followed, then all others come."""
    run = world.run("run ping in lab")
    events = story(["web1", "web2"])
    for place in range(1, len(events)):
        stream = MemoryStream()
        for one in events:
            if one.counter == place:
                stream.put(run.id, place, b"[]")
            else:
                stream.append([one])
        followed = [one for one in speaker(world, stream=stream).events(run, block_ms=0) if one]
        assert followed == [one for one in events if one.counter != place]


@pytest.mark.parametrize(("about", "question"), [("The key", "pin (The key): "), ("", "pin: ")])
def test_a_secret_is_asked_for_by_name_and_meaning(about: str, question: str) -> None:
    """Given a secret with or without a description, when it is asked for, then the question has no empty brackets."""
    assert secret_question("pin", about) == question
