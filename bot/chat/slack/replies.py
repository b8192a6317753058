"""A Reply, or an error, enters; the Messages that answer in Slack leave, as pages when it is too long for one."""

from collections.abc import Sequence

from bot.chat.slack import limits
from bot.chat.slack.buttons import Action
from bot.chat.slack.message import Block, Message
from bot.chat.slack.mrkdwn import literal, sentence
from bot.chat.slack.pages import blocks_of
from bot.chat.slack.parts import actions, button, context, section
from bot.chat.slack.sizes import units, weight
from bot.chat.text import line
from bot.errors import BadParameters, SignalboxError
from bot.model.reply import Reply, Text

PAGE_BLOCKS = 40
PAGE_BYTES = 10_500
"""How much stands on a page: room is left for the buttons that turn it."""
PAGER = 1_900
"""The longest text that the buttons of a page can carry beside the page's number."""


def reply_messages(reply: Reply, pager: str = "") -> list[Message]:
    """The answer, a Message for each page, at least one.

    `pager` is an opaque text (at most PAGER characters) from which the same reply can be made again: with it, pages
    get buttons (`page_previous`, `page_next`) whose value `turned` reads. Without it all pages are to be posted.
    """
    pages = _pages([block for part in reply.parts for block in blocks_of(part)])
    carried = pager if units(pager) <= PAGER else ""
    return [
        limits.message(_told(page), [*page, *_turn(carried, number, len(pages))]) for number, page in enumerate(pages)
    ]


def turned(value: str) -> tuple[str, int] | None:
    """The pager and the page (counted from 0) that a page button asks for; None when the value is no such."""
    number, colon, pager = value.partition(":")
    if not colon or not pager or not (number.isascii() and number.isdigit() and len(number) <= 6):  # noqa: PLR2004
        return None
    return pager, int(number)


def refusal_message(error: SignalboxError) -> Message:
    """Why nothing was done, what exactly was wrong, and what would be right; for the asker alone."""
    problems = error.problems if isinstance(error, BadParameters) else ()
    blocks = [section(f"\U0001f6ab {sentence(error.what).strip() or 'That cannot be done.'}")]
    if problems:
        blocks.append(section("\n".join(f"\u2022 {sentence(line(problem, 500))}" for problem in problems)))
    if error.remedy.strip():
        blocks.append(section(sentence(error.remedy)))
    said = " ".join(sentence(text) for text in (error.what, *problems, error.remedy) if text.strip())
    return limits.message(said or "That cannot be done.", blocks)


def text_message(text: str) -> Message:
    """A sentence or a few."""
    return reply_messages(Reply(parts=(Text(text=text),)))[0]


def _pages(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks in their order, as many on each page as one message takes, one table at most."""
    pages: list[list[Block]] = [[]]
    size = 0
    for block in blocks or [section("Nothing.")]:
        page, bytes_ = pages[-1], weight(block) + 1
        full = (
            len(page) >= PAGE_BLOCKS or size + bytes_ > PAGE_BYTES or (_is_table(block) and any(map(_is_table, page)))
        )
        if full and page:
            pages.append(_carried(page))
            size = sum(weight(each) + 1 for each in pages[-1])
        pages[-1].append(block)
        size += bytes_
    return pages


def _carried(page: list[Block]) -> list[Block]:
    """A title that stands last on a page goes to the next one."""
    return [page.pop()] if len(page) > 1 and page[-1]["type"] == "header" else []


def _is_table(block: Block) -> bool:
    return bool(block["type"] == "table")


def _turn(pager: str, number: int, pages: int) -> list[Block]:
    """Which page this is, and the buttons to the ones beside it."""
    if pages == 1:
        return []
    buttons = []
    if pager and number:
        buttons.append(button("Previous", Action.PREVIOUS, f"{number - 1}:{pager}", about="Previous page"))
    if pager and number + 1 < pages:
        buttons.append(button("Next", Action.NEXT, f"{number + 1}:{pager}", about="Next page"))
    return [context(f"Page {number + 1} of {pages}"), *actions(buttons)]


def _told(page: Sequence[Block]) -> str:
    """What the blocks say, as one text: what is left where blocks cannot be shown."""
    return "\n".join(text for block in page for text in _texts(block)) or "Nothing."


def _texts(block: Block) -> list[str]:
    if _is_table(block):
        return [", ".join(literal(cell["text"]) for cell in row) for row in block["rows"]]
    said = block["text"]
    return [said["text"] if said["type"] == "mrkdwn" else literal(said["text"])]
