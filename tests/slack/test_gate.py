"""Who is let in, and what they may do: ids decide, Slack and the policy vouch for them, and doubt closes the door."""

import pytest

from bot.model.status import RunStatus
from tests.slack.desk import Desk, until

GROUPS = """
roles:
  operator:
    members: ["slack-group:S0OPS"]
    may: [{runbooks: ["*"], environments: [lab]}]
"""


def test_people_of_a_role_may_run(desk: Desk) -> None:
    """`slack:U1` is named by the policy; the run is theirs, and belongs to the channel."""
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    run = desk.run()
    assert (str(run.actor), str(run.conversation)) == ("slack:U1", "slack:C1")
    assert desk.slack.violations == []


def test_others_are_told_why_not(desk: Desk) -> None:
    """Nothing runs, nobody else sees the answer, and the audit holds the refusal without the text."""
    desk.slack.person("U2").slash("/ansible", "run ping in lab")
    assert "slack:U2" in desk.said("U2")
    assert desk.said("U1") == ""
    assert desk.runs() == []
    rows = desk.app.ledger.recorded()
    assert [(row.actor, row.status, row.result) for row in rows] == [("slack:U2", "refused", "NotAllowed: roles")]


def test_without_a_policy_people_in_slack_get_help_only(quiet_desk: Desk) -> None:
    """Whoever writes no signalbox.yml has opened nothing; the refusal tells what to write, help is for everyone."""
    quiet_desk.policy_file.unlink()
    quiet_desk.start()
    person = quiet_desk.slack.person("U1")
    for text in ("run ping in lab", "runbooks", "run"):
        person.slash("/ansible", text)
    told = quiet_desk.told("U1")
    assert len(told) == 3
    assert all("signalbox.yml" in message.text for message in told)
    assert person.modal() is None
    person.slash("/ansible", "help")
    assert "runbooks" in quiet_desk.told("U1")[-1].text
    assert quiet_desk.runs() == []


def test_a_user_group_opens_the_door(desk: Desk) -> None:
    """Members of the group may, others may not; Slack is asked once."""
    desk.policy(GROUPS)
    desk.slack.workspace.add_group("ops", ["U1"], id="S0OPS")
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.run()
    desk.slack.person("U2").slash("/ansible", "run ping in lab")
    desk.settle()
    assert len(desk.runs()) == 1
    assert len(desk.slack.calls_of("usergroups.users.list")) == 1


def test_a_group_that_changes_counts_at_once(desk: Desk) -> None:
    """Slack tells that somebody has joined or left: the old members are forgotten."""
    desk.policy(GROUPS)
    desk.slack.workspace.add_group("ops", ["U1"], id="S0OPS")
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.run()
    desk.slack.events.group_changed("S0OPS", ["U2"])
    desk.settle()
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.settle()
    desk.slack.person("U2").slash("/ansible", "run ping in lab")
    assert str(desk.run(2).actor) == "slack:U2"


@pytest.mark.parametrize("error", ["plan_upgrade_required", "missing_scope", "internal_error"])
def test_a_group_that_slack_does_not_tell_of_opens_nothing(desk: Desk, error: str) -> None:
    """No paid plan, a missing scope, a failure: closed."""
    desk.policy(GROUPS)
    desk.slack.workspace.add_group("ops", ["U1"], id="S0OPS")
    desk.slack.faults.add(method="usergroups.users.list", kind="error", error=error)
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    assert "slack:U1" in desk.said("U1")
    assert desk.runs() == []


@pytest.mark.parametrize("what", ["is_restricted", "is_ultra_restricted", "is_bot", "deleted"])
def test_guests_and_bots_may_not_even_ask_for_help(desk: Desk, what: str) -> None:
    """Though the policy names them all."""
    desk.policy(desk.policy_file.read_text().replace("slack:U1", "slack:*"))
    setattr(desk.slack.workspace.user("U2"), what, True)
    desk.slack.person("U2").slash("/ansible", "run ping in lab")
    assert "Guests, bots" in desk.said("U2")
    assert desk.runs() == []


def test_guests_may_use_the_bot_where_the_policy_says_so(desk: Desk) -> None:
    """The policy lets guests in, and a role names this one; another guest is in no role, and a bot is no guest."""
    policy = desk.policy_file.read_text().replace("slack:U1", "slack:U2")
    desk.policy(policy + "slack: {guests: true}\n")
    desk.slack.workspace.user("U1").is_restricted = True
    desk.slack.workspace.user("U2").is_ultra_restricted = True
    desk.slack.person("U2").slash("/ansible", "run ping in lab")
    assert str(desk.run().actor) == "slack:U2"
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    assert "has no role" in desk.said("U1")
    desk.slack.workspace.add_user("robot", id="U8", is_bot=True)
    desk.slack.workspace.channel("C1").members.add("U8")
    desk.slack.person("U8").slash("/ansible", "run ping in lab")
    assert "Guests, bots" in desk.said("U8")
    assert len(desk.runs()) == 1


