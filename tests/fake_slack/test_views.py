"""Modals and home tabs: triggers live three seconds and serve once, hashes guard, submissions do as they are told."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.fake_slack import FakeSlack, ManualClock, View
from tests.fake_slack.app import App, running
from tests.fake_slack.test_blocks import VIEW, button, options, plain
from tests.fake_slack.test_calls import refused

WHO = {"type": "plain_text_input", "action_id": "who"}
HOST = {"type": "external_select", "action_id": "host", "min_query_length": 0}


def asking(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with these inputs, each in a block with the same name as its action."""
    blocks = [{"type": "input", "block_id": e["action_id"], "label": plain("Say"), "element": e} for e in elements]
    return {**VIEW, "blocks": blocks, **more}


@pytest.fixture
def app(slack: FakeSlack) -> Iterator[App]:
    """An app that Slack tells things over HTTP."""
    with running(slack.signing_secret) as listening:
        slack.connect(listening.url)
        yield listening


def opened(slack: FakeSlack, client: WebClient, app: App, view: dict[str, Any]) -> View:
    """The modal before ada after a slash command."""
    slack.person().slash("/ansible", "run")
    client.views_open(trigger_id=app.told[-1]["trigger_id"], view=view)
    found = slack.person().modal()
    assert found is not None
    return found


