"""A run that waits for people enters, with what it waits for; all that they should know before they answer leaves."""

import json
from dataclasses import replace

from bot.flows.cards import card_of
from bot.flows.start import HIDDEN
from bot.ledger import Ledger
from bot.model.command import RunOptions
from bot.model.consent import Pending
from bot.model.run import Plan, Run
from bot.model.status import RunStatus
from bot.model.view import RunCard, RunView, Waiting

LAST_RUNS = 5
VALUE_CHARACTERS = 500


DIFF_CHARACTERS = 6_000
EVENTS_LOOKED_AT = 2_000
"""Of the check's events so many are looked through for what it would change; the rest is in its log."""


def waiting_card(ledger: Ledger, run: Run, pending: Pending) -> RunCard:
    """The card of a run that waits."""
    view = RunView(run_id=run.id, status=RunStatus.AWAITING_APPROVAL)
    return replace(card_of(run, view), waiting=waiting_of(ledger, run, pending), edition=2 * pending.edition)


def waiting_of(ledger: Ledger, run: Run, pending: Pending) -> Waiting:
    """What the card shows of it; only what the ledger keeps, so that any relay can show it."""
    plan, check = run.plan, pending.check_run
    status = ledger.get(check).status if check else None
    last = ledger.lately(plan.runbook, plan.target.environment, run.id, LAST_RUNS)
    return Waiting(
        pending=pending,
        parameters=tuple(_parameters(plan)),
        options=" ".join(_options(plan.options)),
        last_runs=tuple(_line(each) for each in last if each.id != check),
        check=f"run {check} is {status.value.replace('_', ' ')}" if status else "",
        diff=_diff(ledger, check) if check and status and status.final else "",
    )


def _diff(ledger: Ledger, check: int) -> str:
    """What the check would change, host by host, cut."""
    found, room = [], DIFF_CHARACTERS
    for event in ledger.events(check, limit=EVENTS_LOOKED_AT):
        if event.diff and room > 0:
            found.append(f"{event.host}, {event.task}:\n{event.diff.strip()}"[:room])
            room -= len(found[-1])
    return "\n".join(found)


def broke_glass_text(run: Run, pending: Pending) -> str:
    """The sentence for everybody when approvals were skipped; empty when they were not."""
    if not pending.broke_glass:
        return ""
    what = f"{run.plan.runbook} in {run.plan.target.environment}, asked for by {run.actor}"
    return f"Break-glass: {pending.broke_glass} skipped the approval of run {run.id} ({what}): {pending.reason}"


def _parameters(plan: Plan) -> list[tuple[str, str]]:
    shown = [
        (name, json.dumps(value, ensure_ascii=False)[:VALUE_CHARACTERS]) for name, value in plan.parameters.items()
    ]
    return [*shown, *((name, HIDDEN) for name in plan.secret_names)]


def _options(options: RunOptions) -> list[str]:
    said = ["--check"] if options.check else []
    said += ["--diff"] if options.diff else []
    said += [f"--tags {','.join(options.tags)}"] if options.tags else []
    said += options.waves.options if options.waves else []
    said += ["--up"] if options.up else []
    return said + ([f"--skip-tags {','.join(options.skip_tags)}"] if options.skip_tags else [])


def _line(run: Run) -> str:
    check = " --check" if run.plan.options.check else ""
    when = run.created_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"run {run.id}{check}: {run.status.value.replace('_', ' ')}, {when}, {run.actor}"
