"""The blocks of a message: a list enters, what is wrong with each and with all together leaves."""

from typing import Any

from tests.fake_slack.blocks.kinds import elements_of, in_message, unique_ids
from tests.fake_slack.blocks.shapes import Complaints, complain, items, size
from tests.fake_slack.ids import Ids

TOTAL = 13_200  # characters of all blocks together; measured by others, not documented
_ALONE = ("table", "plan")  # one of each in a message
_FRAME = 20  # what a block itself counts for, besides its text
_NAMES = {"type", "block_id", "action_id", "style", "status", "task_id"}
_blocks = items(in_message, 0, 50)


def check_message(blocks: Any) -> Complaints:
    """What is wrong with these blocks; the total is asked for apart, because its error is another one."""
    found: Complaints = []
    _blocks(blocks, "/blocks", found)
    unique_ids(blocks, "/blocks", found)
    known = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    for kind in _ALONE:
        if sum(block.get("type") == kind for block in known) > 1:
            complain(found, f"only one {kind} block is allowed in a message", "/blocks")
    if sum(size(str(block.get("text", ""))) for block in known if block.get("type") == "markdown") > 12_000:
        complain(found, "markdown blocks must be less than 12001 characters together", "/blocks")
    return found


def total(blocks: list[dict[str, Any]]) -> int:
    """How much the blocks weigh together: all their texts, values and links, and something for each block."""
    return sum(_FRAME + _weight(block) for block in blocks)


def _weight(node: Any) -> int:
    if isinstance(node, str):
        return size(node)
    if isinstance(node, dict):
        return sum(_weight(value) for name, value in node.items() if name not in _NAMES)
    return sum(_weight(value) for value in node) if isinstance(node, list) else 0


def needs_ids(blocks: list[dict[str, Any]], ids: Ids) -> list[dict[str, Any]]:
    """The blocks with the ids that Slack gives where the app gave none."""
    for block in blocks:
        block.setdefault("block_id", ids.new("blk"))
        for element in elements_of(block):
            if element.get("type") not in ("plain_text", "mrkdwn", "image") and not block["type"].startswith("rich"):
                element.setdefault("action_id", ids.new("act"))
    return blocks
