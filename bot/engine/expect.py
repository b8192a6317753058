"""The output of each host enters, event by event; which expectations it never met leaves."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.engine.message import as_text
from bot.engine.text import clean
from bot.errors import ProjectBroken
from bot.model.runbook import Expectation

TAIL = 2_000
"""Characters of a host's output so far that are looked at together with what comes next."""

_SPEAKING = ("runner_on_ok", "runner_on_failed", "runner_item_on_ok", "runner_item_on_failed")
_FIELDS = ("msg", "stdout", "stderr")


class Expectations:
    """Looks for every pattern in every host's messages and output, and keeps only the end of the latter.

    ProjectBroken when a pattern is no regular expression.
    """

    def __init__(self, wanted: Sequence[Expectation]) -> None:
        self.wanted = tuple(wanted)
        self._patterns = [_compiled(one.pattern) for one in wanted]
        self._met: dict[str, set[int]] = {}
        self._tails: dict[str, str] = {}

    def add(self, raw: Mapping[str, Any]) -> None:
        """Look into one event of the runner."""
        if not self.wanted or raw.get("event") not in _SPEAKING:
            return
        data = raw.get("event_data") or {}
        if text := _output(data.get("res")):
            self._look(str(data.get("host", "")), text)

    def missing(self, hosts: Iterable[str]) -> list[tuple[Expectation, tuple[str, ...]]]:
        """Every expectation that some of `hosts` did not meet, with those hosts."""
        names = tuple(hosts)
        unmet = (
            (wanted, tuple(host for host in names if index not in self._met.get(host, set())))
            for index, wanted in enumerate(self.wanted)
        )
        return [(wanted, without) for wanted, without in unmet if without]

    def _look(self, host: str, text: str) -> None:
        met = self._met.setdefault(host, set())
        if len(met) == len(self.wanted):
            return
        before = self._tails.get(host)
        whole = f"{before}\n{text}" if before else text
        met |= {index for index, pattern in enumerate(self._patterns) if index not in met and pattern.search(whole)}
        self._tails[host] = _tail(whole)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise ProjectBroken(
            f"`{pattern}` is no regular expression: {error}.", "Mend `expect:` in the runbook."
        ) from None


def _output(res: Any) -> str:
    if not isinstance(res, Mapping):
        return ""
    return "\n".join(clean(as_text(res[name])) for name in _FIELDS if res.get(name))


def _tail(text: str) -> str:
    """The last whole lines of `text`: a cut line would let `^` match in the midst of one."""
    if len(text) <= TAIL:
        return text
    return text[-TAIL:].partition("\n")[2]
