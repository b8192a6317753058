"""The card of a run that waits for people enters; blocks with all that one should know before answering leave."""

from collections.abc import Iterator

from bot.chat.slack.message import Block
from bot.chat.slack.mrkdwn import code, fenced, words
from bot.chat.slack.parts import context, section
from bot.chat.slack.signs import who
from bot.chat.slack.sizes import short
from bot.chat.text import clean
from bot.chat.waiting import left_out, waiting_facts
from bot.model.consent import Excerpt, Pending, Vote
from bot.model.view import RunCard, Waiting

EXCERPT_LINES = 20
EXCERPT_CHARACTERS = 1_200
DIFF_LINES = 15
_OWN = {"vote", "until"}
"""Facts that Slack shows in its own way."""


def waiting_blocks(card: RunCard, waiting: Waiting) -> Iterator[Block]:
    """Why it asks and what it would do first, then what the check would change, then the files."""
    pending = waiting.pending
    facts = [(name, text) for name, text in waiting_facts(card, waiting) if name not in _OWN]
    yield section("\n".join(f"*{words(name, 80)}*: {words(text, 500)}" for name, text in facts))
    yield context(f"until {_until(pending)}")
    if pending.votes:
        yield section("\n".join(_vote(vote) for vote in pending.votes))
    if waiting.diff:
        yield section(f"The check would change:\n{_few(waiting.diff, DIFF_LINES, 0)}")
    for excerpt in pending.excerpts:
        yield _excerpt(excerpt)


def _vote(vote: Vote) -> str:
    reason = f": {words(vote.reason, 500)}" if vote.reason else ""
    return f"{who(vote.actor)} says *{'yes' if vote.yes else 'no'}*{reason}"


def _until(pending: Pending) -> str:
    """The time as each reader's own clock shows it; in UTC where Slack can't."""
    otherwise = pending.deadline.strftime("%Y-%m-%d %H:%M")
    return f"<!date^{int(pending.deadline.timestamp())}^{{date_short_pretty}} {{time}}|{otherwise}>"


def _excerpt(excerpt: Excerpt) -> Block:
    return section(f"{code(excerpt.name, 200)}\n{_few(excerpt.text, EXCERPT_LINES, excerpt.left_out)}")


def _few(text: str, most: int, missing: int) -> str:
    """The first lines as code, and how many more there are."""
    lines = clean(text).rstrip().split("\n")
    kept = lines[:most]
    while len(kept) > 1 and len("\n".join(kept)) > EXCERPT_CHARACTERS:
        kept = kept[:-1]
    more = left_out(len(lines) - len(kept) + missing)
    return f"{fenced(short(chr(10).join(kept), EXCERPT_CHARACTERS))}\n{more}".strip()
