"""What the checker sees of an installation that has come to rest, and what was done to it; values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """One run as SQL tells it; `steps` are its statuses in order, `results` the audit's rows that tell its end.

    `token` is the parameter by which those who asked know it; `broken` hosts were to fail in its playbook.
    """

    id: int
    status: str
    reason: str = ""
    token: str = ""
    runbook: str = "work"
    hosts: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    parent: int | None = None
    canceled_by: str = ""
    steps: tuple[str, ...] = ()
    counters: tuple[int, ...] = ()
    last_kind: str = ""
    final_counter: int = 0
    started: bool = True
    ended_at: float = 0.0
    recapped: bool = True
    results: int = 1
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line that a playbook has written: `start` is the name of one start of Ansible, `step` begin or end."""

    run: int
    start: str
    step: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What was done to a process: `at` and `until` are Unix seconds, `runs` those that it had in hand."""

    at: float
    until: float
    what: str
    way: str
    runs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that was asked for with a token; `taken` when the door said so."""

    token: str
    taken: bool
    by: str = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a conversation shows of a run: the texts of its cards and recaps."""

    cards: tuple[str, ...] = ()
    recaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All of it.

    `told` counts answers to single persons, `offered` are tokens of what rules leave to people, `streams` are counters
    of events that Redis still has.
    `keys` are those of Redis that should not be there, `audit` what is wrong with the chain, `unsent` deliveries that
    wait, `broken_limits` what Slack would not have borne.
    """

    runs: tuple[RunSeen, ...] = ()
    marks: tuple[Mark, ...] = ()
    strikes: tuple[Strike, ...] = ()
    asks: tuple[Ask, ...] = ()
    told: int = 0
    offered: tuple[str, ...] = ()
    streams: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    shown: Mapping[int, Shown] = field(default_factory=dict)
    unsent: int = 0
    broken_limits: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    audit: str = ""
