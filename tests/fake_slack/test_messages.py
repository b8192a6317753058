"""Messages: where the bot may post, what an edit keeps and drops, threads, ephemeral ones, history page by page."""

import pytest
from slack_sdk import WebClient

from tests.fake_slack import FakeSlack
from tests.fake_slack.test_calls import refused

KEY = {"event_type": "run", "event_payload": {"run": "r1", "sequence": 1}}
LINE = [{"type": "divider", "block_id": "line"}]


def test_a_message_stands_in_the_channel(slack: FakeSlack, client: WebClient) -> None:
    """Given the bot in a channel, when it posts, then the message is of the bot, with an id of time."""
    answer = client.chat_postMessage(channel="C1", text="hello", metadata=KEY)
    (message,) = slack.messages()
    assert (message.text, message.bot_id, message.metadata) == ("hello", slack.workspace.bot, KEY)
    assert answer["ts"] == message.ts


def test_timestamps_only_grow(slack: FakeSlack, client: WebClient) -> None:
    """Given time that stands still, when messages are posted, then each ts is later than the one before."""
    found = [client.chat_postMessage(channel="C1", text="x")["ts"] for _ in range(3)]
    assert found == sorted(set(found), key=float)
    assert slack.violations == []


@pytest.mark.parametrize(
    ("bot", "kind", "archived", "error"),
    [
        (False, "channel", False, "not_in_channel"),
        (False, "group", False, "channel_not_found"),
        (True, "channel", True, "is_archived"),
    ],
)
def test_where_the_bot_may_not_post(
    slack: FakeSlack, client: WebClient, *, bot: bool, kind: str, archived: bool, error: str
) -> None:
    """Given a channel without the bot, a private or an archived one, when it posts there, then Slack says why not."""
    channel = slack.workspace.add_channel("other", kind=kind, bot=bot)
    channel.archived = archived
    assert refused(client.chat_postMessage, channel=channel.id, text="x")["error"] == error


def test_a_message_must_say_something(client: WebClient) -> None:
    """Given neither text nor blocks, when it is posted, then there is no text."""
    assert refused(client.api_call, "chat.postMessage", json={"channel": "C1"})["error"] == "no_text"


def test_an_edit_with_text_alone_drops_blocks_and_keeps_metadata(slack: FakeSlack, client: WebClient) -> None:
    """Given a message with blocks and metadata, when only text is given, then blocks are gone and metadata is not."""
    ts = client.chat_postMessage(channel="C1", text="a", blocks=LINE, metadata=KEY)["ts"]
    client.chat_update(channel="C1", ts=ts, text="b")
    (message,) = slack.messages()
    assert (message.text, message.blocks, message.metadata) == ("b", [], KEY)
    assert message.edited is not None
    assert [revision["text"] for revision in message.revisions] == ["a"]


def test_an_edit_is_shorter_than_a_post(slack: FakeSlack, client: WebClient) -> None:
    """Given 4,001 characters, when a message is edited, then it is too long; posted it is not."""
    ts = client.chat_postMessage(channel="C1", text="x" * 4001)["ts"]
    assert refused(client.chat_update, channel="C1", ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    assert client.chat_update(channel="C1", ts=ts, text="x" * 4000)["ok"]
    assert slack.violations == []


def test_text_that_slack_cuts_is_a_violation(slack: FakeSlack, client: WebClient) -> None:
    """Given more than 40,000 characters, when they are posted, then Slack cuts them and the test learns of it."""
    client.chat_postMessage(channel="C1", text="x" * 40_001)
    assert len(slack.messages()[0].text) == 40_000
    assert [violation.kind for violation in slack.violations] == ["text_cut"]


def test_somebody_elses_message_is_not_edited(slack: FakeSlack, client: WebClient) -> None:
    """Given a person's message, when the bot edits or deletes it, then it may not, and that is a violation."""
    ts = slack.person().say("mine").ts
    assert refused(client.chat_update, channel="C1", ts=ts, text="x")["error"] == "cant_update_message"
    assert refused(client.chat_delete, channel="C1", ts=ts)["error"] == "cant_delete_message"
    assert len(slack.violations.of("foreign_message")) == 2


def test_a_message_that_is_not_there_is_not_edited(client: WebClient) -> None:
    """Given a deleted message, when it is edited, then it is not found."""
    ts = client.chat_postMessage(channel="C1", text="x")["ts"]
    client.chat_delete(channel="C1", ts=ts)
    assert refused(client.chat_update, channel="C1", ts=ts, text="y")["error"] == "message_not_found"


def test_the_same_metadata_twice_is_a_double(slack: FakeSlack, client: WebClient) -> None:
    """Given a message with a key, when another with the same key is posted, then it is noted; other keys are not."""
    client.chat_postMessage(channel="C1", text="a", metadata=KEY)
    client.chat_postMessage(channel="C1", text="b", metadata={**KEY, "event_payload": {"run": "r2", "sequence": 1}})
    assert slack.violations == []
    client.chat_postMessage(channel="C1", text="a", metadata=KEY)
    assert [violation.kind for violation in slack.violations] == ["posted_twice"]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{", "invalid_metadata_format"),
        ({"event_type": "run"}, "invalid_metadata_schema"),
        ({"event_type": "run", "event_payload": {"x": "y" * 9000}}, "metadata_too_large"),
    ],
)
def test_metadata_is_checked(client: WebClient, metadata: object, error: str) -> None:
    """Given metadata that is none, when it is posted, then Slack says what is wrong with it."""
    body = {"channel": "C1", "text": "x", "metadata": metadata}
    assert refused(client.api_call, "chat.postMessage", json=body)["error"] == error


