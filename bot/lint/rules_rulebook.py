"""Rules about rulebooks: what their own readers found enters by its kind, flaws leave."""

from collections.abc import Callable, Iterator

from bot.lint.case import Facts
from bot.lint.finding import Flaw


def rulebook(kind: str) -> Callable[[Facts], Iterator[Flaw]]:
    """The check that tells the problems of one kind."""

    def check(facts: Facts) -> Iterator[Flaw]:
        for problem in facts.rulebooks:
            if problem.rule == kind:
                yield Flaw(file=problem.file, line=problem.line, what=problem.what, remedy=problem.remedy)

    return check
