"""Runs that wait for people, in Slack: the card, its buttons, the form for a no, and who may not press them."""

import time

import pytest

from bot.model.consent import Stage
from bot.model.status import RunStatus
from tests.fake_slack import Message
from tests.slack.desk import Desk, until

POLICY = """
roles:
  operator: {members: ["slack:U1", "slack:U9"], may: [{runbooks: ["*"], environments: [lab]}]}
  lead: {members: ["slack:U2"], may: [{runbooks: ["*"], environments: [lab], approve: true}]}
"""


@pytest.fixture
def desk(quiet_desk: Desk) -> Desk:
    """U1 and U9 may ask, U2 may approve."""
    quiet_desk.policy(POLICY)
    quiet_desk.runbook("risky", "safety: {requires_approval: true}")
    quiet_desk.runbook("sure", "safety: {confirm: {message: Really?}}")
    quiet_desk.start()
    return quiet_desk


def bring(desk: Desk, text: str) -> Message:
    """The card of what U1 asks for in Slack, brought there by a relay."""
    desk.slack.person("U1").slash("/ansible", text)
    run = desk.run()
    return card(desk, run.id, RunStatus.AWAITING_APPROVAL)


def card(desk: Desk, run_id: int, status: RunStatus) -> Message:
    """The card, once it says so."""
    word = status.value.replace("_", " ")

    def look() -> Message | None:
        desk.app.relay.handle(time.monotonic())
        desk.parts.deliver.handle(time.time())
        found = [each for each in desk.slack.messages("C1") if f"Run {run_id}" in each.text and word in each.text]
        return found[0] if found else None

    shown = until(look, f"run {run_id} {word}")
    assert shown is not None
    return shown


def stage(desk: Desk, run_id: int = 1) -> Stage:
    """Where it stands, when everything was dealt with."""
    desk.settle()
    pending = desk.app.ledger.consent(run_id)
    assert pending is not None
    return pending.stage


def test_a_button_approves(desk: Desk) -> None:
    """Given a card that waits, when somebody who may not and who asked press, then they are told; who may queues it."""
    shown = bring(desk, "run risky in lab")
    for user, why in (("U9", "No role of slack:U9 may approve"), ("U1", "No role of slack:U1 may approve")):
        desk.slack.person(user).press(shown, "run_approve")
        assert stage(desk) is Stage.APPROVE
        assert why in desk.said(user)
    desk.slack.person("U2").press(shown, "run_approve")
    assert stage(desk) is Stage.GRANTED
    assert desk.app.queue.depth() == 1
    card(desk, 1, RunStatus.QUEUED)


def test_a_no_has_its_reason(desk: Desk) -> None:
    """Given a card that waits, when somebody presses Deny and says why, then the card shows that it is denied."""
    shown = bring(desk, "run risky in lab")
    desk.slack.person("U9").press(shown, "run_deny")
    assert "No role of slack:U9 may approve" in desk.said("U9")
    desk.slack.person("U2").press(shown, "run_deny")
    view = desk.modal("U2")
    person = desk.slack.person("U2")
    person.submit(person.fill(view, deny_reason="it is <Friday> & `late`"))
    assert stage(desk) is Stage.DENIED
    card(desk, 1, RunStatus.DENIED)
    assert desk.app.ledger.get(1).reason == "slack:U2 denied it: it is <Friday> & `late`"


def test_a_button_confirms(desk: Desk) -> None:
    """Given a run to confirm, when another one presses Confirm, nothing happens; when the asker does, it is queued."""
    shown = bring(desk, "run sure in lab")
    desk.slack.person("U2").press(shown, "run_confirm")
    assert stage(desk) is Stage.CONFIRM
    assert "Only slack:U1 asked for run 1" in desk.said("U2")
    desk.slack.person("U1").press(shown, "run_confirm")
    assert stage(desk) is Stage.GRANTED


def test_the_home_shows_who_is_waited_for(desk: Desk) -> None:
    """Given a run that waits, when people open the app's home, then it waits for who may approve it, not for others."""
    bring(desk, "run risky in lab")
    for user, waits in (("U2", True), ("U9", False)):
        desk.slack.person(user).open_home()
        desk.settle()
        home = until(lambda user=user: desk.slack.workspace.homes.get(user), "the home")
        shown = str(home.body["blocks"]).split("Active runs")[0]
        assert ("Nothing waits for you." in shown) is not waits
