"""The tour says only what the bot understands, and its recording is one that can be played."""

import io
import json
from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.commands import parse, phrase_problems
from bot.model.command import Vocabulary
from tests.demo.cast import Cast
from tests.demo.tour import TOUR
from tests.e2e.place import REPOSITORY

SAID = [text for stop in TOUR for text in (stop.say, stop.plain, stop.then) if text]


@pytest.mark.parametrize("text", SAID)
def test_every_line_of_the_tour_is_understood(text: str) -> None:
    """Given the project's own runbooks and environments, when a line is said, then it is a command."""
    books = Catalog(REPOSITORY, phrase_problem=phrase_problems).runbooks()
    phrases = {book.id: book.say for book in books}
    vocabulary = Vocabulary(runbooks=tuple(phrases), environments=("fleet",), phrases=phrases)
    assert parse(text.replace("{n}", "1"), vocabulary)


def test_a_recording_is_an_asciicast(tmp_path: Path) -> None:
    """Given two lines, when they are shown, then the screen has them, and the file has a head and a time for each."""
    screen = io.StringIO()
    cast = Cast(tmp_path / "cast", screen)
    cast.show("one")
    cast.show("tw\u00f6\n")
    cast.close()
    head, *events = [json.loads(line) for line in (tmp_path / "cast").read_text(encoding="utf-8").splitlines()]
    assert head["version"] == 2
    assert [event[1:] for event in events] == [["o", "one\r\n"], ["o", "tw\u00f6\r\n"]]
    assert screen.getvalue() == "one\ntw\u00f6\n"
