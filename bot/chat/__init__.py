"""Run cards, recaps and sentences enter; they leave into the conversation they belong to."""

from bot.chat.interface import Chat, Letter, LetterKind
from bot.chat.mailbox import Mailbox, MailboxReader
from bot.chat.memory import MemoryChat

__all__ = ["Chat", "Letter", "LetterKind", "Mailbox", "MailboxReader", "MemoryChat"]
