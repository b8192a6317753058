"""A RunCard and the time enter; the one message that shows the run leaves, to be posted once and edited in place."""

from collections.abc import Iterator

from bot.chat.slack import limits
from bot.chat.slack.buttons import run_buttons
from bot.chat.slack.message import Block, Message, metadata
from bot.chat.slack.mrkdwn import code, escape, fenced, literal, words
from bot.chat.slack.parts import actions, context, section
from bot.chat.slack.signs import bar, elapsed, state_sign, status_phrase, status_word, who
from bot.chat.slack.sizes import short, units
from bot.chat.slack.waiting import waiting_blocks
from bot.chat.text import clean
from bot.chat.words import (
    NAME_CHARACTERS,
    busy_sentence,
    counts,
    go_sentence,
    how_many,
    many,
    names,
    reason,
    rest_of_hosts,
    state,
    states,
    steps,
    waves,
)
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard

HOSTS_SHOWN = 10
FAILURES_SHOWN = 3
MESSAGE_LINES = 4
MESSAGE_CHARACTERS = 400
ESCAPED_CHARACTERS = 600
BUSY_HOSTS = 3
WAITS_CHARACTERS = 300
_WAITING = {
    RunStatus.AWAITING_APPROVAL: "Somebody has to approve it.",
    RunStatus.QUEUED: "It waits for a worker.",
    RunStatus.STARTING: "Ansible is being started.",
}


def card_message(card: RunCard, now: float) -> Message:
    """The run card as it looks at `now` (seconds since the epoch)."""
    view = card.view
    blocks = [
        *heading(card, now),
        *broke_glass(card),
        *([] if view.status.final else _under_way(card, now)),
        *(_reason(card) if view.status.final else []),
        *totals(card),
        *failures(card, FAILURES_SHOWN),
        *hosts(card, HOSTS_SHOWN),
        *_small_print(card),
        *actions(run_buttons(card)),
    ]
    return limits.message(summary(card), blocks, metadata("card", card.run_id, view.counter))


def header_message(card: RunCard) -> Message:
    """What whoever asked is told at once: which run of what, where."""
    return limits.message(summary(card), heading(card, 0.0))


def summary(card: RunCard) -> str:
    """The card in one line of mrkdwn, as notifications and screen readers tell it."""
    check = " (check mode)" if card.check else ""
    where = f"{words(card.runbook, 80)}{check} in {words(card.environment, NAME_CHARACTERS)}"
    told = states(card) if card.view.outcomes else how_many(card)
    return f"Run {card.run_id}, {where}: {status_word(card.view.status)}, {told}"


def heading(card: RunCard, now: float) -> Iterator[Block]:
    """Which run of what, in which status; where, on how many hosts, by whom, which revision."""
    check = " \u00b7 *check mode*, nothing is changed" if card.check else ""
    title = f"*Run {card.run_id}* {code(card.runbook, 80)} \u00b7 {status_phrase(card, now)}{check}"
    purpose = words(card.summary)
    yield section(f"{title}\n{purpose}" if purpose else title)
    yield context(" \u00b7 ".join(_facts(card)))
    if card.view.waves:
        asked = f"\n*{words(go_sentence(card))}*" if card.view.asks_go else ""
        yield section(f"{words(waves(card), 900)}{asked}")
    if card.view.steps:
        yield section(words(steps(card), 1500))


def broke_glass(card: RunCard) -> Iterator[Block]:
    """That somebody skipped the approvals, and why."""
    if card.broke_glass:
        yield section(f"\u26a0 *{words(card.broke_glass, 700)}*")


def _facts(card: RunCard) -> Iterator[str]:
    yield f"in {code(card.environment, NAME_CHARACTERS)}"
    if card.limit:
        yield f"limit {code(card.limit, 120)}"
    yield how_many(card)
    yield f"asked by {who(card.actor)}"
    if card.note:
        yield words(card.note, 400)
    if card.revision:
        yield f"revision {code(card.revision, 80)}"


