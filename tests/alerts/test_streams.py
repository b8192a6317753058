"""What each sender sends in the course of a trouble, replayed from files, ends in the right incidents.

`streams/<sender>.jsonl` has a request a line: `at` (seconds since the beginning), `source`, `body`, `why` for who reads
it, and `answer` where that is not 200. `streams/<sender>.expected.json` has what is there `until` so many seconds
later; of each alert its status, and how often it was said again.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alerts import AlertConfig, configured
from bot.chat import LetterKind, MemoryChat
from bot.entrypoints.alert_http import alert_pages
from bot.entrypoints.http import web
from bot.flows.alert import TakeAlerts
from bot.flows.incidents import TendIncidents
from bot.flows.journal import Journal
from bot.flows.together import Together
from bot.ledger.sql import SqlLedger
from bot.metrics import MemoryCounters
from bot.model.incident import Incident
from bot.model.people import Conversation
from bot.queue import MemoryBell

from .samples import body
from .senders import SECRETS, WRITTEN, proof
from .story import START

STREAMS = Path(__file__).with_name("streams")
OPS = Conversation(transport="slack", channel="C0OPS")
SUPPRESSED = "signalbox_alerts_suppressed_total"
TURN_SECONDS = 10


class Leases:
    """Leases that nobody else wants."""

    def take(self, _name: str) -> bool:
        """Take it."""
        return True


class Replay:
    """The page, the flows and SQL, on a clock that goes as far as the stream says; a relay has its turns meanwhile."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.incidents = ledger.incidents()
        self.chat, self.counters = MemoryChat(), MemoryCounters()
        self.seconds = 0
        self.config = configured({**WRITTEN, "cards": [str(OPS)]})
        take = TakeAlerts(
            config=self._config,
            together=Together(incidents=lambda: self.incidents),
            secret=lambda name: SECRETS.get(name, ""),
            counters=self.counters,
            bell=MemoryBell,
            clock=lambda: self.now,
        )
        self.client = web(list, alert_pages(lambda: take)).test_client()
        self.relay = TendIncidents(
            config=self._config,
            incidents=lambda: self.incidents,
            places=lambda: self.config.places,
            chat=self.chat,
            leases=Leases(),  # type: ignore[arg-type]
            counters=self.counters,
            journal=Journal(ledger=ledger),
            hand_over=lambda: None,
            recall=lambda card: card,
            clock=lambda: self.now,
        )

    @property
    def now(self) -> datetime:
        """The time of the stream."""
        return START + timedelta(seconds=self.seconds)

    def until(self, seconds: int) -> None:
        """Time goes by."""
        while self.seconds < seconds:
            self.seconds += 1
            if self.seconds % TURN_SECONDS == 0:
                self.relay.handle(float(self.seconds))

    def send(self, line: dict[str, Any]) -> None:
        """One request of the stream, at its time."""
        self.until(line["at"])
        source, sent = line["source"], body(line["body"])
        answer = self.client.post(
            f"/alerts/{source}", data=sent, headers=proof(source, sent, self.now), content_type="application/json"
        )
        assert answer.status_code == line.get("answer", 200), (line["at"], answer.text)

    def seen(self) -> dict[str, Any]:
        """What there is, in the words of the files."""
        totals = self.counters.totals()
        incidents = self.incidents.find(also_closed=True, last=100)
        return {
            "suppressed": {label: int(number) for (name, label, *_), number in totals.items() if name == SUPPRESSED},
            "incidents": [self._incident(each) for each in sorted(incidents, key=lambda each: each.id)],
        }

    def _incident(self, incident: Incident) -> dict[str, Any]:
        standings = self.incidents.alerts(incident.id)
        return {
            "symptom": incident.symptom,
            "service": incident.service,
            "severity": incident.severity,
            "status": incident.status,
            "opened": _since(incident.opened_at),
            "closed": _since(incident.closed_at),
            "story": [event.kind for event in self.incidents.timeline(incident.id)],
            "alerts": {each.alert.subject: [each.alert.status, each.repeats] for each in standings},
        }

    def cards(self) -> list[tuple[int, str]]:
        """Each card that the channel shows: its incident, and where that stands."""
        letters = self.chat.letters(OPS)
        shown = [letter.incident for letter in letters if letter.kind is LetterKind.INCIDENT and letter.incident]
        return sorted((card.incident.id, card.incident.status.value) for card in shown)

    def _config(self) -> AlertConfig:
        return self.config


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Replay]:
    """A replay into an empty database."""
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    yield Replay(ledger)
    ledger.close()


def _since(moment: datetime | None) -> int | None:
    return None if moment is None else int((moment - START).total_seconds())


@pytest.mark.parametrize("sender", sorted(WRITTEN))
def test_a_stream_ends_in_the_right_incidents(replay: Replay, sender: str) -> None:
    """Given what a sender sends, when all of it came, then incidents, alerts and cards are those of the file beside."""
    expected = json.loads((STREAMS / f"{sender}.expected.json").read_text())
    for line in (STREAMS / f"{sender}.jsonl").read_text().splitlines():
        replay.send(json.loads(line))
    replay.until(expected.pop("until") + TURN_SECONDS)
    assert replay.seen() == expected
    assert replay.cards() == [(number, each["status"]) for number, each in enumerate(expected["incidents"], 1)]
