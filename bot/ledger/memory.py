"""The ledger's twin: the same promises, kept in one process's memory; for tests and trials, gone at its end."""
# ruff: noqa: D102 (what each method does is told once, at `Ledger`)

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.errors import UnknownName
from bot.ledger import consent_rows, rows
from bot.ledger.memory_audit import MemoryAudit
from bot.ledger.memory_promotions import MemoryPromotions
from bot.ledger.values import (
    FAILED,
    NAME_LENGTH,
    RULE,
    STARTED,
    WHICH,
    AutomationEvent,
    Before,
    ConsentFigure,
    RunFigure,
    StatusChange,
    asked_before,
    at_most,
    clean,
    no_such_run,
    not_waiting,
    nothing,
    utc,
)
from bot.model.codec import to_plain
from bot.model.consent import Pending, Step
from bot.model.event import RunEvent
from bot.model.people import UNATTENDED, Actor, Conversation, Origin
from bot.model.run import HostOutcome, Plan, Run
from bot.model.status import RunStatus, may_follow


@dataclass(slots=True, kw_only=True)
class _Kept:
    """All that is known of one run."""

    run: Run
    card_ref: str = ""
    recapped: bool = False
    statuses: list[StatusChange] = field(default_factory=list)
    events: dict[int, RunEvent] = field(default_factory=dict)
    hosts: dict[str, HostOutcome] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)
    pending: Pending | None = None


