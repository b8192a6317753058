"""`simulate`: a branch of the grammar enters, the alert that somebody makes up leaves."""

from bot.commands.clauses import gather
from bot.commands.grammar import Branch, Leaf
from bot.commands.names import shown
from bot.errors import NotUnderstood
from bot.model.alert import Severity
from bot.model.command import AskSimulate

KEYS = ("service", "symptom", "host", "severity")
_EXAMPLE = 'Write `simulate service=payments symptom="elevated 5xx"`.'


def ask_simulate(branch: Branch) -> AskSimulate:
    """The command; NotUnderstood for a word that no alert has here."""
    said = gather(child for child in branch.children if not isinstance(child, Leaf)).parameters
    texts = {name: value for name, value in said.items() if isinstance(value, str)}
    if unknown := next((name for name in said if name not in KEYS or name not in texts), None):
        raise NotUnderstood(f"An alert has no {shown(unknown)} that could be made up like this.", _EXAMPLE)
    if not any(texts.values()):
        raise NotUnderstood("An alert says something.", _EXAMPLE)
    if texts.get("severity") and texts["severity"] not in list(Severity):
        raise NotUnderstood("There is no such severity.", f"Write one of {', '.join(Severity)}.")
    return AskSimulate(**texts)
