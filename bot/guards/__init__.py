"""Who may do what where: actor, conversation, runbook and target enter; a Decision with all its reasons leaves."""

from bot.guards.decide import Access, Question, decide, may_ask, may_touch
from bot.guards.policy import Policy, PolicyFile

__all__ = ["Access", "Policy", "PolicyFile", "Question", "decide", "may_ask", "may_touch"]
