"""Many at once: fifty clients of one workspace, and its limits still hold to the call."""

from concurrent.futures import ThreadPoolExecutor

from slack_sdk.errors import SlackApiError

from tests.fake_slack import FakeSlack
from tests.fake_slack.app import running
from tests.fake_slack.conftest import web


def test_limits_hold_under_many_hands(slack: FakeSlack) -> None:
    """Given fifty edits a minute, when eighty come from many threads, then exactly fifty are done."""
    ts = web(slack).chat_postMessage(channel="C1", text="0")["ts"]

    def edit(number: int) -> int:
        try:
            return web(slack).chat_update(channel="C1", ts=ts, text=str(number)).status_code
        except SlackApiError as error:
            return error.response.status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(edit, range(80)))
    assert (statuses.count(200), statuses.count(429)) == (50, 30)
    assert len(slack.messages()[0].revisions) == 50


def test_fifty_people_ask_at_once(slack: FakeSlack) -> None:
    """Given fifty people, when all type a command at once, then the app is told of each once and acks are measured."""
    people = [slack.workspace.add_user(f"p{number}").id for number in range(50)]
    slack.workspace.add_channel("all", people, id="C2")
    with running(slack.signing_secret) as app, ThreadPoolExecutor(50) as pool:
        slack.connect(app.url)
        list(pool.map(lambda user: slack.person(user).slash("/ansible", "help", "C2"), people))
        assert sorted(told["user_id"] for told in app.told) == sorted(people)
    assert len(slack.app.acks) == 50
    assert slack.violations == []
