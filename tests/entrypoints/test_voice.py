"""How a session sounds: hostile text in plain lines and in JSON stays text."""

import io
import json

import pytest

from bot.entrypoints.terminal.voice import JsonVoice, PlainVoice
from bot.errors import BadParameters, NotAllowed
from bot.flows.cards import card_of
from bot.model.event import Result
from bot.model.reply import Block, Facts, Reply, Table, Text
from bot.progress import Progress
from tests.flows.world import World, event

HOSTILE = "\x1b]0;owned\x07\x1b[2J{{ x }}\r\n\u202e<!channel>\x00\ud800\u2028end"
REPLY = Reply(
    parts=(
        Text(text=HOSTILE),
        Table(title=HOSTILE, columns=("a",), rows=((HOSTILE,),)),
        Facts(title=HOSTILE, pairs=((HOSTILE, HOSTILE),)),
        Block(title=HOSTILE, text=HOSTILE),
    )
)


def everything(voice: PlainVoice | JsonVoice, world: World) -> None:
    """All that can be told, with hostile text in it."""
    card = card_of(world.run("run ping in lab"), Progress(1, ["web1"]).view())
    voice.reply(REPLY)
    voice.refusal(BadParameters(HOSTILE, HOSTILE, (HOSTILE,)))
    voice.accepted(card)
    voice.event(event("runner_on_failed", 1, host=HOSTILE, task=HOSTILE, result=Result.FAILED, message=HOSTILE))
    voice.note(HOSTILE)
    voice.recap(card)


def test_every_line_of_json_is_one_object(world: World) -> None:
    """Given hostile text in everything, when it is told in JSON, then each line is ASCII, one object with a type."""
    out = io.StringIO()
    everything(JsonVoice(out), world)
    lines = out.getvalue().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["type"] for line in lines] == ["reply", "reply", "run", "event", "reply", "run"]
    assert out.getvalue().isascii()
    assert "\x1b" not in out.getvalue()


def test_nothing_that_a_terminal_obeys_is_in_plain_lines(world: World) -> None:
    """Given hostile text in everything, when it is told in lines, then no escape, control or turning mark is left."""
    out = io.StringIO()
    everything(PlainVoice(out), world)
    told = out.getvalue()
    assert not {"\x1b", "\x00", "\x07", "\r", "\u202e", "\u2028", "\ud800"} & set(told)
    assert "{{ x }}" in told
    assert told.encode()


@pytest.mark.parametrize("remedy", ["", "Ask."])
def test_a_refusal_is_a_line_or_two(remedy: str) -> None:
    """Given a refusal with and without a remedy, when it is told, then there is no empty line."""
    out = io.StringIO()
    PlainVoice(out).refusal(NotAllowed("No.", remedy))
    assert out.getvalue().splitlines() == ["No.", *([remedy] if remedy else [])]


def test_everything_told_is_told_at_once() -> None:
    """Given an output that is read while it is written, when something is told, then it was flushed."""

    class Watched(io.StringIO):
        """An output that counts."""

        flushes = 0

        def flush(self) -> None:
            self.flushes += 1

    for voice in (PlainVoice, JsonVoice):
        out = Watched()
        voice(out).note("x")
        assert out.flushes == 1
