"""Plugins as people write them: text enters, a source that is wired to it leaves."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.model.rule import EventSource
from bot.sensors import Wired, wired


def plugin(project: Path, name: str, code: str, kind: str = "event_source", folder: str = "plugins") -> Path:
    """A plugin of the project's own."""
    path = project / folder / kind / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(code))
    return path


def source(project: Path, code: str, filters: tuple[tuple[str, Mapping[str, Any]], ...] = (), **more: Any) -> Wired:
    """A source with that plugin."""
    plugin(project, "made_up", code)
    written = EventSource(name="mine", plugin="made_up", arguments=more, filters=filters)
    return wired(written, project, ())
