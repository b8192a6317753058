"""Messages and files, at the twin and at a strict Slack over HTTP: shown once, found again, lost never."""

import pytest

from bot.chat.slack import posting
from bot.chat.slack.client import SlackApi, SlackClient
from bot.chat.slack.message import Message
from bot.chat.slack.posting import EVENT_TYPE, Identity, Posting, who_am_i
from bot.chat.slack.refusals import rate_limited
from bot.chat.slack.trouble import (
    FilesRefused,
    Gone,
    MessageMissing,
    NotSent,
    PlaceRefused,
    RateLimited,
    SlackRefused,
    UnknownOutcome,
)
from bot.chat.slack.twin import MemorySlack
from bot.errors import Misconfigured
from tests.fake_slack import FakeSlack

from .conftest import Slack
from .faulty import Faulty, json_answer

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Restart* on web"}}
CARD = Message(text="Restart on web: running", blocks=(SECTION,), metadata=None)
DONE = Message(text="Restart on web: successful", blocks=(SECTION,), metadata=None)


@pytest.fixture
def posts(slack: Slack) -> Posting:
    """What a relay has in hand."""
    return Posting(slack.api, who_am_i(slack.api))


def test_a_token_says_whose_it_is(slack: Slack) -> None:
    """Given a bot's token, when Slack is asked, then team, user and bot are known."""
    me = who_am_i(slack.api)
    assert (me.team, me.user[:1], me.bot[:1]) == ("T0HOME", "U", "B")


def test_a_token_of_a_person_is_refused() -> None:
    """Given a token that is no bot's, when Slack is asked, then Misconfigured tells which one to copy."""
    with Faulty(json_answer('{"ok": true, "team_id": "T1", "user_id": "U1"}')) as server:
        api = SlackClient("xoxp-person", base_url=server.url)
        with pytest.raises(Misconfigured, match="xoxb-"):
            who_am_i(api)


def test_a_post_is_found_by_its_key(slack: Slack, posts: Posting) -> None:
    """Given two posts, when one is looked for by its key, then its timestamp leaves; an unknown key finds nothing."""
    first = posts.post("C1", CARD, "run-1:card")
    second = posts.post("C1", CARD, "run-2:card")
    assert posts.find("C1", "run-1:card") == first
    assert posts.find("C1", "run-2:card") == second
    assert posts.find("C1", "run-3:card") is None
    assert [message["text"] for message in slack.shown()] == [CARD.text, CARD.text]


def test_a_lost_answer_is_told_from_a_lost_request(slack: Slack, posts: Posting) -> None:
    """Given connections that break, when a post's outcome is unknown, then looking it up says what happened."""
    slack.lose("chat.postMessage", True)
    with pytest.raises(UnknownOutcome):
        posts.post("C1", CARD, "run-1:card")
    slack.lose("chat.postMessage", False)
    with pytest.raises(UnknownOutcome):
        posts.post("C1", CARD, "run-2:card")
    assert posts.find("C1", "run-1:card") == slack.shown()[0]["ts"]
    assert posts.find("C1", "run-2:card") is None
    assert len(slack.shown()) == 1


def test_a_message_in_a_thread_is_found_in_its_thread(slack: Slack, posts: Posting) -> None:
    """Given a card with a recap in its thread, when the recap is looked for, then in the thread, not in the channel."""
    card = posts.post("C1", CARD, "run-1:card")
    recap = posts.post("C1", DONE, "run-1:recap", card)
    assert posts.find("C1", "run-1:recap", card) == recap
    assert posts.find("C1", "run-1:recap") is None
    assert slack.shown()[1]["thread_ts"] == card


def test_an_update_keeps_the_key(slack: Slack, posts: Posting) -> None:
    """Given a card, when it is updated, then it shows the new text, is the same message, and keeps its key."""
    card = posts.post("C1", CARD, "run-1:card")
    posts.update("C1", card, DONE)
    assert [(message["ts"], message["text"]) for message in slack.shown()] == [(card, DONE.text)]
    assert posts.find("C1", "run-1:card") == card


def test_an_update_with_an_unknown_outcome_is_made_again(slack: Slack, posts: Posting) -> None:
    """Given an update whose answer was lost, when it is made again, then nothing is doubled."""
    card = posts.post("C1", CARD, "run-1:card")
    slack.lose("chat.update", True)
    with pytest.raises(UnknownOutcome):
        posts.update("C1", card, DONE)
    posts.update("C1", card, DONE)
    assert [message["text"] for message in slack.shown()] == [DONE.text]


def test_a_card_that_was_deleted_says_so(posts: Posting) -> None:
    """Given no such message, when it is updated, then MessageMissing: a new one can be posted."""
    with pytest.raises(MessageMissing):
        posts.update("C1", "1600000000.000100", DONE)


def test_what_the_message_knows_of_itself_stays_beside_the_key(slack: Slack, posts: Posting) -> None:
    """Given metadata of the message's own, when it is posted, then run and sequence stand beside the key."""
    own = {"event_type": EVENT_TYPE, "event_payload": {"run": 7, "sequence": 3}}
    posts.post("C1", Message(text="x", blocks=(), metadata=own), "run-7:card")
    payload = {"run": 7, "sequence": 3, "key": "run-7:card"}
    assert slack.shown()[0]["metadata"] == {"event_type": "signalbox", "event_payload": payload}


