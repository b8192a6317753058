"""What every ledger of alerts and incidents promises, held by SQLite, PostgreSQL and the twin."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest

from bot.alerts import Grouping, Said, acknowledge, assign, close_quiet, decider, group_of, mark, note
from bot.errors import UnknownName, WrongState
from bot.ledger import Incidents, MemoryIncidents
from bot.ledger.sql import SqlLedger
from bot.model.alert import Alert
from bot.model.incident import Change, Effect, IncidentStatus, Mute, Notice, Outcome, Situation
from tests.alerts.story import START, Story, alert

from .postgres import PostgresServer

GROUPING = Grouping()
DECIDE = decider(GROUPING)
HOSTILE = "\0 \ud800 <!channel> {{ lookup('pipe', 'id') }} 😀"


@pytest.fixture(params=["twin", "sqlite", "postgresql"])
def incidents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Incidents]:
    """Every ledger of incidents there is, one after the other, empty."""
    if request.param == "twin":
        yield MemoryIncidents()
        return
    server: PostgresServer | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    ledger = SqlLedger(server.url(template="migrated") if server else f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    yield ledger.incidents()
    ledger.close()


def notices(*said: Alert, at: datetime = START) -> list[Notice]:
    """What came at a moment."""
    return [Notice(alert=each, group=group_of(each, GROUPING), at=at) for each in said]


def take(incidents: Incidents, *said: Alert, at: datetime = START) -> list[Outcome]:
    """Store alerts with what they change."""
    return incidents.take(notices(*said, at=at), DECIDE)


def effects(outcomes: list[Outcome]) -> list[Effect]:
    """What notices did."""
    return [outcome.effect for outcome in outcomes]


def test_an_alert_is_stored_with_its_incident(incidents: Incidents) -> None:
    """Given nothing, when an alert comes, then the alert, its incident and the story's first line are there."""
    said = alert("a", host="web1", labels={"zone": "eu"}, starts_at=START, url="https://x/1")
    (outcome,) = take(incidents, said)
    assert outcome.effect is Effect.OPENED
    assert outcome.incident is not None
    number = outcome.incident.id
    assert incidents.get(number) == outcome.incident
    assert (outcome.incident.opened_at, outcome.incident.status) == (START, IncidentStatus.OPEN)
    assert incidents.alerts(number) == [outcome.standing]
    assert outcome.standing.alert == said
    (line,) = incidents.timeline(number)
    assert (line.kind, line.incident_id, line.text, line.data["host"]) == ("opened", number, said.title, "web1")


def test_the_same_again_changes_nothing_but_the_count(incidents: Incidents) -> None:
    """Given a stored request, when it is sent again, whole, then nothing is there twice."""
    said = [alert("a"), alert("b")]
    assert effects(take(incidents, *said)) == [Effect.OPENED, Effect.JOINED]
    assert effects(take(incidents, *said)) == [Effect.REPEATED] * 2
    (incident,) = incidents.find()
    assert [each.repeats for each in incidents.alerts(incident.id)] == [1, 1]
    assert len(incidents.timeline(incident.id)) == 2


def test_what_comes_again_has_a_new_beginning(incidents: Incidents) -> None:
    """Given an incident that was over, when its alert comes again, then it keeps its opening, and begins anew."""
    (outcome,) = take(incidents, alert("a"))
    assert outcome.incident is not None
    again = START + timedelta(minutes=5)
    take(incidents, alert("a", "resolved"), at=START + timedelta(minutes=1))
    take(incidents, alert("a", episode="2"), at=again)
    found = incidents.get(outcome.incident.id)
    assert (found.opened_at, found.since, found.escalated) == (START, again, 0)


