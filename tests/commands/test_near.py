"""Near names for a mistyped word."""

import pytest

from bot.commands import near

NAMES = ("ping", "restart-service", "clear-cache", "collect-logs", "disk-usage", "host-report")


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("pnig", "ping"),
        ("PING", "ping"),
        ("restart", "restart-service"),
        ("restart_service", "restart-service"),
        ("clear", "clear-cache"),
        ("colect-log", "collect-logs"),
        ("usage", "disk-usage"),
        ("report", "host-report"),
    ],
)
def test_what_was_probably_meant_comes_first(word: str, first: str) -> None:
    """Transposed, missing and wrong letters, a beginning, a part."""
    assert near(word, NAMES)[0] == first


@pytest.mark.parametrize("word", ["", "zzzz", "x", "\ud800", "\0", "q" * 1_000_000])
def test_nothing_is_near_to_nonsense(word: str) -> None:
    """No name is better than a wrong one."""
    assert near(word, NAMES) == ()


def test_the_same_but_for_capitals_comes_before_longer_names() -> None:
    """An exact name beats those that begin with it."""
    assert near("Web", ("web1", "web2", "web"))[0] == "web"


def test_there_are_never_more_than_asked_for() -> None:
    """Three by default, each once, out of however many."""
    many = tuple(f"web{number}" for number in range(10_000))
    assert len(near("web", many)) == 3
    assert len(set(near("web", many, limit=5))) == 5
    assert near("web1", ("web1", "web1")) == ("web1",)
    assert near("web", ()) == ()
