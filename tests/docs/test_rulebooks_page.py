"""The page about rulebooks has every action, throttle and filter, and its example is one."""

from bot.lined import read
from bot.model.rule import ThrottleKind
from bot.rules import KINDS
from bot.rules.read import read_tree
from bot.rules.templates import FILTERS
from tests.docs.pages import blocks, code, rows, text

PAGE = "docs/rulebooks.md"


def test_every_action_and_its_keys_have_a_row() -> None:
    """Given the actions, when the page is read, then each has a row, in the same order."""
    assert [code(cells[0])[0] for cells in rows(PAGE, "Actions")[1:]] == list(KINDS)


def test_every_throttle_and_filter_is_named() -> None:
    """Given throttles and filters, when the page is read, then it names each."""
    assert [code(cells[0])[0] for cells in rows(PAGE, "Throttles")[1:]] == [kind.value for kind in ThrottleKind]
    page = text(PAGE).rpartition("```")[2]
    named = {word.partition("(")[0] for word in code(page)}
    assert set(FILTERS) <= named


def test_the_example_is_a_rulebook() -> None:
    """Given the page's example, when it is read, then nothing is wrong with it."""
    (example,) = blocks(text(PAGE), "yaml")
    assert read_tree(read(example), "rulebooks/a.yml").problems == ()
