"""The twin of the ledger's alerts and incidents: the same promises, kept in one process's memory."""
# ruff: noqa: D102 (what each method does is told once, at `Incidents`)

import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.ledger import incident_rows as rows
from bot.ledger.incidents import Once, Taking
from bot.ledger.values import at_most, clean, utc
from bot.model.alert import AlertStatus
from bot.model.incident import (
    Decide,
    Incident,
    IncidentCard,
    IncidentEvent,
    IncidentStatus,
    Mute,
    Notice,
    Outcome,
    Situation,
    Standing,
    Step,
)
from bot.model.ruling import TOLD, News

_Row = dict[str, Any]
_TABLES = ("incidents", "alerts", "events", "mutes", "news")


class MemoryIncidents:
    """Alerts and incidents without a database; what each method does, takes and raises stands at `Incidents`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tables: dict[str, dict[int, _Row]] = {name: {} for name in _TABLES}
        self._keys: dict[str, datetime] = {}
        self._cards: dict[tuple[int, str], tuple[int, int]] = {}
        self._counts = dict.fromkeys(_TABLES, 0)

    def take(self, notices: Sequence[Notice], decide: Decide, *, once: Once | None = None) -> list[Outcome]:
        (taken,) = self.take_all([Taking(notices=notices, decide=decide, once=once)])
        if taken is None:
            raise rows.taken_before()
        return taken

    def take_all(self, requests: Sequence[Taking]) -> list[list[Outcome] | None]:
        with self._all_or_nothing():
            return [self._request(request) for request in requests]

    def change(self, incident_id: int, step: Step) -> Incident:
        with self._all_or_nothing():
            changed, events = step(self.get(incident_id), self._firing(incident_id, but=0))
            new = rows.not_told(events, lambda: self.timeline(incident_id))
            self._store(incident_id, changed)
            self._count(incident_id)
            self._tell(incident_id, new)
            return self.get(incident_id)

    def get(self, incident_id: int) -> Incident:
        with self._lock:
            if incident_id not in self._tables["incidents"]:
                raise rows.no_such_incident(incident_id)
            return rows.incident_value(self._tables["incidents"][incident_id])

    def find(self, *, also_closed: bool = False, last: int = 20) -> list[Incident]:
        found = [each for each in self._incidents() if also_closed or not each.closed]
        return found[::-1][: at_most(last)]

    def alerts(self, incident_id: int) -> list[Standing]:
        self.get(incident_id)
        return [each for each in self._standings() if each.incident_id == incident_id]

    def timeline(self, incident_id: int) -> list[IncidentEvent]:
        self.get(incident_id)
        with self._lock:
            told = [rows.event_value(row) for row in self._tables["events"].values()]
        return [event for event in told if event.incident_id == incident_id]

    def flapping(self) -> list[tuple[Incident, int]]:
        flapping = [each for each in self._incidents() if each.flapping and not each.closed]
        return [(each, self._firing(each.id, but=0)) for each in flapping]

    def mute(self, mute: Mute) -> Mute:
        with self._lock:
            number = self._insert("mutes", rows.mute_row(mute))
            return rows.mute_value(self._tables["mutes"][number])

    def unmute(self, mute_id: int, actor: str, at: datetime) -> bool:
        with self._lock:
            there = mute_id in {each.id for each in self.mutes(at)}
            if there:
                self._tables["mutes"][mute_id] |= {"ended_at": utc(at), "ended_by": clean(actor)}
            return there

    def mutes(self, now: datetime) -> list[Mute]:
        with self._lock:
            kept = [rows.mute_value(row) for row in self._tables["mutes"].values()]
        return [each for each in kept if each.ended_at is None and each.until > now]

    def news(self, last: int = 50) -> list[News]:
        with self._lock:
            waiting = [rows.news_value(row) for row in self._tables["news"].values() if not row["ruled"]]
        return waiting[: at_most(last)]

    def ruled(self, news_id: int) -> None:
        with self._lock:
            for row in self._tables["news"].values():
                row["ruled"] = row["ruled"] or row["id"] <= news_id

    def card(self, incident_id: int, most: int = 15) -> IncidentCard:
        own, incident = self.alerts(incident_id), self.get(incident_id)
        fires = [each for each in own if each.alert.status is AlertStatus.FIRING]
        order = sorted(own, key=lambda each: (each in fires, each.id), reverse=True)
        return IncidentCard(
            incident=incident,
            firing=len(fires),
            over=len(own) - len(fires),
            repeats=sum(each.repeats for each in own),
            alerts=tuple(order[:most]),
        )

    def to_show(self, place: str, since: datetime, last: int = 50) -> list[tuple[int, int]]:
        with self._lock:
            shown = {number: card for (number, there), card in self._cards.items() if there == place}
        wanted = [
            (each.id, shown.get(each.id, (0, 0))[1])
            for each in self._incidents()
            if (
                shown[each.id][0] < each.edition
                if each.id in shown
                else not each.closed or (each.closed_at is not None and each.closed_at >= since)
            )
        ]
        return wanted[: at_most(last)]

    def shown(self, incident_id: int, place: str, edition: int, told: int) -> None:
        with self._lock:
            self._cards[incident_id, place] = edition, told

    def unattended(self) -> list[Incident]:
        return [each for each in self._incidents() if each.status is IncidentStatus.OPEN and not each.assignee]

    def prune(self, before: datetime, most: int = 500) -> int:
        with self._lock:
            keys = [key for key, at in self._keys.items() if at < before][:most]
            news = [n for n, row in self._tables["news"].items() if row["ruled"] and row["at"] < before][:most]
            for key in keys:
                del self._keys[key]
            for number in news:
                del self._tables["news"][number]
        return len(keys) + len(news)

    def _request(self, request: Taking) -> list[Outcome] | None:
        once = request.once
        if once is not None and not self._first(rows.digest("", once[0]), once[1]):
            return None
        return [self._take(notice, request.decide) for notice in request.notices]

    def _take(self, notice: Notice, decide: Decide) -> Outcome:
        key = rows.digest(notice.alert.source, notice.alert.key)
        change = decide(self._situation(notice, seen=not self._first(key, notice.at)), notice)
        incident, standing = change.incident, change.standing
        if incident is not None:
            number = incident.id or self._insert("incidents", {**rows.incident_row(incident), "edition": 0})
            self._store(number, incident)
            standing = replace(standing, incident_id=number)
            self._tell(number, change.events)
        if standing.incident_id:
            self._count(standing.incident_id)
            incident = incident and self.get(standing.incident_id)
        row = rows.standing_row(standing)
        number = standing.id or self._insert("alerts", row)
        self._tables["alerts"][number] = {"id": number, **row}
        standing = rows.standing_value(self._tables["alerts"][number])
        if change.effect in TOLD:
            self._insert("news", rows.news_row(standing, change.effect, notice))
        return Outcome(effect=change.effect, standing=standing, incident=incident)

    def _first(self, key: str, at: datetime) -> bool:
        there = key in self._keys
        self._keys.setdefault(key, at)
        return not there

    def _store(self, incident_id: int, incident: Incident) -> None:
        self._tables["incidents"][incident_id] |= rows.incident_row(incident)

    def _count(self, incident_id: int) -> None:
        self._tables["incidents"][incident_id]["edition"] += 1

    def _situation(self, notice: Notice, *, seen: bool) -> Situation:
        alert = notice.alert
        same = [
            each
            for each in self._standings()
            if (each.alert.source, each.alert.subject) == (alert.source, alert.subject)
        ]
        known = same[-1] if same else None
        own = self.get(known.incident_id) if known and known.incident_id else None
        there = [each for each in self._incidents() if each.group == notice.group and not each.closed]
        return Situation(
            seen=seen,
            known=known,
            own=own,
            others_firing=self._firing(own.id, but=known.id) if own and known else 0,
            open=there[-1] if there else None,
            mutes=tuple(self.mutes(notice.at)),
        )

    def _firing(self, incident_id: int, *, but: int) -> int:
        fires = (each for each in self._standings() if each.alert.status is AlertStatus.FIRING)
        return sum(each.incident_id == incident_id and each.id != but for each in fires)

    def _incidents(self) -> list[Incident]:
        with self._lock:
            return [rows.incident_value(row) for row in self._tables["incidents"].values()]

    def _standings(self) -> list[Standing]:
        with self._lock:
            return [rows.standing_value(row) for row in self._tables["alerts"].values()]

    def _tell(self, incident_id: int, events: Sequence[IncidentEvent]) -> None:
        for event in events:
            self._insert("events", rows.event_row(incident_id, event))

    def _insert(self, table: str, row: _Row) -> int:
        number = self._counts[table] = self._counts[table] + 1
        self._tables[table][number] = {"id": number, **row}
        return number

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        with self._lock:
            before = copy.deepcopy((self._tables, self._keys, self._counts))
            try:
                yield
            except BaseException:
                self._tables, self._keys, self._counts = before
                raise