def test_a_trigger_opens_one_view(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a trigger, when two views are opened with it, then the second is refused."""
    opened(slack, client, app, VIEW)
    trigger = app.told[-1]["trigger_id"]
    assert refused(client.views_open, trigger_id=trigger, view=VIEW)["error"] == "exchanged_trigger_id"


def test_a_trigger_lives_three_seconds(slack: FakeSlack, client: WebClient, app: App, clock: ManualClock) -> None:
    """Given a trigger, when a little more than three seconds pass, then it opens nothing."""
    slack.person().slash("/ansible", "run")
    clock.advance(3.01)
    trigger = app.told[-1]["trigger_id"]
    assert refused(client.views_open, trigger_id=trigger, view=VIEW)["error"] == "expired_trigger_id"
    assert refused(client.views_open, trigger_id="1.2.x", view=VIEW)["error"] == "invalid_trigger_id"


def test_a_view_that_is_too_long_says_where(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a title of 25 characters, when the view is opened, then the place is named and the trigger still good."""
    slack.person().slash("/ansible", "run")
    trigger = app.told[-1]["trigger_id"]
    answer = refused(client.views_open, trigger_id=trigger, view={**VIEW, "title": plain("x" * 25)})
    assert answer["error"] == "invalid_arguments"
    assert "/view/title/text" in answer["response_metadata"]["messages"][0]
    assert client.views_open(trigger_id=trigger, view=VIEW)["ok"]


def test_three_modals_lie_on_top_of_one_another(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a modal, when three are pushed, then the third is one too many."""
    opened(slack, client, app, VIEW)
    for _ in range(2):
        slack.person().shortcut("more")
        client.views_push(trigger_id=app.told[-1]["trigger_id"], view=VIEW)
    slack.person().shortcut("more")
    answer = refused(client.views_push, trigger_id=app.told[-1]["trigger_id"], view=VIEW)
    assert answer["error"] == "push_limit_reached"


def test_an_old_hash_does_not_win(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a view that was updated, when it is updated with the hash from before, then that is a conflict."""
    view = opened(slack, client, app, VIEW)
    old = view.hash
    client.views_update(view_id=view.id, hash=old, view={**VIEW, "title": plain("New")})
    assert refused(client.views_update, view_id=view.id, hash=old, view=VIEW)["error"] == "hash_conflict"
    assert view.body["title"]["text"] == "New"


def test_a_view_is_found_by_the_apps_own_name(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given an external id, when the view is updated by it, then it is; another view cannot have the same."""
    opened(slack, client, app, {**VIEW, "external_id": "mine"})
    named = {**VIEW, "external_id": "mine"}
    assert client.views_update(external_id="mine", view=named)["ok"]
    slack.person("U2").shortcut("other")
    answer = refused(client.views_open, trigger_id=app.told[-1]["trigger_id"], view=named)
    assert answer["error"] == "duplicate_external_id"


def test_what_was_filled_in_is_submitted(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a modal, when ada fills in and submits, then the app is told her words, and the modal is gone."""
    view = opened(slack, client, app, asking(WHO, private_metadata="secret"))
    slack.person().submit(view, who="web1")
    told = app.told[-1]
    assert told["type"] == "view_submission"
    assert told["view"]["state"]["values"] == {"who": {"who": {"type": "plain_text_input", "value": "web1"}}}
    assert told["view"]["private_metadata"] == "secret"
    assert slack.person().modal() is None


def test_a_required_field_is_asked_for_before_the_app_is(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a field that must be filled in, when it is not, then Slack itself refuses and the app hears nothing."""
    view = opened(slack, client, app, asking(WHO))
    told = len(app.told)
    with pytest.raises(AssertionError, match="required"):
        slack.person().submit(view)
    assert len(app.told) == told


def test_first_values_are_submitted_untouched(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given first values of several kinds, when nothing is touched, then they are what the app is told."""
    elements = (
        {**WHO, "initial_value": "web1"},
        {"type": "static_select", "action_id": "env", "options": options(2), "initial_option": options(2)[1]},
        {"type": "checkboxes", "action_id": "flags", "options": options(2), "initial_options": options(1)},
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-02"},
        {"type": "number_input", "action_id": "forks", "is_decimal_allowed": False, "initial_value": "5"},
    )
    view = opened(slack, client, app, asking(*elements))
    slack.person().submit(view)
    values = {name: next(iter(inner.values())) for name, inner in app.told[-1]["view"]["state"]["values"].items()}
    assert values["who"]["value"] == "web1"
    assert values["env"]["selected_option"]["value"] == "v1"
    assert [option["value"] for option in values["flags"]["selected_options"]] == ["v0"]
    assert (values["day"]["selected_date"], values["forks"]["value"]) == ("2026-01-02", "5")


def test_errors_stand_at_their_fields(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given an app that refuses, when ada submits, then the modal stays with the error at its field."""
    view = opened(slack, client, app, asking(WHO))
    app.will_say({"response_action": "errors", "errors": {"who": "nobody of that name"}})
    slack.person().submit(view, who="web1")
    assert slack.person().modal() is view
    assert view.errors == {"who": "nobody of that name"}
    assert slack.violations == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors"},
        {"response_action": "jump"},
        {"response_action": "update", "view": {"type": "modal"}},
    ],
)
def test_answers_that_slack_would_not_take(
    slack: FakeSlack, client: WebClient, app: App, answer: dict[str, Any]
) -> None:
    """Given an answer to a submission that makes no sense, when it is read, then that is a violation."""
    view = opened(slack, client, app, asking(WHO))
    app.will_say(answer)
    slack.person().submit(view, who="web1")
    assert [violation.kind for violation in slack.violations] == ["bad_answer"]


def test_a_submission_may_update_push_or_clear(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given one modal, when submissions are answered with update, push and clear, then that is what ada sees."""
    ada = slack.person()
    view = opened(slack, client, app, asking(WHO))
    app.will_say({"response_action": "update", "view": asking(WHO, title=plain("Again"))})
    ada.submit(view, who="a")
    assert view.body["title"]["text"] == "Again"
    app.will_say({"response_action": "push", "view": {**VIEW, "title": plain("On top")}})
    ada.submit(view, who="b")
    top = ada.modal()
    assert top is not None
    assert (top.body["title"]["text"], top.previous) == ("On top", view.id)
    app.will_say({"response_action": "clear"})
    ada.submit(top)
    assert ada.modal() is None


def test_options_come_from_the_app(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a menu that asks the app, when ada types, then the app is told, and its options come back."""
    view = opened(slack, client, app, asking(HOST))
    app.will_say({"options": options(100)})
    assert len(slack.person().suggest(view, "host", "we")) == 100
    assert (app.told[-1]["type"], app.told[-1]["value"], app.told[-1]["action_id"]) == (
        "block_suggestion",
        "we",
        "host",
    )
    app.will_say({"options": options(101)})
    assert slack.person().suggest(view, "host", "we") == []
    assert [violation.kind for violation in slack.violations] == ["bad_answer"]


def test_a_modal_tells_when_it_is_closed(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a modal that wants to know, when ada closes it, then the app is told; else it is not."""
    view = opened(slack, client, app, {**VIEW, "notify_on_close": True})
    slack.person().close(view)
    assert app.told[-1]["type"] == "view_closed"
    quiet = opened(slack, client, app, VIEW)
    assert slack.person().close(quiet) is None


def test_the_home_tab_is_published_and_pressed(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a home tab with a button, when ada opens it and presses, then the app is told of both."""
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button()]}]}
    slack.person().open_home()
    assert (app.told[-1]["event"]["type"], app.told[-1]["event"]["tab"]) == ("app_home_opened", "home")
    client.views_publish(user_id="U1", view=home)
    slack.person().press(slack.workspace.homes["U1"], "go")
    assert app.told[-1]["view"]["type"] == "home"
    assert "channel" not in app.told[-1]
