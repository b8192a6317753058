"""Suggestions and calls as rows, and back; the twin keeps values as they come back from here."""

import json
from typing import Any

from bot.errors import UnknownName
from bot.ledger.rows import Row
from bot.ledger.values import NAME_LENGTH, clean, utc
from bot.model.codec import decode, encode
from bot.model.command import AskRun
from bot.model.suggestion import Call, Suggestion, SuggestionState

_SAME = ("incident_id", "verify", "run_id")
_TEXTS = ("actor", "reason", "taken_by")
_TIMES = ("at", "changed_at")


def no_such_suggestion(suggestion_id: int) -> UnknownName:
    """The refusal for an id that stands for nothing."""
    return UnknownName(f"There is no suggestion {suggestion_id}.", "The incident's card shows those that there are.")


def suggestion_row(suggestion: Suggestion) -> dict[str, Any]:
    """All but its number."""
    return {
        "key": clean(suggestion.key, NAME_LENGTH),
        "state": suggestion.state.value,
        "runbook": clean(suggestion.ask.runbook),
        "ask": clean(encode(suggestion.ask)),
        "hosts": clean(json.dumps(suggestion.hosts)),
        **{name: getattr(suggestion, name) for name in _SAME},
        **{name: clean(getattr(suggestion, name)) for name in _TEXTS},
        **{name: utc(getattr(suggestion, name)) for name in _TIMES},
    }


def suggestion_value(row: Row) -> Suggestion:
    """The suggestion of a row."""
    own = {name: row[name] for name in ("id", "key", *_SAME, *_TEXTS, *_TIMES)}
    state, hosts = SuggestionState(row["state"]), tuple(json.loads(row["hosts"]))
    return Suggestion(**own, state=state, hosts=hosts, ask=decode(AskRun, row["ask"]))


def call_row(call: Call) -> dict[str, Any]:
    """All but its number."""
    return {
        "key": clean(call.key, NAME_LENGTH),
        "incident_id": call.incident_id,
        "called": clean(json.dumps(call.to)),
        "after": call.after,
        "text": clean(call.text),
        "step": call.step,
        "next_at": None if call.next_at is None else utc(call.next_at),
    }


def call_value(row: Row) -> Call:
    """The call of a row."""
    own = {name: row[name] for name in row if name != "called"}
    return Call(**own, to=tuple(json.loads(row["called"])))
