"""The method specs: files of `methods/` enter, one Spec per method leaves, with what a call must bring and may cost."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "methods"
_EITHER = ("string", "object", "array")  # Slack documents blocks as a string of JSON and takes JSON itself too
_RICH = {"blocks", "attachments", "metadata", "view", "files", "unfurled_attachments", "message"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """One method: names of required arguments, types by argument, scopes (a bot needs one), tier, JSON or not."""

    name: str
    required: tuple[str, ...]
    types: dict[str, tuple[str, ...]]
    scopes: tuple[str, ...]
    tier: str
    takes_json: bool


@cache
def specs() -> dict[str, Spec]:
    """All methods by name."""
    return {path.stem: _spec(path) for path in sorted(_FOLDER.glob("*.json"))}


def _spec(path: Path) -> Spec:
    read = json.loads(path.read_text(encoding="utf-8"))
    arguments = read["args"]
    properties = arguments.get("properties", arguments)
    return Spec(
        name=path.stem,
        required=tuple(name for name in arguments.get("required", ()) if name != "token"),
        types={name: _types(name, value) for name, value in properties.items() if isinstance(value, dict)},
        scopes=tuple(read.get("scope", {}).get("bot", ())),
        tier=read.get("rate_limits") or "t3",
        takes_json=bool(read.get("json_input_supported")),
    )


def _types(name: str, value: dict[str, Any]) -> tuple[str, ...]:
    if name in _RICH:
        return (*_EITHER, "null", "boolean") if name == "attachments" else (*_EITHER, "null")
    if "anyOf" in value:
        return tuple(choice["type"] for choice in value["anyOf"])
    kind = value.get("type", "string")
    return (kind,) if kind in {"string", "boolean", "number", "integer", "array", "object", "null"} else ("string",)
