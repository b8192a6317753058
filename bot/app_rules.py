"""Builds and wires what rules need; stations that others use too are handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from redis import Redis

from bot.alerts import grouping_of
from bot.chat import Chat
from bot.errors import Misconfigured
from bot.flows.act import Act
from bot.flows.act_run import ActRun
from bot.flows.calling import Calling
from bot.flows.explain import Explain
from bot.flows.forecast import Foretell
from bot.flows.hand_over import HandOver
from bot.flows.incident_story import Story
from bot.flows.next_action import NextActions
from bot.flows.past import Memory
from bot.flows.planning import Planning
from bot.flows.recall import Recall
from bot.flows.rule_work import RuleWork
from bot.flows.ruling import Ruling
from bot.flows.sensed import DealWithSensed
from bot.flows.start import Start
from bot.flows.take import Take
from bot.flows.verify import Verify
from bot.guards import PolicyFile, plain_vars
from bot.ledger import Incidents, Suggestions
from bot.metrics import Counters
from bot.model.people import Conversation, channel_of
from bot.queue import RULES, Leases, RedisBell
from bot.rules import RedisRuleStates, Shelf
from bot.sensors import RedisSensed

INCIDENTS = Conversation(transport="terminal", channel="incidents")
"""Where rules speak when nothing else says where."""


def foretell_of(
    project: Path, planning: Planning, policy: PolicyFile, incidents: Callable[[], Incidents | None]
) -> Foretell:
    """The flow of a forecast of alerts."""
    return Foretell(shelf=Shelf(project), explain=Explain(planning=planning), policy=policy, incidents=incidents)


def take_of(start: Start, suggestions: Suggestions, incidents: Incidents) -> Take:
    """The flow of a person who takes what a rule suggests."""
    return Take(start=start, suggestions=suggestions, story=Story(incidents=incidents))


@dataclass(kw_only=True)
class RulesApp:
    """Flows of rules, each made when first used.

    `where` says in which conversation an incident is shown, `watch` makes a look at SQL.
    """

    project: Path
    redis: Redis
    policy: PolicyFile
    start: Start
    incidents: Incidents
    suggestions: Suggestions
    chat: Chat
    counters: Counters
    slack: bool
    watch: Callable[[], Callable[[], bool]]
    where: Callable[[int | None], Conversation] = lambda _incident: INCIDENTS

    @cached_property
    def ruling(self) -> Ruling:
        """What decides on events: to be told of every alert that began or ended."""
        runs = ActRun(
            start=self.start,
            suggestions=self.suggestions,
            story=self.story,
            journal=self.start.journal,
            counters=self.counters,
            where=self.where,
        )
        act = Act(
            runs=runs,
            suggestions=self.suggestions,
            story=self.story,
            calling=self.calling,
        )
        return Ruling(
            shelf=Shelf(self.project),
            states=RedisRuleStates(self.redis),
            turns=self.start.turns,
            act=act,
            counters=self.counters,
            variables=self.variables,
        )

    def variables(self) -> Mapping[str, Any]:
        """What `vars` of signalbox.yml holds, secrets left out; nothing while the file cannot be used."""
        try:
            return plain_vars(self.policy.policy().vars)
        except Misconfigured:
            return {}

    @cached_property
    def verify(self) -> Verify:
        """What looks whether fixes helped."""
        return Verify(
            ledger=self.start.ledger,
            incidents=self.incidents,
            suggestions=self.suggestions,
            story=self.story,
            counters=self.counters,
            calling=self.calling,
        )

    @cached_property
    def calling(self) -> Calling:
        """How people and channels are told what a rule wants them to know."""
        return Calling(chat=self.chat, where=self.where, channel=self.channel)

    @cached_property
    def next_actions(self) -> NextActions:
        """What could be done next about an incident, and the same as last time."""
        return NextActions(
            memory=self._memory,
            explain=Explain(planning=self.start.planning),
            start=self.start,
            story=self.story,
        )

    @cached_property
    def recall(self) -> Recall:
        """What a card tells of the past, and of what could be done."""
        return Recall(memory=self._memory)

    @property
    def _memory(self) -> Memory:
        return Memory(
            ledger=self.start.ledger,
            incidents=self.incidents,
            suggestions=self.suggestions,
            planning=self.start.planning,
        )

    @cached_property
    def work(self) -> RuleWork:
        """A relay's turn for rules."""
        sensed = DealWithSensed(
            waiting=RedisSensed(self.redis),
            ruling=self.ruling,
            incidents=self.incidents,
            grouping=lambda: grouping_of(self.policy.policy().alerts),
        )
        return RuleWork(
            leases=Leases(self.redis),
            hand_over=HandOver(incidents=self.incidents, ruling=self.ruling),
            sensed=sensed,
            ruling=self.ruling,
            verify=self.verify,
            bell=RedisBell(self.redis, RULES),
            changed=self.watch(),
        )

    @cached_property
    def story(self) -> Story:
        """The stories of incidents."""
        return Story(incidents=self.incidents)

    def channel(self, name: str) -> Conversation:
        """The one that a rule names."""
        return channel_of(name, INCIDENTS.channel, slack=self.slack)
