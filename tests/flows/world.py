"""A whole Signalbox in memory: a tiny real project enters; what people say and what becomes of it can be looked at.

Catalog, inventories and policy are the real ones on real files; ledger, stream, queue, chat and engine are the twins.
"""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.catalog import Catalog
from bot.chat import Letter, LetterKind, MemoryChat
from bot.commands import phrase_problems
from bot.engine import ScriptedEngine
from bot.flows.attend import Attend
from bot.flows.brake import Brakes
from bot.flows.cancel import Cancel
from bot.flows.consent import Consenting
from bot.flows.converse import Converse
from bot.flows.execute import Execute
from bot.flows.explain import Explain
from bot.flows.forecast import Foretell
from bot.flows.hold import Hold
from bot.flows.incident_story import Story
from bot.flows.inquire import Inquire
from bot.flows.inquire_audit import InquireAudit
from bot.flows.inquire_incidents import InquireIncidents
from bot.flows.inquire_places import InquirePlaces
from bot.flows.inquire_promotions import InquirePromotions, promoted_places
from bot.flows.inquire_runbooks import InquireRunbooks
from bot.flows.inquire_runs import InquireRuns
from bot.flows.inquire_schedules import InquireSchedules
from bot.flows.inquire_stats import InquireStats
from bot.flows.inquire_suggestions import InquireSuggestions
from bot.flows.journal import Journal
from bot.flows.next_action import NextActions
from bot.flows.past import Memory
from bot.flows.permission import Permission
from bot.flows.promote import Promote
from bot.flows.recall import Recall
from bot.flows.relay import Relay
from bot.flows.repeat import Repeat
from bot.flows.replace import Replace
from bot.flows.start import Start
from bot.flows.take import Take
from bot.guards import PolicyFile
from bot.ledger import MemoryIncidents, MemoryLedger, MemorySuggestions
from bot.model.event import ENDED, STATUS, Result, RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.reply import Reply
from bot.model.request import Accepted, Answer, Awaiting, Request, SecretsNeeded
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.queue import MemoryQueue, MemoryStops, MemoryTurns
from bot.rules import Shelf
from bot.stream import MemoryStream
from bot.targets import Inventories

ANNA = Actor(transport="terminal", name="anna")
NIGHT = Actor(transport="schedule", name="night")
HERE = Conversation(transport="terminal", channel="ops", thread="t1")

LAB = """
all:
  children:
    web:
      hosts: {web1: {}, web2: {}, web3: {}}
    db:
      hosts: {db1: {}, db2: {}}
"""
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: []\n"
RUNBOOKS = {
    "ping": "say: ['ping {limit} in {environment}', 'greet {limit}']",
    "restart": """
        say: ['restart {service} on {limit}']
        parameters:
          service: {type: str, required: true, choices: [nginx, redis], aliases: [unit]}
          tcp_port: {type: int, default: 80}
        safety: {timeout: 5m}
    """,
    "token": """
        parameters:
          app: {type: str, required: true}
          token: {type: str, required: true, no_log: true, aliases: [key], description: The new token}
          pin: {type: str, no_log: true}
    """,
}


class QuickStream(MemoryStream):
    """The stream's twin that never waits for events: its tests have a clock of their own."""

    def read_many(self, after: Mapping[int, int], *, count: int = 1000, block_ms: int = 0) -> dict[int, list[RunEvent]]:
        """What is there now."""
        del block_ms
        return super().read_many(after, count=count)


class ClockedLeases:
    """Leases on a clock that tests move; what `held` holds is shared by all relays of one world."""

    def __init__(self, held: dict[str, tuple[object, float]], clock: Callable[[], float], seconds: float = 6.0) -> None:
        self._held = held
        self._clock = clock
        self._seconds = seconds

    def take(self, name: str) -> bool:
        """Take it when it is free, ours, or has run out."""
        owner, until = self._held.get(name, (self, 0.0))
        if owner is not self and self._clock() < until:
            return False
        self._held[name] = (self, self._clock() + self._seconds)
        return True

    def take_all(self, names: Iterable[str]) -> set[str]:
        """The same for many."""
        return {name for name in names if self.take(name)}

    def release(self, name: str) -> None:
        """Give it back, if it is ours."""
        if self._held.get(name, (None, 0.0))[0] is self:
            del self._held[name]

    def held(self, name: str) -> bool:
        """Whether anybody has it."""
        return name in self._held and self._clock() < self._held[name][1]