def test_a_line_with_a_key_is_told_once(incidents: Incidents) -> None:
    """Given a line with a key, when it comes again, then it is there once; under another kind it is another line."""
    (outcome,) = take(incidents, alert("a"))
    assert outcome.incident is not None
    number = outcome.incident.id
    for key in ("C1:1", "C1:1", "C1:2"):
        incidents.change(number, mark("slack:U1", Said(text=key, author="slack:U2", at=START, key=key), START))
    line = replace(incidents.timeline(number)[-1], kind="other")
    incidents.change(number, lambda incident, _firing: (incident, (line,)))
    assert [(event.kind, event.text) for event in incidents.timeline(number)[1:]] == [
        ("marked", "C1:1"),
        ("marked", "C1:2"),
        ("other", "C1:2"),
    ]


def test_what_resolves_closes(incidents: Incidents) -> None:
    """Given two alerts, when both resolve, then the incident is closed, and listed only when that is asked for."""
    take(incidents, alert("a"), alert("b"))
    later = START + timedelta(minutes=5)
    said = take(incidents, alert("a", "resolved"), alert("b", "resolved"), at=later)
    assert effects(said) == [Effect.RESOLVED, Effect.CLOSED]
    assert incidents.find() == []
    (closed,) = incidents.find(also_closed=True)
    assert (closed.status, closed.closed_at, closed.closed_by) == (IncidentStatus.CLOSED, later, "")