class MemoryLedger(MemoryAudit, MemoryPromotions):
    """A ledger that needs no database; what each method does, takes and raises stands at `Ledger`."""

    def __init__(self) -> None:
        MemoryAudit.__init__(self, self._settled)
        MemoryPromotions.__init__(self)
        self._lock = threading.RLock()
        self._runs: dict[int, _Kept] = {}
        self._once: dict[str, int] = {}
        self._installation = secrets.token_hex(16)

    def migrate(self) -> None:
        """There are no tables."""

    def current(self) -> str | None:
        return "memory"

    def behind(self) -> tuple[str, ...]:
        return ()

    def installation(self) -> str:
        return self._installation

    def watch(self) -> Callable[[], bool]:
        return lambda: True

    def close(self) -> None:
        """There are no connections."""

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
        status = RunStatus.AWAITING_APPROVAL if pending else status
        with self._lock:
            if parent is not None:
                self._kept(parent)
            if once in self._once:
                raise asked_before(self._once[once])
            now = datetime.now(UTC)
            row = rows.run_row(
                plan=plan,
                actor=actor,
                conversation=conversation,
                origin=origin,
                command=command,
                status=status,
                parent=parent,
                parent_how=parent_how,
                once=once,
                now=now,
            )
            run = rows.run_value({**rows.kept_row(row), "id": len(self._runs) + 1, "plan": rows.plan_text(plan)})
            before(run)
            names = dict.fromkeys(clean(host, NAME_LENGTH) for host in plan.target.hosts)
            self._runs[run.id] = _Kept(
                run=run,
                statuses=[StatusChange(run_id=run.id, at=now, before=None, then=status)],
                hosts={name: HostOutcome(host=name) for name in names},
                planned={name: place for place, name in enumerate(names)},
                pending=None if pending is None else _kept_pending(run.id, pending),
            )
            if once:
                self._once[once] = run.id
            if record:
                self.record(record(run))
            return run

    def asked(self, once: str) -> int | None:
        return self._once.get(once)

    def get(self, run_id: int) -> Run:
        return self._kept(run_id).run

    def find(self, which: str = "all", actor: Actor | None = None, last: int = 10) -> list[Run]:
        tests: dict[str, Callable[[Run], bool]] = {
            "all": lambda _run: True,
            "mine": lambda run: str(run.actor) == clean(str(actor)),
            "active": lambda run: not run.status.final,
            "failed": lambda run: run.status in FAILED,
        }
        if which not in tests:
            raise UnknownName("There is no such list of runs.", f"Say one of: {', '.join(WHICH)}.")
        return self._where(lambda kept: tests[which](kept.run))[::-1][: at_most(last)]

    def often(self, actor: Actor, since: datetime, last: int = 10) -> list[str]:
        theirs = self._where(lambda kept: str(kept.run.actor) == clean(str(actor)) and kept.run.created_at >= since)
        counted = Counter(run.plan.runbook for run in reversed(theirs))
        return [runbook for runbook, _ in counted.most_common(at_most(last))]

    def unsettled(self) -> list[int]:
        return [run.id for run in self._where(lambda kept: not (kept.run.status.final and kept.recapped))]

    def ran_since(self, runbook: str, moment: datetime) -> list[Run]:
        def wanted(kept: _Kept) -> bool:
            started = kept.run.started_at
            lately = started is not None and started >= utc(moment)
            return kept.run.plan.runbook == runbook and (lately or not kept.run.status.final)

        return self._where(wanted)[::-1]

    def lately(self, runbook: str, environment: str, before: int, last: int = 5) -> list[Run]:
        def wanted(kept: _Kept) -> bool:
            plan = kept.run.plan
            return (plan.runbook, plan.target.environment) == (runbook, environment) and kept.run.id < before

        return self._where(wanted)[::-1][: at_most(last)]

    def consent(self, run_id: int) -> Pending | None:
        return self._kept(run_id).pending

    def change_consent(self, run_id: int, step: Step) -> Pending:
        with self._lock:
            kept = self._kept(run_id)
            if kept.pending is None:
                raise not_waiting(run_id)
            kept.pending = _kept_pending(run_id, step(kept.pending))
            return kept.pending

    def awaiting(self) -> list[Pending]:
        with self._lock:
            found = [kept.pending for kept in self._runs.values()]
        return [each for each in found if each is not None and each.stage.open]

    def consent_figures(self, after: int, most: int) -> list[ConsentFigure]:
        with self._lock:
            found = [kept.pending for number, kept in self._runs.items() if number > after]
        wanted = [each for each in found if each is not None and each.count][:most]
        return [consent_rows.consent_figure({"run_id": p.run_id, **consent_rows.pending_row(p)}) for p in wanted]

    def trouble(self, environment: str, moment: datetime) -> tuple[int, int]:
        here = self._where(lambda kept: kept.run.plan.target.environment == environment)
        bad = [run for run in here if run.status in FAILED and run.ended_at is not None and run.ended_at >= moment]
        automatic = [run for run in here if run.origin in UNATTENDED or str(run.actor).startswith(RULE)]
        return len(bad), len([run for run in automatic if run.created_at >= moment])

    def set_status(self, run_id: int, then: RunStatus, *, reason: str = "", at: datetime | None = None) -> bool:
        with self._lock:
            kept, when, why = self._kept(run_id), utc(at or datetime.now(UTC)), clean(reason)
            before = kept.run.status
            if not may_follow(before, then):
                return False
            started = kept.run.started_at or (when if then in STARTED else None)
            ended = when if then.final else None
            kept.run = replace(kept.run, status=then, reason=why, started_at=started, ended_at=ended)
            kept.statuses.append(StatusChange(run_id=run_id, at=when, before=before, then=then, reason=why))
            return True

    def statuses(self, run_id: int) -> list[StatusChange]:
        return list(self._kept(run_id).statuses)

    def ask_cancel(self, run_id: int, actor: Actor) -> bool:
        with self._lock:
            kept = self._kept(run_id)
            if kept.run.status.final:
                return False
            kept.run = replace(kept.run, cancel_asked_by=kept.run.cancel_asked_by or clean(str(actor)))
            return True

    def card_ref(self, run_id: int) -> str:
        return self._kept(run_id).card_ref

    def set_card_ref(self, run_id: int, ref: str) -> None:
        self._kept(run_id).card_ref = clean(ref)

    def set_recapped(self, run_id: int) -> bool:
        with self._lock:
            kept = self._kept(run_id)
            first, kept.recapped = not kept.recapped, True
            return first

    def add_events(self, run_id: int, events: Sequence[RunEvent]) -> None:
        if any(event.run_id != run_id for event in events):
            raise ValueError(f"events of another run among those of run {run_id}")
        with self._lock:
            kept = self._kept(run_id)
            for event in events:
                kept.events.setdefault(event.counter, rows.event_value(rows.kept_row(rows.event_row(event))))
            later = sorted(counter for counter in kept.events if counter > kept.run.cursor)
            kept.run = replace(kept.run, cursor=rows.contiguous(kept.run.cursor, later))

    def events(self, run_id: int, after: int = 0, limit: int = 1000) -> list[RunEvent]:
        with self._lock:
            kept = self._kept(run_id).events
            return [kept[counter] for counter in sorted(kept) if counter > after][: max(0, limit)]

    def cursor(self, run_id: int) -> int:
        return self._kept(run_id).run.cursor

    def set_outcomes(self, run_id: int, outcomes: Sequence[HostOutcome]) -> None:
        with self._lock:
            kept = self._kept(run_id)
            for outcome in outcomes:
                host = clean(outcome.host, NAME_LENGTH)
                kept.hosts[host] = replace(outcome, host=host)

    def outcomes(self, run_id: int) -> list[HostOutcome]:
        with self._lock:
            kept = self._kept(run_id)
            found = [{**to_plain(value), "position": kept.planned.get(host)} for host, value in kept.hosts.items()]
            return rows.outcome_values(found)

    def prune_events(self, before: datetime, most: int = 5000) -> int:
        with self._lock:
            kept = [each for each in self._runs.values() if each.events and self._settled(each.run.id)]
            oldest = kept[0] if kept else None
            if oldest is None or oldest.run.ended_at is None or oldest.run.ended_at >= before:
                return 0
            gone = sorted(oldest.events)[:most]
            for counter in gone:
                del oldest.events[counter]
            return len(gone)

    def figures(self, after: int, most: int) -> list[RunFigure]:
        found = (kept.run for number, kept in sorted(self._runs.items()) if number > after)
        times = ("id", "status", "created_at", "started_at", "ended_at")
        return [
            rows.figure(
                {
                    **{name: getattr(run, name) for name in times},
                    "runbook": run.plan.runbook,
                    "service": rows.service_of(run.plan),
                }
            )
            for run in found
        ][:most]

    def _settled(self, run_id: int | None) -> bool:
        kept = self._runs.get(run_id or 0)
        return kept is None or (kept.run.status.final and kept.recapped)

    def _kept(self, run_id: int) -> _Kept:
        try:
            return self._runs[run_id]
        except KeyError:
            raise no_such_run(run_id) from None

    def _where(self, test: Callable[[_Kept], bool]) -> list[Run]:
        with self._lock:
            return [kept.run for kept in self._runs.values() if test(kept)]


def _kept_pending(run_id: int, pending: Pending) -> Pending:
    """What is waited for as a database would give it back."""
    row = rows.kept_row(consent_rows.pending_row(pending))
    said = tuple(consent_rows.vote_value(rows.kept_row(consent_rows.vote_row(vote))) for vote in pending.votes)
    return consent_rows.pending_value({"run_id": run_id, **row}, said)
