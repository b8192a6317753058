"""Rich renderables enter; text with terminal colors leaves, or a console that any stream can take."""

import io
from typing import TextIO

from rich.console import Console, RenderableType


def to_ansi(renderable: RenderableType, width: int, encoding: str = "utf-8") -> str:
    """What `renderable` looks like in a terminal that is `width` cells wide; without color where NO_COLOR is set."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="\n")
    console = Console(
        file=file,
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(renderable)
    file.flush()
    return raw.getvalue().decode(encoding, "replace")


def console_for(stream: TextIO) -> Console:
    """A console on `stream` on which no text can fail, whatever the stream's encoding."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(file=stream, markup=False, emoji=False, highlight=False)
