"""Values enter; what a person at a terminal, a pipe or a program reads leaves."""

from bot.chat.terminal.answer import reply_json, reply_lines, reply_renderable
from bot.chat.terminal.card import card_lines, live_cards
from bot.chat.terminal.incident import incident_lines, live_incidents
from bot.chat.terminal.machine import event_json
from bot.chat.terminal.plain import event_lines, header_lines, recap_lines
from bot.chat.terminal.recap import recap
from bot.chat.terminal.waiting import waiting_lines

__all__ = [
    "card_lines",
    "event_json",
    "event_lines",
    "header_lines",
    "incident_lines",
    "live_cards",
    "live_incidents",
    "recap",
    "recap_lines",
    "reply_json",
    "reply_lines",
    "reply_renderable",
    "waiting_lines",
]
