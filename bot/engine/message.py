"""What a module returned (`res` of a runner event) enters; one readable text leaves, not yet redacted or cut."""

import json
from collections.abc import Callable, Mapping
from typing import Any

NO_LOG = "(hidden: no_log)"
TOO_LARGE = "(the result was too large for Ansible's event, and is not here)"

_SAID = ("msg", "reason", "assertion", "stderr", "stdout", "module_stderr", "module_stdout", "exception", "rc")
_SILENT = {"All items completed", "(traceback unavailable)"}
_OF_THE_RUNNER = {"changed", "failed", "skipped", "warnings", "deprecations", "exception", "invocation", "diff"}

Scrub = Callable[[Any], Any]
"""Hides what stands under secret names in a structure."""


def message_of(res: Mapping[str, Any] | None, *, bad: bool, scrub: Scrub, whole: bool = False) -> str:
    """What the module has to say: for `bad` results the error first, else its message and output.

    With `whole` a result that has neither (facts, a file's state) is told as it is.
    """
    if res is None:
        return ""
    if not res:
        return TOO_LARGE
    if "censored" in res or res.get("_ansible_no_log"):
        return NO_LOG
    said = scrub({name: res[name] for name in _SAID if res.get(name) not in (None, "", [], {})})
    texts = _bad_texts(said) if bad else _good_texts(said)
    if not said and (whole or res.get("_ansible_verbose_always")):
        texts = [_shown_variable(res, scrub)]
    return "\n".join(_distinct(texts))


def as_text(value: Any) -> str:
    """A JSON value as people read it: texts as they are, lists of texts as lines, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _bad_texts(said: Mapping[str, Any]) -> list[str]:
    main = as_text(said.get("msg") or said.get("reason") or "")
    if said.get("rc") and str(said["rc"]) not in main:
        main = f"{main} (rc {said['rc']})" if main else f"rc {said['rc']}"
    if "assertion" in said:
        main = f"{main}: {as_text(said['assertion'])}"
    outputs = [as_text(said[name]) for name in ("stderr", "module_stderr", "stdout", "module_stdout") if name in said]
    last = _last_line(as_text(said.get("exception", "")))
    return [main, *outputs, "" if last in main else last]


def _good_texts(said: Mapping[str, Any]) -> list[str]:
    return [as_text(said[name]) for name in ("msg", "stdout", "stderr") if name in said]


def _shown_variable(res: Mapping[str, Any], scrub: Scrub) -> str:
    """`debug: var=x` returns the variable under its own name."""
    hidden = _OF_THE_RUNNER | (
        {"item", "ansible_loop_var", res["ansible_loop_var"]} if "ansible_loop_var" in res else set()
    )
    shown = {name: value for name, value in res.items() if not name.startswith("_ansible") and name not in hidden}
    facts = shown.pop("ansible_facts", None)
    shown |= facts if isinstance(facts, Mapping) else {}
    return "\n".join(f"{name}: {as_text(value)}" for name, value in scrub(shown).items())


def _last_line(traceback: str) -> str:
    lines = [line.strip() for line in traceback.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _distinct(texts: list[str]) -> list[str]:
    kept: list[str] = []
    for text in (text.strip("\r\n") for text in texts):
        if text.strip() and text not in _SILENT and text not in kept:
            kept.append(text)
    return kept
