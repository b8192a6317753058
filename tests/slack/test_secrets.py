"""Secrets: asked for in a form only, and nothing that was typed elsewhere is kept anywhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.chat.slack.fields import block_id
from tests.fake_slack import View
from tests.slack.desk import Desk, until

SECRET = "hunter2-Xq9"


def everywhere(desk: Desk) -> list[str]:
    """Where the secret stands in what we keep: Redis, SQL with its journal, every file of the home."""
    found = [key.decode() for key in desk.redis.scan_iter() if SECRET.encode() in (desk.redis.dump(key) or b"")]
    files: list[Path] = [path for path in desk.root.rglob("*") if path.is_file()]
    return found + [str(path) for path in files if SECRET.encode() in path.read_bytes()]


def slash(desk: Desk) -> None:
    """By a command."""
    desk.slack.person().slash("/ansible", f"run token in lab app=x token={SECRET}")


def alias(desk: Desk) -> None:
    """Under another name of the parameter."""
    desk.slack.person().slash("/ansible", f"run token in lab app=x key='{SECRET}'")


def optional(desk: Desk) -> None:
    """One that need not be given."""
    desk.slack.person().slash("/ansible", f"run token in lab app=x pin={SECRET}")


def incomplete(desk: Desk) -> None:
    """In a command that lacks another value."""
    desk.slack.person().slash("/ansible", f"run token in lab token={SECRET}")


def mention(desk: Desk) -> None:
    """By a mention."""
    desk.slack.person().mention(f"run token in lab app=x token={SECRET}")


def elsewhere(desk: Desk) -> None:
    """In an environment where nothing may run: the reason is the secret all the same."""
    desk.slack.person().slash("/ansible", f"run token in nowhere app=x token={SECRET}")


@pytest.mark.parametrize("how", [slash, alias, optional, incomplete, mention])
def test_a_secret_typed_into_a_channel_is_refused_and_not_kept(
    desk: Desk, how: Callable[[Desk], None], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The person learns why, and what to do instead; Redis, SQL and the log know nothing of it."""
    how(desk)
    told = until(desk.told, "the refusal")[-1]
    assert "is secret" in told.text
    assert "form" in told.text
    assert SECRET not in desk.said() + caplog.text + "".join(capfd.readouterr())
    assert desk.runs() == []
    assert desk.slack.person().modal() is None
    assert everywhere(desk) == []


def test_not_even_a_command_that_is_misunderstood_is_kept(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    """What cannot be parsed may hold a secret too."""
    elsewhere(desk)
    desk.slack.person().slash("/ansible", f"rnu token {SECRET}")
    until(lambda: len(desk.told()) == 2, "both refusals")
    assert everywhere(desk) == []
    assert SECRET not in "".join(capfd.readouterr())


def secrets_form(desk: Desk) -> View:
    """The form that opens when secrets are missing."""
    desk.slack.person().slash("/ansible", "run token in lab app=x")
    return desk.modal()


def filled(view: View, **values: str) -> View:
    """The form with secrets in its fields."""
    for name, value in values.items():
        state = {"type": "plain_text_input", "value": value}
        view.state.setdefault(block_id("token", name), {})["form_value"] = state
    return view


def test_the_form_for_secrets_starts_the_run(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    """What is typed there reaches the queue sealed, and the plan has no trace of it."""
    person = desk.slack.person()
    view = filled(secrets_form(desk), token=SECRET, pin="")
    assert SECRET not in str(view.body)
    assert person.submit(view).acked
    run = desk.run()
    assert run.plan.secret_names == ("token",)
    envelope = desk.app.queue.envelope(run.id)
    assert envelope is not None
    assert envelope.secrets == {"token": SECRET}
    assert str(run.conversation) == "slack:C1"
    assert everywhere(desk) == []
    assert SECRET not in "".join(capfd.readouterr())
    assert SECRET not in str([message.json() for message in desk.slack.messages()])


def test_secrets_stand_in_the_form_of_a_run_too(desk: Desk) -> None:
    """Asked for with everything else, and never shown again when the form changes."""
    person = desk.slack.person()
    person.slash("/ansible", "run token in lab")
    view = filled(desk.modal(), token=SECRET)
    view.state[block_id("token", "app")] = {"form_value": {"type": "plain_text_input", "value": "mail"}}
    desk.press(view, "form_pattern", "web1")
    view = desk.modal(revision=1)
    assert SECRET not in str(view.body)
    person.submit(view)
    run = desk.run()
    assert (run.plan.parameters, run.plan.secret_names) == ({"app": "mail"}, ("token",))
    assert everywhere(desk) == []


def test_a_blank_secret_is_asked_for_again(desk: Desk) -> None:
    """Blanks are nothing; the run does not start without."""
    desk.slack.person().submit(filled(secrets_form(desk), token="   ", pin=""))
    assert "needs a value for token" in until(desk.told, "the refusal")[-1].text
    assert desk.runs() == []


def test_a_mention_that_needs_a_secret_leads_to_the_command(desk: Desk) -> None:
    """A mention opens no form."""
    desk.slack.person().mention("run token in lab app=x")
    assert "/ansible run token in lab app=x" in until(desk.told, "the way")[-1].text
    assert desk.runs() == []


def test_a_repeated_run_asks_for_its_secrets_again(desk: Desk) -> None:
    """They were never kept."""
    person = desk.slack.person()
    person.submit(filled(secrets_form(desk), token=SECRET, pin=""))
    run = desk.run()
    first = desk.modal() if person.modal() else None
    person.slash("/ansible", f"rerun {run.id}")
    view = filled(desk.modal(after=first), token="another-9", pin="")
    person.submit(view)
    again = desk.run(2)
    envelope = desk.app.queue.envelope(again.id)
    assert envelope is not None
    assert (again.parent, envelope.secrets) == (run.id, {"token": "another-9"})


def test_in_a_long_command_the_form_is_offered(desk: Desk) -> None:
    """Slack carries only so much with a form."""
    desk.slack.person().slash("/ansible", f"run token in lab app={'x' * 2000}")
    assert "too long for a form" in until(desk.told, "the refusal")[-1].text
