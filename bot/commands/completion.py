"""What may come next: the text before the cursor and the vocabulary enter, completions of its last word leave.

The grammar itself says what is allowed: the text is fed to the parser as far as its last space, and the terminals that
the parser would accept there say which names to offer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lark import UnexpectedInput

from bot.commands.alerting import SELECTORS
from bot.commands.canonical import value, word
from bot.commands.environments import ENV_VERBS
from bot.commands.grammar import SPACES, Leaf, tokens
from bot.commands.holding import ALL
from bot.commands.options import LONG_DASHES, ONLY_REHEARSAL, ONLY_RUN, OPTIONS, named
from bot.commands.parser import LONGEST_TEXT
from bot.commands.phrases import Piece, begin_with, filled, first_word, pieces_of
from bot.commands.questioned import asking
from bot.commands.topics import topics
from bot.model.command import Completion, Vocabulary

MOST = 100
"""Completions at once; another letter shows fewer."""

Offer = tuple[str, str]
"""A text and the hint what it is."""


def complete(text_before_cursor: str, vocabulary: Vocabulary) -> list[Completion]:
    """At most 100 completions of the last word, none where nothing fits; never raises."""
    if len(text_before_cursor) > LONGEST_TEXT:
        return []
    done = text_before_cursor.lstrip(SPACES)
    done = done[asking(done) :]
    cut = max((done.rfind(space) for space in SPACES), default=-1) + 1
    found: dict[str, Completion] = {}
    try:
        for completion in _completions(done[:cut], done[cut:], vocabulary):
            found.setdefault(completion.text, completion)
            if len(found) == MOST:
                break
    except UnexpectedInput:
        return []
    return list(found.values())


def _completions(done: str, typed: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    read, allowed = tokens(done, "command")
    said = _words(read)
    if not said:
        yield from _beginning(typed, _first_words(typed, vocabulary))
    elif said[0].type == "WORD":
        yield from _in_phrase(done, typed, said, vocabulary)
    elif said[0].type in {"RUN", "REHEARSE"} and len(said) > 1:
        rehearsal = said[0].type == "REHEARSE"
        yield from _clause(typed, said[2:], allowed, str(said[1]), vocabulary, rehearsal=rehearsal)
    elif "WORD" in allowed:
        yield from _name(typed, said[-1].type, vocabulary)
    else:
        yield from _beginning(typed, _keywords(allowed))


def _words(read: Iterable[Leaf]) -> list[Leaf]:
    return [leaf for leaf in read if leaf.type not in {"_SP", "_EQ"}]


def _beginning(typed: str, offers: Iterable[Offer]) -> Iterator[Completion]:
    wanted = typed.casefold()
    if wanted[:1] and wanted[0] in LONG_DASHES:
        wanted = "--" + wanted.lstrip("-" + LONG_DASHES)
    for text, hint in offers:
        if text.casefold().startswith(wanted):
            yield Completion(text=text, replaces=len(typed), hint=hint)


def _first_words(typed: str, vocabulary: Vocabulary) -> Iterator[Offer]:
    yield from ((topic.word, topic.sentence) for topic in topics())
    wanted = typed.casefold()
    for phrases in vocabulary.phrases.values():
        for phrase in phrases:
            first = first_word(phrase)
            if first.startswith(wanted) and pieces_of(phrase):
                yield first, phrase


def _name(typed: str, after: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    """Names that may stand after a keyword, told by the keyword's terminal."""
    if after in {"ON", "HOSTS"}:
        yield from _hosts(typed, vocabulary)
    elif after in {"LOCK", "UNLOCK"}:
        yield from _environments(typed, vocabulary)
        yield from _hosts(typed, vocabulary)
    elif after in {"FREEZE", "UNFREEZE"}:
        yield from _beginning(typed, [(ALL, "every environment")])
        yield from _environments(typed, vocabulary)
    elif after in {"IN", "TO", "ENVIRONMENT", "RELEASE", "ENV_VERB"}:
        yield from _environments(typed, vocabulary)
    elif after in {"RUN", "REHEARSE", "DESCRIBE", "PROMOTE", "DEMOTE"}:
        yield from _beginning(typed, ((word(name), "runbook") for name in vocabulary.runbooks))
    elif after == "MUTE":
        yield from _beginning(typed, _SELECTORS)
    elif after == "ASSIGN":
        yield from _beginning(typed, [("me", "who says so")])
    elif after == "HELP":
        yield from _beginning(typed, ((topic.word, topic.sentence) for topic in topics()))


