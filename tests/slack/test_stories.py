"""Runs from Slack, with all the processes: asked for, watched live, and ended with card, recap and log."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import processes
from tests.slack.town import POLICY, Town, actions

pytestmark = pytest.mark.xdist_group("slack-stories")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """One installation for all stories; at the end Slack had nothing to complain about."""
    made = Town()
    try:
        with made.up():
            yield made
        assert made.slack.violations == []
    finally:
        made.close()


def test_a_command_becomes_a_card_that_is_current_and_ends_with_recap_and_log(town: Town) -> None:
    """The card shows the task under way; at the end the recap and the whole log hang in its thread."""
    here, go = town.channel(), town.file()
    run = town.ask(f"run waiting on web1 in local file={go}", here)
    card = town.find(f"card:{run}", here)
    processes.until(lambda: "Wait for a file" in str(card.blocks), 30, "the task in the card")
    assert "run_cancel" in actions(card)
    Path(go).touch()
    town.ended(run, "successful", channel=here)
    assert "run_cancel" not in actions(card)
    log = town.find(f"run-{run}.log", here).files[0]
    assert log.content is not None
    assert b"Wait for a file" in log.content
    assert len(town.keys(here)) == 3


def test_a_mention_in_a_thread_is_answered_there(town: Town) -> None:
    """The card of the run stands in the thread, and so does everything that belongs to it."""
    here = town.channel()
    root = town.slack.person("U2").say("web1 looks strange", here)
    before = town.newest()
    town.slack.person("U1").mention("run quick on web1 in local", here, root.ts)
    run = before + 1
    card = town.ended(run, "successful", channel=here)
    assert card.thread_ts == root.ts
    assert {message.thread_ts for message in town.slack.messages(here)[1:]} == {root.ts}


def test_failures_stand_in_the_thread_and_are_retried(town: Town) -> None:
    """Host text is harmless; Retry runs on the failed host only, Run again on all, each with a card of its own."""
    here, person = town.channel(), town.slack.person("U1")
    run = town.ask("run half on web in local", here)
    card = town.ended(run, "failed", channel=here)
    assert {"run_retry", "run_rerun", "run_log", "run_details"} <= set(actions(card))
    said = "\n".join(str(message.blocks) + message.text for message in town.slack.messages(here))
    assert "<!channel>" not in said
    assert "&lt;!channel&gt;" in said
    person.press(card, "run_retry")
    again = town.ended(run + 1, "failed", channel=here)
    assert again.thread_ts in ("", again.ts)
    retried = town.place.rows("SELECT reason FROM runs WHERE id = ?", run + 1)[0]["reason"]
    assert "1 of 1 host failed: web2" in retried
    person.press(card, "run_rerun")
    town.ended(run + 2, "failed", channel=here)


def test_a_failure_that_is_rescued_hides_no_later_one(town: Town) -> None:
    """The thread tells both failures of the host, and what may become of them; the recap tells the real one, once."""
    here, first, second = town.channel(), town.file(), town.file()
    run = town.ask(f"run mended on web1,web2 in local first={first} second={second}", here)
    told = town.find(f"trouble:{run}:0.0", here)
    assert "web1" in str(told.blocks)
    assert "may still rescue" in str(told.blocks)
    Path(first).touch()
    again = town.find(f"trouble:{run}:1.0", here)
    assert "Try again" in str(again.blocks)
    Path(second).touch()
    town.ended(run, "failed", channel=here)
    recap = str(town.find(f"recap:{run}", here).blocks)
    assert recap.count("Try again") == 1
    assert "in task `Try`" not in recap
    assert "rescued 1" in recap


def test_a_card_lives_while_a_task_takes_long(town: Town) -> None:
    """Nothing happens for a while, and still the card is shown again with the time that has gone by."""
    here, go = town.channel(), town.file()
    run = town.ask(f"run waiting on web1 in local file={go}", here)
    card = town.find(f"card:{run}", here)
    processes.until(lambda: "Wait for a file" in str(card.blocks), 30, "the task in the card")
    counter = town.place.rows("SELECT max(counter) AS n FROM run_events WHERE run_id = ?", run)[0]["n"]
    gone_on = re.compile(r"`Wait for a file`, (?:\d\d s|\d+ min)")
    processes.until(lambda: gone_on.search(str(card.blocks)), 60, "a card that shows ten seconds and more")
    assert town.place.rows("SELECT max(counter) AS n FROM run_events WHERE run_id = ?", run)[0]["n"] == counter
    Path(go).touch()
    town.ended(run, "successful", channel=here)


def test_cancel_ends_a_run_under_way(town: Town) -> None:
    """The button stops it; whoever may not is told so, and it goes on."""
    here = town.channel()
    run = town.ask(f"run waiting on web1 in local file={town.file()}", here)
    card = town.shows(run, "running", channel=here)
    town.slack.person("U2").press(card, "run_cancel")
    processes.until(lambda: town.told(here, "U2"), 30, "the refusal")
    assert town.place.status(run) == "running"
    town.slack.person("U1").press(card, "run_cancel")
    town.ended(run, "canceled", channel=here)


def test_a_check_is_applied(town: Town) -> None:
    """Check mode first; Apply does the same for real."""
    here, person = town.channel(), town.slack.person("U1")
    run = town.ask("run quick on web1 in local --check", here)
    card = town.ended(run, "successful", channel=here)
    person.press(card, "run_apply")
    applied = town.ended(run + 1, "successful", channel=here)
    assert "check" not in applied.text
    assert "run_apply" not in actions(applied)


def test_log_and_details_are_shown_to_whoever_asks(town: Town) -> None:
    """Ephemeral, so that a channel is not flooded."""
    here, person = town.channel(), town.slack.person("U1")
    run = town.ask("run quick on web1 in local", here)
    card = town.ended(run, "successful", channel=here)
    for action, word in (("run_log", "Step 2"), ("run_details", f"{run}")):
        seen = len(town.told(here))
        person.press(card, action)
        processes.until(lambda seen=seen: len(town.told(here)) > seen, 30, action)
        assert word in town.told(here)[-1]
    assert town.told(here, "U2") == []


def test_a_channel_without_the_bot_sends_the_run_to_the_asker(town: Town) -> None:
    """The card cannot be posted there: the asker gets it in direct messages, and learns how to invite the bot."""
    here = town.slack.workspace.add_channel("without", bot=False).id
    run = town.ask("run quick on web1 in local", here)
    direct = town.slack.workspace.direct("U1").id
    town.ended(run, "successful", channel=direct)
    assert any("/invite" in message.text for message in town.slack.messages(direct))
    assert town.keys(here) == []


def test_without_uploads_the_thread_says_where_the_log_is(town: Town) -> None:
    """An administrator has switched files off: the recap is there, and a sentence instead of the file."""
    here = town.channel()
    town.slack.workspace.settings.file_uploads = False
    try:
        run = town.ask("run quick on web1 in local", here)
        town.find(f"recap:{run}", here)
        refused = town.find(f"log:{run}:refused", here)
    finally:
        town.slack.workspace.settings.file_uploads = True
    assert "could not be put here" in refused.text
    assert refused.thread_ts == town.shows(run, "successful", channel=here).ts


def test_an_alert_becomes_a_card_with_buttons_and_a_thread(town: Town) -> None:
    """One card for all alerts, edited in place; who may not is told so; the thread says who did what; the end shows."""
    here = town.channel()
    cards = f"alerts: {{alertmanager: {{auth: {{type: bearer, secret_env: ALERT_TOKEN}}}}, cards: ['slack:{here}']}}\n"
    town.place.write("signalbox.yml", POLICY + cards)
    alerts = [
        {"status": "firing", "labels": {"alertname": "Errors", "service": "<!channel>", "host": f"web{n}"}}
        for n in (1, 2)
    ]
    for _ in range(3):
        assert town.alert(*alerts) == 200
    card = town.find(f"incident:1:{here}", here)
    processes.until(lambda: "2 alerts fire, repeated 4 times" in card.text, 30, f"repeats in {card.text}")
    assert actions(card) == ["incident_ack", "incident_close", "incident_show"]
    town.slack.person("U2").press(card, "incident_ack")
    processes.until(lambda: town.told(here, "U2"), 30, "the refusal")
    assert "acknowledged" not in card.text
    town.slack.person("U1").press(card, "incident_ack")
    processes.until(lambda: actions(card) == ["incident_close", "incident_show"], 30, "acknowledged")
    assert town.alert(*({**each, "status": "resolved"} for each in alerts)) == 200
    processes.until(lambda: "closed, 0 alerts fire, 2 are over" in card.text, 30, f"the end in {card.text}")
    processes.until(lambda: len(town.thread(card)) >= 2, 30, "both lines of the thread")
    taken, over = town.thread(card)
    assert ("looks after it" in taken, "All its alerts are over" in over) == (True, True)
    assert town.keys(here).count(f"incident:1:{here}") == 1


GROUPED = """
alerts:
  alertmanager: {{auth: {{type: bearer, secret_env: ALERT_TOKEN}}}}
  cards: ['slack:{}']
  grouping: {{by: [symptom, host]}}
