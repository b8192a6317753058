"""The page about lint has every rule with its severity, and every format."""

from bot.lint import FORMATS, RULES
from tests.docs.pages import code, rows, text


def test_every_rule_has_its_row() -> None:
    """Given the table of rules, when the page is read, then each rule is there with its severity, in the same order."""
    told = [(code(cells[0])[0], cells[1]) for cells in rows("docs/lint.md", "Rules")[1:]]
    assert told == [(name, str(rule.severity)) for name, rule in RULES.items()]


def test_every_format_has_its_row() -> None:
    """Given the formats, when the page is read, then each has a row, and the usage names them all."""
    assert [code(cells[0])[0] for cells in rows("docs/lint.md", "Formats")[1:]] == list(FORMATS)
    assert f"--format {'|'.join(FORMATS)}" in text("docs/lint.md")
