"""Rules about what the policy grants: facts enter, flaws leave."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from bot.lint.case import Facts
from bot.lint.finding import Flaw


def promotion_needless(facts: Facts) -> Iterator[Flaw]:
    """A right to promote where every runbook may run anyway gives nothing."""
    if facts.policy is None or facts.problems:
        return
    for grant in facts.policy.grants:
        if grant.get("promote") is not True:
            continue
        matched = [
            (case.runbook.safety.scopes, environment)
            for case in facts.cases
            if _fits(case.runbook.id, grant.get("runbooks"))
            for environment in facts.environments
            if _fits(environment, grant.get("environments"))
        ]
        if matched and all(scopes is None or environment in scopes for scopes, environment in matched):
            what = "Every runbook of this grant may run in its environments already, so there is nothing to promote."
            remedy = "Leave `promote` out, or give the runbooks `safety.scopes`."
            yield Flaw(file=facts.policy.path, line=grant.line_of("promote"), what=what, remedy=remedy)


def schedule_refused(facts: Facts) -> Iterator[Flaw]:
    """A schedule that would ask for what may not run."""
    yield from facts.schedules


def _fits(name: str, patterns: Any) -> bool:
    return isinstance(patterns, list) and any(fnmatchcase(name, str(pattern)) for pattern in patterns)
