"""The picture in the README: colors and scrolled lines are kept, and it needs nothing from anywhere else."""

from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.recording.painted import Painted
from tests.recording.picture import svg
from tests.recording.session import COLUMNS, ROOT


def _style_of(line: Text, word: str) -> Style:
    start = line.plain.index(word)
    return line.get_style_at_offset(Console(), start)


def test_colors_stay_with_their_characters() -> None:
    """Given a red word and a plain one, when the screen is read, then only the first is red."""
    screen = Painted(3, 20)
    screen.feed("\x1b[1;31mfailed\x1b[0m web1")
    line = screen.lines[0]
    assert line.plain == "failed web1"
    assert _style_of(line, "failed").color is not None
    assert _style_of(line, "web1").color is None


def test_lines_that_scroll_away_are_kept() -> None:
    """Given more lines than the screen has, when it scrolls, then the first ones are kept with their colors."""
    screen = Painted(2, 20)
    screen.feed("\x1b[32mone\x1b[0m\r\ntwo\r\nthree")
    assert [line.plain for line in screen.gone] == ["one"]
    assert _style_of(screen.gone[0], "one").color is not None
    assert [line.plain for line in screen.lines] == ["two", "three"]


def test_what_is_erased_loses_its_color() -> None:
    """Given a colored line, when the cursor returns and erases it, then nothing of it is left."""
    screen = Painted(2, 20)
    screen.feed("\x1b[32mgreen\r\x1b[0m\x1b[Kplain")
    assert _style_of(screen.lines[0], "plain").color is None


def test_the_picture_asks_nobody_for_anything() -> None:
    """Given any lines, when they are drawn, then the picture names no address, no font file and no script."""
    drawn = svg([Text("a <b> & c", "bold red")], COLUMNS, "make chat")
    assert drawn.count("http") == drawn.count("http://www.w3.org/")
    assert "@font-face" not in drawn
    assert "<script" not in drawn
    assert "&lt;b&gt;" in drawn


def test_the_recording_in_the_docs_is_fit_to_be_shown() -> None:
    """Given the recording as it lies there, when it is read, then it is small, and shows a run and how it went."""
    picture = (ROOT / "docs" / "recording.svg").read_text(encoding="utf-8")
    text = (ROOT / "docs" / "recording.txt").read_text(encoding="utf-8")
    assert len(picture.encode()) < 100_000
    assert picture.count("http") == picture.count("http://www.w3.org/")
    assert str(ROOT) not in picture + text
    assert "> retry 1" in text
    assert "3 hosts: 2 failed, 1 ok" in text
