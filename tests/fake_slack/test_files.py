"""Files: announced, uploaded, completed; and what an administrator may forbid."""

import urllib.error
import urllib.request

import pytest
from slack_sdk import WebClient

from tests.fake_slack import FakeSlack
from tests.fake_slack.test_calls import refused


def test_a_file_lands_in_the_thread(slack: FakeSlack, client: WebClient) -> None:
    """Given a thread, when slack_sdk uploads a file to it, then a message with the file stands there."""
    ts = client.chat_postMessage(channel="C1", text="run")["ts"]
    client.files_upload_v2(channel="C1", thread_ts=ts, content="all went well", filename="run.log", title="Log")
    (message,) = [m for m in slack.messages() if m.files]
    assert (message.thread_ts, message.files[0].content, message.files[0].title) == (ts, b"all went well", "Log")
    assert slack.violations == []


@pytest.mark.parametrize("length", [0, -1])
def test_an_empty_file_is_none(client: WebClient, length: int) -> None:
    """Given no bytes, when a file is announced, then an argument is missing."""
    assert refused(client.files_getUploadURLExternal, filename="a", length=length)["error"] == "missing_argument"


@pytest.mark.parametrize(
    ("setting", "error"), [("file_uploads", "file_uploads_disabled"), ("storage_left", "storage_limit_reached")]
)
def test_files_may_be_forbidden(slack: FakeSlack, client: WebClient, setting: str, error: str) -> None:
    """Given a workspace that takes no files, when one is announced, then Slack says why."""
    setattr(slack.workspace.settings, setting, False)
    assert refused(client.files_getUploadURLExternal, filename="a", length=3)["error"] == error


def test_a_file_is_uploaded_before_it_is_completed(client: WebClient) -> None:
    """Given a file that was announced only, when it is completed, then it is not found."""
    file = client.files_getUploadURLExternal(filename="a", length=3)["file_id"]
    answer = refused(client.files_completeUploadExternal, files=[{"id": file}], channel_id="C1")
    assert answer["error"] == "file_not_found"


def test_the_length_must_be_true(client: WebClient) -> None:
    """Given three bytes announced, when four are uploaded, then the upload is refused."""
    url = client.files_getUploadURLExternal(filename="a", length=3)["upload_url"]
    with pytest.raises(urllib.error.HTTPError, match="400") as refusal:
        urllib.request.urlopen(url, b"four")
    refusal.value.close()


def test_a_file_needs_the_bot_in_the_channel(slack: FakeSlack, client: WebClient) -> None:
    """Given a channel without the bot, when a file is completed into it, then the bot is not in the channel."""
    other = slack.workspace.add_channel("other", bot=False)
    announced = client.files_getUploadURLExternal(filename="a", length=3)
    urllib.request.urlopen(announced["upload_url"], b"abc").close()
    answer = refused(client.files_completeUploadExternal, files=[{"id": announced["file_id"]}], channel_id=other.id)
    assert answer["error"] == "not_in_channel"
