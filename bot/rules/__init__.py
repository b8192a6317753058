"""Rules: rulebook files and events enter; rulesets, what is wrong with them, and matches with their actions leave.

The format and the condition language are those of Event-Driven Ansible. What rules decide is pure (`decide`); what
they remember between events is kept by `RuleStates`.
"""

from bot.rules.actions import KINDS
from bot.rules.covering import as_runbook, covering
from bot.rules.decide import Decided, arrived, dealt_with, due, next_due, scope_of
from bot.rules.events import alert_of, event_of, id_of, incident_of, with_incident
from bot.rules.filling import fill_action, known_hosts
from bot.rules.joining import Arrival, ArrivalKind
from bot.rules.names import unknown_names
from bot.rules.read import Rulebook, has_rulebooks, read_rulebooks
from bot.rules.ready import Ready, make_ready
from bot.rules.shelf import Shelf
from bot.rules.state import Match, RulesetState
from bot.rules.store import MemoryRuleStates, RedisRuleStates, RuleStates
from bot.rules.templates import Unfilled, fill, has_template
from bot.rules.trying import Tried, tried

__all__ = [
    "KINDS",
    "Arrival",
    "ArrivalKind",
    "Decided",
    "Match",
    "MemoryRuleStates",
    "Ready",
    "RedisRuleStates",
    "RuleStates",
    "Rulebook",
    "RulesetState",
    "Shelf",
    "Tried",
    "Unfilled",
    "alert_of",
    "arrived",
    "as_runbook",
    "covering",
    "dealt_with",
    "due",
    "event_of",
    "fill",
    "fill_action",
    "has_rulebooks",
    "has_template",
    "id_of",
    "incident_of",
    "known_hosts",
    "make_ready",
    "next_due",
    "read_rulebooks",
    "scope_of",
    "tried",
    "unknown_names",
    "with_incident",
]
