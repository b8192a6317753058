"""The ledger's door: what every ledger promises; one contract suite holds SQLite, PostgreSQL and the twin to it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.ledger.chain import Chain
from bot.ledger.rows import Row
from bot.ledger.values import AuditQuestion, AutomationEvent, Before, ConsentFigure, RunFigure, StatusChange, nothing
from bot.model.consent import Pending, Step
from bot.model.event import RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.promotion import Promotion
from bot.model.run import HostOutcome, Plan, Run
from bot.model.status import RunStatus


class Ledger(Protocol):
    """Safe for many threads and processes at once; every method may raise Unavailable.

    Methods that take a `run_id` raise UnknownName when there is no such run. Times that come out are UTC and aware.
    Text is kept as `values.clean` leaves it.
    """

    def migrate(self) -> None:
        """Bring the tables up to date; harmless when they are, and when several processes do it at once."""

    def current(self) -> str | None:
        """The newest migration that was applied; None on an empty database."""

    def behind(self) -> tuple[str, ...]:
        """The migrations still to apply, oldest first; Misconfigured when a newer version has been here."""

    def installation(self) -> str:
        """The random id of this installation, 32 hexadecimal digits, made when first asked for."""

    def watch(self) -> Callable[[], bool]:
        """A look that costs next to nothing: whether anything may have been stored since the look before.

        True the first time, and always where it cannot be told. For one thread.
        """

    def close(self) -> None:
        """Let go of every connection; the next call connects again."""

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
        """A new run, with a row for every planned host; ids count from 1 and are never used again.

        With `pending` it waits for that, in the status awaiting_approval. Of all calls with the same `once` one makes
        a run; AskedBefore in the others, with its id. What `record` makes of it is in the audit at
        the same moment. `before` is called with the run before anybody else can see it; when that raises, or we die
        over it, there is no such run.
        """

    def asked(self, once: str) -> int | None:
        """The id of the run that was made with that `once`; None as long as there is none."""

    def get(self, run_id: int) -> Run:
        """The run of that id."""

    def find(self, which: str = "all", actor: Actor | None = None, last: int = 10) -> list[Run]:
        """The `last` runs (1,000 at most), newest first.

        `which` is all, mine (those of `actor`; the other lists pass it over), active (not over yet) or failed
        (failed, timeout, lost, error); UnknownName for any other word.
        """

    def often(self, actor: Actor, since: datetime, last: int = 10) -> list[str]:
        """Ids of the `last` runbooks that `actor` asked for most often since a moment (aware), the most often first.

        Of those asked for equally often the one asked for last comes first.
        """

    def unsettled(self) -> list[int]:
        """Ids of every run that is not over, or whose recap was not posted; oldest first. Quick: no plan is read."""

    def ran_since(self, runbook: str, moment: datetime) -> list[Run]:
        """The runs of a runbook that started at `moment` (aware) or later, and those not over; newest first."""

    def lately(self, runbook: str, environment: str, before: int, last: int = 5) -> list[Run]:
        """The `last` runs of a runbook in an environment with an id below `before`, newest first."""

    def consent(self, run_id: int) -> Pending | None:
        """What the run waits for, or has waited for, with the votes; None when it never did."""

    def change_consent(self, run_id: int, step: Step) -> Pending:
        """Bring what a run waits for on by a step, in one transaction; what it is afterwards.

        What `step` raises leaves all as it is. WrongState for a run that never waited.
        """

    def awaiting(self) -> list[Pending]:
        """What can still be answered, oldest first."""

    def consent_figures(self, after: int, most: int) -> list[ConsentFigure]:
        """What is counted of the `most` runs with an id over `after` that wanted approvals, oldest first."""

    def trouble(self, environment: str, moment: datetime) -> tuple[int, int]:
        """How many runs in an environment ended badly since a moment (aware), and how many no person asked for."""

    def set_status(self, run_id: int, then: RunStatus, *, reason: str = "", at: datetime | None = None) -> bool:
        """Change the status if the transition table allows it, or leave all as it is and return False.

        `reason` replaces the run's own; `at` (aware; None is now) becomes started_at or ended_at where it fits.
        """

    def statuses(self, run_id: int) -> list[StatusChange]:
        """Every change of status, oldest first; the first is the run's making."""

    def ask_cancel(self, run_id: int, actor: Actor) -> bool:
        """Save that `actor` wants the run canceled; False when it is over. The first who asked stays named."""

    def card_ref(self, run_id: int) -> str:
        """What the chat needs to find the run's card again; empty when none was posted."""

    def set_card_ref(self, run_id: int, ref: str) -> None:
        """Keep `ref` for `card_ref`."""

    def set_recapped(self, run_id: int) -> bool:
        """Note that the recap is posted; True the first time only."""

    def add_events(self, run_id: int, events: Sequence[RunEvent]) -> None:
        """Store `events` of that run; those that are there already stay as they are.

        In the same transaction the run's cursor moves to the highest counter below which none is missing.
        """

    def events(self, run_id: int, after: int = 0, limit: int = 1000) -> list[RunEvent]:
        """At most `limit` events with a counter over `after`, in order."""

    def cursor(self, run_id: int) -> int:
        """The highest counter up to which every event is stored; 0 when there is none."""

    def set_outcomes(self, run_id: int, outcomes: Sequence[HostOutcome]) -> None:
        """Store how hosts came out; a later outcome of a host replaces an earlier one."""

    def outcomes(self, run_id: int) -> list[HostOutcome]:
        """All planned hosts in planned order, with zeros where no result ever came; then unplanned ones by name."""

    def promote(self, promotion: Promotion) -> Promotion:
        """Keep a promotion, and end the one of the same runbook in the same environment; its `id` is given here."""

    def promotions(self, runbook: str | None = None, environment: str | None = None) -> list[Promotion]:
        """Those that nobody has ended, the newest first: one at most of each runbook in each environment."""

    def demote(self, runbook: str, environment: str, actor: str, why: str) -> bool:
        """End the promotion of a runbook in an environment; False when there is none."""

    def record(self, event: AutomationEvent) -> None:
        """Append one audit row."""

    def record_once(self, event: AutomationEvent) -> None:
        """Append an audit row about a run unless one with that status is there; for an end, one with any result."""

    def recorded(self, run_id: int | None = None, last: int = 100) -> list[AutomationEvent]:
        """The `last` audit rows (1,000 at most), newest first; only those of one run when `run_id` says so."""

    def audited(self, question: AuditQuestion) -> list[AutomationEvent]:
        """The audit rows that the question is about, newest first."""

    def audit_chain(self) -> Chain:
        """The two ends of the audit's chain."""

    def audit_page(self, after: int, since: datetime | None = None, most: int = 1000) -> list[Row]:
        """Audit rows as they are stored, oldest first: `most` with an id over `after`, none older than `since`."""

    def prune_audit(self, before: datetime, most: int = 500) -> int:
        """Take out the oldest audit rows, `most` at a time, and move the anchor; how many those were.

        It ends at the first that is not older than `before`, or is about a run that is not settled.
        """

    def prune_events(self, before: datetime, most: int = 5000) -> int:
        """Take out events of the oldest run that ended before and is settled, `most` at a time; how many those were."""

    def figures(self, after: int, most: int) -> list[RunFigure]:
        """What is counted of the `most` runs with an id over `after`, oldest first."""

    def decisions(self, after: int, most: int) -> list[tuple[int, str, str, str]]:
        """Id, status, action, result of audit rows over `after` that are refused or requires_manual, oldest first."""
