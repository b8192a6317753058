"""Schedules as they are written: YAML enters; what they mean, or a sentence that says what is wrong, leaves."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.guards import Policy, Schedule

NIGHT = "{cron: '0 3 * * *', say: run ping in lab, channel: ops}"
BERLIN = "{cron: '30 2 * * *', say: run ping in lab, channel: ops, timezone: Europe/Berlin}"


def schedule(written: str, name: str = "night") -> Schedule:
    """The schedule as YAML reads it."""
    policy = Policy.model_validate(yaml.safe_load(f"schedules: {{{name}: {written}}}"))
    return policy.schedules[name]


def utc(said: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def test_what_is_left_out_has_a_value() -> None:
    """Given a schedule with what it must have, when it is read, then it is UTC, and ten minutes late at most."""
    found = schedule(NIGHT)
    assert (found.times, found.late) == ("0 3 * * * UTC", 600)
    assert not found.too_late(utc("2026-06-05T03:00"), utc("2026-06-05T03:10"))
    assert found.too_late(utc("2026-06-05T03:00"), utc("2026-06-05T03:10:01"))


@pytest.mark.parametrize(
    ("written", "now", "last", "following"),
    [
        (NIGHT, "2026-06-05T02:59:59", "2026-06-04T03:00", "2026-06-05T03:00"),
        (NIGHT, "2026-06-05T03:00:00", "2026-06-05T03:00", "2026-06-06T03:00"),
        (NIGHT, "2026-06-05T03:00:59", "2026-06-05T03:00", "2026-06-06T03:00"),
        (BERLIN, "2026-06-05T00:29:59", "2026-06-04T00:30", "2026-06-05T00:30"),
        (BERLIN, "2026-12-05T01:30:00", "2026-12-05T01:30", "2026-12-06T01:30"),
        # clocks are set forward on March 29 at 2:00 (1:00 UTC): 2:30 never comes, and is taken as 3:30
        (BERLIN, "2026-03-29T00:00:00", "2026-03-28T01:30", "2026-03-29T01:30"),
        # clocks are set back on October 25 at 3:00 (1:00 UTC): 2:30 comes twice, and counts once
        (BERLIN, "2026-10-25T00:30:00", "2026-10-25T00:30", "2026-10-26T01:30"),
        (BERLIN, "2026-10-25T01:30:00", "2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_when_it_is_time(written: str, now: str, last: str, following: str) -> None:
    """Given a schedule, when a moment is looked up, then the time before it and the one after it are told."""
    found = schedule(written)
    assert found.last(utc(now)) == utc(last)
    assert found.next(utc(now)) == utc(following)
    assert found.next(utc(now)).tzname() == found.timezone.tzname(utc(following).astimezone(found.timezone))


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 (made aware below)
    cron=st.sampled_from(["0 3 * * *", "*/15 * * * *", "0 0 1 * *", "59 23 * * sun", "0 0 29 2 *"]),
)
def test_now_lies_between_two_times(now: datetime, cron: str) -> None:
    """Given any moment, then the last time is not after it, the next one is, and none lies between the two."""
    found = schedule(NIGHT.replace("0 3 * * *", cron))
    moment = now.replace(tzinfo=UTC)
    last, following = found.last(moment), found.next(moment)
    assert last <= moment < following
    assert found.next(last) == following
    assert found.last(following) == following


WRONG: dict[str, tuple[Any, str]] = {
    "no cron": ("{say: run ping, channel: ops}", "cron"),
    "no command": ("{cron: '0 3 * * *', channel: ops}", "say"),
    "no channel": ("{cron: '0 3 * * *', say: run ping}", "channel"),
    "an empty command": ("{cron: '0 3 * * *', say: ' ', channel: ops}", "say"),
    "six fields": ("{cron: '0 3 * * * *', say: run ping, channel: ops}", "five fields of cron"),
    "never": ("{cron: '0 0 30 2 *', say: run ping, channel: ops}", "no time of cron that ever comes"),
    "a random one": ("{cron: 'R 3 * * *', say: run ping, channel: ops}", "five fields of cron"),
    "no zone": ("{cron: '0 3 * * *', say: run ping, channel: ops, timezone: Berlin}", "the name of a time zone"),
    "too impatient": ("{cron: '0 3 * * *', say: run ping, channel: ops, late: 10s}", "60"),
    "too patient": ("{cron: '0 3 * * *', say: run ping, channel: ops, late: 2d}", "86400"),
    "another key": ("{cron: '0 3 * * *', say: run ping, channel: ops, paused: true}", "Extra inputs"),
}


@pytest.mark.parametrize(("written", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(written: str, why: str) -> None:
    """Given a schedule that cannot be used, when it is read, then what is wrong with it is told."""
    with pytest.raises(ValidationError) as error:
        schedule(written)
    assert why in str(error.value)


@pytest.mark.parametrize("name", ["Night", "a b", "", "-a", "a:b", "'*'", "x" * 64])
def test_a_name_that_roles_could_not_mean(name: str) -> None:
    """Given a name that is no plain word, when it is read, then it is refused."""
    with pytest.raises(ValidationError):
        Policy.model_validate({"schedules": {name.strip("'"): yaml.safe_load(NIGHT)}})
