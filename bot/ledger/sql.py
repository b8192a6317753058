"""The real ledger: each method is one transaction on SQLite or PostgreSQL."""
# ruff: noqa: D102 (what each method does is told once, at `Ledger`)

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.ledger import audit, consents, figures, installation, promotions, reports, retention, revision, runs
from bot.ledger.chain import Chain
from bot.ledger.database import Database
from bot.ledger.incidents_sql import SqlIncidents
from bot.ledger.outbox_sql import SqlOutbox
from bot.ledger.rows import Row, run_row
from bot.ledger.suggestions_sql import SqlSuggestions
from bot.ledger.values import (
    AuditQuestion,
    AutomationEvent,
    Before,
    ConsentFigure,
    RunFigure,
    StatusChange,
    asked_before,
    no_such_run,
    nothing,
    utc,
)
from bot.ledger.watch import Watch
from bot.model.consent import Pending, Step
from bot.model.event import RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.promotion import Promotion
from bot.model.run import HostOutcome, Plan, Run
from bot.model.status import RunStatus

_LARGEST_ID = 2**31 - 1


class SqlLedger:
    """A ledger in the database of `url`; connects when first asked (Misconfigured at once when the URL cannot be one).

    What each method does, takes and raises stands at `Ledger`.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    @property
    def name(self) -> str:
        """Kind and place of the database, safe to show."""
        return self._database.name

    def migrate(self) -> None:
        if revision.current(self._database) == revision.NEWEST:
            return
        from bot.ledger import migrate

        migrate.migrate(self._database)

    def current(self) -> str | None:
        return revision.current(self._database)

    def behind(self) -> tuple[str, ...]:
        from bot.ledger import migrate

        return migrate.behind(self._database)

    def installation(self) -> str:
        with self._database.reading() as connection:
            known = installation.known_installation(connection)
        if known is not None:
            return known
        with self._database.writing() as connection:
            return installation.make_installation(connection)

    def watch(self) -> Callable[[], bool]:
        return Watch(self._database).changed

    def close(self) -> None:
        self._database.engine.dispose()

    def incidents(self) -> SqlIncidents:
        """Alerts and what they are part of, in the same database."""
        return SqlIncidents(self._database)

    def suggestions(self) -> SqlSuggestions:
        """What rules would have run, in the same database."""
        return SqlSuggestions(self._database)

    def outbox(self) -> SqlOutbox:
        """What must reach a conversation, in the same database."""
        return SqlOutbox(self._database)

    def create(
        self,
        plan: Plan,
        actor: Actor,
        conversation: Conversation,
        origin: Origin,
        command: str,
        *,
        status: RunStatus = RunStatus.QUEUED,
        parent: int | None = None,
        parent_how: str = "",
        pending: Pending | None = None,
        once: str = "",
        record: Callable[[Run], AutomationEvent] | None = None,
        before: Before = nothing,
    ) -> Run:
        if parent is not None:
            _check(parent)
        row = run_row(
            plan=plan,
            actor=actor,
            conversation=conversation,
            origin=origin,
            command=command,
            status=RunStatus.AWAITING_APPROVAL if pending else status,
            parent=parent,
            parent_how=parent_how,
            once=once,
            now=_now(),
        )
        try:
            with self._database.writing() as connection:
                run = runs.create(connection, row, plan)
                if pending:
                    consents.store(connection, run.id, pending)
                if record:
                    audit.record(connection, record(run), _now())
                before(run)
                return run
        except IntegrityError:  # a database that shows the past may not have shown the other one's run
            if once and (run_id := self.asked(once)) is not None:
                raise asked_before(run_id) from None
            raise

    def asked(self, once: str) -> int | None:
        with self._database.reading() as connection:
            return runs.asked(connection, once)

    def get(self, run_id: int) -> Run:
        with self._reading(run_id) as connection:
            return runs.get(connection, run_id)

    def find(self, which: str = "all", actor: Actor | None = None, last: int = 10) -> list[Run]:
        with self._database.reading() as connection:
            return runs.find(connection, which, actor, last)

    def often(self, actor: Actor, since: datetime, last: int = 10) -> list[str]:
        with self._database.reading() as connection:
            return runs.often(connection, actor, since, last)

    def unsettled(self) -> list[int]:
        with self._database.reading() as connection:
            return runs.unsettled(connection)

    def ran_since(self, runbook: str, moment: datetime) -> list[Run]:
        with self._database.reading() as connection:
            return runs.ran_since(connection, runbook, moment)

    def lately(self, runbook: str, environment: str, before: int, last: int = 5) -> list[Run]:
        with self._database.reading() as connection:
            return runs.lately(connection, runbook, environment, before, last)

    def consent(self, run_id: int) -> Pending | None:
        with self._reading(run_id) as connection:
            found = consents.get(connection, run_id)
            if found is None:
                runs.require(connection, run_id)
            return found

    def change_consent(self, run_id: int, step: Step) -> Pending:
        with self._writing(run_id) as connection:
            runs.require(connection, run_id)
            return consents.change(connection, run_id, step)

    def awaiting(self) -> list[Pending]:
        with self._database.reading() as connection:
            return consents.awaiting(connection)

    def consent_figures(self, after: int, most: int) -> list[ConsentFigure]:
        with self._database.reading() as connection:
            return consents.figures(connection, after, most)

    def trouble(self, environment: str, moment: datetime) -> tuple[int, int]:
        with self._database.reading() as connection:
            return runs.trouble(connection, environment, utc(moment))

    def set_status(self, run_id: int, then: RunStatus, *, reason: str = "", at: datetime | None = None) -> bool:
        moment = utc(at or _now())
        with self._writing(run_id) as connection:
            return runs.set_status(connection, run_id, then, reason=reason, at=moment)

    def statuses(self, run_id: int) -> list[StatusChange]:
        with self._reading(run_id) as connection:
            return runs.statuses(connection, run_id)

    def ask_cancel(self, run_id: int, actor: Actor) -> bool:
        with self._writing(run_id) as connection:
            return runs.ask_cancel(connection, run_id, actor)

    def card_ref(self, run_id: int) -> str:
        with self._reading(run_id) as connection:
            return runs.card_ref(connection, run_id)

    def set_card_ref(self, run_id: int, ref: str) -> None:
        with self._writing(run_id) as connection:
            runs.set_card_ref(connection, run_id, ref)

    def set_recapped(self, run_id: int) -> bool:
        with self._writing(run_id) as connection:
            return runs.set_recapped(connection, run_id, _now())

    def add_events(self, run_id: int, events: Sequence[RunEvent]) -> None:
        with self._writing(run_id) as connection:
            reports.add_events(connection, run_id, events)

    def events(self, run_id: int, after: int = 0, limit: int = 1000) -> list[RunEvent]:
        with self._reading(run_id) as connection:
            return reports.events(connection, run_id, after, limit)

    def cursor(self, run_id: int) -> int:
        with self._reading(run_id) as connection:
            return reports.cursor(connection, run_id)

    def set_outcomes(self, run_id: int, outcomes: Sequence[HostOutcome]) -> None:
        with self._writing(run_id) as connection:
            reports.set_outcomes(connection, run_id, outcomes)

    def outcomes(self, run_id: int) -> list[HostOutcome]:
        with self._reading(run_id) as connection:
            return reports.outcomes(connection, run_id)

    def promote(self, promotion: Promotion) -> Promotion:
        with self._database.writing() as connection:
            return promotions.promote(connection, promotion)

    def promotions(self, runbook: str | None = None, environment: str | None = None) -> list[Promotion]:
        with self._database.reading() as connection:
            return promotions.standing(connection, runbook, environment)

    def demote(self, runbook: str, environment: str, actor: str, why: str) -> bool:
        with self._database.writing() as connection:
            return promotions.end(connection, runbook, environment, by=actor, why=why, at=_now())

    def record(self, event: AutomationEvent) -> None:
        with self._database.writing() as connection:
            audit.record(connection, event, _now())

    def record_once(self, event: AutomationEvent) -> None:
        with self._database.writing() as connection:
            audit.record_once(connection, event, _now())

    def recorded(self, run_id: int | None = None, last: int = 100) -> list[AutomationEvent]:
        return self.audited(AuditQuestion(run_id=run_id, last=last))

    def audited(self, question: AuditQuestion) -> list[AutomationEvent]:
        with self._database.reading() as connection:
            return audit.recorded(connection, question)

    def audit_chain(self) -> Chain:
        with self._database.reading() as connection:
            return audit.chain(connection)

    def audit_page(self, after: int, since: datetime | None = None, most: int = 1000) -> list[Row]:
        with self._database.reading() as connection:
            return audit.page(connection, after, None if since is None else utc(since), most)

    def prune_audit(self, before: datetime, most: int = 500) -> int:
        with self._database.writing() as connection:
            return audit.prune(connection, utc(before), most)

    def prune_events(self, before: datetime, most: int = 5000) -> int:
        with self._database.writing() as connection:
            return retention.prune_events(connection, utc(before), most)

    def figures(self, after: int, most: int) -> list[RunFigure]:
        with self._database.reading() as connection:
            return figures.figures(connection, after, most)

    def decisions(self, after: int, most: int) -> list[tuple[int, str, str, str]]:
        with self._database.reading() as connection:
            return figures.decisions(connection, after, most)

    @contextmanager
    def _reading(self, run_id: int) -> Iterator[Connection]:
        _check(run_id)
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def _writing(self, run_id: int) -> Iterator[Connection]:
        _check(run_id)
        with self._database.writing() as connection:
            yield connection


def _check(run_id: int) -> None:
    """A number from chat may be larger than any column."""
    if not 0 < run_id <= _LARGEST_ID:
        raise no_such_run(run_id)


def _now() -> datetime:
    return datetime.now(UTC)
