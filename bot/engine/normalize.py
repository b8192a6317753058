"""Events of ansible-runner enter as dicts; RunEvents leave: numbered without gaps, readable, redacted, bounded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.engine.diff import diff_of
from bot.engine.message import message_of
from bot.engine.redact import Redactor
from bot.engine.spoken import Spoken, begins, spoken
from bot.engine.stats import per_host
from bot.engine.text import clean, one_line, pieces, shorten
from bot.model.event import MORE_TEXT, Result, RunEvent

MAX_TEXT = 8_192
"""Characters of message, and of diff, in one event; the rest follows in MORE_TEXT events."""

MAX_NAME = 500
MAX_WARNINGS = 20
MAX_WARNING = 2_000
MAX_SPOKEN = 200
"""Lines of one warning or error that are kept until it is whole."""

SPEAKING = frozenset({"verbose", "warning", "system_warning", "deprecated", "error", "debug"})
"""Kinds without a result: what they say stands in the runner's `stdout`, and is only read there."""

_RESULTS = {
    "runner_on_ok": Result.OK,
    "runner_item_on_ok": Result.OK,
    "runner_on_async_ok": Result.OK,
    "runner_on_failed": Result.FAILED,
    "runner_item_on_failed": Result.FAILED,
    "runner_on_async_failed": Result.FAILED,
    "runner_on_skipped": Result.SKIPPED,
    "runner_item_on_skipped": Result.SKIPPED,
    "runner_on_unreachable": Result.UNREACHABLE,
}
_BAD = frozenset({Result.FAILED, Result.IGNORED, Result.UNREACHABLE})


