"""What could be done next about an incident: offers of rules, and what ended earlier ones of its kind, in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from bot.model.command import AskRun
from bot.model.suggestion import Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A run that was successful in an earlier incident before that closed.

    `seconds` is from the run's start to the incident's end. `on_its_hosts`: it was for the hosts that its alerts named.
    """

    incident_id: int
    run_id: int
    ask: AskRun
    actor: str
    seconds: float
    on_its_hosts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """One of them: the command, the offer that it is (None when no rule offers it), and what it did before.

    `times` it ended such an incident, in `seconds` (the median, None when never), last in `incident_id` as `run_id`;
    `actors` asked for it, the last one first.
    """

    ask: AskRun
    suggestion_id: int | None = None
    rule: str = ""
    reason: str = ""
    times: int = 0
    seconds: float | None = None
    incident_id: int | None = None
    run_id: int | None = None
    actors: tuple[str, ...] = ()


def ranked(
    offers: Sequence[Suggestion], past: Sequence[Past], hosts: Mapping[str, Sequence[str]]
) -> tuple[NextAction, ...]:
    """Offers of rules first, then what helped before: the most often first, of those the quickest.

    `past` is newest first. `hosts` are those that the alerts name now and that an environment has, by environment:
    names that nobody has looked up must never get here, for they become limits.
    """
    groups: dict[Any, list[Past]] = {}
    for each in past:
        groups.setdefault(_same(each.ask), []).append(each)
    offered = [_offered(offer, groups.get(_same(offer.ask), [])) for offer in offers]
    known = {_same(offer.ask) for offer in offers}
    others = [_remembered(group, hosts) for key, group in groups.items() if key not in known]
    there = [each for each in others if each is not None]
    return (*offered, *sorted(there, key=lambda each: (-each.times, each.seconds or 0.0)))


def _offered(offer: Suggestion, group: Sequence[Past]) -> NextAction:
    made = NextAction(ask=offer.ask, suggestion_id=offer.id, rule=offer.actor, reason=offer.reason)
    return _with_history(made, group)


def again(last: Past, hosts: Mapping[str, Sequence[str]]) -> AskRun | None:
    """What was done then, for the hosts of now where it was for the hosts of then; None when there are none now."""
    if not last.on_its_hosts:
        return last.ask
    there = hosts.get(last.ask.environment or "", ())
    return replace(last.ask, limit=",".join(there)) if there else None


def _remembered(group: Sequence[Past], hosts: Mapping[str, Sequence[str]]) -> NextAction | None:
    ask = again(group[0], hosts)
    return None if ask is None else _with_history(NextAction(ask=ask), group)


def _with_history(made: NextAction, group: Sequence[Past]) -> NextAction:
    if not group:
        return made
    return replace(
        made,
        times=len({each.incident_id for each in group}),
        seconds=median(each.seconds for each in group),
        incident_id=group[0].incident_id,
        run_id=group[0].run_id,
        actors=tuple(dict.fromkeys(each.actor for each in group)),
    )


def _same(ask: AskRun) -> Any:
    """What two commands have in common that do the same, wherever they do it."""
    return ask.runbook, ask.environment, _values(ask.parameters.items()), ask.options


def _values(items: Iterable[tuple[str, str | list[str]]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in items))
