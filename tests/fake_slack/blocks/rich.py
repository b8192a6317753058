"""Rich text, tables, plans and task cards: what these newer blocks may hold."""

from typing import Any

from tests.fake_slack.blocks.shapes import (
    Check,
    Complaints,
    anything,
    complain,
    integer,
    items,
    one_of,
    shape,
    string,
    typed,
    whether,
)

_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "unlink"), whether))
_KIND = {"type": anything}
_INLINE: dict[str, Check] = {
    "text": shape({"text": string(12_000)}, {**_KIND, "style": _STYLE}),
    "link": shape({"url": string(3000)}, {**_KIND, "text": string(3000), "unsafe": whether, "style": _STYLE}),
    "emoji": shape({"name": string(255)}, {**_KIND, "unicode": string(255), "skin_tone": integer(1, 6)}),
    "user": shape({"user_id": string(255)}, {**_KIND, "style": _STYLE}),
    "usergroup": shape({"usergroup_id": string(255)}, {**_KIND, "style": _STYLE}),
    "channel": shape({"channel_id": string(255)}, {**_KIND, "style": _STYLE}),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, {**_KIND, "style": _STYLE}),
    "date": shape(
        {"timestamp": anything, "format": string(255)}, {**_KIND, "url": string(3000), "fallback": string(255)}
    ),
    "color": shape({"value": string(7)}, _KIND),
}
_inline = items(typed(_INLINE), 0, 1000)
_SECTION = shape({"elements": _inline}, _KIND)
_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": shape({"elements": _inline}, {**_KIND, "border": integer(0, 1)}),
    "rich_text_preformatted": shape({"elements": _inline}, {**_KIND, "border": integer(0, 1), "language": string(100)}),
    "rich_text_list": shape(
        {"elements": items(_SECTION, 1, 1000), "style": one_of("bullet", "ordered")},
        {**_KIND, "indent": integer(0, 8), "offset": integer(0, 10_000), "border": integer(0, 1)},
    ),
}
_BLOCK = {**_KIND, "block_id": string(255)}
rich_text = shape({"elements": items(typed(_PARTS), 1, 1000)}, _BLOCK)
_rich = typed({"rich_text": rich_text})
_CELLS: dict[str, Check] = {
    "raw_text": shape({"text": string(3000)}, _KIND),
    "raw_number": shape({"value": anything}, {**_KIND, "text": string(3000)}),
    "rich_text": rich_text,
}
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": whether})


def _even(value: dict[str, Any], at: str, found: Complaints) -> None:
    """All rows of a table have as many cells as the first."""
    listed = value.get("rows") if isinstance(value.get("rows"), list) else []
    rows = [row for row in listed if isinstance(row, list)]
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            complain(found, "rows must all have the same number of cells", f"{at}/rows/{index}")


def _column(value: Any, at: str, found: Complaints) -> None:
    if value is not None:
        _COLUMN(value, at, found)


table = shape(
    {"rows": items(items(typed(_CELLS), 1, 20), 1, 100)}, {**_BLOCK, "column_settings": items(_column, 0, 20)}, _even
)
_SOURCE = shape({"url": string(3000), "text": string(255)}, {**_KIND, "icon_url": string(3000)})
task_card = shape(
    {
        "task_id": string(255),
        "title": string(255),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    {**_BLOCK, "details": _rich, "output": _rich, "sources": items(typed({"url": _SOURCE}), 0, 100)},
)


def _own_ids(value: dict[str, Any], at: str, found: Complaints) -> None:
    """No task of a plan stands twice."""
    tasks = value.get("tasks") if isinstance(value.get("tasks"), list) else []
    ids = [task.get("task_id") for task in tasks if isinstance(task, dict)]
    if len(ids) != len(set(map(str, ids))):
        complain(found, "task_id must be unique", f"{at}/tasks")


plan = shape({"title": string(255)}, {**_BLOCK, "tasks": items(typed({"task_card": task_card}), 0, 100)}, _own_ids)