class World:
    """One installation; `now` is its monotonic clock in seconds."""

    def __init__(self, root: Path, engine: ScriptedEngine | None = None) -> None:
        self.root = root
        self.engine = engine or ScriptedEngine()
        self.write("inventories/lab/hosts.yml", LAB)
        self.write("playbooks/site.yml", PLAYBOOK)
        for name, body in RUNBOOKS.items():
            self.runbook(name, body)
        self.catalog = Catalog(root, phrase_problem=phrase_problems)
        self.inventories = Inventories(root)
        self.policy = PolicyFile(root / "signalbox.yml")
        self.permission = Permission(policy=self.policy, promoted=lambda: promoted_places(self.ledger))
        self.forget()

    def forget(self) -> None:
        """Begin anew with the same project: nothing stored, nothing queued, nothing said."""
        self.now = 1000.0
        self.held: dict[str, tuple[object, float]] = {}
        self.ledger = MemoryLedger()
        self.incidents = MemoryIncidents()
        self.suggestions = MemorySuggestions()
        self.stream = QuickStream()
        self.queue = MemoryQueue()
        self.stops = MemoryStops()
        self.chat = MemoryChat()
        self.journal = Journal(ledger=self.ledger)
        self.brakes = Brakes(policy=self.policy, ledger=self.ledger, stops=self.stops, journal=self.journal)
        self.converse = self._converse()
        self.execute = self.worker()

    def _converse(self) -> Converse:
        self.start = Start(
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            ledger=self.ledger,
            queue=self.queue,
            stops=self.stops,
            turns=MemoryTurns(),
            replace_runs=Replace(cancel=self.cancel()),
            brakes=self.brakes,
            journal=self.journal,
            default_timeout=3600,
        )
        return Converse(
            catalog=self.catalog,
            inventories=self.inventories,
            start=self.start,
            repeat=Repeat(start=self.start),
            permission=self.permission,
            cancel=self.cancel(),
            consenting=self.consenting(),
            hold=Hold(stops=self.stops, inventories=self.inventories, permission=self.permission, journal=self.journal),
            attend=Attend(incidents=self.incidents, permission=self.permission, journal=self.journal),
            promote=Promote(
                catalog=self.catalog,
                inventories=self.inventories,
                ledger=self.ledger,
                permission=self.permission,
                journal=self.journal,
            ),
            take=lambda: Take(start=self.start, suggestions=self.suggestions, story=Story(incidents=self.incidents)),
            next_actions=self.next_actions,
            inquire=Inquire(
                runbooks=InquireRunbooks(
                    catalog=self.catalog, inventories=self.inventories, permission=self.permission
                ),
                places=InquirePlaces(
                    catalog=self.catalog,
                    inventories=self.inventories,
                    permission=self.permission,
                    stops=self.stops,
                    aim=self.start.planning.aim,
                ),
                runs=InquireRuns(ledger=self.ledger),
                audit=InquireAudit(ledger=self.ledger, permission=self.permission),
                promotions=InquirePromotions(catalog=self.catalog, ledger=self.ledger, permission=self.permission),
                incidents=InquireIncidents(
                    incidents=self.incidents, ledger=self.ledger, recall=lambda card: self.recall().handle(card)
                ),
                suggestions=InquireSuggestions(
                    suggestions=self.suggestions,
                    explain=Explain(planning=self.start.planning),
                    permission=self.permission,
                ),
                schedules=InquireSchedules(
                    planning=self.start.planning, ledger=self.ledger, permission=self.permission
                ),
                stats=InquireStats(
                    ledger=self.ledger,
                    incidents=self.incidents,
                    suggestions=self.suggestions,
                    permission=self.permission,
                ),
                explain=Explain(planning=self.start.planning),
                foretell=lambda: Foretell(
                    shelf=Shelf(self.root),
                    explain=Explain(planning=self.start.planning),
                    policy=self.policy,
                    incidents=lambda: self.incidents,
                ),
                next_actions=self.next_actions,
            ),
            journal=self.journal,
        )

    def memory(self) -> Memory:
        """What earlier incidents tell."""
        return Memory(
            ledger=self.ledger,
            incidents=self.incidents,
            suggestions=self.suggestions,
            planning=self.start.planning,
        )

    def recall(self) -> Recall:
        """What cards tell of it."""
        return Recall(memory=self.memory())

    def next_actions(self) -> NextActions:
        """What could be done next about an incident."""
        return NextActions(
            memory=self.memory(),
            explain=Explain(planning=self.start.planning),
            start=self.start,
            story=Story(incidents=self.incidents),
        )

    def cancel(self, **stations: Any) -> Cancel:
        """The flow that cancels; `stations` take the place of the world's own."""
        own = {"ledger": self.ledger, "queue": self.queue, "stream": self.stream, "journal": self.journal}
        return Cancel(**{**own, "permission": self.permission, **stations})

    def consenting(self, **stations: Any) -> Consenting:
        """The flow of those who say yes or no; `stations` take the place of the world's own."""
        own = {"ledger": self.ledger, "queue": self.queue, "journal": self.journal, "permission": self.permission}
        start = {name: getattr(self.start, name) for name in ("planning", "turns", "replace_runs")}
        return Consenting(**{**own, **start, **stations})

    def worker(self, **stations: Any) -> Execute:
        """A worker's flow; `stations` take the place of the world's own."""
        own = {
            "catalog": self.catalog,
            "inventories": self.inventories,
            "policy": self.policy,
            "queue": self.queue,
            "stops": self.stops,
            "stream": self.stream,
            "engine": self.engine,
        }
        return Execute(**{**own, **stations})

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    def runbook(self, name: str, body: str = "") -> Path:
        """A runbook with that id, for the one playbook."""
        head = f"id: {name}\nsummary: The {name} of it\nplaybook: site.yml\n"
        return self.write(f"playbooks/{name}.runbook.yml", head + textwrap.dedent(body).lstrip("\n"))

    def say(
        self,
        text: str,
        *,
        actor: Actor = ANNA,
        secrets: Mapping[str, Any] | None = None,
        groups: tuple[str, ...] = (),
        origin: Origin = Origin.CHAT,
    ) -> Answer:
        """What the bot answers."""
        said = Request(text=text, actor=actor, conversation=HERE, secrets=secrets or {}, groups=groups, origin=origin)
        return self.converse.handle(said)

    def run(self, text: str, **more: Any) -> Run:
        """The run that a command makes."""
        answer = self.say(text, **more)
        assert isinstance(answer, Accepted), answer
        return answer.run

    def waits(self, text: str, **more: Any) -> Run:
        """The run that a command makes, and that waits for people."""
        answer = self.say(text, **more)
        assert isinstance(answer, Awaiting), answer
        return answer.run

    def asked(self, text: str, **more: Any) -> tuple[str, ...]:
        """The names of the secrets that a command asks for."""
        answer = self.say(text, **more)
        assert isinstance(answer, SecretsNeeded), answer
        return tuple(name for name, _ in answer.questions)

    def told(self, text: str, **more: Any) -> Reply:
        """What is answered to a question."""
        answer = self.say(text, **more)
        assert isinstance(answer, Reply), answer
        return answer

    def work(self) -> None:
        """A worker carries out whatever waits."""
        while (run_id := self.queue.take()) is not None:
            self.execute.handle(run_id)

    def new_relay(self, **stations: Any) -> Relay:
        """A relay of this world; `stations` take the place of its own."""
        own = {
            "ledger": self.ledger,
            "stream": self.stream,
            "queue": self.queue,
            "chat": self.chat,
            "leases": ClockedLeases(self.held, lambda: self.now),
            "went_wrong": self.brakes.handle,
        }
        stations = {**own, **stations}
        return Relay(**stations, journal=Journal(ledger=stations["ledger"]))

    def turn(self, relay: Relay, times: int = 1, step: float = 0.3) -> None:
        """Turns of a relay, `step` seconds from one to the next."""
        for _ in range(times):
            self.now += step
            relay.handle(self.now)

    def finish(self) -> None:
        """Workers and a relay do everything there is to do."""
        self.work()
        relay = self.new_relay()
        self.turn(relay, times=3)
        relay.give_back()

    def letters(self, kind: LetterKind | None = None) -> list[Letter]:
        """What the conversation shows."""
        return [letter for letter in self.chat.letters(HERE) if kind is None or letter.kind is kind]

    def audit(self) -> list[tuple[str, str, str]]:
        """Action, status and result of every audit row, oldest first."""
        return [(row.action, row.status, row.result) for row in self.ledger.recorded(last=1000)[::-1]]


def event(kind: str, counter: int, run_id: int = 1, at: float = 0.0, **more: Any) -> RunEvent:
    """An event; `at` is seconds after the run began."""
    return RunEvent(run_id=run_id, counter=counter, kind=kind, at=1_700_000_000.0 + at, **more)


def story(hosts: Sequence[str], run_id: int = 1, status: RunStatus = RunStatus.SUCCESSFUL) -> list[RunEvent]:
    """A run of one task, from its start to its end."""
    made: list[RunEvent] = []

    def add(kind: str, **more: Any) -> None:
        made.append(event(kind, len(made) + 1, run_id, at=float(len(made)), **more))

    add(STATUS, data={"status": "starting"})
    add(STATUS, data={"status": "running"})
    add("playbook_on_play_start", play="all")
    add("playbook_on_task_start", play="all", task="Ping")
    for host in hosts:
        add("runner_on_start", play="all", task="Ping", host=host)
        add("runner_on_ok", play="all", task="Ping", host=host, result=Result.OK)
    end = len(made) + 1
    data = {"status": status.value, "reason": "", "rc": 0, "final_counter": end, "busy_hosts": []}
    add(ENDED, data=data)
    return made
