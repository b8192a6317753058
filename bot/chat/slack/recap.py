"""The RunCard of a run enters; what is posted into its thread leaves: failures as they happen, at the end the recap."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.chat.slack import limits
from bot.chat.slack.buttons import run_buttons
from bot.chat.slack.card import broke_glass, failure_section, failures, heading, hosts, summary, totals
from bot.chat.slack.message import Block, Message, metadata
from bot.chat.slack.mrkdwn import literal, words
from bot.chat.slack.parts import actions, context, section
from bot.chat.words import busy_sentence, failure_title, how_many, many, names, reason
from bot.model.view import Failure, RunCard

HOSTS_SHOWN = 30
FAILURES_SHOWN = 6
WARNINGS_SHOWN = 3
AT_ONCE = 3
"""How many failures one message tells in full; the others it counts."""
IN_THREAD = 20
"""After so many failures the thread says no more of them before the recap: the card counts them."""
PROVISIONAL = "The playbook may still rescue or ignore a failure; the recap says what failed in the end."
RESCUED_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Messages for the thread, and all failures that it has been told of, by counter: the next `already_posted`."""

    messages: tuple[Message, ...]
    posted: frozenset[int]


def trouble_messages(card: RunCard, already_posted: Collection[int]) -> Trouble:
    """What is new since the thread was told of `already_posted`: the worst failures, and how many more there are.

    A host that was rescued and fails again is told of again.
    """
    known = frozenset(already_posted)
    new = [failure for failure in card.view.failures if failure.counter not in known]
    if not new or len(known) >= IN_THREAD:
        return Trouble(messages=(), posted=known)
    return Trouble(messages=(_trouble(card, sorted(new, key=_worst), known),), posted=known | {f.counter for f in new})


def _worst(failure: Failure) -> bool:
    return not failure.unreachable


def _trouble(card: RunCard, new: list[Failure], known: Collection[int]) -> Message:
    still = sum(failure.counter in known for failure in card.view.failures)
    everyone = max(card.view.failure_count - still, len(new))
    blocks: list[Block] = [failure_section(failure) for failure in new[:AT_ONCE]]
    if everyone > AT_ONCE:
        blocks.append(context(f"and {everyone - AT_ONCE} more failed or could not be reached"))
    if not known:
        blocks.append(context(PROVISIONAL))
    if len(known) + len(new) >= IN_THREAD and not card.view.status.final:
        blocks.append(context("Further failures are counted in the card, and listed when the run has ended."))
    more = f" and {everyone - 1} more" if everyone > 1 else ""
    said = f"Run {card.run_id}: {literal(failure_title(new[0]))}{more}"
    return limits.message(said, blocks, metadata("trouble", card.run_id, card.view.counter))


def recap_message(card: RunCard) -> Message:
    """How a run came out: status, failures, every host or the worst of them, warnings, and what can be done now."""
    blocks = [
        *heading(card, card.view.ended_at or 0.0),
        *broke_glass(card),
        *totals(card),
        *_reason(card),
        *failures(card, FAILURES_SHOWN),
        *_rescued(card),
        *_hosts(card),
        *_warnings(card),
        *actions(run_buttons(card)),
    ]
    return limits.message(f"Recap. {summary(card)}", blocks, metadata("recap", card.run_id, card.view.counter))


def _reason(card: RunCard) -> Iterator[Block]:
    if why := reason(card):
        yield section(words(why, 1_000))
    if busy := busy_sentence(card):
        yield section(words(busy, 500))


def _rescued(card: RunCard) -> Iterator[Block]:
    """Hosts that the thread may have been told of, though nothing is wrong with them in the end."""
    mended = [each.host for each in card.view.outcomes if (each.rescued or each.ignored) and not each.bad]
    if mended:
        shown = words(names(mended, RESCUED_SHOWN), 500)
        yield context(f"Failures on {many(len(mended), 'host')} were rescued or ignored: {shown}")


def _hosts(card: RunCard) -> Iterator[Block]:
    if not card.view.outcomes:
        yield section(f"{how_many(card)}, none with a result.")
    yield from hosts(card, HOSTS_SHOWN)


def _warnings(card: RunCard) -> Iterator[Block]:
    warnings = card.view.warnings
    if not warnings:
        return
    rows = [f"\u2022 {words(warning, 400)}" for warning in warnings[:WARNINGS_SHOWN]]
    more = len(warnings) - WARNINGS_SHOWN
    rows += [f"and {more} more, to be read in the log"] if more > 0 else []
    yield section(f"*{many(len(warnings), 'warning')}*\n" + "\n".join(rows))
