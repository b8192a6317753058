"""Any text enters; mrkdwn leaves in which it can only be read: no markup, mention, link or emoji comes out of it.

Where host text stands in mrkdwn it is either code (`code`, `fenced`), in which Slack reads no markup, or `literal`, in
which the words that would act are code. So what stands there is what the host wrote, and can be copied; only a backtick
has to be another character that looks the same, for it would end the code.
"""

import re
from collections.abc import Iterator

from bot.chat.slack.sizes import units
from bot.chat.text import clean, line

FENCE = "```"
_NOTE = 40
_BACKTICK = "\u02cb"
_EMOJI = r":(?!\d\d:)[\w+'-]+:"  # but not the time of day
_MARK = r"(?<![^\W_])[*_~]|[*_~](?![^\W_])"  # markup acts only at the edge of a word
_ACTING = re.compile(f"{_MARK}|{_EMOJI}")
_WORD = re.compile(r"(^[^\S\n]*(?=>))?(\S+)", re.MULTILINE)  # a line that begins with > is a quote
_ENDS = ",;.)"
_COMMAND = re.compile(r"`([^`\n]+)`")
_EMPTY = re.compile(r"^```\s*```\n?")  # what is left of a fence when the break falls just before its end
_TOKEN = re.compile(r"```|`[^`\n]+`|<[^<>\n]{1,500}>|&(?:amp|lt|gt);|\n|[^`<&\n]{1,60}|[`<&]")


def escape(text: str) -> str:
    """`text` with the three characters that Slack reads as its own written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """`text`, of any length, as mrkdwn that shows it; lines stay lines."""
    return _WORD.sub(_harmless, clean(text).replace("`", _BACKTICK))


def _harmless(found: re.Match[str]) -> str:
    """One word: as it is, or as code when something in it would act; what ends a sentence stays outside."""
    indent, word = found[1], found[2]
    if indent is None and not _ACTING.search(word):
        return escape(word)
    inside = word.rstrip(_ENDS)
    return f"{indent or ''}`{escape(inside)}`{word[len(inside) :]}"


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
    return list(_pieces(text, most))


def _pieces(text: str, most: int) -> Iterator[str]:
    """The same, each made when it is asked for."""
    made = (_EMPTY.sub("", piece) for piece in _closed_pieces(text, most - len(f"\n{FENCE}")))
    return (piece for piece in made if piece.strip())


def _closed_pieces(text: str, room: int) -> Iterator[str]:
    piece, size = "", 0
    for token in _tokens(text, room - len(f"{FENCE}\n")):
        if size + units(token) > room:
            kept, piece = _broken(piece)
            yield kept
            size = units(piece)
            if size + units(token) > room:  # a long rest of a line
                kept, piece = _closed(piece)
                yield kept
                size = units(piece)
        piece += token
        size += units(token)
    yield _closed(piece)[0]


def cut(text: str, most: int) -> str:
    """The beginning of mrkdwn, of at most `most` characters (200 or more); what is left out is counted at its end."""
    if units(text) <= most:
        return text
    first = next(_pieces(text, most - _NOTE), "")
    return f"{first}\n\u2026 {units(text) - units(first):,} more characters"


def _tokens(text: str, room: int) -> Iterator[str]:
    return (part for token in _TOKEN.finditer(text) for part in _small(token[0], room))


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
