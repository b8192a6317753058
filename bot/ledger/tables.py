"""The tables, as SQLAlchemy sees them; `migrations/` makes them, and a test holds the two together."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from bot.ledger.values import NAME_LENGTH, clean, utc

metadata = MetaData()


class SafeText(TypeDecorator[str]):
    """Text from anywhere: what no database can keep is replaced on its way in."""

    impl = Text
    cache_ok = True

    def __init__(self, longest: int | None = None) -> None:
        super().__init__()
        self.longest = longest

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's own)
        """Clean what goes in."""
        return None if value is None else clean(value, self.longest)


class UtcTime(TypeDecorator[datetime]):
    """Aware times in, aware UTC times out; SQLite keeps them without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC; naive for SQLite, whose driver would write the offset and not read it."""
        if value is None:
            return None
        moment = utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware UTC, whatever zone the server speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _run_id(**more: Any) -> Column[int]:
    return Column("run_id", Integer, ForeignKey("runs.id"), nullable=False, **more)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("runbook", SafeText, nullable=False),
    Column("environment", SafeText, nullable=False),
    Column("service", SafeText, nullable=False, server_default=""),
    Column("host_count", Integer, nullable=False),
    Column("check_mode", Boolean, nullable=False),
    Column("actor", SafeText, nullable=False),
    Column("transport", SafeText, nullable=False),
    Column("channel", SafeText, nullable=False),
    Column("thread", SafeText, nullable=False),
    Column("origin", Text, nullable=False),
    Column("command", SafeText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("cursor", BigInteger, nullable=False),
    Column("parent", Integer, ForeignKey("runs.id")),
    Column("parent_how", SafeText, nullable=False),
    Column("cancel_asked_by", SafeText, nullable=False),
    Column("card_ref", SafeText, nullable=False),
    Column("recapped_at", UtcTime),
    Column("once", SafeText(NAME_LENGTH)),
    Index("runs_once", "once", unique=True),
    Index("runs_by_status", "status"),
    Index("runs_by_recap", "recapped_at", "status"),
    Index("runs_by_outcome", "runbook", "service", "status"),
    sqlite_autoincrement=True,  # without it SQLite hands out the id of a deleted last row again
)

# Apart from `runs`: a plan of 5,000 hosts has 100 kB, and SQLite writes a whole row whenever one of its fields changes.
run_plans = Table("run_plans", metadata, _run_id(primary_key=True), Column("plan", Text, nullable=False))

run_statuses = Table(
    "run_statuses",
    metadata,
    Column("id", Integer, primary_key=True),
    _run_id(),
    Column("at", UtcTime, nullable=False),
    Column("from_status", Text),
    Column("to_status", Text, nullable=False),
    Column("reason", SafeText, nullable=False),
    Index("run_statuses_by_run", "run_id", "id"),
    sqlite_autoincrement=True,
)

run_events = Table(
    "run_events",
    metadata,
    _run_id(primary_key=True),
    Column("counter", BigInteger, primary_key=True),
    Column("kind", SafeText, nullable=False),
    Column("at", Double, nullable=False),
    Column("host", SafeText, nullable=False),
    Column("task", SafeText, nullable=False),
    Column("play", SafeText, nullable=False),
    Column("result", Text),
    Column("duration", Double),
    Column("message", SafeText, nullable=False),
    Column("rest", Text),
)

run_hosts = Table(
    "run_hosts",
    metadata,
    _run_id(primary_key=True),
    Column("host", SafeText(NAME_LENGTH), primary_key=True),
    Column("position", Integer),  # in the plan, from 0; NULL when the host was not planned
    *(_count(name) for name in ("ok", "changed", "failed", "unreachable", "skipped", "rescued", "ignored")),
)

automation_events = Table(
    "automation_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("run_id", Integer),  # no foreign key: the audit outlives what it speaks of
    Column("incident_id", Integer),
    Column("service", SafeText, nullable=False),
    Column("action", SafeText, nullable=False),
    Column("environment", SafeText, nullable=False),
    Column("actor", SafeText, nullable=False),
    Column("origin", SafeText, nullable=False),
    Column("channel", SafeText, nullable=False),
    Column("status", SafeText, nullable=False),
    Column("result", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("hosts", Text, nullable=False),
    Column("revision", SafeText, nullable=False),
    Column("previous", Text, nullable=False, server_default=""),
    Index("automation_events_by_run", "run_id"),
    Index("automation_events_by_time", "at"),
    Index("automation_events_by_status", "status", "action"),
    Index("automation_events_by_actor", "actor", "id"),
    Index("automation_events_by_environment", "environment", "id"),
    Index("automation_events_by_incident", "incident_id"),
    sqlite_autoincrement=True,
)

# One row: the ends of the audit's chain, and what its writers hold while they append.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("anchor_id", Integer, nullable=False),
    Column("head_id", Integer, nullable=False),
    Column("anchor_hash", Text, nullable=False),
    Column("head_hash", Text, nullable=False),
)

# One row for each time that somebody promoted something; `ended_at` is when it was taken back, or promoted again.
promotions = Table(
    "promotions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("runbook", SafeText(NAME_LENGTH), nullable=False),
    Column("environment", SafeText(NAME_LENGTH), nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("evidence", SafeText, nullable=False),
    Column("actor", SafeText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("ended_by", SafeText, nullable=False),
    Column("ended_why", SafeText, nullable=False),
    Index("promotions_by_place", "runbook", "environment"),
    sqlite_autoincrement=True,
)

# Alerts and what they are part of; `bot.model.incident` says what the columns mean, `value` is the latest notice.
incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("status", "group_key", "severity")),
    *(Column(name, SafeText, nullable=False) for name in ("source", "service", "symptom", "title")),
    *(Column(name, SafeText, nullable=False) for name in ("acknowledged_by", "assignee", "closed_by")),
    Column("flapping", Boolean, nullable=False),
    *(Column(name, UtcTime, nullable=False) for name in ("opened_at", "last_at")),
    *(Column(name, UtcTime) for name in ("acknowledged_at", "closed_at", "reopened_at")),
    *(Column(name, Integer, nullable=False, server_default="0") for name in ("edition", "escalated")),
    Index("incidents_by_group", "group_key", "status"),
    Index("incidents_by_status", "status", "id"),
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", Integer, ForeignKey("incidents.id")),
    *(Column(name, Text, nullable=False) for name in ("key", "status", "severity")),
    *(Column(name, SafeText, nullable=False) for name in ("source", "subject", "symptom", "service", "host")),
    *(Column(name, SafeText, nullable=False) for name in ("changes", "value")),
    *(Column(name, UtcTime, nullable=False) for name in ("first_at", "last_at")),
    Column("repeats", Integer, nullable=False),
    Column("muted_by", Integer),
    Index("alerts_by_key", "key", "id"),
    Index("alerts_by_incident", "incident_id", "status"),
    sqlite_autoincrement=True,
)

alert_keys = Table(
    "alert_keys",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Index("alert_keys_by_at", "at"),
)

# Notices that began or ended an alert, in order; `ruled` when rules have been told.
alert_news = Table(
    "alert_news",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), nullable=False),
    Column("incident_id", Integer, ForeignKey("incidents.id")),
    Column("at", UtcTime, nullable=False),
    Column("effect", Text, nullable=False),
    Column("value", SafeText, nullable=False),
    Column("ruled", Boolean, nullable=False),
    Index("alert_news_by_ruled", "ruled", "id"),
    sqlite_autoincrement=True,
)

# What a conversation shows of an incident: the edition of its card, and the last line of its story that was told.
incident_cards = Table(
    "incident_cards",
    metadata,
    Column("incident_id", Integer, ForeignKey("incidents.id"), primary_key=True, autoincrement=False),
    Column("place", Text, primary_key=True),
    Column("shown", Integer, nullable=False),
    Column("told", Integer, nullable=False),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", Integer, ForeignKey("incidents.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    *(Column(name, SafeText, nullable=False) for name in ("kind", "actor", "text", "data")),
    Index("incident_events_by_incident", "incident_id", "id"),
    sqlite_autoincrement=True,
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Integer, primary_key=True),
    *(Column(name, SafeText, nullable=False) for name in ("matchers", "actor", "why", "ended_by")),
    *(Column(name, UtcTime, nullable=False) for name in ("at", "until")),
    Column("ended_at", UtcTime),
    sqlite_autoincrement=True,
)

# What rules would have run: `bot.model.suggestion` says what the columns mean.
suggestions = Table(
    "suggestions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", SafeText(NAME_LENGTH), nullable=False),
    *(Column(name, SafeText, nullable=False) for name in ("actor", "runbook", "ask", "hosts", "reason", "taken_by")),
    Column("state", Text, nullable=False),
    Column("incident_id", Integer, ForeignKey("incidents.id")),
    Column("verify", Integer),
    Column("run_id", Integer, ForeignKey("runs.id")),
    *(Column(name, UtcTime, nullable=False) for name in ("at", "changed_at")),
    Index("suggestions_by_key", "key", unique=True),
    Index("suggestions_by_incident", "incident_id", "id"),
    Index("suggestions_by_state", "state", "id"),
    sqlite_autoincrement=True,
)

calls = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", SafeText(NAME_LENGTH), nullable=False),
    *(Column(name, SafeText, nullable=False) for name in ("called", "text")),
    Column("incident_id", Integer, ForeignKey("incidents.id"), nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("after", "step")),
    Column("next_at", UtcTime),
    Index("calls_by_key", "key", unique=True),
    Index("calls_by_time", "next_at"),
    sqlite_autoincrement=True,
)

# What must reach a conversation; `bot.ledger.outbox` says what the columns mean. Times that decide are seconds.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", SafeText, nullable=False),
    Column("run_id", Integer),  # no foreign key: what is said about a run may come before it, or be about none
    Column("channel", SafeText, nullable=False),
    Column("thread", SafeText, nullable=False),
    Column("parent", SafeText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", SafeText, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("asker", SafeText, nullable=False),
    Column("state", Text, nullable=False),
    Column("ts", SafeText, nullable=False),
    Column("sent_version", BigInteger, nullable=False),
    Column("tried_version", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("tried_at", Double, nullable=False),
    Column("sent_at", Double, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index("deliveries_by_key", "key", unique=True),
    Index("deliveries_by_state", "state", "next_at"),
    Index("deliveries_by_parent", "parent", "state"),
    sqlite_autoincrement=True,
)

# What a run waits for before it may be queued: `bot.model.consent.Pending` says what the columns mean.
consents = Table(
    "consents",
    metadata,
    _run_id(primary_key=True),
    Column("stage", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("message", SafeText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("roles", Text, nullable=False),
    Column("exclude_requester", Boolean, nullable=False),
    Column("approve_seconds", Integer, nullable=False),
    Column("excerpts", Text, nullable=False),
    Column("check_run", Integer),
    Column("confirmed", Boolean, nullable=False),
    Column("broke_glass", SafeText, nullable=False),
    Column("settled_at", UtcTime),
    Column("settled_by", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("edition", Integer, nullable=False),
    Index("consents_by_stage", "stage"),
)

# Triggers of migration 0004 refuse to change a vote.
votes = Table(
    "votes",
    metadata,
    _run_id(primary_key=True),
    Column("actor", SafeText(NAME_LENGTH), primary_key=True),
    Column("yes", Boolean, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("at", UtcTime, nullable=False),
)
