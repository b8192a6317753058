"""The card of a run that waits for people enters; the texts that every chat shows of it leave."""

from collections.abc import Iterator
from datetime import UTC

from bot.chat.text import line
from bot.chat.words import NAME_CHARACTERS, how_many, many, names
from bot.model.consent import Pending, Stage, Vote
from bot.model.view import RunCard, Waiting

HOSTS_SHOWN = 30
REASON_CHARACTERS = 500
VALUE_CHARACTERS = 300


def waiting_facts(card: RunCard, waiting: Waiting) -> Iterator[tuple[str, str]]:
    """Names with a line each: why it asks, what it wants, until when, and what it would do."""
    pending = waiting.pending
    yield from (("asks because", line(reason, REASON_CHARACTERS)) for reason in pending.reasons)
    yield "wants", wanted(card, pending)
    yield "until", pending.deadline.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield from (("vote", vote_text(vote)) for vote in pending.votes)
    yield how_many(card), names(card.hosts, HOSTS_SHOWN)
    yield from ((line(name, NAME_CHARACTERS), line(value, VALUE_CHARACTERS)) for name, value in waiting.parameters)
    if waiting.options:
        yield "options", line(waiting.options)
    if waiting.check:
        yield "check", line(waiting.check, REASON_CHARACTERS)
    yield from (("ran before", line(run)) for run in waiting.last_runs)
    if not waiting.last_runs:
        yield "ran before", "never in this environment"


def wanted(card: RunCard, pending: Pending) -> str:
    """Who has to say yes to what."""
    if pending.stage is Stage.CONFIRM:
        return f"{line(card.actor, NAME_CHARACTERS)} to confirm: {line(pending.message, REASON_CHARACTERS)}"
    of = f" of the role {line(' or '.join(pending.roles))}" if pending.roles else ""
    others = ", not by who asked" if pending.exclude_requester else ""
    return f"{many(pending.count, 'approval')}{of}{others}; there are {pending.approvals}"


def vote_text(vote: Vote) -> str:
    """`terminal:lea says yes: looks right`."""
    said = f"{line(vote.actor, NAME_CHARACTERS)} says {'yes' if vote.yes else 'no'}"
    return f"{said}: {line(vote.reason, REASON_CHARACTERS)}" if vote.reason else said


def answers(card: RunCard, pending: Pending) -> tuple[str, ...]:
    """What can be said to it, as commands."""
    if pending.stage is Stage.CONFIRM:
        return f"confirm {card.run_id}", f"cancel {card.run_id}"
    return f"approve {card.run_id}", f"deny {card.run_id} because ...", f"cancel {card.run_id}"


def left_out(lines: int) -> str:
    """What is said of lines of a file for which there is no room; empty when there are none."""
    return f"and {many(lines, 'more line')}" if lines else ""
