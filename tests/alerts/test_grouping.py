"""Consolidation: which alerts are one incident, and what each notice does to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import acknowledge, assign, close, fits, group_of, grouping_of, note, quiet
from bot.alerts.grouping import Grouping
from bot.errors import BadParameters, Misconfigured, WrongState
from bot.model.alert import AlertStatus, Severity
from bot.model.incident import Effect, IncidentStatus, Mute

from .story import START, Story, alert


def mute(**matchers: str) -> Mute:
    """Two hours of silence."""
    until = START + timedelta(hours=2)
    return Mute(id=3, matchers=matchers, at=START, until=until, by="terminal:anna", why="planned")


def test_a_storm_is_one_incident() -> None:
    """Given a symptom on fifty hosts, when all are told, then there is one incident, and it has the worst severity."""
    story = Story()
    told = [story.say(alert(f"a{n}", host=f"web{n}", severity=Severity.WARNING), after=1) for n in range(49)]
    told.append(story.say(alert("bad", severity=Severity.CRITICAL)))
    assert told == [Effect.OPENED, *[Effect.JOINED] * 49]
    assert [each.severity for each in story.incidents.values()] == [Severity.CRITICAL]


def test_what_differs_is_another_incident() -> None:
    """Given another service, another symptom, or a configured label, when it fires, then it has its own incident."""
    story = Story(by=("service", "symptom", "labels.zone"))
    for changed in ({}, {"service": "search"}, {"symptom": "Slow"}, {"labels": {"zone": "eu"}}):
        assert story.say(alert(str(changed), **changed)) is Effect.OPENED
    assert group_of(alert("x", host="web1"), story.grouping) == group_of(alert("y", host="web2"), story.grouping)


def test_after_the_window_it_is_another_incident() -> None:
    """Given an incident in which nothing happened for long, when its like fires, then it is a new one."""
    story = Story(window=600)
    story.say(alert("a"))
    assert story.say(alert("b"), after=600) is Effect.JOINED
    assert story.say(alert("c"), after=601) is Effect.OPENED


def test_repeats_are_counted_and_not_told() -> None:
    """Given a firing alert, when it is said again, under the same key or another, then only the count changes."""
    story = Story()
    story.say(alert("a"))
    assert [story.say(alert("a")), story.say(alert("a", episode="2"))] == [Effect.REPEATED] * 2
    assert story.standings["a"].repeats == 2
    assert len(story.told) == 1


def test_the_last_one_closes_what_the_first_one_opened() -> None:
    """Given two alerts in an incident, when both resolve, then it closes with the second."""
    story = Story()
    story.say(alert("a"))
    story.say(alert("b"))
    assert story.say(alert("a", "resolved")) is Effect.RESOLVED
    assert not story.incidents[1].closed
    assert story.say(alert("b", "resolved")) is Effect.CLOSED
    assert (story.incidents[1].status, story.incidents[1].closed_at) == (IncidentStatus.CLOSED, story.now)
    assert [event.kind for event in story.told] == ["opened", "joined", "resolved", "closed"]


def test_an_end_without_a_beginning() -> None:
    """Given nothing, when something resolves, then nothing is opened; and its late beginning opens nothing either."""
    story = Story()
    assert story.say(alert("a", "resolved")) is Effect.IGNORED
    assert story.say(alert("a", "firing")) is Effect.IGNORED
    assert story.say(alert("a", "firing", episode="2")) is Effect.OPENED
    assert len(story.incidents) == 1


def test_soon_again_is_the_same_incident() -> None:
    """Given an incident that closed by itself, when its alert fires again soon, then it is opened again; later not."""
    for after, effect in ((599, Effect.REOPENED), (601, Effect.OPENED)):
        story = Story(within=600)
        story.say(alert("a"))
        story.say(alert("a", "resolved"))
        assert story.say(alert("a", episode="2"), after=after) is effect


def test_what_a_person_closed_stays_closed() -> None:
    """Given an incident that somebody closed, when its alert comes again, then it is a new one."""
    story = Story()
    story.say(alert("a"))
    story.incidents[1], _ = close("terminal:anna", "no trouble", story.now)(story.incidents[1], 1)
    assert story.say(alert("a", episode="2")) is Effect.OPENED
    assert story.incidents[1].closed


def test_flapping_is_told_once_and_ends_in_quiet() -> None:
    """Given an alert that comes and goes, when it has often enough, then its incident stays open until it is quiet."""
    story = Story(changes=4, within=600)
    said = [story.say(alert("a", status, episode=str(n))) for n in range(5) for status in ("firing", "resolved")]
    assert said[:3] == [Effect.OPENED, Effect.CLOSED, Effect.REOPENED]
    assert set(said[3:]) == {Effect.FLAPPING}
    assert [event.kind for event in story.told].count("flapping") == 1
    incident = story.incidents[1]
    assert (len(story.incidents), incident.flapping, incident.closed) == (1, True, False)
    assert not quiet(incident, 0, story.now + timedelta(seconds=599), story.grouping)
    assert not quiet(incident, 1, story.now + timedelta(seconds=600), story.grouping)
    assert quiet(incident, 0, story.now + timedelta(seconds=600), story.grouping)


def test_silence() -> None:
    """Given a mute, when what fits it fires, then it is kept and opens nothing; when the mute is over, it does."""
    story = Story()
    story.mutes = (mute(service="pay*"),)
    assert [story.say(alert("a")), story.say(alert("a", episode="2"))] == [Effect.MUTED, Effect.REPEATED]
    assert story.standings["a"].muted_by == 3
    assert story.say(alert("b", service="search")) is Effect.OPENED
    assert story.say(alert("a", episode="3"), after=7200) is Effect.OPENED


def test_what_still_fires_after_silence_is_told() -> None:
    """Given a muted alert, when the mute is over and the sender says the very same again, then it is an incident."""
    story = Story()
    story.mutes = (mute(service="payments"),)
    story.say(alert("a"))
    assert story.say(alert("a")) is Effect.REPEATED
    assert story.say(alert("a"), after=7200) is Effect.OPENED


def test_silence_does_not_lose_an_end() -> None:
    """Given a mute that came after the alert, when the alert resolves, then its incident closes all the same."""
    story = Story()
    story.say(alert("a"))
    story.mutes = (mute(service="payments"),)
    assert story.say(alert("a", "resolved")) is Effect.CLOSED


@pytest.mark.parametrize(
    ("matchers", "wanted"),
    [
        ({}, False),
        ({"service": "payments"}, True),
        ({"service": "payments", "host": "web1"}, False),
        ({"labels.zone": "eu-*"}, True),
        ({"labels.other": "*"}, True),
        ({"labels.other": "?*"}, False),
        ({"unknown": "?*"}, False),
    ],
)
def test_what_a_mute_fits(matchers: dict[str, str], *, wanted: bool) -> None:
    """Given matchers, when they are held against an alert, then all must fit, and none at all fit nothing."""
    said = alert("a", labels={"zone": "eu-1"})
    assert fits(mute(**matchers), said, START) is wanted
    assert not fits(replace(mute(**matchers), ended_at=START), said, START)
    assert not fits(mute(**matchers), said, START + timedelta(hours=2))


def test_what_people_do() -> None:
    """Given an incident, when people take, note and close it, then each leaves a line, and a second is told."""
    story = Story()
    story.say(alert("a"))
    incident, told = acknowledge("terminal:anna", START)(story.incidents[1], 1)
    assert (incident.status, incident.assignee) == (IncidentStatus.ACKNOWLEDGED, "terminal:anna")
    with pytest.raises(WrongState, match="looks after"):
        acknowledge("terminal:bert", START)(incident, 1)
    incident, _ = assign("terminal:anna", "terminal:bert", START)(incident, 1)
    same, noted = note("terminal:anna", " seen <b> ", START)(incident, 1)
    assert (same, noted[0].text, told[0].kind) == (incident, "seen <b>", "acknowledged")
    closed, ended = close("terminal:bert", "done", START)(incident, 2)
    assert (closed.closed_by, ended[0].data) == ("terminal:bert", {"firing": 2})
    with pytest.raises(WrongState, match="is closed"):
        close("terminal:anna", "", START)(closed, 0)
    with pytest.raises(BadParameters):
        note("terminal:anna", " ", START)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["firing", "resolved"]),
            st.sampled_from("123"),
            st.integers(min_value=0, max_value=2000),
        ),
        max_size=30,
    )
)
def test_whatever_comes(notices: list[tuple[str, str, str, int]]) -> None:
    """Given notices in any order, when all are told, then what fires is in an open incident, and only that."""
    story = Story()
    for subject, status, episode, after in notices:
        story.say(alert(subject, status, episode=episode), after=after)
        firing = [each for each in story.standings.values() if each.alert.status is AlertStatus.FIRING]
        assert all(not story.incidents[each.incident_id or 0].closed for each in firing)
        opened = [each for each in story.incidents.values() if not each.closed and not each.flapping]
        assert all(any(each.incident_id == incident.id for each in firing) for incident in opened)


def test_the_configuration_of_groups() -> None:
    """Given the policy's mapping, when it is read, then durations are seconds, and what is missing has a default."""
    assert grouping_of({}) == Grouping()
    found = grouping_of({"grouping": {"by": "labels.team", "window": "2h", "flapping": {"within": "5m"}}})
    assert found == Grouping(by=("labels.team",), window=7200, within=300)


@pytest.mark.parametrize(
    "written", [[], {"by": []}, {"by": "colour"}, {"window": 0}, {"flapping": {"changes": 1}}, {"size": 3}]
)
def test_a_wrong_configuration_of_groups(written: Any) -> None:
    """Given a mapping that makes no sense, when it is read, then it is refused."""
    with pytest.raises(Misconfigured, match=r"alerts\.grouping"):
        grouping_of({"grouping": written})
