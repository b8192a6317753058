"""What could be done next about an incident enters; the Reply that a conversation is shown leaves."""

from collections.abc import Iterator, Sequence

from bot.commands import to_text
from bot.flows.explained import answer
from bot.flows.next_action import Previewed
from bot.model.next_action import NextAction
from bot.model.reply import Reply, Table, Text
from bot.model.words import duration, some

HOSTS_SHOWN = 5


def next_reply(incident_id: int, found: Sequence[Previewed]) -> Reply:
    """The best first: what to say for it, why it is here, which hosts it means now, and what the guards say."""
    if not found:
        return Reply(
            parts=(Text(text=f"Nothing is known to help incident {incident_id}. `runbooks` lists what there is."),)
        )
    columns = ("say", "what it does", "why", "hosts now", "you may")
    rows = tuple(_row(each) for each in found)
    return Reply(parts=(Table(title=f"Incident {incident_id}: what could be done next", columns=columns, rows=rows),))


def _row(each: Previewed) -> tuple[str, ...]:
    action = each.action
    what = to_text(action.ask)
    say = what if action.suggestion_id is None else f"take {action.suggestion_id}"
    return (say, what, _why(action), *_now(each))


def _why(action: NextAction) -> str:
    return "; ".join(_reasons(action))


def _reasons(action: NextAction) -> Iterator[str]:
    if action.rule:
        yield f"{action.rule} offers it"
    if action.times:
        often = "once" if action.times == 1 else f"{action.times} times"
        within = f", within {duration(action.seconds)}" if action.seconds is not None else ""
        who, last = some(action.actors, 3), action.incident_id
        yield f"ended the like {often}{within}, asked for by {who}, last in incident {last}"


def _now(each: Previewed) -> tuple[str, str]:
    if each.explanation is None:
        return "", f"no: {each.problem}"
    return some(each.explanation.target.hosts, HOSTS_SHOWN), answer(each.explanation)
