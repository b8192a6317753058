"""A refusal of Slack's enters; what the person who asked is told of it leaves: why, what to do, where the rest is."""

from bot.chat.slack import limits
from bot.chat.slack.message import Message
from bot.chat.slack.mrkdwn import code, sentence
from bot.chat.slack.parts import section
from bot.chat.slack.trouble import SlackRefused


def moved_message(error: SlackRefused, channel: str, run_id: int | None) -> Message:
    """For a direct message: the channel cannot be written to, so what belongs there comes here."""
    place = f"<#{channel}>" if channel.isascii() and channel.isalnum() else code(channel)
    about = f"Run {run_id}, asked for in {place}, is shown here" if run_id else f"What belongs in {place} is shown here"
    return _message(error, f"{about}, because it cannot be shown there.")


def no_file_message(error: SlackRefused, filename: str) -> Message:
    """For a thread: the file that should be here."""
    return _message(error, f"{code(filename)} could not be put here.")


def _message(error: SlackRefused, said: str) -> Message:
    told = " ".join(part for part in (said, sentence(error.what), sentence(error.remedy)) if part)
    return limits.message(told, [section(told)])
