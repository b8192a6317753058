"""A form is followed by several processes at once: the last change is what is shown, whoever comes first."""

from collections.abc import Mapping
from typing import Any

import pytest
import redis

from bot.chat.slack.client import SlackApi, SlackClient
from bot.chat.slack.following import PAUSE_SECONDS, TRIES, Following
from bot.chat.slack.trouble import SlackRefused
from tests.fake_slack import FakeSlack, View


def body(text: str) -> dict[str, Any]:
    """A modal that says one thing."""
    said = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": [said]}


@pytest.fixture
def api(fake: FakeSlack) -> SlackApi:
    """Slack's API."""
    return SlackClient(fake.bot_token, base_url=fake.api_url)


@pytest.fixture
def view(fake: FakeSlack, api: SlackApi) -> View:
    """A form before U1."""
    api.call("views.open", {"trigger_id": fake.interactions.new_trigger("U1"), "view": body("new")})
    found = fake.person("U1").modal()
    assert found is not None
    return found


def seen(view: View) -> dict[str, Any]:
    """The form as Slack sends it with a change."""
    return {"id": view.id, "hash": view.hash}


def text(view: View) -> str:
    """What it says."""
    return str(view.body["blocks"][0]["text"]["text"])


def test_a_later_change_replaces_what_an_earlier_one_made(api: SlackApi, client: redis.Redis, view: View) -> None:
    """Given two changes of the same form, when they come in their order, then the second one is shown."""
    before = seen(view)
    Following(api, client).show(before, 100.1, body("first"))
    Following(api, client).show(before, 100.2, body("second"))
    assert text(view) == "second"


def test_a_change_that_comes_too_late_changes_nothing(
    fake: FakeSlack, api: SlackApi, client: redis.Redis, view: View
) -> None:
    """Given two changes, when the later one is dealt with first, then it stays, and Slack is not asked again."""
    before = seen(view)
    Following(api, client).show(before, 100.2, body("second"))
    Following(api, client).show(before, 100.1, body("first"))
    assert text(view) == "second"
    assert len(fake.calls_of("views.update")) == 1


class InBetween:
    """SlackApi in whose first update another process shows its change first."""

    def __init__(self, api: SlackApi, act: Any) -> None:
        self.api, self.act = api, act

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The other one first."""
        act, self.act = self.act, lambda: None
        act()
        return self.api.call(method, arguments)

    def send_file(self, url: str, content: bytes) -> None:
        """As ever."""
        self.api.send_file(url, content)


@pytest.mark.parametrize(("other", "shown"), [(100.05, "mine"), (100.15, "theirs")], ids=["earlier", "later"])
def test_two_at_once_end_with_the_later_one(
    api: SlackApi, client: redis.Redis, view: View, other: float, shown: str
) -> None:
    """Given a change under way, when another process shows one meanwhile, then their times decide, not their luck."""
    before = seen(view)
    meanwhile = InBetween(api, lambda: Following(api, client).show(before, other, body("theirs")))
    Following(meanwhile, client, sleep=lambda _: None).show(before, 100.1, body("mine"))
    assert text(view) == shown


def test_a_process_that_died_in_between_stops_nobody(api: SlackApi, client: redis.Redis, view: View) -> None:
    """Given a form that somebody changed and never said so, when a change comes, then it is shown after a second."""
    before, waited = seen(view), []
    api.call("views.update", {"view_id": view.id, "view": body("of the dead")})
    Following(api, client, sleep=waited.append).show(before, 100.1, body("mine"))
    assert text(view) == "mine"
    assert waited == [PAUSE_SECONDS] * TRIES


def test_a_closed_form_is_left_alone(fake: FakeSlack, api: SlackApi, client: redis.Redis, view: View) -> None:
    """Given a form that was closed, when it changes, then nothing happens; any other refusal is told."""
    before = seen(view)
    fake.person("U1").close(view)
    Following(api, client).show(before, 100.1, body("late"))
    fake.faults.add(method="views.update", kind="error", error="invalid_arguments")
    with pytest.raises(SlackRefused):
        Following(api, client).show(before, 100.2, body("later"))
