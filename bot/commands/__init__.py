"""From text to a Command and back: what a person typed enters, a Command, a refusal or completions leave."""

from bot.commands.canonical import to_text
from bot.commands.completion import complete
from bot.commands.names import near
from bot.commands.parser import parse
from bot.commands.phrases import phrase_problems
from bot.commands.states import state_of
from bot.commands.topics import HELP, Topic, topics

__all__ = ["HELP", "Topic", "complete", "near", "parse", "phrase_problems", "state_of", "to_text", "topics"]