@pytest.mark.parametrize("allowed", [False, True])
def test_a_bot_that_mentions_ours_is_heard_where_the_policy_says_so(desk: Desk, allowed: bool) -> None:
    """The bot of a monitoring asks for a run: by default nothing happens, and it is told nothing in any case."""
    policy = desk.policy_file.read_text().replace("slack:U1", "slack:U8")
    desk.policy(policy + f"slack: {{bots: {str(allowed).lower()}}}\n")
    desk.slack.workspace.add_user("monitor", id="U8", is_bot=True)
    said = {"type": "app_mention", "user": "U8", "bot_id": "B8", "channel": "C1", "ts": "1.2", "team": "T0HOME"}
    assert desk.slack.events.send(said | {"text": "<@U0BOT> run ping in lab"}).acked
    assert desk.slack.events.send(said | {"text": "<@U0BOT> runs", "ts": "1.3"}).acked
    desk.settle()
    assert [str(run.actor) for run in desk.runs()] == ["slack:U8"] * allowed
    assert desk.slack.calls_of("chat.postEphemeral") == []


def test_people_of_another_workspace_are_refused(desk: Desk) -> None:
    """A shared channel lets others speak; the team decides."""
    person = desk.slack.person("U1")
    assert desk.parts.me.team == "T0HOME"
    desk.slack.workspace.team = "T0OTHER"
    person.slash("/ansible", "run ping in lab")
    assert "This workspace may not use the bot" in desk.said("U1")
    desk.policy(desk.policy_file.read_text() + "slack: {teams: [T0THIRD]}\n")
    desk.slack.workspace.team = "T0HOME"
    person.slash("/ansible", "run ping in lab")
    desk.settle()
    assert desk.runs() == []


def test_when_slack_does_not_say_who_somebody_is_nothing_runs(desk: Desk) -> None:
    """Slack fails just then: closed, and the person may try again."""
    fault = desk.slack.faults.add(method="users.info", kind="5xx")
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    assert "does not say who you are" in desk.said("U1")
    assert desk.runs() == []
    fault.remove()
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.run()


def press(desk: Desk, user: str, action: str, value: str) -> None:
    """Somebody presses a button with this value, whoever it was shown to."""
    place = desk.slack.person(user).say("a card", blocks=[_button(action, value)])
    desk.slack.person(user).press(place, action)
    desk.settle()


def _button(action: str, value: str) -> dict[str, object]:
    text = {"type": "plain_text", "text": "Press"}
    element = {"type": "button", "action_id": action, "value": value, "text": text}
    return {"type": "actions", "block_id": "b", "elements": [element]}


@pytest.mark.parametrize("action", ["run_cancel", "run_rerun", "run_retry", "run_apply", "run_log", "run_details"])
def test_a_button_pressed_by_somebody_who_may_not_does_nothing_but_tell_them(desk: Desk, action: str) -> None:
    """Anyone in a channel can press; what stands on a button is only a name."""
    desk.slack.person("U1").slash("/ansible", "run ping in lab --check")
    run = desk.run()
    press(desk, "U2", action, str(run.id))
    assert "slack:U2" in desk.said("U2")
    assert len(desk.runs()) == 1
    assert desk.app.ledger.get(run.id).status is RunStatus.QUEUED
    assert not desk.app.queue.cancel_asked(run.id)


@pytest.mark.parametrize("value", ["", "nonsense", "1 in prod", "99999", "-1", "1; run ping in lab", "1\nrun ping"])
@pytest.mark.parametrize("action", ["run_cancel", "run_rerun", "page_next", "form_open"])
def test_a_forged_button_does_nothing(desk: Desk, action: str, value: str) -> None:
    """Another app may post a button with our names on it."""
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.run()
    press(desk, "U1", action, value)
    assert len(desk.runs()) == 1
    assert desk.app.ledger.get(1).status is RunStatus.QUEUED


def test_a_page_button_never_runs_anything(desk: Desk) -> None:
    """What it carries is a question; a command in its place is refused."""
    press(desk, "U1", "page_next", "1:run ping in lab")
    assert desk.runs() == []


def test_a_double_click_runs_once(desk: Desk) -> None:
    """Slack gives both presses ids of their own."""
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.run()
    place = desk.slack.person("U1").say("a card", blocks=[_button("run_rerun", "1")])
    for _ in range(3):
        desk.slack.person("U1").press(place, "run_rerun")
    desk.settle()
    assert [run.parent for run in desk.runs()] == [None, 1]


def test_cancel_ends_a_run_that_waits(desk: Desk) -> None:
    """Whoever asked for it may."""
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    run = desk.run()
    press(desk, "U1", "run_cancel", str(run.id))
    assert "canceled" in desk.said("U1")
    until(lambda: desk.app.queue.cancel_asked(run.id), "the wish to cancel")
