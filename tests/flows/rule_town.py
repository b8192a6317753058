"""A world with rules: rulebooks as text enter, alerts come, and what became of them can be looked at."""

import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.alerts import Grouping, decider, group_of
from bot.chat import LetterKind
from bot.flows.act import Act
from bot.flows.act_run import ActRun
from bot.flows.calling import Calling
from bot.flows.incident_story import Story
from bot.flows.made_up import from_words
from bot.flows.ruling import Ruling
from bot.flows.take import Take
from bot.flows.verify import Verify
from bot.metrics import MemoryCounters
from bot.model.alert import Alert
from bot.model.incident import Notice
from bot.model.people import Conversation
from bot.model.request import Request
from bot.model.suggestion import Suggestion, SuggestionState
from bot.queue import MemoryTurns
from bot.rules import MemoryRuleStates, Shelf, event_of

from .world import ANNA, HERE, World

POLICY = """
roles:
  people: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
  robots: {members: ["rule:town/*"], may: [{runbooks: ["*"], environments: ["*"]}]}
"""
MEND = """
- name: mend
  condition: event.alert.status == "firing" and event.alert.symptom == "down"
  action:
    run_runbook: {runbook: safe, environment: lab, limit: "{{ event.alert.host }}", verify: 10m}
"""


class RuleTown:
    """Rules at work in a world; `now` is the time, aware, which stands still until it is moved."""

    def __init__(self, world: World, rules: str = MEND, policy: str = POLICY) -> None:
        self.world = world
        self.now = datetime.now(UTC)
        world.runbook("safe", "safety: {automation: safe}\n")
        world.write("signalbox.yml", policy)
        self.rules(rules)
        self.suggestions = world.suggestions
        self.counters = MemoryCounters()
        self.states = MemoryRuleStates()
        self.story = Story(incidents=world.incidents, clock=self.clock)
        self.ruling = self.new_ruling()
        self.take = Take(start=world.start, suggestions=self.suggestions, story=self.story)
        self.verify = Verify(
            ledger=world.ledger,
            incidents=world.incidents,
            suggestions=self.suggestions,
            story=self.story,
            counters=self.counters,
            calling=calling(world),
            clock=self.clock,
        )

    def new_ruling(self, **stations: Any) -> Ruling:
        """The flow; `stations` take the place of the town's own."""
        runs = ActRun(
            start=self.world.start,
            suggestions=self.suggestions,
            story=self.story,
            journal=self.world.journal,
            counters=self.counters,
            where=where,
            clock=self.clock,
        )
        act = Act(
            runs=stations.pop("runs", runs),
            suggestions=self.suggestions,
            story=self.story,
            calling=calling(self.world),
            clock=self.clock,
        )
        return Ruling(
            shelf=Shelf(self.world.root),
            states=self.states,
            turns=MemoryTurns(),
            act=act,
            counters=self.counters,
            clock=self.clock,
        )

    def clock(self) -> float:
        """Seconds since the epoch."""
        return self.now.timestamp()

    def later(self, **by: float) -> None:
        """Time goes on."""
        self.now += timedelta(**by)

    def rules(self, rules: str) -> None:
        """The rules of the one ruleset, `town`, written from the margin on."""
        indented = textwrap.indent(textwrap.dedent(rules).strip("\n"), "    ")
        (self.world.root / "rulebooks").mkdir(exist_ok=True)
        (self.world.root / "rulebooks/town.yml").write_text(f"- name: town\n  hosts: all\n  rules:\n{indented}\n")

    def alert(self, host: str = "web1", **words: Any) -> Alert:
        """An alert comes in, is stored, and rules are told of it."""
        alert = from_words(**{"service": "pay", "symptom": "down", "host": host, **words})
        self.tell(alert, self.store(alert))
        return alert

    def store(self, alert: Alert) -> int | None:
        """Its incident."""
        notice = Notice(alert=alert, group=group_of(alert, Grouping()), at=self.now)
        (made,) = self.world.incidents.take([notice], decider(Grouping()))
        return None if made.incident is None else made.incident.id

    def tell(self, alert: Alert, incident_id: int | None) -> None:
        """Rules are told, as a relay does."""
        self.ruling.handle(event_of(alert), incident_id)

    def all(self) -> list[Suggestion]:
        """What rules wanted, oldest first."""
        return self.suggestions.find(*SuggestionState)[::-1]

    def only(self) -> Suggestion:
        """The one that there is."""
        (found,) = self.all()
        return found

    def kinds(self, incident_id: int = 1) -> list[str]:
        """The words of the incident's story."""
        return [event.kind for event in self.world.incidents.timeline(incident_id)]

    def said(self, place: str = "incidents") -> list[str]:
        """What was said in a channel."""
        letters = self.world.chat.letters(channel(place))
        return [letter.text for letter in letters if letter.kind is LetterKind.TEXT]

    def request(self) -> Request:
        """Anna presses a button."""
        return Request(text="", actor=ANNA, conversation=HERE)

    def counted(self) -> dict[tuple[str, ...], float]:
        """The metrics."""
        return dict(self.counters.totals())


def where(_incident_id: int | None) -> Conversation:
    """Where incidents are shown."""
    return channel("incidents")


def calling(world: World) -> Calling:
    """How people and channels are told things."""
    return Calling(chat=world.chat, where=where, channel=channel)


def channel(name: str) -> Conversation:
    """A channel of that name."""
    return Conversation(transport="terminal", channel=name)