def _under_way(card: RunCard, now: float) -> Iterator[Block]:
    """What happens now: the task and how long it has taken, hosts through it, hosts with any result."""
    view = card.view
    if card.waiting is not None:
        yield from waiting_blocks(card, card.waiting)
        return
    if waiting := _waiting(card):
        on = f"\nOn {words(names(card.hosts, HOSTS_SHOWN), 900)}." if card.hosts else ""
        yield section(waiting + on)
        return
    rows = []
    if view.play:
        rows.append(f"Play {code(view.play, 120)}")
    if view.task:
        since = elapsed(view.task_started_at, now)
        rows.append(f"Task {view.task_number} {code(view.task, 160)}" + (f", {since}" if since else ""))
        rows.append(
            f"{bar(view.task_done, view.task_total)} {view.task_done} of {many(_total(card), 'host')} through it"
        )
    if view.task_hosts:
        rows.append(f"now on {words(names(view.task_hosts, 3, view.task_hosts_more))}")
    seen, everyone = len(view.outcomes), max(len(card.hosts), len(view.outcomes))
    rows.append(f"{bar(seen, everyone)} {seen} of {many(everyone, 'host')} with a result")
    yield section("\n".join(rows))


def _waiting(card: RunCard) -> str:
    """What a run that has not begun waits for; empty for any other."""
    if card.waits and card.view.status is RunStatus.QUEUED:
        return f"It waits for {words(card.waits, WAITS_CHARACTERS)}."
    return _WAITING.get(card.view.status, "")


def _total(card: RunCard) -> int:
    return max(card.view.task_total, card.view.task_done)


def _reason(card: RunCard) -> Iterator[Block]:
    """Why it ended so, unless the failures below say it one by one; hosts that may not have stopped."""
    if why := reason(card):
        yield section(literal(_few_lines(why)))
    if busy := busy_sentence(card):
        yield section(words(busy, 500))


def failures(card: RunCard, most: int) -> Iterator[Block]:
    """The first failures with their messages, and how many there was no room for."""
    view = card.view
    if not view.failure_count and not view.failures:
        return
    count = max(view.failure_count, len(view.failures))
    yield section(f"*{many(count, 'host')} failed or could not be reached*")
    for failure in view.failures[:most]:
        yield failure_section(failure)
    hidden = count - min(most, len(view.failures))
    if hidden > 0:
        yield context(f"and {many(hidden, 'more failure')}, to be read in the log")


def failure_section(failure: Failure) -> Block:
    """One failure: host, what happened, in which task, and the first lines of its message."""
    word = "unreachable" if failure.unreachable else "failed"
    where = f", in task {code(failure.task, 120)}" if failure.task.strip() else ""
    title = f"{state_sign(word)} {code(failure.host, NAME_CHARACTERS)} {word}{where}"
    message = fenced(_few_lines(failure.message))
    return section(f"{title}\n{message}" if message else title)


def _few_lines(text: str) -> str:
    """The first lines of a text that has any length; says what is not there."""
    whole = clean(text).strip()
    kept = short("\n".join(whole.split("\n")[:MESSAGE_LINES]), MESSAGE_CHARACTERS)
    while units(escape(kept)) > ESCAPED_CHARACTERS:
        kept = short(kept, units(kept) * 2 // 3)
    hidden = len(whole) - len(kept.removesuffix("\u2026"))
    return f"{kept}\n({hidden:,} more characters in the log)" if hidden > 1 else kept


def hosts(card: RunCard, most: int) -> Iterator[Block]:
    """What became of each host, worst first, with Ansible's counts; the rest of them counted."""
    outcomes = card.view.outcomes
    if not outcomes:
        return
    rows = [host_line(outcome) for outcome in outcomes[:most]]
    if len(outcomes) > most:
        rows.append(rest_of_hosts(outcomes[most:]))
    yield section("\n".join(rows))


def totals(card: RunCard) -> Iterator[Block]:
    """How many hosts are in which state; stands above what may be cut."""
    if card.view.outcomes:
        yield context(f"*{how_many(card)}*: {states(card)}")


def host_line(outcome: HostOutcome) -> str:
    """One host: name, state, counts."""
    word = state(outcome)
    shown = "no result" if word == "waiting" else word
    told = "" if word == "waiting" else f" ({counts(outcome)})"
    return f"{state_sign(word)} {code(outcome.host, NAME_CHARACTERS)} {shown}{told}"


def _small_print(card: RunCard) -> Iterator[Block]:
    if card.view.warnings:
        yield context(f"{many(len(card.view.warnings), 'warning')} of Ansible, to be read in the log")
