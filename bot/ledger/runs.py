"""Statements about runs: a connection inside a transaction and values go in, values come out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, literal, select, update

from bot.errors import UnknownName
from bot.ledger.rows import Row, kept_row, plan_text, run_value, status_value
from bot.ledger.tables import run_hosts, run_plans, run_statuses, runs
from bot.ledger.values import (
    FAILED,
    NAME_LENGTH,
    RULE,
    STARTED,
    UNFINISHED,
    WHICH,
    StatusChange,
    asked_before,
    at_most,
    clean,
    no_such_run,
)
from bot.model.people import UNATTENDED, Actor
from bot.model.run import Plan, Run
from bot.model.status import RunStatus, may_precede


def _words(statuses_: Iterable[RunStatus]) -> list[str]:
    return sorted(status.value for status in statuses_)


_WHOLE = select(runs, run_plans.c.plan).join(run_plans, run_plans.c.run_id == runs.c.id)

# Made once: relays and chats execute them several times a second, and to make them takes longer than that.
_ONE = _WHOLE.where(runs.c.id == bindparam("run"))
_LOCKED = select(runs.c.cursor).where(runs.c.id == bindparam("run")).with_for_update(key_share=True)
_UNSETTLED = (
    select(runs.c.id).where(runs.c.recapped_at.is_(None) | runs.c.status.in_(_words(UNFINISHED))).order_by(runs.c.id)
)


def create(connection: Connection, row: Row, plan: Plan) -> Run:
    """The new run of `row`, its plan, its planned hosts and its first status."""
    if row["parent"] is not None:
        require(connection, row["parent"])
    _only_once(connection, row["once"])
    made = connection.execute(insert(runs), row).inserted_primary_key
    assert made is not None  # noqa: S101 (an insert of one row always has a key)
    run_id: int = made[0]
    text = plan_text(plan)
    connection.execute(insert(run_plans), {"run_id": run_id, "plan": text})
    first = {"run_id": run_id, "at": row["created_at"], "from_status": None, "to_status": row["status"], "reason": ""}
    connection.execute(insert(run_statuses), first)
    _plan_hosts(connection, run_id, plan.target.hosts)
    return run_value({**kept_row(row), "id": run_id, "plan": text})


def _only_once(connection: Connection, once: str | None) -> None:
    """AskedBefore when a run was made for the same; of two who ask at once the second waits for the first."""
    if once is None:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(once, 0))))
    if (run_id := asked(connection, once)) is not None:
        raise asked_before(run_id)


def _plan_hosts(connection: Connection, run_id: int, hosts: Iterable[str]) -> None:
    names = dict.fromkeys(clean(host, NAME_LENGTH) for host in hosts)
    rows = [{"run_id": run_id, "host": host, "position": place} for place, host in enumerate(names)]
    if rows:
        connection.execute(insert(run_hosts), rows)


def asked(connection: Connection, once: str) -> int | None:
    """The run that was made for it."""
    run_id: int | None = connection.scalar(select(runs.c.id).where(runs.c.once == once))
    return run_id


def require(connection: Connection, run_id: int) -> None:
    """UnknownName when there is no such run."""
    if connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
        raise no_such_run(run_id)


def lock(connection: Connection, run_id: int) -> int:
    """Hold the run's row until the transaction ends, so that two relays write one after the other; its cursor."""
    found = connection.execute(_LOCKED, {"run": run_id}).first()
    if found is None:
        raise no_such_run(run_id)
    cursor: int = found[0]
    return cursor


def get(connection: Connection, run_id: int) -> Run:
    """The run of that id."""
    row = connection.execute(_ONE, {"run": run_id}).mappings().first()
    if row is None:
        raise no_such_run(run_id)
    return run_value(row)


def find(connection: Connection, which: str, actor: Actor | None, last: int) -> list[Run]:
    """Runs, newest first."""
    if which not in WHICH:
        raise UnknownName("There is no such list of runs.", f"Say one of: {', '.join(WHICH)}.")
    question = _WHOLE.order_by(runs.c.id.desc()).limit(at_most(last))
    if which == "mine":
        question = question.where(runs.c.actor == str(actor))
    if which in ("active", "failed"):
        question = question.where(runs.c.status.in_(_words(UNFINISHED if which == "active" else FAILED)))
    return _all(connection, question)


def often(connection: Connection, actor: Actor, since: datetime, last: int) -> list[str]:
    """Runbooks that somebody asked for, most often first."""
    theirs = (runs.c.actor == str(actor)) & (runs.c.created_at >= since)
    order = func.count().desc(), func.max(runs.c.id).desc()
    found = select(runs.c.runbook).where(theirs).group_by(runs.c.runbook).order_by(*order).limit(at_most(last))
    return list(connection.execute(found).scalars())


