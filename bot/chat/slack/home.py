"""What concerns one person enters; their App Home leaves: active runs, what waits for them, their runs, favorites."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.chat.slack import limits
from bot.chat.slack.buttons import NO_RUNBOOK, Action, details
from bot.chat.slack.message import Block
from bot.chat.slack.mrkdwn import code, words
from bot.chat.slack.parts import actions, button, context, divider, fits, header, section
from bot.chat.slack.signs import bar, elapsed, status_phrase, status_sign, status_word, who
from bot.chat.waiting import wanted
from bot.chat.words import NAME_CHARACTERS, how_many, many, states
from bot.model.run import Run
from bot.model.view import RunCard

CALLBACK = "home"
SHOWN = 10
"""So many of each kind; with titles and notes all four kinds stay below Slack's 100 blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What one person is shown, of each kind the most important first.

    `waiting` are runs that they may approve or confirm, `mine` their newest runs, `favorites` runbooks as (id,
    summary); `runbook_count` is how many runbooks there are in all.
    """

    active: tuple[RunCard, ...] = ()
    waiting: tuple[RunCard, ...] = ()
    mine: tuple[Run, ...] = ()
    favorites: tuple[tuple[str, str], ...] = ()
    runbook_count: int = 0


def home_view(home: Home, now: float) -> dict[str, Any]:
    """The view for `views.publish`, as things are at `now` (seconds since the epoch)."""
    blocks = [
        *_start(home),
        *_kind("Waits for you", "Nothing waits for you.", [_active(card, now) for card in home.waiting[:SHOWN]]),
        *_rest(len(home.waiting)),
        *_kind("Active runs", "Nothing runs.", [_active(card, now) for card in home.active[:SHOWN]]),
        *_rest(len(home.active)),
        *_kind("Your last runs", "You have not run anything yet.", [_run(run) for run in home.mine[:SHOWN]]),
        *_rest(len(home.mine)),
        *_favorites(home.favorites),
    ]
    return {"type": "home", "callback_id": CALLBACK, "blocks": list(limits.fit_view(blocks))}


def _start(home: Home) -> Iterator[Block]:
    yield header("Signalbox")
    yield section(f"{many(home.runbook_count, 'runbook')} can be run. `/ansible help` tells what you can say.")
    yield from actions([button("Run a runbook", Action.OPEN_FORM, NO_RUNBOOK, style="primary")])


def _kind(title: str, nothing: str, blocks: Sequence[Block]) -> Iterator[Block]:
    yield divider()
    yield header(title)
    yield from blocks or [context(nothing)]


def _rest(count: int) -> list[Block]:
    return [context(f"and {count - SHOWN} more")] if count > SHOWN else []


def _active(card: RunCard, now: float) -> Block:
    """A run in two lines: what, where and by whom; how far it is."""
    view = card.view
    title = f"*Run {card.run_id}* {code(card.runbook, 80)} in {code(card.environment, NAME_CHARACTERS)}"
    rows = [f"{title} \u00b7 {status_phrase(card, now)} \u00b7 asked by {who(card.actor)}"]
    if view.task:
        since = elapsed(view.task_started_at, now)
        rows.append(
            f"{bar(view.task_done, view.task_total)} task {view.task_number} {code(view.task, 80)} {since}".strip()
        )
    if card.waiting is not None:
        rows.append(words(wanted(card, card.waiting.pending), 500))
    if card.hosts:
        rows.append(f"{how_many(card)}: {states(card)}")
    return section("\n".join(rows), details(card.run_id))


def _run(run: Run) -> Block:
    plan = run.plan
    check = " (check mode)" if plan.options.check else ""
    hosts = many(len(plan.target.hosts), "host")
    where = f"{code(plan.runbook, 80)}{check} in {code(plan.target.environment, NAME_CHARACTERS)}, {hosts}"
    status = f"{status_sign(run.status)} *{status_word(run.status)}*"
    return section(f"{status} \u00b7 run {run.id} {where} \u00b7 {_when(run.created_at)}", details(run.id))


def _when(moment: datetime) -> str:
    """The time as each reader's own clock shows it; in UTC where Slack can't."""
    otherwise = moment.strftime("%Y-%m-%d %H:%M")
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{otherwise}>"


def _favorites(favorites: Sequence[tuple[str, str]]) -> Iterator[Block]:
    rows = [
        section(f"{code(name, 80)} {words(summary)}".strip(), _run_button(name))
        for name, summary in favorites[:SHOWN]
        if fits(name)
    ]
    yield from _kind("Favorite runbooks", "Those that you run most often will stand here.", rows)


def _run_button(runbook: str) -> dict[str, Any]:
    return button("Run", Action.OPEN_FORM, runbook, about=f"Run {runbook}")