def test_replies_stand_in_the_thread_and_not_in_the_channel(client: WebClient) -> None:
    """Given a message with two replies, when both lists are read, then each has what belongs to it."""
    ts = client.chat_postMessage(channel="C1", text="top")["ts"]
    for text in ("one", "two"):
        client.chat_postMessage(channel="C1", text=text, thread_ts=ts)
    assert [m["text"] for m in client.conversations_replies(channel="C1", ts=ts)["messages"]] == ["top", "one", "two"]
    (top,) = client.conversations_history(channel="C1")["messages"]
    assert top["reply_count"] == 2


def test_a_thread_that_is_not_there_is_the_apps_mistake(slack: FakeSlack, client: WebClient) -> None:
    """Given no such message, when a reply to it is posted, then it is refused and noted."""
    assert refused(client.chat_postMessage, channel="C1", text="x", thread_ts="1.000001")["error"] == "thread_not_found"
    assert [violation.kind for violation in slack.violations] == ["thread_missing"]


def test_history_comes_newest_first_and_page_by_page(client: WebClient) -> None:
    """Given five messages, when they are read in pages of two, then three pages hold all of them once."""
    for number in range(5):
        client.chat_postMessage(channel="C1", text=str(number))
    pages = [[m["text"] for m in page["messages"]] for page in client.conversations_history(channel="C1", limit=2)]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert refused(client.conversations_history, channel="C1", cursor="?")["error"] == "invalid_cursor"


def test_history_between_two_times(client: WebClient) -> None:
    """Given three messages, when bounds are given, then they count only with `inclusive`."""
    first, _, last = (client.chat_postMessage(channel="C1", text=text)["ts"] for text in "abc")
    between = {"channel": "C1", "oldest": first, "latest": last}
    assert [m["text"] for m in client.conversations_history(**between)["messages"]] == ["b"]
    assert [m["text"] for m in client.conversations_history(**between, inclusive=True)["messages"]] == ["c", "b", "a"]


def test_metadata_is_told_only_to_who_asks(client: WebClient) -> None:
    """Given a message with metadata, when history is read, then it is there with include_all_metadata only."""
    client.chat_postMessage(channel="C1", text="x", metadata=KEY)
    assert "metadata" not in client.conversations_history(channel="C1")["messages"][0]
    found = client.conversations_history(channel="C1", include_all_metadata=True)["messages"][0]
    assert found["metadata"] == KEY


def test_ephemeral_messages_are_seen_by_one(slack: FakeSlack, client: WebClient) -> None:
    """Given a message for ada, when both look, then only she sees it, and history does not have it."""
    client.chat_postEphemeral(channel="C1", user="U1", text="psst")
    assert [message.text for message in slack.person("U1").sees()] == ["psst"]
    assert slack.person("U2").sees() == []
    assert client.conversations_history(channel="C1")["messages"] == []


def test_ephemeral_messages_need_somebody_in_the_channel(slack: FakeSlack, client: WebClient) -> None:
    """Given a person who is not in the channel, when a message is shown to them, then Slack refuses."""
    stranger = slack.workspace.add_user("zoe")
    answer = refused(client.chat_postEphemeral, channel="C1", user=stranger.id, text="x")
    assert answer["error"] == "user_not_in_channel"


def test_a_person_can_be_written_to(slack: FakeSlack, client: WebClient) -> None:
    """Given a person, when a conversation is opened twice and posted to, then it is the same one."""
    first = client.conversations_open(users="U1")["channel"]["id"]
    assert client.conversations_open(users=["U1"])["channel"]["id"] == first
    assert client.chat_postMessage(channel="U1", text="hello")["channel"] == first
    assert [message.text for message in slack.messages(first)] == ["hello"]


def test_reactions_come_and_go(slack: FakeSlack, client: WebClient) -> None:
    """Given a message, when a reaction is put on it twice and taken away, then the second is refused."""
    ts = client.chat_postMessage(channel="C1", text="x")["ts"]
    client.reactions_add(channel="C1", timestamp=ts, name="eyes")
    assert refused(client.reactions_add, channel="C1", timestamp=ts, name="eyes")["error"] == "already_reacted"
    client.reactions_remove(channel="C1", timestamp=ts, name="eyes")
    assert slack.messages()[0].reactions == {}


def test_people_and_groups_are_told(slack: FakeSlack, client: WebClient) -> None:
    """Given a guest and a group, when they are asked for, then both are told; on a free plan groups are not."""
    guest = slack.workspace.add_user("gus", is_ultra_restricted=True)
    group = slack.workspace.add_group("ops", ["U1", guest.id])
    assert client.users_info(user=guest.id)["user"]["is_ultra_restricted"] is True
    assert client.usergroups_users_list(usergroup=group.id)["users"] == ["U1", guest.id]
    slack.workspace.settings.paid = False
    assert refused(client.usergroups_users_list, usergroup=group.id)["error"] == "plan_upgrade_required"


def test_the_status_of_a_thread(slack: FakeSlack, client: WebClient) -> None:
    """Given a thread, when its status is set, then it is kept; without a thread it is refused."""
    ts = client.chat_postMessage(channel="C1", text="x")["ts"]
    client.assistant_threads_setStatus(channel_id="C1", thread_ts=ts, status="is looking")
    assert slack.workspace.channel("C1").statuses == {ts: "is looking"}
    answer = refused(client.assistant_threads_setStatus, channel_id="C1", thread_ts="1.1", status="x")
    assert answer["error"] == "invalid_thread_ts"
