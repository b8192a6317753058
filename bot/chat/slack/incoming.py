"""What Slack sends enters, as dicts from either door; an Incoming leaves, or None when it does not concern us.

Slack's shapes: a slash command is a form, what people press and fill in is a `payload`, all else an event callback.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.model.incoming import Incoming, IncomingKind

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^>]*)?>")
_MENTIONED = re.compile(r"<@([UW][A-Z0-9]{1,40})(?:\|[^>]*)?>")
_ASSIGNED = re.compile(r"(\bassign\s+)<@([UW][A-Z0-9]{1,40})(?:\|[^>]*)?>", re.IGNORECASE)
_TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_LINK = re.compile(r"<(?:https?://|mailto:|tel:)[^>|]*\|([^>]*)>|<((?:https?://|mailto:|tel:)[^>|]*)>")

Payload = Mapping[str, Any]


def from_command(form: Payload) -> Incoming | None:
    """A slash command."""
    if not form.get("command") or not form.get("trigger_id"):
        return None
    return Incoming(
        id=f"command:{form.get('trigger_id', '')}",
        kind=IncomingKind.COMMAND,
        team=_text(form.get("team_id")),
        user=_text(form.get("user_id")),
        channel=_text(form.get("channel_id")),
        text=typed(_text(form.get("text"))),
        trigger=_text(form.get("trigger_id")),
        response_url=_text(form.get("response_url")),
    )


def from_interaction(payload: Payload) -> Incoming | None:
    """A button, a form that was sent in, a search among choices, a shortcut."""
    kind = _text(payload.get("type"))
    if not payload.get("trigger_id") and kind != "block_suggestion":
        return None  # its id is what tells it from a repeated delivery
    made = _INTERACTIONS.get(kind)
    return made(payload) if made else None


def from_event(body: Payload) -> Incoming | None:
    """An event callback: a mention, a message to the bot, its home opened, a reaction, a user group changed."""
    event = _map(body.get("event"))
    made = _EVENTS.get(_text(event.get("type")))
    if made is None or not body.get("event_id") or event.get("subtype"):
        return None  # edits of messages are never asked to do anything
    if event.get("bot_id") and event.get("type") != "app_mention":
        return None  # our own messages, and those of other bots that do not mean us
    return made(body, event)


def typed(text: str) -> str:
    """Slack's escapes undone: what the person typed, with links and mails as their text, and without our mention.

    A mention after `assign` is a person's: it becomes their name, as in `slack:U1`.
    """
    named = _ASSIGNED.sub(r"\1slack:\2 ", text)
    unlinked = _LINK.sub(lambda match: match[1] if match[1] is not None else match[2], _MENTION.sub("", named))
    return unlinked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def quoted(message: Payload) -> str:
    """What a message says, for people to read elsewhere: whom it mentions becomes their id."""
    return typed(_MENTIONED.sub(r"slack:\1", _words(message)))


def _common(payload: Payload, kind: IncomingKind, unique: str) -> dict[str, Any]:
    user = _map(payload.get("user"))
    team = _map(payload.get("team"))
    return {
        "id": f"{kind.value}:{unique}",
        "kind": kind,
        "team": _text(team.get("id") or user.get("team_id")),
        "user": _text(user.get("id")),
        "channel": _text(_map(payload.get("channel")).get("id")),
        "trigger": _text(payload.get("trigger_id")),
        "response_url": _text(payload.get("response_url")),
    }


def _button(payload: Payload) -> Incoming | None:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions:
        return None
    action, view = _map(actions[0]), _map(payload.get("view"))
    chosen = _map(action.get("selected_option")).get("value")
    return Incoming(
        **_common(payload, IncomingKind.BUTTON, f"{payload.get('trigger_id', '')}:{action.get('action_ts', '')}"),
        thread=_thread(payload),
        action=_text(action.get("action_id")),
        value=_text(action.get("value") or chosen),
        view=view,
        state=_values(view),
        at=_seconds(action.get("action_ts")),
    )


def _thread(payload: Payload) -> str:
    """The thread in which the button stands; a message at whose thread others hang stands in the channel itself."""
    message, container = _map(payload.get("message")), _map(payload.get("container"))
    thread = _text(message.get("thread_ts") or container.get("thread_ts"))
    return "" if thread == _text(message.get("ts") or container.get("message_ts")) else thread


def _submission(payload: Payload) -> Incoming:
    view = _map(payload.get("view"))
    unique = f"{view.get('id', '')}:{view.get('hash', '')}"
    common = _common(payload, IncomingKind.SUBMISSION, unique)
    return Incoming(**common, action=_text(view.get("callback_id")), view=view, state=_values(view))


def _choices(payload: Payload) -> Incoming:
    view = _map(payload.get("view"))
    return Incoming(
        **_common(payload, IncomingKind.CHOICES, ""),
        action=_text(payload.get("action_id")),
        text=_text(payload.get("value")),
        view=view,
        state=_values(view),
    )


def _shortcut(payload: Payload) -> Incoming:
    common = _common(payload, IncomingKind.SHORTCUT, _text(payload.get("trigger_id")))
    return Incoming(**common, action=_text(payload.get("callback_id")))


def _message_shortcut(payload: Payload) -> Incoming:
    message = _map(payload.get("message"))
    common = _common(payload, IncomingKind.MESSAGE_SHORTCUT, _text(payload.get("trigger_id")))
    return Incoming(
        **common,
        thread=_text(message.get("thread_ts") or message.get("ts")),
        action=_text(payload.get("callback_id")),
        text=typed(_words(message)),
    )


def _words(message: Payload) -> str:
    return "\n".join(dict.fromkeys(text for text in _texts(message) if text.strip()))


def _texts(message: Payload) -> Iterator[str]:
    """What a message says; alerts often say it in attachments only."""
    yield _text(message.get("text"))
    attachments = message.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else ():
        said = _map(attachment)
        yield _text(said.get("title"))
        yield _text(said.get("text") or said.get("fallback"))


def _event(body: Payload, event: Payload, kind: IncomingKind, **more: Any) -> Incoming:
    return Incoming(
        id=f"event:{body.get('event_id', '')}",
        kind=kind,
        team=_text(event.get("team") or body.get("team_id")),
        user=_text(event.get("user")),
        channel=_text(event.get("channel")),
        bot=bool(event.get("bot_id")),
        **more,
    )


def _said(body: Payload, event: Payload) -> Incoming:
    """A mention; the answer goes into its thread, or begins one at the message."""
    thread = _text(event.get("thread_ts") or event.get("ts"))
    return _event(body, event, IncomingKind.MENTION, thread=thread, text=typed(_text(event.get("text"))))


def _message(body: Payload, event: Payload) -> Incoming | None:
    """A direct message to the bot; messages in channels reach it as mentions."""
    if event.get("channel_type") != "im":
        return None
    thread = _text(event.get("thread_ts"))
    return _event(body, event, IncomingKind.MENTION, thread=thread, text=typed(_text(event.get("text"))))


def _home(body: Payload, event: Payload) -> Incoming | None:
    return _event(body, event, IncomingKind.HOME) if event.get("tab") == "home" else None


def _reaction(body: Payload, event: Payload) -> Incoming | None:
    """A reaction to a message; its emoji without the tone of skin."""
    item, emoji = _map(event.get("item")), _text(event.get("reaction")).partition("::")[0]
    if item.get("type") != "message" or not _TIMESTAMP.fullmatch(_text(item.get("ts"))):
        return None
    there = {**event, "channel": item.get("channel")}
    return _event(body, there, IncomingKind.REACTION, action=emoji, value=_text(item.get("ts")))


def _group(body: Payload, event: Payload) -> Incoming:
    return _event(body, event, IncomingKind.GROUP_CHANGED, value=_text(event.get("subteam_id")))


_INTERACTIONS: Mapping[str, Callable[[Payload], Incoming | None]] = {
    "block_actions": _button,
    "view_submission": _submission,
    "block_suggestion": _choices,
    "shortcut": _shortcut,
    "message_action": _message_shortcut,
}
_EVENTS: Mapping[str, Callable[[Payload, Payload], Incoming | None]] = {
    "app_mention": _said,
    "message": _message,
    "app_home_opened": _home,
    "reaction_added": _reaction,
    "subteam_members_changed": _group,
}


def _map(value: Any) -> Payload:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """Text, and such as can be stored: half a surrogate pair can't."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, str) and _TIMESTAMP.fullmatch(value) else 0.0


def _values(view: Payload) -> Payload:
    return _map(_map(view.get("state")).get("values"))
