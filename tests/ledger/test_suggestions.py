"""The contract of Suggestions, over SQLite, PostgreSQL and the twin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import UnknownName
from bot.ledger import Incidents, MemoryIncidents, MemorySuggestions, Suggestions
from bot.ledger.sql import SqlLedger
from bot.model.alert import Alert, AlertStatus, Severity
from bot.model.command import AskRun
from bot.model.incident import Change, Effect, Incident, IncidentEvent, Notice, Situation, Standing
from bot.model.suggestion import Call, Suggestion, SuggestionState

from .postgres import PostgresServer

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
OFFERED, STARTING, TAKEN = SuggestionState.OFFERED, SuggestionState.STARTING, SuggestionState.TAKEN
Place = tuple[Suggestions, Incidents]


@pytest.fixture(params=["twin", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Every such ledger there is, with two incidents in it."""
    if request.param == "twin":
        memory = MemoryIncidents()
        _open(memory)
        yield MemorySuggestions(), memory
        return
    if request.param == "sqlite":
        made = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        made = SqlLedger(server.url(template="migrated"))
    made.migrate()
    _open(made.incidents())
    yield made.suggestions(), made.incidents()
    made.close()


def _open(incidents: Incidents) -> None:
    for number in range(2):
        alert = Alert(
            source="s", key=f"k{number}", subject=f"s{number}", status=AlertStatus.FIRING, symptom="x", title="t"
        )
        incidents.take([Notice(alert=alert, group=f"g{number}", at=NOW)], _opened)


def _opened(_situation: Situation, notice: Notice) -> Change:
    incident = Incident(
        group=notice.group, source="s", service="", symptom="x", title="t", severity=Severity.UNKNOWN,
        opened_at=notice.at, last_at=notice.at,
    )  # fmt: skip
    standing = Standing(alert=notice.alert, first_at=notice.at, last_at=notice.at)
    event = IncidentEvent(kind=Effect.OPENED, at=notice.at)
    return Change(effect=Effect.OPENED, standing=standing, incident=incident, events=(event,))


ASK = AskRun(runbook="ping", limit="web1", environment="lab", parameters={"a": "{{ 1 }}", "b": ["x", "y"]})
MADE = Suggestion(
    key="k", incident_id=1, actor="rule:town/mend", ask=ASK, hosts=("web1",), state=OFFERED, reason="because",
    verify=600, at=NOW, changed_at=NOW,
)  # fmt: skip


def test_a_suggestion_comes_back_as_it_was_made(place: Place) -> None:
    """Given a suggestion, when it is kept, then it comes back with a number, whichever way it is looked for."""
    suggestions, _ = place
    made, new = suggestions.add(MADE)
    assert new
    assert made == replace(MADE, id=made.id)
    assert suggestions.get(made.id) == made
    assert suggestions.of_incidents([1]) == suggestions.find(OFFERED) == [made]
    assert suggestions.of_incidents([2]) == suggestions.of_incidents([]) == suggestions.find(TAKEN) == []
    assert suggestions.find(OFFERED, TAKEN, actor="rule:town/mend") == [made]
    assert suggestions.find(OFFERED, actor="rule:other") == []


def test_the_same_key_is_kept_once(place: Place) -> None:
    """Given a suggestion, when the rule is asked again about the same event, then the first one is what there is."""
    suggestions, _ = place
    first, _ = suggestions.add(MADE)
    again, new = suggestions.add(replace(MADE, reason="other"))
    assert not new
    assert again == first


def test_only_one_of_two_changes_it(place: Place) -> None:
    """Given a suggestion that is offered, when two take it, then the second finds that it is not offered any more."""
    suggestions, _ = place
    made, _ = suggestions.add(MADE)
    assert suggestions.change(replace(made, state=STARTING, taken_by="slack:U1"), OFFERED)
    assert not suggestions.change(replace(made, state=STARTING, taken_by="slack:U2"), OFFERED)
    assert suggestions.get(made.id).taken_by == "slack:U1"


def test_newest_first(place: Place) -> None:
    """Given several, when the last ones are looked for, then the newest come first, and no more than asked for."""
    suggestions, _ = place
    for number in range(3):
        suggestions.add(replace(MADE, key=str(number), incident_id=None))
    assert [each.key for each in suggestions.find(OFFERED, last=2)] == ["2", "1"]


@pytest.mark.parametrize("number", [0, -1, 99, 2**40])
def test_one_that_is_not_there(place: Place, number: int) -> None:
    """Given a number that stands for nothing, when it is looked up, then that is said."""
    with pytest.raises(UnknownName):
        place[0].get(number)


def test_calls_come_when_their_time_has_come(place: Place) -> None:
    """Given a call, when its time comes, then it is due until it is moved on, and no more once it has ended."""
    suggestions, _ = place
    call = Call(key="c", incident_id=1, to=("#ops", "S1"), after=60, text="t", next_at=NOW)
    suggestions.add_call(call)
    suggestions.add_call(call)
    assert suggestions.due_calls(NOW - timedelta(seconds=1)) == []
    (due,) = suggestions.due_calls(NOW)
    assert due == replace(call, id=due.id)
    later = replace(due, step=1, next_at=NOW + timedelta(seconds=60))
    assert suggestions.move_call(later, before=0)
    assert not suggestions.move_call(later, before=0)
    assert suggestions.due_calls(NOW) == []
    assert suggestions.due_calls(NOW + timedelta(seconds=60)) == [later]
    assert suggestions.move_call(replace(later, step=2, next_at=None), before=1)
    assert suggestions.due_calls(NOW + timedelta(days=1)) == []