"""
RULES = """
- name: town
  hosts: all
  sources: []
  rules:
    - name: offer
      condition: event.alert.status == "firing" and event.alert.symptom == "Slow"
      action: {suggest_runbook: {runbook: quick, environment: local, limit: "{{ event.alert.host }}"}}
"""


def test_a_button_runs_what_is_suggested_and_the_next_time_another_does_the_same(town: Town) -> None:
    """The run is a button of the card; when the same comes again, what ended the last one is one too."""
    here = town.channel()
    town.place.write("signalbox.yml", POLICY + GROUPED.format(here))
    town.place.write("rulebooks/town.yml", RULES)
    alert = {"alertname": "Slow", "service": "shop", "host": "web2"}
    card = town.incident(here, **alert)
    processes.until(lambda: "suggestion_take" in actions(card), 60, f"the offer in {card.blocks}\n{town.log()}")
    run = town.press(card, "suggestion_take")
    assert town.place.rows(f"SELECT command FROM runs WHERE id = {run}") == [{"command": "run quick on web2 in local"}]
    processes.until(lambda: "suggestion_take" not in actions(card), 30, "the offer to be gone")
    town.ended(run, "successful", channel=here)
    assert town.alert({"status": "resolved", "labels": alert}) == 200
    processes.until(lambda: "closed" in card.text, 30, "the end")
    town.place.write("rulebooks/town.yml", RULES.replace('"Slow"', '"Other"'))
    card = town.incident(here, **{**alert, "host": "web1"})
    assert "run quick on web2 in local" in str(card.blocks)
    again = town.press(card, "incident_replay")
    assert town.place.rows(f"SELECT command FROM runs WHERE id = {again}") == [
        {"command": "run quick on web1 in local"}
    ]
    town.ended(again, "successful", channel=here)
