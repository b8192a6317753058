"""Messages and files enter, each under a key; they leave for a conversation, and can be found there again by the key.

Every post carries its key in Slack's message metadata. After an unknown outcome the key tells whether the post is
there; updates and ephemeral answers need no looking up, they may be made again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.client import SlackApi
from bot.chat.slack.message import EVENT_TYPE, Message
from bot.chat.slack.refusals import unknown_outcome
from bot.chat.slack.trouble import SlackTrouble
from bot.errors import Misconfigured

PAGE = 200
PAGES = 20
SKEW_SECONDS = 60.0
"""How far our clock and Slack's may be apart, when something is looked for since a time of ours."""
NOTHING = "(nothing)\n"
"""What is uploaded for an empty text: Slack takes no file without a byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the token speaks for: the workspace (`T…`), the bot as a person (`U…`) and as an author (`B…`)."""

    team: str
    user: str
    bot: str


def who_am_i(api: SlackApi) -> Identity:
    """Ask Slack whose token this is; raises SlackTrouble, Misconfigured when it is not an app's own."""
    said = api.call("auth.test", {})
    if not said.get("bot_id"):
        raise Misconfigured("SLACK_BOT_TOKEN is no bot's token.", "Copy the one that begins with `xoxb-`.")
    return Identity(team=_word(said, "team_id"), user=_word(said, "user_id"), bot=_word(said, "bot_id"))


class Posting:
    """What is done in conversations with the token of `me`; every method raises SlackTrouble."""

    def __init__(self, api: SlackApi, me: Identity) -> None:
        self._api = api
        self._me = me

    def post(self, channel: str, message: Message, key: str, thread: str = "") -> str:
        """Post under a key; the message's timestamp, which names it in `channel`."""
        place = {"channel": channel, "thread_ts": thread or None, "unfurl_links": False, "unfurl_media": False}
        arguments = place | _shown(message) | _marked(message, key)
        return _word(self._api.call("chat.postMessage", arguments), "ts")

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Show `message` in place of the one named `ts`, whose key stays."""
        self._api.call("chat.update", {"channel": channel, "ts": ts, **_shown(message)})

    def whisper(self, channel: str, user: str, message: Message, thread: str = "") -> None:
        """Show a message to one person only, as long as they are there; it can be neither found nor changed."""
        place = {"channel": channel, "user": user, "thread_ts": thread or None}
        self._api.call("chat.postEphemeral", place | _shown(message))

    def find(self, channel: str, key: str, thread: str | None = None, *, since: float = 0.0) -> str | None:
        """The timestamp of our post with this key, None when there is none since then (s since the epoch).

        UnknownOutcome when there is too much to look through: then nobody knows whether it is there.
        """
        mine = (message for message in self._messages(channel, thread, since) if self.is_mine(message))
        return next((_word(message, "ts") for message in mine if _key(message) == key), None)

    def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """The message named `ts`, in the channel or in a thread, as Slack tells it; None when there is none."""
        asked = {"channel": channel, "ts": ts, "oldest": ts, "latest": ts, "inclusive": True, "limit": 1}
        answer = self._api.call("conversations.replies", {**asked, "include_all_metadata": True})
        return next((each for each in _mappings(answer.get("messages")) if each.get("ts") == ts), None)

    def key(self, message: Mapping[str, Any]) -> str:
        """The key of one of our posts; empty for whatever others have written."""
        return (_key(message) or "") if self.is_mine(message) else ""

    def upload(self, channel: str, thread: str, filename: str, text: str) -> str:
        """Put a text file into a thread (`""`: into the channel); Slack's id of the file.

        Made again only after `find_upload` has not found it: the last of its three calls shows the file.
        """
        content = (text or NOTHING).encode("utf-8", "replace")
        place = self._api.call("files.getUploadURLExternal", {"filename": filename, "length": len(content)})
        file = _word(place, "file_id")
        self._api.send_file(_word(place, "upload_url"), content)
        shown = {"files": [{"id": file, "title": filename}], "channel_id": channel, "thread_ts": thread or None}
        self._api.call("files.completeUploadExternal", shown)
        return file

    def find_upload(self, channel: str, filename: str, thread: str | None = None, *, since: float = 0.0) -> str | None:
        """The id of the file of this name that we put there, None when there is none; raises as `find` does."""
        for message in self._messages(channel, thread, since):
            if self.is_mine(message):
                for file in _mappings(message.get("files")):
                    if filename in (file.get("name"), file.get("title")):
                        return _word(file, "id")
        return None

    def is_mine(self, message: Mapping[str, Any]) -> bool:
        """Any app may write any metadata: only what this bot wrote counts."""
        bot = message.get("bot_id")
        return bot == self._me.bot if bot else message.get("user") == self._me.user

    def _messages(self, channel: str, thread: str | None, since: float) -> Iterator[Mapping[str, Any]]:
        method = "conversations.replies" if thread else "conversations.history"
        asked: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": PAGE}
        asked |= {"ts": thread} if thread else {}
        asked |= {"oldest": f"{since - SKEW_SECONDS:.6f}"} if since > SKEW_SECONDS else {}
        for _ in range(PAGES):
            answer = self._api.call(method, asked)
            yield from _mappings(answer.get("messages"))
            cursor = _cursor(answer)
            if not cursor:
                return
            asked = asked | {"cursor": cursor}
        raise unknown_outcome(method, "too many messages")


def _shown(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": [dict(block) for block in message.blocks] or None}


def _marked(message: Message, key: str) -> dict[str, Any]:
    given = message.metadata or {}
    payload = {**given.get("event_payload", {}), "key": key}
    return {"metadata": {"event_type": EVENT_TYPE, "event_payload": payload}}


def _key(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    key = payload.get("key") if isinstance(payload, Mapping) else None
    return key if isinstance(key, str) else None


def _mappings(found: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in found if isinstance(item, Mapping)) if isinstance(found, list | tuple) else iter(())


def _cursor(answer: Mapping[str, Any]) -> str:
    metadata = answer.get("response_metadata")
    cursor = metadata.get("next_cursor") if isinstance(metadata, Mapping) else ""
    return cursor if isinstance(cursor, str) else ""


def _word(answer: Mapping[str, Any], name: str) -> str:
    """A text that Slack's answer must hold; without it nobody knows what was done."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise _incomplete(name)
    return value


def _incomplete(name: str) -> SlackTrouble:
    return unknown_outcome("the call", f"its answer has no {name}")