class Normalizer:
    """Numbers and translates the events of one run; `secrets` and whatever stands under `names` never leaves.

    `whole`: results are all that is wanted (a module call), so they are told even where they have no message.
    """

    def __init__(
        self, run_id: int, secrets: Sequence[str] = (), names: Sequence[str] = (), *, whole: bool = False
    ) -> None:
        self.counter = 0
        self.whole = whole
        self.redactor = Redactor(secrets, names)
        self._run_id = run_id
        self._secrets = tuple(secrets)
        self._names = tuple(names)
        self._lines: list[str] = []
        self._lines_at = 0.0

    def hide(self, more: Sequence[str]) -> None:
        """Hide `more` values from now on."""
        if more:
            self._secrets += tuple(more)
            self.redactor = Redactor(self._secrets, self._names)

    def feed(self, raw: Mapping[str, Any]) -> list[RunEvent]:
        """The RunEvents that one event of the runner makes: none, one, or one with its MORE_TEXT."""
        kind = str(raw.get("event", ""))
        if kind == "verbose":
            return self._hear(raw)
        if kind in SPEAKING:
            lines = clean(str(raw.get("stdout") or "")).splitlines()
            return self.flush() + [event for one in spoken(lines) for event in self._say(one, _at(raw), raw)]
        # Translating may fail: before anything is numbered.
        translated = None if kind in {"", "EOF"} else self._translate(kind, raw)
        return self.flush(translated) + (self._numbered(translated) if translated else [])

    def flush(self, following: RunEvent | None = None) -> list[RunEvent]:
        """What was heard line by line and is whole now, but for what the event after it says again."""
        lines, self._lines = self._lines, []
        again = " ".join(" ".join((following.message, *following.warnings)).split()) if following and lines else ""
        heard = (one for one in spoken(lines) if self.redactor.text(one.text) not in again)
        return [event for one in heard for event in self._say(one, self._lines_at, {})]

    def own(
        self,
        kind: str,
        at: float,
        *,
        message: str = "",
        warnings: Sequence[str] = (),
        data: Mapping[str, Any] | None = None,
    ) -> list[RunEvent]:
        """One of our own events, numbered; its texts are redacted."""
        event = RunEvent(
            run_id=self._run_id, counter=0, kind=kind, at=at, warnings=self._warnings(warnings), data=data or {}
        )
        return self._numbered(replace(event, message=self.redactor.text(message)))

    def _hear(self, raw: Mapping[str, Any]) -> list[RunEvent]:
        line = clean(str(raw.get("stdout") or "")).rstrip("\n")
        events = self.flush() if begins(line) else []
        if (self._lines or begins(line)) and len(self._lines) < MAX_SPOKEN:
            self._lines.append(line)
            self._lines_at = _at(raw)
        return events

    def _say(self, one: Spoken, at: float, raw: Mapping[str, Any]) -> list[RunEvent]:
        text = shorten(self.redactor.text(one.text), MAX_WARNING)
        event = self._placed(RunEvent(run_id=self._run_id, counter=0, kind=one.kind, at=at), raw)
        if one.kind == "error":
            return self._numbered(replace(event, message=text))
        return self._numbered(replace(event, warnings=(text,)))

    def _translate(self, kind: str, raw: Mapping[str, Any]) -> RunEvent:
        data = raw.get("event_data") or {}
        res = data.get("res")
        result = _result(kind, data)
        told = res if isinstance(res, Mapping) else None
        bad = result in _BAD or kind == "runner_retry"
        message = message_of(told, bad=bad, scrub=self.redactor.structure, whole=self.whole)
        if kind == "runner_retry" and told:
            message = f"attempt {told.get('attempts')} of {told.get('retries')} failed: {message}"
        if kind == "playbook_on_stats" and (told_on := data.get("artifact_data")):
            message = f"set_stats: {json.dumps(self.redactor.structure(told_on), ensure_ascii=False, default=str)}"
        event = RunEvent(
            run_id=self._run_id,
            counter=0,
            kind=kind,
            at=_at(raw),
            item=self._item(told),
            result=result,
            duration=data.get("duration"),
            message=self.redactor.text(message),
            diff=self._diff(data),
            warnings=self._warnings(_warnings(told)),
            data=self._only_here(kind, data),
        )
        return self._placed(event, raw)

    def _placed(self, event: RunEvent, raw: Mapping[str, Any]) -> RunEvent:
        """The event with play, task and host."""
        data = raw.get("event_data") or {}
        host = shorten(clean(str(data.get("host") or "")), MAX_NAME)
        return replace(event, play=self._name(data.get("play")), task=self._name(data.get("task")), host=host)

    def _name(self, name: Any) -> str:
        return one_line(self.redactor.text(str(name)), MAX_NAME) if name else ""

    def _item(self, res: Mapping[str, Any] | None) -> str:
        if not res or "censored" in res or res.get("_ansible_no_log") or "ansible_loop_var" not in res:
            return ""
        label = res.get("_ansible_item_label", res.get(str(res["ansible_loop_var"])))
        label = self.redactor.structure(label)
        return self._name(label if isinstance(label, str) else json.dumps(label, ensure_ascii=False, default=str))

    def _diff(self, data: Mapping[str, Any]) -> str:
        """The diff of `runner_on_file_diff`, the event that Ansible sends when a diff was asked for."""
        if not data.get("diff"):
            return ""
        return self.redactor.text(diff_of(data["diff"], self.redactor.structure))

    def _warnings(self, warnings: Sequence[str]) -> tuple[str, ...]:
        return tuple(shorten(self.redactor.text(text), MAX_WARNING) for text in warnings[:MAX_WARNINGS])

    def _only_here(self, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
        if kind == "playbook_on_stats":
            return {"stats": per_host(data)}
        if kind == "playbook_on_play_start":
            return {"pattern": self._name(data.get("pattern"))}
        if kind == "playbook_on_notify":
            return {"handler": self._name(data.get("handler"))}
        return {"handler": True} if kind == "playbook_on_task_start" and data.get("is_conditional") else {}

    def _numbered(self, event: RunEvent) -> list[RunEvent]:
        """The event with its number, bounded; what did not fit behind it."""
        self.counter += 1
        message, *more_message = pieces(event.message, MAX_TEXT)
        diff, *more_diff = pieces(event.diff, MAX_TEXT)
        cut = sum(map(len, more_message)) + sum(map(len, more_diff))
        first = replace(event, counter=self.counter, message=message, diff=diff, cut=cut)
        return [first, *self._more(first, "message", more_message), *self._more(first, "diff", more_diff)]

    def _more(self, first: RunEvent, field: str, texts: list[str]) -> list[RunEvent]:
        events = []
        for part, text in enumerate(texts, start=1):
            self.counter += 1
            data = {"of": first.counter, "field": field, "part": part}
            more = RunEvent(
                run_id=self._run_id, counter=self.counter, kind=MORE_TEXT, at=first.at, message=text, data=data
            )
            events.append(more)
        return events


def _result(kind: str, data: Mapping[str, Any]) -> Result | None:
    result = _RESULTS.get(kind)
    if result is Result.FAILED and data.get("ignore_errors"):
        return Result.IGNORED
    if result is Result.OK and isinstance(data.get("res"), Mapping) and data["res"].get("changed"):
        return Result.CHANGED
    return result


def _warnings(res: Mapping[str, Any] | None) -> list[str]:
    if not res or "censored" in res:
        return []
    said = [*(res.get("warnings") or []), *(res.get("deprecations") or [])]
    return [str(one.get("msg", one)) if isinstance(one, Mapping) else str(one) for one in said]


def _at(raw: Mapping[str, Any]) -> float:
    created = raw.get("created")
    try:
        return datetime.fromisoformat(str(created)).timestamp()
    except ValueError:
        return 0.0