def test_the_key_of_another_app_does_not_silence_us(slack: Slack, posts: Posting) -> None:
    """Given another app that posts with our key, when we look it up, then it is not taken for our post."""
    slack.stranger({"event_type": EVENT_TYPE, "event_payload": {"key": "run-1:card"}})
    assert posts.find("C1", "run-1:card") is None
    mine = posts.post("C1", CARD, "run-1:card")
    slack.stranger({"event_type": EVENT_TYPE, "event_payload": {"key": "run-1:card"}})
    assert posts.find("C1", "run-1:card") == mine


def test_other_metadata_is_passed_over(slack: Slack, posts: Posting) -> None:
    """Given messages with metadata of any shape, when a key is looked for, then they are no obstacle."""
    slack.stranger({"event_type": "deploy", "event_payload": {"key": "run-1:card"}})
    slack.stranger({"event_type": EVENT_TYPE, "event_payload": {"key": {"nested": 1}}})
    assert posts.find("C1", "run-1:card") is None


def test_it_is_looked_for_on_every_page(slack: Slack, posts: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more messages than a page holds, when the oldest is looked for, then all pages are read."""
    monkeypatch.setattr(posting, "PAGE", 3)
    card = posts.post("C1", CARD, "first")
    replies = [posts.post("C1", CARD, f"reply-{n}", card) for n in range(8)]
    for n in range(8):
        posts.post("C1", CARD, f"more-{n}")
    assert posts.find("C1", "first") == card
    assert posts.find("C1", "reply-7", card) == replies[7]
    assert slack.calls("conversations.history") == 3
    assert slack.calls("conversations.replies") == 3


def test_too_much_to_look_through_is_no_answer(posts: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more pages than are read, when nothing was found in them, then nobody says that it is not there."""
    monkeypatch.setattr(posting, "PAGE", 1)
    monkeypatch.setattr(posting, "PAGES", 2)
    for n in range(3):
        posts.post("C1", CARD, f"key-{n}")
    assert posts.find("C1", "key-2") is not None
    with pytest.raises(UnknownOutcome, match="too many"):
        posts.find("C1", "key-0")


def test_only_what_is_new_enough_is_looked_through(posts: Posting) -> None:
    """Given a post, when it is looked for since long after it, then it is not found; since just after it, it is."""
    ts = posts.post("C1", CARD, "run-1:card")
    assert posts.find("C1", "run-1:card", since=float(ts) + 1) == ts  # clocks differ
    assert posts.find("C1", "run-1:card", since=float(ts) + 3600) is None


def test_a_whisper_is_in_no_history(slack: Slack, posts: Posting) -> None:
    """Given an answer for one person, when it is shown, then the channel holds nothing."""
    posts.whisper("C1", "U1", DONE)
    assert slack.shown() == []
    assert slack.calls("chat.postEphemeral") == 1


def test_a_log_becomes_a_file_in_the_thread(slack: Slack, posts: Posting) -> None:
    """Given a log with umlauts, when it is uploaded, then one message of the thread holds it, whole."""
    card = posts.post("C1", CARD, "run-1:card")
    file = posts.upload("C1", card, "run-1.log", "grün\n" * 1000)
    shown = slack.shown()[1]
    assert shown["thread_ts"] == card
    assert [(each["id"], each["name"]) for each in shown["files"]] == [(file, "run-1.log")]
    assert posts.find_upload("C1", "run-1.log", card) == file
    assert posts.find_upload("C1", "run-2.log", card) is None


def test_an_empty_log_is_a_file_too(slack: Slack, posts: Posting) -> None:
    """Given no text, when it is uploaded, then a file says that there is nothing."""
    posts.upload("C1", "", "run-1.log", "")
    assert len(slack.shown()) == 1


def test_a_file_whose_answer_was_lost_is_found(slack: Slack, posts: Posting) -> None:
    """Given the last of the three calls broke off after it was done, when the file is looked for, then it is there."""
    card = posts.post("C1", CARD, "run-1:card")
    slack.lose("files.completeUploadExternal", True)
    with pytest.raises(UnknownOutcome):
        posts.upload("C1", card, "run-1.log", "log")
    assert posts.find_upload("C1", "run-1.log", card)
    slack.lose("files.completeUploadExternal", False)
    with pytest.raises(UnknownOutcome):
        posts.upload("C1", card, "run-2.log", "log")
    assert posts.find_upload("C1", "run-2.log", card) is None
    assert posts.upload("C1", card, "run-2.log", "log")
    assert len([message for message in slack.shown() if message.get("files")]) == 2


def test_a_channel_that_is_not_there_says_what_to_do(posts: Posting) -> None:
    """Given an unknown channel, when something is posted, then PlaceRefused with a remedy."""
    with pytest.raises(PlaceRefused, match="invite"):
        posts.post("C404", CARD, "run-1:card")
    with pytest.raises(PlaceRefused):
        posts.upload("C404", "", "run-1.log", "log")


def test_a_method_that_is_not_there_is_refused(slack: Slack) -> None:
    """Given a method nobody knows, when it is called, then SlackRefused with Slack's word."""
    with pytest.raises(SlackRefused) as raised:
        slack.api.call("chat.shout", {"channel": "C1"})
    assert raised.value.code == "unknown_method"


def test_an_answer_without_a_timestamp_is_an_unknown_outcome() -> None:
    """Given ok without ts, when a message is posted, then nobody knows where it is: it is looked up."""
    with Faulty(json_answer('{"ok": true}')) as server:
        api: SlackApi = SlackClient("xoxb-1", base_url=server.url)
        with pytest.raises(UnknownOutcome):
            Posting(api, Identity(team="T1", user="U1", bot="B1")).post("C1", CARD, "run-1:card")


def over_http(fake: FakeSlack) -> Posting:
    """What a relay has in hand at the strict Slack."""
    api = SlackClient(fake.bot_token, base_url=fake.api_url)
    return Posting(api, who_am_i(api))


def test_the_strict_slack_finds_nothing_wrong(fake: FakeSlack) -> None:
    """Given a strict Slack, when everything is done once, then it notes no violation."""
    posts = over_http(fake)
    card = posts.post("C1", CARD, "run-1:card")
    posts.update("C1", card, DONE)
    posts.post("C1", DONE, "run-1:recap", card)
    posts.whisper("C1", "U1", DONE, card)
    posts.upload("C1", card, "run-1.log", "log")
    posts.find("C1", "run-1:recap", card, since=1_600_000_000.5)
    posts.find("C1", "run-1:card")
    assert list(fake.violations) == []


@pytest.mark.parametrize(
    ("setting", "code"), [("file_uploads", "file_uploads_disabled"), ("storage_left", "storage_limit_reached")]
)
def test_a_workspace_without_files_says_so(fake: FakeSlack, setting: str, code: str) -> None:
    """Given uploads switched off or no room left, when a log is uploaded, then FilesRefused names a way to the log."""
    setattr(fake.workspace.settings, setting, False)
    with pytest.raises(FilesRefused) as raised:
        over_http(fake).upload("C1", "", "run-1.log", "log")
    assert raised.value.code == code
    assert "log" in raised.value.remedy


def test_a_channel_without_us_and_an_archived_one(fake: FakeSlack) -> None:
    """Given channels that cannot be written to, when something is posted, then each says its own remedy."""
    fake.workspace.add_channel("private", id="C2", bot=False)
    fake.workspace.add_channel("old", id="C3").archived = True
    posts = over_http(fake)
    with pytest.raises(PlaceRefused, match="/invite @signalbox"):
        posts.post("C2", CARD, "a")
    with pytest.raises(PlaceRefused, match="archived"):
        posts.post("C3", CARD, "b")
    with pytest.raises(PlaceRefused):
        posts.upload("C2", "", "run-1.log", "log")


def test_a_revoked_token_is_gone(fake: FakeSlack) -> None:
    """Given a token that was revoked, when anything is called, then Gone: whoever posts must stop."""
    posts = over_http(fake)
    fake.tokens.trouble(fake.bot_token, "token_revoked")
    with pytest.raises(Gone, match="SLACK_BOT_TOKEN"):
        posts.post("C1", CARD, "run-1:card")


def test_faults_of_a_strict_slack(fake: FakeSlack) -> None:
    """Given each fault in turn, when a message is posted, then its outcome is judged right, and it is there or not."""
    posts = over_http(fake)
    kinds = {
        "5xx": UnknownOutcome,
        "5xx_after": UnknownOutcome,
        "drop_before": UnknownOutcome,
        "drop_after_accept": UnknownOutcome,
        "ratelimited": RateLimited,
        "429": RateLimited,
    }
    for kind, error in kinds.items():
        fake.faults.add(method="chat.postMessage", kind=kind, times=1)
        with pytest.raises(error):
            posts.post("C1", CARD, kind)
    there = {kind for kind in kinds if posts.find("C1", kind)}
    assert there == {"5xx_after", "drop_after_accept"}


def test_a_slack_that_is_down_heard_nothing(fake: FakeSlack) -> None:
    """Given Slack is down, when a message is posted, then NotSent; when it is back, the same post goes through."""
    posts = over_http(fake)
    fake.stop()
    with pytest.raises(NotSent):
        posts.post("C1", CARD, "run-1:card")
    fake.start()
    assert posts.find("C1", "run-1:card") is None
    assert posts.post("C1", CARD, "run-1:card")


def test_the_twin_raises_what_it_is_told() -> None:
    """Given a twin that is to fail, when the call comes, then once, and the call before and after it are as ever."""
    twin = MemorySlack()
    twin.add_channel("C1")
    twin.fail("chat.postMessage", rate_limited("chat.postMessage", 2))
    assert twin.call("auth.test", {})["ok"]
    with pytest.raises(RateLimited):
        twin.call("chat.postMessage", {"channel": "C1", "text": "x"})
    assert twin.call("chat.postMessage", {"channel": "C1", "text": "x"})["ts"]
