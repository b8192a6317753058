"""How numbers and names are said to people."""

import pytest

from bot.model.words import duration, some


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"),
        (0.04, "0 s"),
        (0.44, "0.4 s"),
        (8, "8 s"),
        (9.96, "10 s"),
        (12.7, "12 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3780, "1 h 3 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    """Tenths matter below ten seconds, seconds below an hour, and zeros are left out."""
    assert duration(seconds) == said


def test_long_lists_are_counted() -> None:
    """A list that is too long names the first ones and counts the rest."""
    assert some(["a", "b", "c"], 3) == "a, b, c"
    assert some(["a", "b", "c", "d"], 3) == "a, b, c and 1 more"
