"""Messages of a channel: state enters, HTML leaves, as one person would see it."""

from datetime import UTC, datetime

from tests.fake_slack.page.blocks import draw
from tests.fake_slack.page.mrkdwn import mrkdwn, plain
from tests.fake_slack.state import Channel, Message, User


def message_html(message: Message, author: User, *, viewer: str = "", replies: str = "") -> str:
    """One message with its files, reactions and the replies that are given as HTML."""
    said = draw(message.blocks, about=_about(message, viewer)) if message.blocks else mrkdwn(message.text)
    when = datetime.fromtimestamp(float(message.ts), UTC).strftime("%H:%M:%S")
    notes = " ".join(
        note
        for note, true in (
            ('<span class="app">APP</span>', author.is_bot),
            (f"{when}", True),
            ("(edited)", message.edited),
            ("Only visible to you", message.viewer),
        )
        if true
    )
    kinds = f"message{' bot' * author.is_bot}{' ephemeral' * bool(message.viewer)}"
    return (
        f'<div class="{kinds}"><div class="face">{plain(author.name[:1].upper())}</div><div class="body">'
        f"<b>{plain(author.name)}</b> <small>{notes}</small><div>{said}</div>{_attached(message)}</div></div>{replies}"
    )


def channel_html(channel: Channel, users: dict[str, User], viewer: str) -> str:
    """A channel with its threads, oldest first."""
    own = [message for message in channel.ephemerals if message.viewer == viewer]
    threads = {message.thread_ts for message in own if message.thread_ts}
    tops = sorted([*channel.shown(), *(m for m in own if not m.thread_ts)], key=lambda message: float(message.ts))
    drawn = []
    for top in tops:
        below = [m for m in channel.thread(top.ts) if m.ts != top.ts]
        below += [m for m in own if m.thread_ts == top.ts] if top.ts in threads else []
        inner = "".join(message_html(m, users[m.user], viewer=viewer) for m in below)
        replies = f'<div class="thread">{inner}</div>' if inner else ""
        drawn.append(message_html(top, users[top.user], viewer=viewer, replies=replies))
    return "".join(drawn) or "<p><small>Nothing was said here yet.</small></p>"


def _about(message: Message, viewer: str) -> str:
    fields = {"as": viewer, "channel": message.channel, "ts": message.ts}
    return "".join(f'<input type="hidden" name="{name}" value="{plain(value)}">' for name, value in fields.items())


def _attached(message: Message) -> str:
    files = "".join(
        f'<div><a href="/files/{plain(file.id)}" target="_top">{plain(file.title or file.name)}</a>'
        f" <small>{file.length} bytes</small></div>"
        for file in message.files
    )
    marks = "".join(f"<small>:{plain(name)}: {len(users)} </small>" for name, users in message.reactions.items())
    inside = "".join(draw(each.get("blocks", [])) or mrkdwn(each.get("text", "")) for each in message.attachments)
    return files + marks + inside
