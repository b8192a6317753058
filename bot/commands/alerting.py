"""Commands about alerts and incidents: a branch of the grammar enters, the command leaves."""

from collections.abc import Callable, Mapping

from bot.commands.clauses import plain_name
from bot.commands.grammar import Branch, Leaf, strip
from bot.commands.holding import said_reason, said_seconds
from bot.commands.names import shown
from bot.commands.numbers import how_many, incident_number, mute_number
from bot.errors import NotUnderstood
from bot.model.command import (
    AskAcknowledge,
    AskAlerts,
    AskAssign,
    AskClose,
    AskIncident,
    AskMute,
    AskMutes,
    AskNext,
    AskNote,
    AskReplay,
    AskTimeline,
    AskUnmute,
    Command,
)

ANY = "any"
"""The selector of a word that stands alone: any of the names of an alert may fit."""
SELECTORS: Mapping[str, str] = {
    "service": "whose service fits",
    "symptom": "whose symptom fits",
    "host": "of hosts that fit",
    "source": "of this sender",
    "severity": "that are so bad",
    "title": "whose title fits",
}
LABEL = "labels."
LONGEST_NOTE = 2_000
LONGEST_MATCHER = 200
"""Characters."""


def _alerts(branch: Branch) -> Command:
    counts = [str(part.children[-1]) for part in branch.find_data("last")]
    closed = [leaf for leaf in branch.children if isinstance(leaf, Leaf) and leaf.type == "CLOSED"]
    if len(counts) > 1 or len(closed) > 1:
        raise NotUnderstood("One of the words is there twice.", "Say `alerts`, or `alerts closed last 5`.")
    last = how_many(counts[0], "alerts last 5") if counts else AskAlerts().last
    return AskAlerts(closed=bool(closed), last=last)


def _mute(branch: Branch) -> Command:
    matchers: dict[str, str] = {}
    for child in branch.children[2:]:
        if isinstance(child, Leaf):
            _add(matchers, ANY, str(child))
        elif child.data == "keyed":
            _add(matchers, str(child.children[0])[:-1], str(child.children[1]))
    return AskMute(matchers=matchers, seconds=said_seconds(branch) or 0, reason=said_reason(branch))


def _add(matchers: dict[str, str], selector: str, glob: str) -> None:
    if selector in matchers:
        raise NotUnderstood(f"{shown(selector)} is there twice.", "Say it once.")
    if selector not in (ANY, *SELECTORS) and not (selector.startswith(LABEL) and selector != LABEL):
        known = ", ".join([*SELECTORS, "labels.NAME"])
        raise NotUnderstood(f"Alerts have no {shown(selector)}.", f"They have {known}.")
    if len(glob) > LONGEST_MATCHER or not strip(glob).strip("*"):
        raise NotUnderstood("That would silence everything, or nothing.", "Name what is to be silent: `service=db`.")
    matchers[selector] = plain_name(glob, "matcher")


def _incident(branch: Branch) -> Command:  # noqa: PLR0911 (one line a deed)
    leaves = [leaf for leaf in branch.children if isinstance(leaf, Leaf)]
    number = incident_number(str(leaves[1]))
    match leaves[2].type if len(leaves) > 2 else "":  # noqa: PLR2004 (`incident`, its number, what to do)
        case "TIMELINE":
            return AskTimeline(incident_id=number)
        case "NEXT":
            return AskNext(incident_id=number)
        case "REPLAY":
            return AskReplay(incident_id=number)
        case "ACK":
            return AskAcknowledge(incident_id=number)
        case "ASSIGN":
            return AskAssign(incident_id=number, to=plain_name(str(leaves[3]), "name"))
        case "NOTE":
            return AskNote(incident_id=number, text=_note(str(leaves[3])))
        case "CLOSE":
            return AskClose(incident_id=number, reason=said_reason(branch))
    return AskIncident(incident_id=number)


def _note(written: str) -> str:
    text = " ".join(written.split())
    if len(text) > LONGEST_NOTE:
        what = f"The note has {len(text):,} characters."
        raise NotUnderstood(what, f"At most {LONGEST_NOTE:,} are kept; what is longer belongs where it can be linked.")
    return text


def _unmute(branch: Branch) -> Command:
    return AskUnmute(mute_id=mute_number(str(branch.children[2])), reason=said_reason(branch))


ATTENDING: Mapping[str, Callable[[Branch], Command]] = {
    "alerts": _alerts,
    "mutes": lambda _: AskMutes(),
    "mute": _mute,
    "unmute": _unmute,
    "incident": _incident,
    "replay": lambda branch: AskReplay(incident_id=incident_number(str(branch.children[1]))),
}
"""By the branch's name."""
