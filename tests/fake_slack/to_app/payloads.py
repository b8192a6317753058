"""Bodies as Slack sends them: the copies in `payloads/` enter, and leave with the names of this workspace."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.fake_slack.api.views import told
from tests.fake_slack.state import Channel, Message, User, View
from tests.fake_slack.workspace import Workspace

_FOLDER = Path(__file__).parent.parent / "payloads"
_SPOKEN = {"im": "directmessage", "group": "privategroup", "mpim": "privategroup"}


@cache
def _file(name: str) -> dict[str, Any]:
    text = (_FOLDER / name).read_text(encoding="utf-8").strip()
    return dict(parse_qsl(text, keep_blank_values=True)) if name.endswith(".form") else json.loads(text)


def _base(work: Workspace, name: str, user: User) -> dict[str, Any]:
    """A copy of the file, with team, app and person of this workspace."""
    body = copy.deepcopy(_file(name))
    body |= {
        "api_app_id": work.app,
        "team": {"id": work.team, "domain": work.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": work.team},
    }
    return body


def slash(work: Workspace, user: User, channel: Channel, command: str, text: str) -> dict[str, Any]:
    """A slash command; trigger and response URL are still to come."""
    body = {
        name: value for name, value in _file("slash_command.slash_command_body.form").items() if "enter" not in name
    }
    return body | {
        "team_id": work.team,
        "team_domain": work.domain,
        "channel_id": channel.id,
        "channel_name": _SPOKEN.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": work.app,
        "is_enterprise_install": "false",
    }


def action_on_message(work: Workspace, user: User, message: Message, action: dict[str, Any]) -> dict[str, Any]:
    """Somebody pressed or chose something in a message."""
    body = _base(work, "block_actions.body.json", user)
    shown = message.json()
    place = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    place["is_ephemeral"] = bool(message.viewer)
    if message.thread_ts:
        place["thread_ts"] = message.thread_ts
    body |= {"container": place, "actions": [action], "message": shown, "state": {"values": {}}}
    if message.viewer:
        del body["message"]
    return body | {"channel": {"id": message.channel, "name": work.channel(message.channel).name}}


def action_in_view(work: Workspace, user: User, view: View, action: dict[str, Any]) -> dict[str, Any]:
    """Somebody pressed or chose something in a modal or home tab."""
    body = _base(work, "block_actions.body.json", user)
    for name in ("channel", "response_url"):
        body.pop(name, None)
    return body | {"container": {"type": "view", "view_id": view.id}, "view": told(work, view), "actions": [action]}


def submission(work: Workspace, user: User, view: View) -> dict[str, Any]:
    """Somebody pressed the submit button of a modal."""
    body = _base(work, "view_submission.body.json", user)
    return body | {"view": told(work, view), "response_urls": list(view.response_urls)}


def closed(work: Workspace, user: User, view: View, *, all_of_them: bool) -> dict[str, Any]:
    """Somebody closed a modal that wanted to know."""
    body = _base(work, "view_submission.body.json", user)
    for name in ("trigger_id", "response_urls"):
        body.pop(name)
    return body | {"type": "view_closed", "view": told(work, view), "is_cleared": all_of_them}


def suggestion(
    work: Workspace, user: User, place: View | Message, element: dict[str, str], typed: str
) -> dict[str, Any]:
    """Somebody types into a menu whose options the app provides."""
    body = _base(work, "block_suggestion.body.json", user) | element | {"value": typed}
    if isinstance(place, View):
        return body | {"container": {"type": "view", "view_id": place.id}, "view": told(work, place)}
    del body["view"]
    where = {"type": "message", "message_ts": place.ts, "channel_id": place.channel, "is_ephemeral": bool(place.viewer)}
    channel = {"id": place.channel, "name": work.channel(place.channel).name}
    return body | {"container": where, "channel": channel, "message": place.json()}


def shortcut(work: Workspace, user: User, callback: str) -> dict[str, Any]:
    """Somebody chose a global shortcut."""
    return _base(work, "shortcut.global_shortcut_body.json", user) | {
        "callback_id": callback,
        "action_ts": work.ids.ts(),
    }


def message_shortcut(work: Workspace, user: User, message: Message, callback: str) -> dict[str, Any]:
    """Somebody chose a shortcut on a message."""
    body = _base(work, "shortcut.message_shortcut_body.json", user)
    return body | {
        "callback_id": callback,
        "action_ts": work.ids.ts(),
        "channel": {"id": message.channel, "name": work.channel(message.channel).name},
        "message_ts": message.ts,
        "message": message.json(),
    }


def event(work: Workspace, inner: dict[str, Any], moment: float) -> dict[str, Any]:
    """The envelope of an event; the event itself is the given one."""
    body = copy.deepcopy(_file("message_bot.bot_message_event_payload.json"))
    for name in ("enterprise_id", "event"):
        del body[name]
    authorization = {"enterprise_id": None, "team_id": work.team, "user_id": work.bot_user}
    return body | {
        "team_id": work.team,
        "api_app_id": work.app,
        "event": inner,
        "event_id": work.ids.new("Ev"),
        "event_time": int(moment),
        "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
        "event_context": work.ids.new("context-"),
    }


def mention(work: Workspace, message: Message) -> dict[str, Any]:
    """The event of a message that mentions the bot."""
    inner = copy.deepcopy(_file("app.app_mention_event_body.json")["event"])
    inner |= {"text": message.text, "user": message.user, "ts": message.ts, "team": work.team}
    inner |= {"channel": message.channel, "event_ts": message.ts, "client_msg_id": work.ids.new("client-")}
    return inner | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
