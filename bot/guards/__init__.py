"""Who may do what where: actor, conversation, runbook and target enter; a Decision with all its reasons leaves."""

from bot.guards.decide import decide, explain, may_ask, may_touch, settle, with_consent
from bot.guards.decide_hold import may_attend, may_hold
from bot.guards.decide_who import has_right, roles_of
from bot.guards.policy import Policy
from bot.guards.policy_environment import EnvironmentPolicy
from bot.guards.policy_file import PolicyFile
from bot.guards.policy_schedules import Schedule
from bot.guards.policy_vars import OURS, env_vars, plain_vars
from bot.guards.question import Access, Question, use_of
from bot.guards.reach import Reach

__all__ = [
    "OURS",
    "Access",
    "EnvironmentPolicy",
    "Policy",
    "PolicyFile",
    "Question",
    "Reach",
    "Schedule",
    "decide",
    "env_vars",
    "explain",
    "has_right",
    "may_ask",
    "may_attend",
    "may_hold",
    "may_touch",
    "plain_vars",
    "roles_of",
    "settle",
    "use_of",
    "with_consent",
]
