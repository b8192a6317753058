"""The page: channels as people see them, buttons and forms that work, and text that stays text."""

import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.fake_slack import FakeSlack
from tests.fake_slack.app import App, running
from tests.fake_slack.page.mrkdwn import mrkdwn
from tests.fake_slack.test_blocks import actions, button, menu, options, plain, section, table, task
from tests.fake_slack.test_views import HOST, WHO, asking


@pytest.fixture
def app(slack: FakeSlack) -> Iterator[App]:
    """An app that Slack tells things over HTTP."""
    with running(slack.signing_secret) as listening:
        slack.connect(listening.url)
        yield listening


def get(slack: FakeSlack, path: str) -> str:
    """A page as the browser gets it."""
    with urllib.request.urlopen(slack.url + path) as answer:
        return answer.read().decode()


def send(slack: FakeSlack, path: str, **fields: str) -> str:
    """Where the browser ends after it sent a form."""
    with urllib.request.urlopen(slack.url + path, urllib.parse.urlencode(fields).encode()) as answer:
        return answer.geturl()


def test_a_channel_shows_blocks_as_people_see_them(slack: FakeSlack, client: WebClient) -> None:
    """Given a message with many kinds of blocks, when the channel is shown, then each is drawn."""
    fields = [{"type": "mrkdwn", "text": "*Hosts*\n3"}]
    blocks = [
        {"type": "header", "text": plain("restart-service")},
        section(text={"type": "mrkdwn", "text": "on `web1`"}, fields=fields),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "by <@U1>"}]},
        table(2, 2),
        {"type": "plan", "title": "Tasks", "tasks": [task(status="error")]},
        actions(button()),
        menu(options=options(2)),
    ]
    client.chat_postMessage(channel="C1", text="x", blocks=blocks)
    shown = get(slack, "/feed?channel=C1&as=U1")
    for part in (
        "<h3>restart-service</h3>",
        "<code>web1</code>",
        "<b>Hosts</b>",
        "@U1",
        "<table>",
        "✗ Task",
        ">Go</button>",
    ):
        assert part in shown
    assert '<option value="v1">' in shown


def test_threads_and_ephemeral_messages_are_seen_by_whom_they_concern(slack: FakeSlack, client: WebClient) -> None:
    """Given a thread and a message for ada, when ada and ben look, then both see the thread, ada the rest."""
    ts = client.chat_postMessage(channel="C1", text="top")["ts"]
    client.chat_postMessage(channel="C1", text="below", thread_ts=ts)
    client.chat_postEphemeral(channel="C1", user="U1", text="psst")
    ada, ben = get(slack, "/feed?as=U1"), get(slack, "/feed?as=U2")
    assert '<div class="thread">' in ada
    assert ("psst" in ada, "psst" in ben, "below" in ben) == (True, False, True)


def test_text_stays_text(slack: FakeSlack, client: WebClient) -> None:
    """Given text and blocks that look like HTML, when they are shown, then nothing of it is an element."""
    bad = '<script>alert(1)</script>"><img src=x onerror=y>'
    blocks = [section(text=plain(bad)), actions(button(text=plain(bad[:70]), value=bad))]
    client.chat_postMessage(channel="C1", text=bad)
    client.chat_postMessage(channel="C1", text=bad, blocks=blocks)
    shown = get(slack, "/feed")
    assert "<script>alert" not in shown
    assert "<img" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a* _b_ ~c~ `d*e*`", "<b>a</b> <i>b</i> <s>c</s> <code>d*e*</code>"),
        ("```x\n*y*```", "<pre>x\n*y*</pre>"),
        ("<https://a.test|here> & <!channel>", '<a href="https://a.test">here</a> &amp; <span class="mention loud">'),
        ("&lt;b&gt; 2 * 3 * 4", "&lt;b&gt; 2 * 3 * 4"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    ],
)
def test_markup_is_slacks(text: str, shown: str) -> None:
    """Given Slack's markup, when it is drawn, then it is as Slack draws it."""
    assert shown in mrkdwn(text)


def test_a_command_can_be_typed(slack: FakeSlack, app: App) -> None:
    """Given the page, when a command and a message are sent, then the app is told of a command and a mention."""
    send(slack, "/say", text="/ansible run ping", channel="C1", **{"as": "U2"})
    send(slack, "/say", text="help", channel="C1", **{"as": "U2"})
    assert (app.told[0]["command"], app.told[0]["text"], app.told[0]["user_id"]) == ("/ansible", "run ping", "U2")
    assert app.told[1]["event"]["type"] == "app_mention"


def test_a_button_can_be_pressed(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a message with a button, when its form is sent, then the app is told its value."""
    ts = client.chat_postMessage(channel="C1", text="x", blocks=[actions(button(value="7"))])["ts"]
    block = slack.messages()[0].blocks[0]["block_id"]
    send(slack, "/press", channel="C1", ts=ts, block=block, action="go", **{"as": "U1"})
    assert app.told[0]["actions"][0]["value"] == "7"


def test_a_form_can_be_filled_in(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a command that opens a modal, when it is filled in on the page, then the app is told what it says."""
    slack.person().slash("/ansible", "run")
    client.views_open(trigger_id=app.told[0]["trigger_id"], view=asking(WHO, HOST))
    view = slack.person().modal()
    assert view is not None
    assert "A form is open" in get(slack, "/feed?as=U1")
    assert 'name="who"' in get(slack, f"/view/{view.id}?as=U1")
    app.will_say({"options": options(1)})
    assert '"v0"' in get(slack, f"/suggest?view={view.id}&as=U1&action=host&typed=v")
    end = send(slack, f"/view/{view.id}?as=U1", who="web1", host="v0", submit="1")
    assert urllib.parse.urlsplit(end).path == "/"
    values = app.told[-1]["view"]["state"]["values"]
    assert values["who"]["who"]["value"] == "web1"
    assert values["host"]["host"]["selected_option"]["value"] == "v0"


def test_what_a_person_cannot_do_is_said(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a modal with a required field, when it is sent empty, then the page says what is missing."""
    slack.person().slash("/ansible", "run")
    client.views_open(trigger_id=app.told[0]["trigger_id"], view=asking(WHO))
    view = slack.person().modal()
    assert view is not None
    with pytest.raises(urllib.error.HTTPError) as refusal:
        send(slack, f"/view/{view.id}?as=U1", who="", submit="1")
    with refusal.value as answer:
        assert "please fill in this required field" in answer.read().decode()


def test_the_page_can_be_run_by_hand() -> None:
    """Given a free port, when the program is started, then it serves the page there and says how the app finds it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.fake_slack", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(3)]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            page = answer.read().decode()
        program.terminate()
    assert f"SLACK_API_URL=http://127.0.0.1:{port}/api/" in said[1]
    assert "#ops" in page
    assert "http" not in page.replace("http-equiv", "")
