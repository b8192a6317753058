"""Text of unknown origin enters; text without escape sequences and control characters leaves, whole or in pieces."""

import re

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colors, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]"
)
_ODD = re.compile("[^\n\t -~\xa0-\ud7ff\ue000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` with line ends as newlines, without terminal sequences, control characters and lone surrogates."""
    if not _ODD.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", _ESCAPE.sub("", text))
    return _SURROGATE.sub("\ufffd", text)


def pieces(text: str, size: int) -> list[str]:
    """`text` in pieces of at most `size` characters, at least one (maybe empty); joined they are `text`."""
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]


def shorten(text: str, size: int) -> str:
    """`text` with at most `size` characters; an ellipsis says that something is missing."""
    return text if len(text) <= size else text[: size - 1] + "…"


def one_line(text: str, size: int) -> str:
    """`text` on one line, shortened to `size` characters."""
    return shorten(" ".join(text.split()), size)
