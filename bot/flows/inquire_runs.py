"""runs, show, log: what has run and what is running."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.flows.cards import revision
from bot.flows.consent_facts import consent_facts
from bot.flows.log_text import log_lines
from bot.flows.start import HIDDEN
from bot.ledger import Ledger
from bot.model.command import AskLog, AskRuns, AskShow
from bot.model.event import RunEvent
from bot.model.reply import Block, Facts, Part, Reply, Table, Text
from bot.model.request import Request
from bot.model.run import Run
from bot.model.words import duration, some

LOG_CHARACTERS = 200_000
"""A reply holds this much of a log; the rest stays in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireRuns:
    """Questions about the ledger."""

    ledger: Ledger

    def search(self, ask: AskRuns, request: Request) -> Reply:
        """The newest runs, one line each."""
        found = self.ledger.find(ask.which, actor=request.actor, last=ask.last)
        if not found:
            return Reply(parts=(Text(text="No such run." if ask.which != "all" else "Nothing has run yet."),))
        columns = ("run", "status", "runbook", "environment", "limit", "hosts", "who", "when", "took")
        return Reply(parts=(Table(title="Runs", columns=columns, rows=tuple(_row(run) for run in found)),))

    def show(self, ask: AskShow) -> Reply:
        """One run: what, where, who, when, how it came out on each host."""
        run = self.ledger.get(ask.run_id)
        title = f"Run {run.id}: {run.plan.runbook} is {run.status}"
        pairs = (*_facts(run), *consent_facts(self.ledger.consent(run.id)))
        parts: list[Part] = [Facts(title=title, pairs=pairs)]
        if outcomes := self.ledger.outcomes(run.id):
            columns = ("host", "ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")
            rows = tuple(
                (o.host, *map(str, (o.ok, o.changed, o.unreachable, o.failed, o.skipped, o.rescued, o.ignored)))
                for o in outcomes
            )
            parts.append(Table(title="Hosts", columns=columns, rows=rows))
        return Reply(parts=tuple(parts))

    def log(self, ask: AskLog) -> Reply:
        """Everything that the run reported, in order; what is longer than a reply may be is cut, and said to be."""
        run = self.ledger.get(ask.run_id)
        lines: list[str] = []
        room = LOG_CHARACTERS
        for line in log_lines(self._stored(run.id)):
            lines.append(line[:room])
            room -= len(line) + 1
            if room < 0:
                lines.append("… and so on: the rest is in the database, in the table run_events.")
                break
        return Reply(parts=(Block(title=f"Log of run {run.id}", text="\n".join(lines) or _empty(run)),))

    def _stored(self, run_id: int) -> Iterator[RunEvent]:
        """The run's events, read as they are taken."""
        after = 0
        while events := self.ledger.events(run_id, after=after):
            yield from events
            after = events[-1].counter


def _empty(run: Run) -> str:
    return "Its events are no longer kept." if run.status.final and run.cursor else "Nothing yet."


def _row(run: Run) -> tuple[str, ...]:
    target = run.plan.target
    name = run.plan.runbook + (" --check" if run.plan.options.check else "")
    when = run.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
    hosts = str(len(target.hosts))
    return (str(run.id), run.status, name, target.environment, target.limit, hosts, str(run.actor), when, _took(run))


def _took(run: Run) -> str:
    if run.started_at is None:
        return ""
    until = run.ended_at or datetime.now(run.started_at.tzinfo)
    return duration((until - run.started_at).total_seconds())


def _facts(run: Run) -> list[tuple[str, str]]:
    plan = run.plan
    pairs = [
        ("asked", run.command),
        ("by", f"{run.actor} ({run.origin})"),
        ("at", run.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")),
        ("runs", plan.playbook or f"{plan.module}"),
        ("target", f"{plan.target.limit} in {plan.target.environment}: {some(plan.target.hosts)}"),
        ("revision", revision(run)),
    ]
    values = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in plan.parameters.items()]
    values += [f"{name}={HIDDEN}" for name in plan.secret_names]
    pairs += [("parameters", " ".join(values))] if values else []
    pairs += [("mode", "check: nothing was changed")] if plan.options.check else []
    pairs += [("reason", run.reason)] if run.reason else []
    pairs += [("canceled by", run.cancel_asked_by)] if run.cancel_asked_by else []
    pairs += [("took", _took(run))] if run.started_at else []
    pairs += [("repeats", f"run {run.parent} ({run.parent_how})")] if run.parent else []
    return pairs