def _environments(typed: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    yield from _beginning(typed, ((word(name), "environment") for name in vocabulary.environments))


def _hosts(typed: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    """Hosts and groups; in a pattern such as `web:!we` the part after the last sign is completed."""
    part = typed[max(typed.rfind(sign) for sign in ":,&!") + 1 :]
    yield from _beginning(part, ((word(name), "host or group") for name in vocabulary.hosts))


def _keywords(allowed: set[str]) -> Iterator[Offer]:
    """What may come next where no name does, told by the terminals that the parser would accept."""
    for terminal, offers in _KEYWORDS.items():
        if terminal in allowed and not (terminal == "IN" and "ACTOR" in allowed):
            yield from offers


_SELECTORS = tuple((f"{name}=", f"alerts {hint}") for name, hint in SELECTORS.items())
_KEYWORDS: Mapping[str, tuple[Offer, ...]] = {
    "ACTOR": (("run", "of one run"), ("actor", "who"), ("environment", "where")),
    "IN": (("in", "environment"),),
    "ENV_VERB": tuple(ENV_VERBS.items()),
    "SAVE": (("save", "as they are now"), ("restore", "as they were")),
    "VARS": (("--vars", "groups and variables of these hosts"),),
    "BREAK_GLASS": (("--break-glass", "skip the approvals, with a reason"),),
    "WHICH": (("mine", "your own"), ("active", "not ended yet"), ("failed", "failed ones")),
    "CLOSED": (("closed", "those that are over too"),),
    "MUTE": (("mutes", "what is silent"), ("mute", "keep alerts silent"), ("unmute", "end a silence")),
    "ACK": (
        ("timeline", "its story"),
        ("next", "what could be done about it"),
        ("replay", "ask for what ended the last one like it"),
        ("ack", "look after it"),
        ("assign", "hand it over"),
        ("note", "add to its story"),
        ("close", "it is over"),
    ),
    "KEY": _SELECTORS,
    "LAST": (("last", "how many"),),
    "TO": (("to", "environment"),),
    "FOR": (("for", "how long"),),
    "BECAUSE": (("because", "why"),),
}
"""By the name of the terminal."""


def _clause(
    typed: str,
    said: Sequence[Leaf],
    allowed: set[str],
    runbook: str,
    vocabulary: Vocabulary,
    *,
    fixed: Iterable[str] = (),
    rehearsal: bool = False,
) -> Iterator[Completion]:
    """What may follow a runbook's name: `on`, `in`, parameters, options, each once; or the rest of one begun."""
    parameters = vocabulary.parameters.get(runbook, {})
    key, equals, begun = typed.partition("=")
    if "WORD" in allowed:
        yield from _name(typed, said[-1].type, vocabulary)
    elif "KEY" not in allowed:
        return
    elif equals:
        yield from _beginning(begun, ((value(choice), key) for choice in parameters.get(key, ())))
    else:
        used = {*fixed, *(_used(leaf) for leaf in said)}
        offers = _clauses(parameters, rehearsal=rehearsal)
        yield from _beginning(typed, (offer for offer in offers if offer[0] not in used))


def _used(leaf: Leaf) -> str:
    if leaf.type in {"FLAG", "SETTING", "VERBOSITY"}:
        return named(leaf)
    return leaf.lower() if leaf.type in {"ON", "IN"} else str(leaf)


def _clauses(parameters: Iterable[str], *, rehearsal: bool) -> Iterator[Offer]:
    yield from (("on", "limit"), ("in", "environment"))
    yield from ((f"{name}=", "parameter") for name in parameters)
    wrong = ONLY_RUN if rehearsal else ONLY_REHEARSAL
    yield from ((name, hint) for name, hint in OPTIONS.items() if name not in wrong)


def _in_phrase(done: str, typed: str, said: Sequence[Leaf], vocabulary: Vocabulary) -> Iterator[Completion]:
    for runbook, phrase in begin_with(str(said[0]), vocabulary):
        pieces = pieces_of(phrase)
        count = min(len(pieces), len(said))
        slots = filled(pieces[:count], said[:count])
        if slots is None:
            continue
        if len(said) < len(pieces):
            yield from _piece(typed, pieces[count], runbook, phrase, vocabulary)
            continue
        rest, allowed = tokens(done[said[count - 1].end_pos :].lstrip(SPACES), "clauses")
        yield from _clause(typed, _words(rest), allowed, runbook, vocabulary, fixed=_fixed(slots))


def _fixed(slots: Iterable[str]) -> set[str]:
    return {{"limit": "on", "environment": "in"}.get(slot, f"{slot}=") for slot in slots}


def _piece(typed: str, piece: Piece, runbook: str, phrase: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    if not piece.slot:
        yield from _beginning(typed, [(piece.text, phrase)])
    elif piece.text in {"limit", "environment"}:
        yield from _name(typed, "ON" if piece.text == "limit" else "IN", vocabulary)
    else:
        choices = vocabulary.parameters.get(runbook, {}).get(piece.text, ())
        yield from _beginning(typed, ((word(choice), piece.text) for choice in choices))
