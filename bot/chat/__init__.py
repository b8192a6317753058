"""Run cards, recaps and sentences enter; they leave into the conversation they belong to."""

from bot.chat.interface import Chat, Letter, LetterKind
from bot.chat.mailbox import Mailbox, MailboxReader
from bot.chat.memory import MemoryChat
from bot.chat.router import Chats

__all__ = ["Chat", "Chats", "Letter", "LetterKind", "Mailbox", "MailboxReader", "MemoryChat"]
