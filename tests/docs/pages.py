"""The project's pages: their names enter; text, table rows, fenced blocks, headings and links leave."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CELL = re.compile(r"(?<!\\)\|")


def all_pages() -> list[Path]:
    """Every Markdown page that people read."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def text(name: str) -> str:
    """The page, its path relative to the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def rows(name: str, section: str = "") -> list[list[str]]:
    """The cells of every table row of a page, or of one of its sections (by heading, to the next of its level)."""
    part = text(name) if not section else _section(text(name), section)
    lines = [line.strip() for line in part.splitlines() if line.strip().startswith("|")]
    return [_cells(line) for line in lines if set(line) - set("|-: ")]


def first_column(name: str, section: str = "") -> set[str]:
    """Every word that stands in backticks in the first cell of a row."""
    return {word for cells in rows(name, section) for word in code(cells[0])}


def code(written: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", written)


def blocks(written: str, kind: str) -> list[str]:
    """The fenced blocks of one kind."""
    return [body for found, body in _FENCE.findall(written) if found == kind]


def headings(written: str) -> list[str]:
    """All headings, without their signs."""
    return re.findall(r"^#+ (.+)$", _FENCE.sub("", written), re.MULTILINE)


def anchors(written: str) -> set[str]:
    """The names by which headings can be linked to, made as GitHub makes them."""
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(written)]
    return {f"#{name}" for name in plain}


def links(written: str) -> Iterator[str]:
    """The targets of all links and pictures outside of fenced blocks."""
    yield from _LINK.findall(_FENCE.sub("", written))


def _section(written: str, heading: str) -> str:
    found = re.search(rf"^(#+) {re.escape(heading)}$(.*?)(?=^\1 |\Z)", written, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading!r}"
    return found[2]


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip("|"))]
