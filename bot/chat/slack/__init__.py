"""Values enter; what people in Slack read and press leaves, and what they answered comes back as values."""

from bot.chat.slack.buttons import Action
from bot.chat.slack.card import card_message, header_message
from bot.chat.slack.home import Home, home_view
from bot.chat.slack.message import Message
from bot.chat.slack.recap import Trouble, recap_message, trouble_messages
from bot.chat.slack.replies import refusal_message, reply_messages, text_message, turned

__all__ = [
    "Action",
    "Home",
    "Message",
    "Trouble",
    "card_message",
    "header_message",
    "home_view",
    "recap_message",
    "refusal_message",
    "reply_messages",
    "text_message",
    "trouble_messages",
    "turned",
]
