"""Freeze windows: a window as it is written and a moment enter; whether and until when it is closed leaves."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.guards import Policy
from bot.guards.policy_freeze import Freeze

FRIDAY_EVENING = "{cron: '0 18 * * fri', duration: 62h, timezone: Europe/Berlin}"
NIGHTS = "{cron: '30 2 * * *', duration: 1h, timezone: Europe/Berlin}"
HOLIDAYS = "{from: 2026-12-23T18:00, until: 2027-01-02T08:00, timezone: Europe/Berlin}"


def freeze(written: str) -> Freeze:
    """The window as YAML reads it."""
    policy = Policy.model_validate(yaml.safe_load(f"environments: {{prod: {{freeze: [{written}]}}}}"))
    return policy.environment("prod").freeze[0]


@pytest.mark.parametrize(
    ("written", "now", "until"),
    [
        (FRIDAY_EVENING, "2026-06-05T15:59:59", ""),
        (FRIDAY_EVENING, "2026-06-05T16:00:00", "2026-06-08T08:00:00+02:00"),
        (FRIDAY_EVENING, "2026-06-08T05:59:59", "2026-06-08T08:00:00+02:00"),
        (FRIDAY_EVENING, "2026-06-08T06:00:00", ""),
        (FRIDAY_EVENING, "2026-12-04T16:30:00", ""),
        (FRIDAY_EVENING, "2026-12-04T17:00:00", "2026-12-07T08:00:00+01:00"),
        # clocks are set forward on March 29 at 2:00 (1:00 UTC): 2:30 never comes, and is taken as 3:30
        (NIGHTS, "2026-03-29T01:29:59", ""),
        (NIGHTS, "2026-03-29T01:30:00", "2026-03-29T04:30:00+02:00"),
        (NIGHTS, "2026-03-29T02:30:00", ""),
        # clocks are set back on October 25 at 3:00 (1:00 UTC): 2:30 comes twice, and counts once, for a whole hour
        (NIGHTS, "2026-10-25T00:29:59", ""),
        (NIGHTS, "2026-10-25T00:30:00", "2026-10-25T02:30:00+01:00"),
        (NIGHTS, "2026-10-25T01:10:00", "2026-10-25T02:30:00+01:00"),
        (NIGHTS, "2026-10-25T01:30:00", ""),
        (HOLIDAYS, "2026-12-23T16:59:59", ""),
        (HOLIDAYS, "2026-12-23T17:00:00", "2027-01-02T08:00:00+01:00"),
        (HOLIDAYS, "2027-01-02T06:59:59", "2027-01-02T08:00:00+01:00"),
        (HOLIDAYS, "2027-01-02T07:00:00", ""),
        ("{from: 2026-12-24, until: 2026-12-27}", "2026-12-24T00:00:00", "2026-12-27T00:00:00+00:00"),
        ("{from: 2026-12-24, until: 2026-12-27}", "2026-12-27T00:00:00", ""),
        ("{from: '2026-12-24T10:00+02:00', until: '2026-12-24T12:00Z'}", "2026-12-24T08:00:00", "2026-12-24T12:00"),
        ("{from: '2026-12-24T10:00+02:00', until: '2026-12-24T12:00Z'}", "2026-12-24T07:59:59", ""),
        ("{cron: '* * * * *', duration: 1m}", "2026-06-05T15:59:59", "2026-06-05T16:00:00"),
        ("{cron: '0 0 29 2 *', duration: 1d}", "2024-02-29T12:00:00", "2024-03-01T00:00:00"),
        ("{cron: '0 0 29 2 *', duration: 1d}", "2026-02-28T12:00:00", ""),
    ],
)
def test_a_window_is_closed_from_its_start_to_its_end(written: str, now: str, until: str) -> None:
    """Given a window, when a moment is looked up, then it is closed from its first second to its last."""
    ends = freeze(written).ends(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (ends is not None) == bool(until)
    if ends is not None:
        assert ends.isoformat().startswith(until)


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "{cron: '0 18 * * fri'}",
        "{duration: 2h}",
        "{from: 2026-12-24}",
        "{from: 2026-12-24, until: 2026-12-24}",
        "{from: 2026-12-25, until: 2026-12-24}",
        "{from: 2026-12-24, until: 2026-12-25, cron: '0 1 * * *'}",
        "{cron: '0 18 * *', duration: 2h}",
        "{cron: '61 18 * * *', duration: 2h}",
        "{cron: '0 0 30 2 *', duration: 2h}",
        "{cron: 'R R * * *', duration: 2h}",
        "{cron: 'H H * * *', duration: 2h}",
        "{cron: '@daily', duration: 2h}",
        "{cron: '0 0 * * * *', duration: 2h}",
        "{cron: 5, duration: 2h}",
        "{cron: '0 1 * * monmon', duration: 2h}",
        "{cron: '0 18 * * fri', duration: 0}",
        "{cron: '0 18 * * fri', duration: 367d}",
        "{cron: '0 18 * * fri', duration: 2h, timezone: Mars/Olympus}",
        "{cron: '0 18 * * fri', duration: 2h, timezone: ../../etc/passwd}",
        "{cron: '0 18 * * fri', duration: 2h, timezone: Europe}",
        "{cron: '0 18 * * fri', duration: 2h, timezone: [UTC]}",
        "{from: 5, until: 6}",
        "{from: true, until: 2026-12-24}",
        "{start: 2026-12-23, until: 2026-12-24}",
        "{from: 2026-12-23, until: 2026-12-24, exceptions: {runbook: [x]}}",
        f"{{from: 2026-12-23, until: 2026-12-24, reason: {'x' * 201}}}",
    ],
)
def test_a_window_that_can_not_be_is_refused(written: str) -> None:
    """Given a window of no kind, or of both, or with a time that never comes, when it is read, then it is refused."""
    with pytest.raises(ValidationError):
        freeze(written)


@given(
    st.builds(lambda minute, hour: f"{minute} {hour} * * *", st.integers(0, 59), st.integers(0, 23)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_daily_window_of_a_day_is_always_closed(cron: str, zone: str, now: datetime) -> None:
    """Given a window that begins daily and takes 25 hours, when any moment is looked up, then it is closed."""
    window: dict[str, Any] = {"cron": cron, "duration": "25h", "timezone": zone}
    ends = Freeze.model_validate(window).ends(now)
    assert ends is not None
    assert 0 < (ends - now).total_seconds() <= 25 * 3600
