"""How a run is asked for: the branch of `run` or of a phrase and the vocabulary enter, an AskRun leaves."""

from dataclasses import replace

from lark import UnexpectedInput

from bot.commands.clauses import Clauses, gather, plain_name
from bot.commands.grammar import Branch, Leaf, strip, tree
from bot.commands.mistakes import mistake
from bot.commands.names import did_you_mean, known, near, shown
from bot.commands.options import for_rehearsal, for_run
from bot.commands.phrases import Match, begin_with, first_word, matches
from bot.commands.topics import topics
from bot.errors import NotUnderstood, Refused, UnknownName
from bot.model.command import AskRun, Vocabulary
from bot.model.words import some

_PLACES = ("limit", "environment")


def ask_run(branch: Branch, vocabulary: Vocabulary) -> AskRun:
    """`run <runbook> …`."""
    return replace(ask := _asked(branch, vocabulary), options=for_run(ask.options))


def ask_rehearsal(branch: Branch, vocabulary: Vocabulary) -> AskRun:
    """`rehearse <runbook> …`."""
    return replace(ask := _asked(branch, vocabulary), options=for_rehearsal(ask.options))


def _asked(branch: Branch, vocabulary: Vocabulary) -> AskRun:
    runbook = known_runbook(str(branch.children[1]), vocabulary)
    clauses = gather(clause for clause in branch.children[2:] if not isinstance(clause, Leaf))
    return AskRun(
        runbook=runbook,
        limit=clauses.limit,
        environment=known_environment(clauses.environment, vocabulary),
        parameters=clauses.parameters,
        options=clauses.options,
    )


def ask_by_phrase(line: str, branch: Branch, vocabulary: Vocabulary) -> AskRun:
    """What the phrase that the line begins with asks for."""
    found = matches(branch.children, vocabulary)
    if not found:
        raise _no_phrase(str(branch.children[0]), vocabulary)
    rests: dict[int, Clauses | Refused] = {match.end: _rest(line, match.end) for match in found}
    whole = [match for match in found if isinstance(rests[match.end], Clauses)]
    runbooks = tuple(dict.fromkeys(match.runbook for match in whole))
    if len(runbooks) > 1:
        either = " or ".join(f"`run {runbook} ...`" for runbook in runbooks[:3])
        raise NotUnderstood(f"That could mean {' or '.join(runbooks)}.", f"Write {either}.")
    best = max(whole or found, key=lambda match: match.weight)
    rest = rests[best.end]
    if isinstance(rest, Refused):
        raise rest
    return _joined(best, rest, vocabulary)


def known_runbook(word: str, vocabulary: Vocabulary) -> str:
    """The runbook's name; raises UnknownName."""
    return known("runbook", word, vocabulary.runbooks, "`runbooks` tells about them.")


def known_environment(word: str | None, vocabulary: Vocabulary) -> str | None:
    """The environment's name, or None for None; raises UnknownName, unless the vocabulary knows no environments."""
    if word is None or not vocabulary.environments:
        return word
    return known("environment", word, vocabulary.environments, "`envs` tells about them.")


def _rest(line: str, end: int) -> Clauses | Refused:
    rest = strip(line[end:])
    try:
        return gather(clause for clause in tree(rest, "clauses").children if not isinstance(clause, Leaf))
    except UnexpectedInput as error:
        return mistake(line, error, start=len(line) - len(rest))
    except Refused as refusal:
        return refusal


def _joined(match: Match, rest: Clauses, vocabulary: Vocabulary) -> AskRun:
    said_again = {name for name in _PLACES if getattr(rest, name) is not None} | set(rest.parameters)
    if twice := sorted(said_again & set(match.slots)):
        raise NotUnderstood(f"The phrase already says {some(twice)}.", "Leave the second one out.")
    places = {name: plain_name(match.slots[name], name) for name in _PLACES if name in match.slots}
    slots = {name: value for name, value in match.slots.items() if name not in _PLACES}
    return AskRun(
        runbook=known_runbook(match.runbook, vocabulary),
        limit=places.get("limit", rest.limit),
        environment=known_environment(places.get("environment", rest.environment), vocabulary),
        parameters={**slots, **rest.parameters},
        fixed=match.slots,
        options=for_run(rest.options),
    )


def _no_phrase(word: str, vocabulary: Vocabulary) -> Refused:
    if ways := [f"`{phrase}`" for _, phrase in begin_with(word, vocabulary)]:
        return NotUnderstood(f"I do not understand what follows {shown(word)}.", f"Say it like this: {some(ways, 3)}.")
    what = f"There is no command {shown(word.partition('=')[0])}."
    if word in vocabulary.runbooks:
        return UnknownName(what, did_you_mean([f"`run {word}`"]))
    begins = {first_word(phrase) for phrases in vocabulary.phrases.values() for phrase in phrases} - {""}
    commands = near(word, [*(topic.word for topic in topics()), *sorted(begins)])
    close = [*commands, *(f"`run {runbook}`" for runbook in near(word, vocabulary.runbooks, limit=2))][:4]
    return UnknownName(what, did_you_mean(close) if close else "`help` lists what you can say.")
