"""The real alerts and incidents: each method is one transaction on SQLite or PostgreSQL."""
# ruff: noqa: D102 (what each method does is told once, at `Incidents`)

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update

from bot.ledger import incident_rows as rows
from bot.ledger import incident_statements as asks
from bot.ledger.database import Database
from bot.ledger.incident_statements import OPEN
from bot.ledger.incidents import Once, Taking
from bot.ledger.tables import alert_keys, alert_news, alerts, incident_cards, incident_events, incidents, mutes
from bot.ledger.values import at_most, utc
from bot.model.alert import AlertStatus
from bot.model.incident import (
    Change,
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

_LARGEST_ID = 2**31 - 1
_LOCK_KEY = 0x5167_6E61_6C41_6C72  # any number that is ours; PostgreSQL's advisory locks share one space


class SqlIncidents:
    """Alerts and incidents in a ledger's database; what each method does stands at `Incidents`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, notices: Sequence[Notice], decide: Decide, *, once: Once | None = None) -> list[Outcome]:
        (taken,) = self.take_all([Taking(notices=notices, decide=decide, once=once)])
        if taken is None:
            raise rows.taken_before()
        return taken

    def take_all(self, requests: Sequence[Taking]) -> list[list[Outcome] | None]:
        with self._database.writing() as connection:
            if not self._database.sqlite:  # whose writers come one by one anyway
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            return [_request(connection, request) for request in requests]

    def change(self, incident_id: int, step: Step) -> Incident:
        with self._database.writing() as connection:
            if not self._database.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            before = _incident(connection, incident_id)
            changed, events = step(before, _firing(connection, incident_id, but=0))
            new = rows.not_told(events, lambda: _story(connection, incident_id))
            _store(connection, incidents, incident_id, rows.incident_row(changed))
            _count(connection, incident_id)
            _tell(connection, incident_id, new)
            return _incident(connection, incident_id)

    def get(self, incident_id: int) -> Incident:
        with self._database.reading() as connection:
            return _incident(connection, incident_id)

    def find(self, *, also_closed: bool = False, last: int = 20) -> list[Incident]:
        asked = select(incidents).order_by(incidents.c.id.desc()).limit(at_most(last))
        with self._database.reading() as connection:
            found = connection.execute(asked if also_closed else asked.where(OPEN)).mappings()
            return [rows.incident_value(row) for row in found]

    def alerts(self, incident_id: int) -> list[Standing]:
        asked = select(alerts).where(alerts.c.incident_id == incident_id).order_by(alerts.c.id)
        with self._database.reading() as connection:
            _incident(connection, incident_id)
            return [rows.standing_value(row) for row in connection.execute(asked).mappings()]

    def timeline(self, incident_id: int) -> list[IncidentEvent]:
        with self._database.reading() as connection:
            _incident(connection, incident_id)
            return _story(connection, incident_id)

    def flapping(self) -> list[tuple[Incident, int]]:
        asked = select(incidents).where(OPEN, incidents.c.flapping).order_by(incidents.c.id)
        with self._database.reading() as connection:
            found = [rows.incident_value(row) for row in connection.execute(asked).mappings()]
            return [(each, _firing(connection, each.id, but=0)) for each in found]

    def mute(self, mute: Mute) -> Mute:
        with self._database.writing() as connection:
            number = _store(connection, mutes, 0, rows.mute_row(mute))
            row = connection.execute(select(mutes).where(mutes.c.id == number)).mappings().one()
            return rows.mute_value(row)

    def unmute(self, mute_id: int, actor: str, at: datetime) -> bool:
        if not 0 < mute_id <= _LARGEST_ID:
            return False
        that = (mutes.c.id == mute_id) & mutes.c.ended_at.is_(None) & (mutes.c.until > at)
        with self._database.writing() as connection:
            done = connection.execute(update(mutes).where(that).values(ended_at=at, ended_by=actor))
            return bool(done.rowcount)

    def mutes(self, now: datetime) -> list[Mute]:
        with self._database.reading() as connection:
            return _mutes(connection, now)

    def news(self, last: int = 50) -> list[News]:
        asked = select(alert_news).where(~alert_news.c.ruled).order_by(alert_news.c.id).limit(at_most(last))
        with self._database.reading() as connection:
            return [rows.news_value(row) for row in connection.execute(asked).mappings()]

    def ruled(self, news_id: int) -> None:
        with self._database.writing() as connection:
            told = ~alert_news.c.ruled & (alert_news.c.id <= news_id)
            connection.execute(update(alert_news).where(told).values(ruled=True))

    def card(self, incident_id: int, most: int = 15) -> IncidentCard:
        own = alerts.c.incident_id == incident_id
        firing = alerts.c.status == AlertStatus.FIRING.value
        some = select(alerts).where(own).order_by(firing.desc(), alerts.c.id.desc()).limit(most)
        counts = select(func.count(), func.sum(alerts.c.repeats)).select_from(alerts).where(own)
        with self._database.reading() as connection:
            incident = _incident(connection, incident_id)
            count, repeats = connection.execute(counts).one()
            fires = _firing(connection, incident_id, but=0)
            shown = tuple(rows.standing_value(row) for row in connection.execute(some).mappings())
        return IncidentCard(
            incident=incident, firing=fires, over=count - fires, repeats=int(repeats or 0), alerts=shown
        )

    def to_show(self, place: str, since: datetime, last: int = 50) -> list[tuple[int, int]]:
        there = incidents.outerjoin(
            incident_cards,
            (incident_cards.c.incident_id == incidents.c.id) & (incident_cards.c.place == place),
        )
        newer = incident_cards.c.shown < incidents.c.edition
        new = incident_cards.c.shown.is_(None) & (OPEN | (incidents.c.closed_at >= since))
        asked = select(incidents.c.id, func.coalesce(incident_cards.c.told, 0)).select_from(there)
        with self._database.reading() as connection:
            found = connection.execute(asked.where(newer | new).order_by(incidents.c.id).limit(at_most(last)))
            return [(number, told) for number, told in found]

    def shown(self, incident_id: int, place: str, edition: int, told: int) -> None:
        own = (incident_cards.c.incident_id == incident_id) & (incident_cards.c.place == place)
        values = {"shown": edition, "told": told}
        with self._database.writing() as connection:
            if not connection.execute(update(incident_cards).where(own).values(values)).rowcount:
                connection.execute(insert(incident_cards).values(incident_id=incident_id, place=place, **values))

    def unattended(self) -> list[Incident]:
        waits = (incidents.c.status == IncidentStatus.OPEN.value) & (incidents.c.assignee == "")
        with self._database.reading() as connection:
            found = connection.execute(select(incidents).where(waits).order_by(incidents.c.id)).mappings()
            return [rows.incident_value(row) for row in found]

    def prune(self, before: datetime, most: int = 500) -> int:
        old = select(alert_keys.c.digest).where(alert_keys.c.at < before).order_by(alert_keys.c.at).limit(most)
        past = alert_news.c.ruled & (alert_news.c.at < before)
        told = select(alert_news.c.id).where(past).order_by(alert_news.c.id).limit(most)
        with self._database.writing() as connection:
            keys = connection.execute(delete(alert_keys).where(alert_keys.c.digest.in_(old))).rowcount
            return keys + connection.execute(delete(alert_news).where(alert_news.c.id.in_(told))).rowcount


def _request(connection: Connection, request: Taking) -> list[Outcome] | None:
    once = request.once
    if once is not None and not _first(connection, rows.digest("", once[0]), once[1]):
        return None
    return [_take(connection, notice, request.decide) for notice in request.notices]


def _take(connection: Connection, notice: Notice, decide: Decide) -> Outcome:
    key = rows.digest(notice.alert.source, notice.alert.key)
    seen = not _first(connection, key, notice.at)
    change = decide(_situation(connection, notice, seen=seen), notice)
    return _made(connection, change, notice)


def _first(connection: Connection, key: str, at: datetime) -> bool:
    """Note a key; whether it was not there."""
    if connection.scalar(asks.KNOWN_KEY, {"digest": key}) is not None:
        return False
    connection.execute(asks.ADD[alert_keys], {"digest": key, "at": utc(at)})
    return True


def _made(connection: Connection, change: Change, notice: Notice) -> Outcome:
    incident, standing = change.incident, change.standing
    if incident is not None:
        number = _store(connection, incidents, incident.id, rows.incident_row(incident))
        standing = replace(standing, incident_id=number)
        _tell(connection, number, change.events)
    if standing.incident_id:
        _count(connection, standing.incident_id)
        incident = incident and _incident(connection, standing.incident_id)
    number = _store(connection, alerts, standing.id, rows.standing_row(standing))
    row = connection.execute(asks.ALERT, {"own": number}).mappings().one()
    standing = rows.standing_value(row)
    if change.effect in TOLD:
        connection.execute(asks.ADD[alert_news], rows.news_row(standing, change.effect, notice))
    return Outcome(effect=change.effect, standing=standing, incident=incident)


def _count(connection: Connection, incident_id: int) -> None:
    """Something happened to it: who shows it sees that."""
    connection.execute(asks.NEXT_EDITION, {"own": incident_id})


def _situation(connection: Connection, notice: Notice, *, seen: bool) -> Situation:
    key = rows.digest(notice.alert.source, notice.alert.subject)
    row = connection.execute(asks.LATEST_ALERT, {"key": key}).mappings().first()
    known = None if row is None else rows.standing_value(row)
    own = _incident(connection, known.incident_id) if known and known.incident_id else None
    newest = connection.execute(asks.OPEN_OF_GROUP, {"group": rows.group_key(notice.group)}).mappings().first()
    return Situation(
        seen=seen,
        known=known,
        own=own,
        others_firing=_firing(connection, own.id, but=known.id) if own and known else 0,
        open=None if newest is None else rows.incident_value(newest),
        mutes=tuple(_mutes(connection, notice.at)),
    )


def _incident(connection: Connection, incident_id: int) -> Incident:
    known = 0 < incident_id <= _LARGEST_ID
    row = connection.execute(asks.INCIDENT, {"own": incident_id}).mappings().first() if known else None
    if row is None:
        raise rows.no_such_incident(incident_id)
    return rows.incident_value(row)


def _story(connection: Connection, incident_id: int) -> list[IncidentEvent]:
    asked = select(incident_events).where(incident_events.c.incident_id == incident_id).order_by(incident_events.c.id)
    return [rows.event_value(row) for row in connection.execute(asked).mappings()]


def _firing(connection: Connection, incident_id: int, *, but: int) -> int:
    return connection.scalar(asks.FIRING, {"incident": incident_id, "but": but}) or 0


def _mutes(connection: Connection, now: datetime) -> list[Mute]:
    return [rows.mute_value(row) for row in connection.execute(asks.MUTES, {"now": now}).mappings()]


def _tell(connection: Connection, incident_id: int, events: Sequence[IncidentEvent]) -> None:
    if events:
        connection.execute(asks.ADD[incident_events], [rows.event_row(incident_id, event) for event in events])


def _store(connection: Connection, table: Table, number: int, row: dict[str, Any]) -> int:
    """Change the row of that number, or make one; its number."""
    if number:
        connection.execute(asks.CHANGE[table], {**row, "own": number})
        return number
    made = connection.execute(asks.ADD[table], row).inserted_primary_key
    assert made is not None  # noqa: S101 (an insert of one row always has a key)
    return int(made[0])