def unsettled(connection: Connection) -> list[int]:
    """Ids of runs that are not over or still want their recap, oldest first."""
    return list(connection.execute(_UNSETTLED).scalars())


def settled() -> ColumnElement[bool]:
    """That a run is over, and that people have been told so."""
    return runs.c.recapped_at.is_not(None) & runs.c.status.not_in(_words(UNFINISHED))


def trouble(connection: Connection, environment: str, moment: datetime) -> tuple[int, int]:
    """How many ended badly since, and how many no person asked for."""
    here = select(func.count()).select_from(runs).where(runs.c.environment == environment)
    bad = here.where(runs.c.status.in_(_words(FAILED)), runs.c.ended_at >= moment)
    origins = runs.c.origin.in_([origin.value for origin in UNATTENDED])
    automatic = here.where(runs.c.created_at >= moment, origins | runs.c.actor.startswith(RULE, autoescape=True))
    return connection.scalar(bad) or 0, connection.scalar(automatic) or 0


def ran_since(connection: Connection, runbook: str, moment: datetime) -> list[Run]:
    """Runs of a runbook that started since, or are not over; newest first."""
    lately = (runs.c.started_at >= moment) | runs.c.status.in_(_words(UNFINISHED))
    return _all(connection, _WHOLE.where((runs.c.runbook == runbook) & lately).order_by(runs.c.id.desc()))


def lately(connection: Connection, runbook: str, environment: str, before: int, last: int) -> list[Run]:
    """Runs of a runbook in an environment that came before one, newest first."""
    same = (runs.c.runbook == runbook) & (runs.c.environment == environment) & (runs.c.id < before)
    return _all(connection, _WHOLE.where(same).order_by(runs.c.id.desc()).limit(at_most(last)))


def set_status(connection: Connection, run_id: int, then: RunStatus, *, reason: str, at: datetime) -> bool:
    """Compare and set in one statement; the change is written down beside it."""
    fields: dict[str, Any] = {"status": then.value, "reason": reason}
    if then in STARTED:
        fields["started_at"] = func.coalesce(runs.c.started_at, literal(at, runs.c.started_at.type))
    if then.final:
        fields["ended_at"] = at
    allowed = (runs.c.id == run_id) & runs.c.status.in_(_words(may_precede(then)))
    if not connection.execute(update(runs).where(allowed).values(fields)).rowcount:
        require(connection, run_id)
        return False
    # The update holds the row, so nobody else can write a newer change: the last one written is where we come from.
    before = (
        select(run_statuses.c.to_status)
        .where(run_statuses.c.run_id == run_id)
        .order_by(run_statuses.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = {"run_id": run_id, "at": at, "from_status": before, "to_status": then.value, "reason": reason}
    connection.execute(insert(run_statuses).values(row))
    return True


def statuses(connection: Connection, run_id: int) -> list[StatusChange]:
    """Every change of status, oldest first."""
    require(connection, run_id)
    question = select(run_statuses).where(run_statuses.c.run_id == run_id).order_by(run_statuses.c.id)
    return [status_value(row) for row in connection.execute(question).mappings()]


def ask_cancel(connection: Connection, run_id: int, actor: Actor) -> bool:
    """Note who wants the run canceled, unless somebody did before."""
    lock(connection, run_id)
    unfinished = (runs.c.id == run_id) & runs.c.status.in_(_words(UNFINISHED))
    connection.execute(
        update(runs).where(unfinished & (runs.c.cancel_asked_by == "")).values(cancel_asked_by=str(actor))
    )
    return connection.execute(select(runs.c.id).where(unfinished)).first() is not None


def card_ref(connection: Connection, run_id: int) -> str:
    """What the chat needs to find the run's card again."""
    found: str | None = connection.execute(select(runs.c.card_ref).where(runs.c.id == run_id)).scalar()
    if found is None:
        raise no_such_run(run_id)
    return found


def set_card_ref(connection: Connection, run_id: int, ref: str) -> None:
    """Keep it."""
    if not connection.execute(update(runs).where(runs.c.id == run_id).values(card_ref=ref)).rowcount:
        raise no_such_run(run_id)


def set_recapped(connection: Connection, run_id: int, now: datetime) -> bool:
    """True for the first who says so."""
    first = (runs.c.id == run_id) & runs.c.recapped_at.is_(None)
    if connection.execute(update(runs).where(first).values(recapped_at=now)).rowcount:
        return True
    require(connection, run_id)
    return False


def _all(connection: Connection, question: Select[Any]) -> list[Run]:
    return [run_value(row) for row in connection.execute(question).mappings()]
