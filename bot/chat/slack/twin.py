"""The twin of Slack's API: calls enter, a small workspace in this object answers, and faults strike on demand."""

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.slack.client import UPLOAD
from bot.chat.slack.refusals import trouble
from bot.chat.slack.trouble import FilesRefused, SlackTrouble

FIRST_TS = 1_700_000_000
_Arguments = Mapping[str, Any]


@dataclass(kw_only=True)
class Place:
    """A channel: its messages by timestamp, in order, as Slack would tell them; those to one person only apart."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    whispers: list[dict[str, Any]] = field(default_factory=list)


class MemorySlack:
    """SlackApi in this process. Channels, `users` and `groups` are there once a test has put them there."""

    def __init__(self, *, team: str = "T0HOME", bot_user: str = "U0BOX", bot: str = "B0BOX") -> None:
        self.team, self.bot_user, self.bot = team, bot_user, bot
        self.channels: dict[str, Place] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, list[str]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._faults: list[tuple[str, SlackTrouble, bool]] = []
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def fail(self, method: str, error: SlackTrouble, *, after: bool = False) -> None:
        """Raise `error` at the next call of this method; with `after`, when the call has been carried out."""
        self._faults.append((method, error, after))

    def add_channel(self, channel: str) -> Place:
        """A channel that the bot is a member of."""
        self.channels[channel] = Place()
        return self.channels[channel]

    def add_user(self, user: str, **more: Any) -> None:
        """A person, as `users.info` tells them."""
        plain = {"is_bot": False, "is_restricted": False, "is_ultra_restricted": False, "deleted": False}
        self.users[user] = {"id": user, "team_id": self.team, "name": user.lower(), **plain, **more}

    def call(self, method: str, arguments: _Arguments) -> Mapping[str, Any]:
        """Answer as Slack would."""
        given = {name: value for name, value in arguments.items() if value is not None}
        answer: Mapping[str, Any] = self._struck(method, given, lambda: {"ok": True, **self._method(method)(given)})
        return answer

    def send_file(self, url: str, content: bytes) -> None:
        """Keep the bytes of a file that was announced."""
        self._struck(UPLOAD, {"url": url}, lambda: self._receive(url, content))

    def _struck(self, method: str, given: dict[str, Any], act: Callable[[], Any]) -> Any:
        """Carry a call out, with the fault that is due."""
        with self._lock:
            self.calls.append((method, given))
            fault = next((fault for fault in self._faults if fault[0] == method), None)
            if fault is not None:
                self._faults.remove(fault)
            if fault is None or fault[2]:
                answer = act()
            if fault is not None:
                raise fault[1]
            return answer

    def _method(self, method: str) -> Callable[[_Arguments], dict[str, Any]]:
        known: dict[str, Callable[[_Arguments], dict[str, Any]]] = {
            "auth.test": self._auth,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "files.getUploadURLExternal": self._announce,
            "files.completeUploadExternal": self._complete,
            "users.info": self._user,
            "usergroups.users.list": self._group,
            "team.info": self._about_team,
        }
        if method not in known:
            raise trouble(method, "unknown_method")
        return known[method]

    def _auth(self, _: _Arguments) -> dict[str, Any]:
        return {"team_id": self.team, "user_id": self.bot_user, "bot_id": self.bot}

    def _about_team(self, _: _Arguments) -> dict[str, Any]:
        return {"team": {"id": self.team, "name": "Home"}}

    def _place(self, method: str, given: _Arguments, name: str = "channel") -> Place:
        if given.get(name) not in self.channels:
            raise trouble(method, "channel_not_found")
        return self.channels[str(given[name])]

    def _post(self, given: _Arguments) -> dict[str, Any]:
        place = self._place("chat.postMessage", given)
        if not given.get("text") and not given.get("blocks"):
            raise trouble("chat.postMessage", "no_text")
        return {"channel": given["channel"], "ts": self._write(place, given)}

    def _write(self, place: Place, content: _Arguments) -> str:
        ts = f"{FIRST_TS + next(self._numbers)}.000100"
        names = ("text", "blocks", "metadata", "thread_ts", "files")
        shown = {name: content[name] for name in names if name in content}
        place.messages[ts] = {"type": "message", "user": self.bot_user, "bot_id": self.bot, "ts": ts, **shown}
        return ts

    def _whisper(self, given: _Arguments) -> dict[str, Any]:
        self._place("chat.postEphemeral", given).whispers.append(dict(given))
        return {"message_ts": f"{FIRST_TS + next(self._numbers)}.000100"}

    def _update(self, given: _Arguments) -> dict[str, Any]:
        messages = self._place("chat.update", given).messages
        if given["ts"] not in messages:
            raise trouble("chat.update", "message_not_found")
        message = messages[given["ts"]]
        message.pop("blocks", None)  # text alone drops the blocks; metadata stays when it is left out
        message |= {name: given[name] for name in ("text", "blocks", "metadata") if name in given}
        return {"channel": given["channel"], "ts": given["ts"], "text": message.get("text", "")}

    def _history(self, given: _Arguments) -> dict[str, Any]:
        messages = self._place("conversations.history", given).messages.values()
        shown = [message for message in messages if message.get("thread_ts") in (None, message["ts"])]
        return _page(shown[::-1], given)

    def _replies(self, given: _Arguments) -> dict[str, Any]:
        messages = self._place("conversations.replies", given).messages
        if given["ts"] not in messages:
            raise trouble("conversations.replies", "thread_not_found")
        return _page([m for m in messages.values() if given["ts"] in (m["ts"], m.get("thread_ts"))], given)

    def _announce(self, given: _Arguments) -> dict[str, Any]:
        if int(given["length"]) < 1:
            raise trouble("files.getUploadURLExternal", "missing_argument")
        file = f"F{next(self._numbers)}"
        self.files[file] = {"id": file, "name": given["filename"], "content": None}
        return {"file_id": file, "upload_url": f"https://files.invalid/{file}"}

    def _receive(self, url: str, content: bytes) -> None:
        file = self.files.get(url.rpartition("/")[2])
        if file is None:
            raise FilesRefused("No file was announced for this address.", "Announce it first.", method=UPLOAD)
        file["content"] = content

    def _complete(self, given: _Arguments) -> dict[str, Any]:
        method = "files.completeUploadExternal"
        files = [self.files.get(str(file["id"])) for file in given["files"]]
        told = [{"id": file["id"], "name": file["name"]} for file in files if file and file["content"] is not None]
        if len(told) < len(files):
            raise trouble(method, "file_not_found")
        self._write(self._place(method, given, "channel_id"), {**given, "text": "", "files": told})
        return {"files": told}

    def _user(self, given: _Arguments) -> dict[str, Any]:
        if given["user"] not in self.users:
            raise trouble("users.info", "user_not_found")
        return {"user": dict(self.users[given["user"]])}

    def _group(self, given: _Arguments) -> dict[str, Any]:
        if given["usergroup"] not in self.groups:
            raise trouble("usergroups.users.list", "no_such_subteam")
        return {"users": list(self.groups[given["usergroup"]])}


def _page(messages: list[dict[str, Any]], given: _Arguments) -> dict[str, Any]:
    """The part of `messages` that is asked for, metadata only when it is wanted."""
    oldest, start, limit = float(given.get("oldest", 0)), int(given.get("cursor", 0)), int(given.get("limit", 100))
    chosen = [message for message in messages if float(message["ts"]) > oldest]
    more = start + limit < len(chosen)
    hidden = set() if given.get("include_all_metadata") else {"metadata"}
    shown = [{k: v for k, v in message.items() if k not in hidden} for message in chosen[start : start + limit]]
    cursor = str(start + limit) if more else ""
    return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": cursor}}
