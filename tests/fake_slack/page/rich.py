"""Rich text, tables, plans: blocks enter, HTML leaves."""

from typing import Any

from tests.fake_slack.page.mrkdwn import plain

_TAGS = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
_MARKS = {"pending": "○", "in_progress": "◐", "complete": "✓", "error": "✗"}


def rich_text(block: dict[str, Any]) -> str:
    """A rich_text block."""
    return "".join(_part(part) for part in block.get("elements", []))


def _part(part: dict[str, Any]) -> str:
    inside = part.get("elements", [])
    if part["type"] == "rich_text_list":
        tag = "ol" if part["style"] == "ordered" else "ul"
        return f"<{tag}>{''.join(f'<li>{_part(each)}</li>' for each in inside)}</{tag}>"
    text = "".join(_inline(each) for each in inside)
    tags = {"rich_text_preformatted": "pre", "rich_text_quote": "blockquote"}
    tag = tags.get(part["type"], "div")
    return f"<{tag}>{text}</{tag}>"


def _inline(each: dict[str, Any]) -> str:
    said = each.get("text") or each.get("url") or each.get("name") or each.get("user_id") or each.get("fallback", "")
    drawn = plain(str(said)).replace("\n", "<br>")
    for style, tag in _TAGS.items():
        if each.get("style", {}).get(style):
            drawn = f"<{tag}>{drawn}</{tag}>"
    return f'<a href="{plain(each["url"])}">{drawn}</a>' if each["type"] == "link" else drawn


def table(block: dict[str, Any]) -> str:
    """A table block; its first row is the heading."""
    rows = []
    for index, row in enumerate(block["rows"]):
        tag = "td" if index else "th"
        rows.append("<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in row) + "</tr>")
    return f"<table>{''.join(rows)}</table>"


def _cell(cell: dict[str, Any]) -> str:
    if cell["type"] == "rich_text":
        return rich_text(cell)
    return plain(str(cell.get("text", cell.get("value", ""))))


def plan(block: dict[str, Any]) -> str:
    """A plan block with its tasks."""
    tasks = "".join(task_card(task) for task in block.get("tasks", []))
    return f'<div class="plan"><b>{plain(block["title"])}</b>{tasks}</div>'


def task_card(block: dict[str, Any]) -> str:
    """One task: a sign and a word for its status, its title, its details."""
    more = "".join(rich_text(block[name]) for name in ("details", "output") if block.get(name))
    status = block["status"]
    title = f"{_MARKS[status]} {plain(block['title'])} <small>{status.replace('_', ' ')}</small>"
    return f'<div class="task {status}">{title}{more}</div>'
