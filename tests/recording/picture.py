"""Painted lines enter; an SVG leaves that needs nothing from anywhere else."""

import io
import re
from collections.abc import Sequence

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

_FONTS = re.compile(r"\s*@font-face \{\{.*?\}\}\n", re.DOTALL)
_THEME = TerminalTheme(
    (24, 26, 31),
    (208, 211, 216),
    [
        (24, 26, 31),
        (224, 92, 92),
        (120, 190, 110),
        (214, 176, 88),
        (98, 150, 220),
        (180, 130, 200),
        (86, 178, 190),
        (208, 211, 216),
    ],
)
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def svg(lines: Sequence[Text], columns: int, title: str) -> str:
    """The lines in a terminal's window; fonts are those of whoever looks."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in lines:
        console.print(line, no_wrap=True, crop=True, highlight=False)
    form = _FONTS.sub("\n", CONSOLE_SVG_FORMAT).replace("Fira Code, monospace", FONTS)
    form = form.replace("<!-- Generated with Rich https://www.textualize.io -->", "")
    drawn = console.export_svg(title=title, theme=_THEME, code_format=form, unique_id="signalbox")
    return re.sub(r"font-family: ?(?:Fira Code|arial)[^;\n]*", f"font-family: {FONTS}", drawn)
