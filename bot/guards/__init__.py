"""Who may do what where: actor, conversation, runbook and target enter; a Decision with all its reasons leaves."""

from bot.guards.decide import Question, decide
from bot.guards.policy import Policy, PolicyFile

__all__ = ["Policy", "PolicyFile", "Question", "decide"]
