"""Any text from hosts, people or files enters; text leaves that a terminal or a chat can only show.

Gone are escape sequences, control characters, whatever turns the direction of text or has no visible form (zero-width
and variation characters too, so that the width of a line can be told), and halves of surrogate pairs.
"""

import re

_SEQUENCE = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b\n]*+(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC with their text
    r"|(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colors, cursor movement
    r"|\x1b[ -/]*+[0-~]"  # two-character sequences
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile(r"\s+")
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARKS}{{3}}){_MARKS}+")  # more marks on one letter than any language has climb over lines
TAB = "    "


def clean(text: str) -> str:
    """`text` as plain lines: newlines stay (every kind as one newline), tabs become four spaces."""
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCE.sub("", text)
    text = _BREAK.sub("\n", text)
    text = _INVISIBLE.sub("", text.replace("\t", TAB))
    return _STACKED.sub(r"\1", _SURROGATE.sub("\ufffd", text))


def line(text: str, characters: int = 300) -> str:
    """`text` cleaned as one line of at most `characters`, a cut marked by dots."""
    one = _SPACE.sub(" ", clean(text[: characters * 4])).strip()
    cut = len(one) > characters or len(text) > characters * 4
    return one[: characters - 3].rstrip() + "..." if cut else one