def test_a_ledger_decides_as_the_story_does(incidents: Incidents) -> None:
    """Given notices in many orders, when they come, then every ledger tells the decision the same situation."""
    story = Story()
    for number in range(60):
        status = "resolved" if number * 7 % 5 < 2 else "firing"
        said = alert("abcd"[number * 5 % 4], status, episode=str(number // 9), service="xy"[number % 2])
        wanted = story.say(said, after=97 * (number % 8))
        assert effects(take(incidents, said, at=story.now)) == [wanted]
    found = incidents.find(also_closed=True, last=1000)[::-1]
    assert found == [story.incidents[number] for number in sorted(story.incidents)]


def test_all_of_a_request_or_nothing(incidents: Incidents) -> None:
    """Given a request of two, when the second cannot be decided, then the first is not there either."""

    def broken(situation: Situation, notice: Notice) -> Change:
        if notice.alert.subject == "b":
            raise RuntimeError
        return DECIDE(situation, notice)

    with pytest.raises(RuntimeError):
        incidents.take(notices(alert("a"), alert("b")), broken)
    assert incidents.find(also_closed=True) == []
    assert effects(take(incidents, alert("a"))) == [Effect.OPENED]


def test_many_at_once_are_one_incident(incidents: Incidents) -> None:
    """Given eight senders at once, when each tells of its host, then there is one incident of eight alerts."""
    told: list[Outcome] = []
    threads = [Thread(target=lambda n=n: told.extend(take(incidents, alert(f"a{n}")))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(effects(told)) == sorted([Effect.OPENED, *[Effect.JOINED] * 7])
    (incident,) = incidents.find()
    assert len(incidents.alerts(incident.id)) == 8


def test_the_same_at_once_is_there_once(incidents: Incidents) -> None:
    """Given one notice that is delivered four times at once, when all are taken, then it acts once."""
    told: list[Outcome] = []
    threads = [Thread(target=lambda: told.extend(take(incidents, alert("a")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(effects(told)) == sorted([Effect.OPENED, *[Effect.REPEATED] * 3])


def test_people_change_an_incident(incidents: Incidents) -> None:
    """Given an incident, when somebody takes it and notes something, then both are kept; a refused step is not."""
    take(incidents, alert("a"))
    (incident,) = incidents.find()
    taken = incidents.change(incident.id, acknowledge("terminal:anna", START))
    assert (taken.status, taken.acknowledged_by, taken.acknowledged_at) == ("acknowledged", "terminal:anna", START)
    assert incidents.get(incident.id) == taken
    with pytest.raises(WrongState):
        incidents.change(incident.id, acknowledge("terminal:bert", START))
    incidents.change(incident.id, note("terminal:anna", HOSTILE, START))
    lines = incidents.timeline(incident.id)
    assert [line.kind for line in lines] == ["opened", "acknowledged", "note"]
    assert lines[2].text == HOSTILE.replace("\0", "\N{SYMBOL FOR NULL}").replace("\ud800", "?")


def test_text_from_outside_is_kept(incidents: Incidents) -> None:
    """Given an alert with text that no database takes, when it is stored, then it is there, made storable."""
    said = alert(HOSTILE, title=HOSTILE, service=HOSTILE, host=HOSTILE, labels={HOSTILE: HOSTILE})
    (outcome,) = take(incidents, said)
    assert outcome.incident is not None
    assert "\0" not in outcome.incident.title
    assert "lookup('pipe', 'id')" in outcome.incident.title
    assert effects(take(incidents, said)) == [Effect.REPEATED]


def test_times_come_back_in_utc(incidents: Incidents) -> None:
    """Given a time in another zone, when it is stored, then the same moment comes back in UTC."""
    there = START.astimezone(timezone(timedelta(hours=5)))
    (outcome,) = take(incidents, alert("a"), at=there)
    assert outcome.incident is not None
    assert (outcome.incident.opened_at, outcome.incident.opened_at.tzinfo) == (START, UTC)


@pytest.mark.parametrize("number", [0, -1, 7, 2**40])
def test_an_incident_that_is_not_there(incidents: Incidents, number: int) -> None:
    """Given no incident, when it is asked for in any way, then it is refused."""
    asked: list[Callable[[], object]] = [
        lambda: incidents.get(number),
        lambda: incidents.alerts(number),
        lambda: incidents.timeline(number),
        lambda: incidents.change(number, acknowledge("terminal:anna", START)),
    ]
    for ask in asked:
        with pytest.raises(UnknownName):
            ask()


def test_mutes(incidents: Incidents) -> None:
    """Given a mute, when its time is over or somebody ends it, then it is in force no more, and that is told once."""
    until = START + timedelta(hours=2)
    wanted = Mute(matchers={"service": "pay*"}, at=START, until=until, by="terminal:anna", why=HOSTILE[6:])
    first, second = incidents.mute(wanted), incidents.mute(wanted)
    assert first == replace(wanted, id=first.id)
    assert incidents.mutes(START) == [first, second]
    assert incidents.unmute(first.id, "terminal:bert", START)
    assert not incidents.unmute(first.id, "terminal:bert", START)
    assert not incidents.unmute(99, "terminal:bert", START)
    assert not incidents.unmute(2**40, "terminal:bert", START)
    assert incidents.mutes(START) == [second]
    assert incidents.mutes(until) == []
    assert effects(take(incidents, alert("a"), at=START + timedelta(minutes=1))) == [Effect.MUTED]
    assert incidents.find(also_closed=True) == []
    assert effects(take(incidents, alert("a"), at=until)) == [Effect.OPENED]


def test_what_flaps_is_found(incidents: Incidents) -> None:
    """Given an alert that comes and goes, when it is quiet, then it is found, and closes by a step."""
    for number in range(4):
        for status in ("firing", "resolved"):
            take(incidents, alert("a", status, episode=str(number)), at=START + timedelta(seconds=number))
    ((incident, firing),) = incidents.flapping()
    assert (incident.flapping, firing) == (True, 0)
    assert incidents.change(incident.id, close_quiet(START)).closed
    assert incidents.flapping() == []


def test_what_rules_are_to_be_told(incidents: Incidents) -> None:
    """Given alerts that begin, repeat and end, when some were told, then the rest waits, in order."""
    take(incidents, alert("a", host="web1"), alert("b"), alert("a"), alert("a", "resolved"))
    found = incidents.news()
    assert [(each.alert.subject, each.effect, each.incident_id) for each in found] == [
        ("a", "opened", 1),
        ("b", "joined", 1),
        ("a", "resolved", 1),
    ]
    assert (found[0].alert.host, found[0].at) == ("web1", START)
    incidents.ruled(found[0].id)
    assert incidents.news() == found[1:]
    assert incidents.news(last=1) == found[1:2]


def test_an_incident_counts_what_happens_to_it(incidents: Incidents) -> None:
    """Given an incident, when an alert repeats or a person acts, then its edition grows."""
    editions = []
    for act in (
        lambda: take(incidents, alert("a")),
        lambda: take(incidents, alert("a")),
        lambda: incidents.change(1, acknowledge("terminal:anna", START)),
    ):
        act()
        editions.append(incidents.get(1).edition)
    assert editions == sorted(set(editions))


def test_a_request_is_stored_once(incidents: Incidents) -> None:
    """Given a request that was stored, when it comes again, then it is refused, and nothing of it is counted."""
    said = notices(alert("a"))
    incidents.take(said, DECIDE, once=("request:1", START))
    before = incidents.get(1).edition
    with pytest.raises(WrongState):
        incidents.take(notices(alert("b")), DECIDE, once=("request:1", START))
    assert len(incidents.alerts(1)) == 1
    assert incidents.get(1).edition == before
    incidents.take(notices(alert("b")), DECIDE, once=("request:2", START))
    assert len(incidents.alerts(1)) == 2


def test_what_a_place_does_not_show_yet(incidents: Incidents) -> None:
    """Given incidents, when a place shows one, then it is to show it again only after something happened to it."""
    take(incidents, alert("a"), alert("b", service="other"))
    assert incidents.to_show("slack:C1", START) == [(1, 0), (2, 0)]
    incidents.shown(1, "slack:C1", incidents.get(1).edition, told=7)
    assert incidents.to_show("slack:C1", START) == [(2, 0)]
    assert incidents.to_show("terminal:ops", START) == [(1, 0), (2, 0)]
    take(incidents, alert("a"))
    assert incidents.to_show("slack:C1", START) == [(1, 7), (2, 0)]
    incidents.shown(1, "slack:C1", incidents.get(1).edition, told=8)
    assert incidents.to_show("slack:C1", START, last=1) == [(2, 0)]


def test_old_incidents_are_not_shown_in_new_places(incidents: Incidents) -> None:
    """Given an incident that is closed, when a place is new, then it shows it only if that was not long ago."""
    take(incidents, alert("a"), alert("a", "resolved"))
    assert incidents.to_show("slack:C1", START - timedelta(seconds=1)) == [(1, 0)]
    assert incidents.to_show("slack:C1", START + timedelta(seconds=1)) == []


def test_what_is_shown_of_an_incident(incidents: Incidents) -> None:
    """Given an incident of many alerts, when it is to be shown, then all are counted, those that fire first."""
    take(incidents, *(alert(f"a{n}") for n in range(6)), alert("a0"), alert("a5", "resolved"))
    card = incidents.card(1, most=3)
    assert (card.firing, card.over, card.repeats, card.incident.id) == (5, 1, 1, 1)
    assert [each.alert.subject for each in card.alerts] == ["a4", "a3", "a2"]
    assert [each.alert.subject for each in incidents.card(1).alerts][-1] == "a5"
    with pytest.raises(UnknownName):
        incidents.card(7)


def test_what_nobody_attends_to(incidents: Incidents) -> None:
    """Given incidents, when one is acknowledged and one assigned, then the third waits for somebody."""
    take(incidents, *(alert(name, service=name) for name in "abc"))
    incidents.change(1, acknowledge("terminal:anna", START))
    incidents.change(2, assign("terminal:anna", "slack:U1", START))
    assert [each.id for each in incidents.unattended()] == [3]


def test_old_keys_are_taken_out(incidents: Incidents) -> None:
    """Given keys and news of long ago, when they are pruned, then what rules were not told of stays."""
    take(incidents, alert("a"), alert("b"))
    for news in incidents.news()[:1]:
        incidents.ruled(news.id)
    take(incidents, alert("c"), at=START + timedelta(days=2))
    later = START + timedelta(days=1)
    assert [incidents.prune(later, most=1) for _ in range(3)] == [2, 1, 0]
    assert [each.alert.subject for each in incidents.news()] == ["b", "c"]
    assert effects(take(incidents, alert("c"), at=START + timedelta(days=2))) == [Effect.REPEATED]
