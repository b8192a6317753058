"""Somebody says yes or no to a run that waits: their command enters; the run is queued, or ends, or waits on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.errors import BadParameters, NotAllowed, PlanChanged, WrongState
from bot.flows.journal import APPROVAL, BREAK_GLASS, CONFIRMATION, DENIAL, Journal
from bot.flows.permission import Permission
from bot.flows.planning import Planning, turn_of
from bot.flows.release import release
from bot.flows.replace import Replace
from bot.flows.second_look import SecondLook
from bot.ledger import Ledger
from bot.ledger.values import NAME_LENGTH, clean, not_waiting
from bot.model.command import AskApprove, AskConfirm, AskDeny
from bot.model.consent import Pending, Stage, Step, Vote, break_glass, close, confirm, vote
from bot.model.reply import Reply, Text
from bot.model.request import Accepted, Answer, Asked, Request
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.queue import RunQueue, Turns

BEING_STORED = timedelta(seconds=10)
"""How long a run may be in SQL before its envelope is in Redis."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """The flow with the stations it passes.

    Whoever brings a yes has the plan compared first, and the guards asked, all of them with what they know by then; SQL
    counts, in one transaction. The guards and the counting are one at a time in an environment, as when a run is asked
    for: whoever comes after it is judged with this run.
    """

    ledger: Ledger
    queue: RunQueue
    journal: Journal
    permission: Permission
    planning: Planning
    turns: Turns
    replace_runs: Replace
    now: Callable[[], datetime] = _now

    def handle(self, command: AskConfirm | AskApprove | AskDeny, request: Request) -> Answer:
        """Count it; Refused when it does not count, with the reason."""
        run = self.ledger.get(command.run_id)
        pending = self.ledger.consent(run.id)
        if isinstance(command, AskConfirm) and (wave := self._wave(run)) is not None:
            return self._go(run, wave, request)
        if pending is None:
            raise not_waiting(run.id)
        match command:
            case AskConfirm():
                return self._confirm(run, pending, request)
            case AskApprove(break_glass=True):
                return self._break_glass(run, pending, command.reason, request)
            case AskApprove():
                return self._approve(run, pending, command.reason, request)
            case AskDeny():
                return self._deny(run, pending, command.reason, request)

    def may_vote(self, run_id: int, request: Request) -> None:
        """Refused unless the actor may say yes or no to the run, and it waits for that."""
        run = self.ledger.get(run_id)
        pending = self.ledger.consent(run.id)
        if pending is None:
            raise not_waiting(run.id)
        self.permission.to_approve(request, run, pending)
        self._vote(request, "", yes=False)(pending)

    def _wave(self, run: Run) -> int | None:
        """The wave before which a run under way waits for a person."""
        under_way = run.plan.options.waves is not None and not run.status.final
        return self.queue.asks_go(run.id) if under_way else None

    def _go(self, run: Run, wave: int, request: Request) -> Answer:
        """Let a run under way go on; its worker asks the guards again before it does."""
        self.permission.to_touch(request, run)
        if not request.actor.is_person:
            raise NotAllowed("A person has to say go.", "Somebody looks at the hosts first.")
        self.journal.about(run, status=CONFIRMATION, actor=request.actor, reason=f"wave {wave}")
        self.queue.say_go(run.id, wave)
        return Reply(parts=(Text(text=f"Run {run.id} goes on with wave {wave}."),))

    def _confirm(self, run: Run, pending: Pending, request: Request) -> Answer:
        if request.actor != run.actor:
            raise NotAllowed(f"Only {run.actor} asked for run {run.id}, and can confirm it.")
        actor = _name(request)
        step: Step = lambda now: confirm(now, actor, self.now())  # noqa: E731 (a step is a function)
        after = self._last_yes(run, pending, step)
        self.journal.about(run, status=CONFIRMATION, actor=request.actor)
        return self._said(run, after, request, f"Run {run.id} is confirmed")

    def _approve(self, run: Run, pending: Pending, reason: str, request: Request) -> Answer:
        self.permission.to_approve(request, run, pending)
        after = self._last_yes(run, pending, self._vote(request, reason, yes=True))
        self.journal.about(run, status=APPROVAL, actor=request.actor, reason=reason)
        word = "approved" if after.stage is Stage.GRANTED else f"approved by {after.approvals} of {after.count}"
        return self._said(run, after, request, f"Run {run.id} is {word}")

    def _deny(self, run: Run, pending: Pending, reason: str, request: Request) -> Answer:
        self.permission.to_approve(request, run, pending)
        self._step(run, self._vote(request, reason, yes=False))
        self.journal.about(run, status=DENIAL, actor=request.actor, reason=reason)
        return Reply(parts=(Text(text=f"Run {run.id} is denied; it will not run."),))

    def _break_glass(self, run: Run, pending: Pending, reason: str, request: Request) -> Answer:
        self.permission.to_break_glass(request, run)
        if not reason:
            raise BadParameters("Breaking the glass needs a reason.", f"`approve {run.id} --break-glass because ...`")
        actor = _name(request)
        step: Step = lambda now: break_glass(now, actor, reason, self.now())  # noqa: E731 (a step is a function)
        after = self._last_yes(run, pending, step)
        self.journal.about(run, status=BREAK_GLASS, actor=request.actor, reason=reason)
        return self._said(run, after, request, f"The approval of run {run.id} is skipped, and everybody is told")

    def _vote(self, request: Request, reason: str, *, yes: bool) -> Step:
        return lambda now: vote(now, Vote(actor=_name(request), yes=yes, reason=reason, at=self.now()))

    def _last_yes(self, run: Run, pending: Pending, step: Step) -> Pending:
        """A yes, which may be the last one: refused at once when it cannot count, then looked at, then counted."""
        after = step(pending)
        asked = self._unchanged(run, after)
        with self.turns.turn(turn_of(run.plan.target.environment)):
            self._permit(run, replace(asked, consent=after.whole))
            return self._step(run, step)

    def _step(self, run: Run, step: Step) -> Pending:
        return self.ledger.change_consent(run.id, step)

    def _unchanged(self, run: Run, pending: Pending) -> Asked:
        """Who asked for it, where it is still what they asked for; what has changed since makes it void."""
        self._checked(pending)
        envelope = self.queue.envelope(run.id)
        if envelope is None or envelope.asked is None:
            if self.now() - run.created_at < BEING_STORED:
                raise WrongState(f"Run {run.id} is just being stored.", "Say it again in a moment.")
            self._void(run, "What was to be run is no longer in Redis.")
            raise WrongState("What was to be run is no longer in Redis.", f"Ask again: `rerun {run.id}`.")
        try:
            self._second_look.as_planned(run.plan)
        except PlanChanged as error:
            self._void(run, error.what)
            raise WrongState(f"Run {run.id} is void. {error.what}", f"Ask again: `rerun {run.id}`.") from None
        return envelope.asked

    def _permit(self, run: Run, asked: Asked) -> None:
        """Would it run, if all who are asked said yes? A promotion may have been taken back, or made, meanwhile."""
        planning = self.planning
        recent, active = planning.others(run.plan)
        promotion = planning.promotion(planning.catalog.get(run.plan.runbook), run.plan.target.environment)
        try:
            self._second_look.permit(run.plan, replace(asked, promotion=promotion), recent=recent, active=active)
        except NotAllowed as error:
            remedy = f"Run {run.id} waits on, until its time is over."
            raise NotAllowed(error.what, remedy, guards=error.guards) from None

    @property
    def _second_look(self) -> SecondLook:
        planning = self.planning
        return SecondLook(
            catalog=planning.catalog, inventories=planning.inventories, policy=planning.policy, stops=planning.stops
        )

    def _checked(self, pending: Pending) -> None:
        """WrongState unless the check that goes first, if there is one, was successful."""
        if pending.check_run is None or pending.broke_glass or not pending.approvals:
            return
        status = self.ledger.get(pending.check_run).status
        if not status.final:
            raise WrongState(f"Its check, run {pending.check_run}, is {status}.", "Approve it when that has ended.")
        if status is not RunStatus.SUCCESSFUL:
            raise WrongState(f"Its check, run {pending.check_run}, is {status}.", "Deny it, and mend what is wrong.")

    def _void(self, run: Run, why: str) -> None:
        self._step(run, lambda now: close(now, Stage.VOID, "", why, self.now()))

    def _said(self, run: Run, after: Pending, request: Request, what: str) -> Answer:
        """The run itself for who watches it; who asked elsewhere gets a sentence."""
        if after.stage is not Stage.GRANTED:
            left = after.count - after.approvals
            return Reply(parts=(Text(text=f"{what}; it waits for {left} more approval{'s' if left > 1 else ''}."),))
        self._queue(run, after)
        if request.conversation == run.conversation and request.actor == run.actor:
            return Accepted(run=run)
        return Reply(parts=(Text(text=f"{what}; it is queued."),))

    def _queue(self, run: Run, after: Pending) -> None:
        """It takes the place of others now, where its runbook wants that, not when it was asked for."""
        envelope = self.queue.envelope(run.id)
        if envelope is not None and envelope.asked is not None:
            self.replace_runs.handle(run.plan, envelope.asked, but=run.id)
        release(self.queue, after)


def _name(request: Request) -> str:
    return clean(str(request.actor), NAME_LENGTH)
