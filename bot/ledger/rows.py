"""Rows to values of the model and back, without a database in sight."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.ledger.values import NAME_LENGTH, AutomationEvent, RunFigure, StatusChange, clean, utc
from bot.model.codec import decode, encode, from_plain, to_plain
from bot.model.event import RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import HostOutcome, Plan, Run
from bot.model.status import RunStatus

Row = Mapping[Any, Any]

EVENT_COLUMNS = ("run_id", "counter", "kind", "at", "host", "task", "play", "result", "duration", "message")
DECISIONS = ("refused", "requires_manual")
"""The statuses of audit rows that say no, or ask for a person."""

COUNTS = ("ok", "changed", "failed", "unreachable", "skipped", "rescued", "ignored")


def run_row(
    *,
    plan: Plan,
    actor: Actor,
    conversation: Conversation,
    origin: Origin,
    command: str,
    status: RunStatus,
    parent: int | None,
    parent_how: str,
    once: str,
    now: datetime,
) -> dict[str, Any]:
    """The row of a new run, without its id."""
    return {
        "status": status.value,
        "reason": "",
        "runbook": plan.runbook,
        "environment": plan.target.environment,
        "service": service_of(plan),
        "host_count": len(plan.target.hosts),
        "check_mode": plan.options.check,
        "actor": str(actor),
        "transport": conversation.transport,
        "channel": conversation.channel,
        "thread": conversation.thread,
        "origin": origin.value,
        "command": command,
        "created_at": now,
        "started_at": None,
        "ended_at": now if status.final else None,
        "cursor": 0,
        "parent": parent,
        "parent_how": parent_how,
        "cancel_asked_by": "",
        "card_ref": "",
        "once": once or None,
    }


def kept_row(row: Row) -> dict[str, Any]:
    """The row as a database gives it back."""
    return {name: _kept(value) for name, value in row.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value)
    return clean(value) if isinstance(value, str) else value


def run_value(row: Row) -> Run:
    """The run of a row of `runs` joined with its plan."""
    transport, _, name = row["actor"].partition(":")
    return Run(
        id=row["id"],
        status=RunStatus(row["status"]),
        plan=decode(Plan, row["plan"]),
        actor=Actor(transport=transport, name=name),
        conversation=Conversation(transport=row["transport"], channel=row["channel"], thread=row["thread"]),
        origin=Origin(row["origin"]),
        **{name: row[name] for name in ("command", "created_at", "started_at", "ended_at", "reason", "cursor")},
        **{name: row[name] for name in ("parent", "parent_how", "cancel_asked_by")},
    )


def service_of(plan: Plan) -> str:
    """The service that a run is about: the value of its parameter `service`, empty when it has none."""
    said = plan.parameters.get("service")
    return clean(said, NAME_LENGTH) if isinstance(said, str) else ""


def plan_text(plan: Plan) -> str:
    """The plan as it is kept."""
    return encode(plan)


def status_value(row: Row) -> StatusChange:
    """One change of status."""
    before = row["from_status"]
    return StatusChange(
        run_id=row["run_id"],
        at=row["at"],
        before=None if before is None else RunStatus(before),
        then=RunStatus(row["to_status"]),
        reason=row["reason"],
    )


def event_row(event: RunEvent) -> dict[str, Any]:
    """Columns for what one wants to query; what is set beyond them is JSON in `rest`."""
    row = {name: getattr(event, name) for name in EVENT_COLUMNS}
    row["result"] = None if event.result is None else event.result.value
    rest: dict[str, Any] = {}
    for name in ("item", "diff", "warnings", "cut", "data"):
        value = getattr(event, name)
        if value:
            rest[name] = to_plain(value)
    row["rest"] = _json(rest) if rest else None
    return row


def event_value(row: Row) -> RunEvent:
    """The event of a row."""
    rest = json.loads(row["rest"]) if row["rest"] else {}
    return from_plain(RunEvent, {**rest, **{name: row[name] for name in EVENT_COLUMNS}})


def outcome_row(run_id: int, outcome: HostOutcome) -> dict[str, Any]:
    """The row of a host's outcome."""
    return {"run_id": run_id, "host": outcome.host, **{name: getattr(outcome, name) for name in COUNTS}}


def outcome_values(rows: Iterable[Row]) -> list[HostOutcome]:
    """Outcomes in planned order, unplanned hosts after them by name; sorted here, as databases collate differently."""
    ordered = sorted(rows, key=lambda row: (row["position"] is None, row["position"] or 0, row["host"]))
    return [HostOutcome(host=row["host"], **{name: row[name] for name in COUNTS}) for row in ordered]


def audit_row(event: AutomationEvent, now: datetime, *, previous: str) -> dict[str, Any]:
    """The audit row of an automation event, exactly as it will be stored, without its id."""
    texts = ("service", "action", "environment", "actor", "origin", "channel", "status", "result", "reason", "revision")
    row: dict[str, Any] = {name: clean(getattr(event, name)) for name in texts}
    row.update(at=utc(event.at or now), run_id=event.run_id, incident_id=event.incident_id, previous=previous)
    row.update(parameters=_json(to_plain(event.parameters)), hosts=_json(to_plain(event.hosts)))
    return row


def audit_value(row: Row) -> AutomationEvent:
    """The automation event of an audit row."""
    plain = {name: row[name] for name in row if name not in {"id", "previous"}}
    plain.update(parameters=json.loads(row["parameters"]), hosts=tuple(json.loads(row["hosts"])))
    return AutomationEvent(**plain)


def contiguous(start: int, counters: Sequence[int]) -> int:
    """The highest counter that can be reached from `start` without a gap through sorted `counters`, all over it."""
    reached = start
    for counter in counters:
        if counter != reached + 1:
            break
        reached = counter
    return reached


def _json(plain: Any) -> str:
    return json.dumps(plain, separators=(",", ":"))


def figure(row: Row) -> RunFigure:
    """What is counted of one run."""
    created, started, ended = row["created_at"], row["started_at"], row["ended_at"]
    return RunFigure(
        id=row["id"],
        runbook=row["runbook"],
        service=row["service"],
        status=RunStatus(row["status"]),
        waited=None if started is None else (started - created).total_seconds(),
        took=None if started is None or ended is None else (ended - started).total_seconds(),
    )
