"""Any text enters; mrkdwn leaves in which it can only be read: no markup, mention, link or emoji comes out of it.

Where host text stands in mrkdwn it is either code (`code`, `fenced`), in which Slack reads no markup, or `literal`, in
which the characters that would act are replaced by ones that look the same.
"""

import re
from collections.abc import Iterator

from bot.chat.slack.sizes import head, units
from bot.chat.text import clean, line

FENCE = "```"
_NOTE = 40
_BACKTICK = "\u02cb"
_LOOKALIKES = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": _BACKTICK}
_ACTING = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")  # markup acts only at the edge of a word
_SHORTCODE = re.compile(r":(?!\d\d:)(?=[\w+'-]+:)")
_QUOTE = re.compile(r"^(\s*)(>+)", re.MULTILINE)
_COMMAND = re.compile(r"`([^`\n]+)`")
_EMPTY = re.compile(r"^```\s*```\n?")  # what is left of a fence when the break falls just before its end
_TOKEN = re.compile(r"```|`[^`\n]{1,2000}`|<[^<>\n]{1,500}>|&(?:amp|lt|gt);|\n|[^`<&\n]{1,60}|[`<&]")


def escape(text: str) -> str:
    """`text` with the three characters that Slack reads as its own written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """`text`, of any length, as mrkdwn that shows it; lines stay lines."""
    text = _QUOTE.sub(lambda found: found[1] + "\u203a" * len(found[2]), clean(text))
    text = _ACTING.sub(lambda found: _LOOKALIKES[found[0]], _SHORTCODE.sub("\u2236", text))
    return escape(text)


def words(text: str, characters: int = 300) -> str:
    """`literal` of one line of at most `characters`."""
    return literal(line(text, characters))


def sentence(text: str) -> str:
    """`literal`, but for what stands between backticks: our own sentences name commands so, and it becomes code."""
    text = clean(text)
    made, done = "", 0
    for found in _COMMAND.finditer(text):
        made += literal(text[done : found.start()]) + code(found[1])
        done = found.end()
    return made + literal(text[done:])


def code(text: str, characters: int = 300) -> str:
    """One line of at most `characters` as code within a sentence; a dash when nothing can be seen of it."""
    one = escape(line(text, characters)).replace("`", _BACKTICK)
    return f"`{one}`" if one else "\u2013"


def fenced(text: str) -> str:
    """Lines as a block of code, of any length: `split` makes pieces of it."""
    inside = re.sub("`{3,}", lambda found: _BACKTICK * len(found[0]), clean(text).strip("\n"))
    return f"{FENCE}\n{escape(inside)}\n{FENCE}" if inside.strip() else ""


def split(text: str, most: int) -> list[str]:
    """Pieces of mrkdwn, each of at most `most` characters (100 or more), broken between lines where that can be.

    A fence that a break falls into is closed before it and opened again after it; entities, links and short code are
    never broken.
    """
    room = most - len(f"\n{FENCE}")
    pieces: list[str] = []
    piece, size = "", 0
    for token in _tokens(text, room - len(f"{FENCE}\n")):
        if size + units(token) > room:
            kept, rest = _broken(piece)
            pieces.append(kept)
            piece, size = rest, units(rest)
            if size + units(token) > room:  # a long rest of a line
                kept, piece = _closed(piece)
                pieces.append(kept)
                size = units(piece)
        piece += token
        size += units(token)
    made = [_EMPTY.sub("", each) for each in (*pieces, _closed(piece)[0])]
    return [each for each in made if each.strip()]


def cut(text: str, most: int) -> str:
    """The beginning of mrkdwn, of at most `most` characters (200 or more); what is left out is counted at its end."""
    if units(text) <= most:
        return text
    pieces = split(head(text, most * 2), most - _NOTE)
    first = pieces[0] if pieces else ""
    return f"{first}\n\u2026 {units(text) - units(first):,} more characters"


def _tokens(text: str, room: int) -> list[str]:
    return [part for token in _TOKEN.findall(text) for part in _small(token, room)]


def _small(token: str, room: int) -> list[str]:
    """A token in parts of at most half of `room`; each part of code is code."""
    if len(token) <= room // 2:
        return [token]
    mark = "`" if len(token) > 1 and token[0] == token[-1] == "`" else ""
    inside = token[1:-1] if mark else token
    return [f"{mark}{part}{mark}" for part in _parts(inside, max(1, room // 2 - 2))]


def _parts(text: str, most: int) -> Iterator[str]:
    """A text in parts of `most` characters, entities whole."""
    part = ""
    for piece in re.findall("&(?:amp|lt|gt);|.", text):
        if part and len(part) + len(piece) > most:
            yield part
            part = ""
        part += piece
    yield part


def _broken(piece: str) -> tuple[str, str]:
    """A full piece, closed, and what the next one begins with: the last line, when that is not much of it."""
    at = piece.rfind("\n")
    if at <= len(piece) // 2:
        return _closed(piece)
    kept, prefix = _closed(piece[:at])
    return kept, prefix + piece[at + 1 :]


def _closed(piece: str) -> tuple[str, str]:
    """The piece with its fence closed, and what the next one has to begin with."""
    if piece.count(FENCE) % 2 == 0:
        return piece.strip("\n"), ""
    bare = piece.rstrip()
    if bare.endswith(FENCE):  # just opened: it belongs to the next piece
        return bare.removesuffix(FENCE).strip("\n"), f"{FENCE}\n"
    return f"{piece.rstrip(chr(10))}\n{FENCE}", f"{FENCE}\n"
