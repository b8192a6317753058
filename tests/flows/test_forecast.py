"""Alerts that are made up: grouping, what rules say and want, what guards answer, and that nothing is done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.flows.forecast import Foretell
from bot.flows.made_up import from_words
from bot.model.decision import Verdict
from bot.model.forecast import Forecast, WouldDo
from bot.model.incident import Mute
from bot.model.request import Request
from tests.flows.world import ANNA, HERE, World

RULES = """
- name: town
  hosts: all
  rules:
    - name: mend
      condition: event.alert.symptom == "down"
      action:
        {action}: {{runbook: {runbook}, environment: lab, limit: "{limit}", parameters: {parameters}}}
"""
POLICY = """
roles:
  people: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
  robots: {members: ["rule:town/*"], may: [{runbooks: ["*"], environments: ["*"]}]}
"""


def place(world: World, **words: str) -> None:
    """One rule and a policy."""
    own = {"action": "run_runbook", "runbook": "safe", "limit": "{{ event.alert.host }}", "parameters": "{}"}
    world.runbook("safe", "safety: {automation: safe}\n")
    world.write("signalbox.yml", POLICY)
    world.write("rulebooks/town.yml", RULES.format(**{**own, **words}))


def foretell(world: World, host: str = "web1", **words: Any) -> Forecast:
    """What would become of one alert."""
    flow: Foretell = world.converse.inquire.foretell()
    request = Request(text="", actor=ANNA, conversation=HERE)
    return flow.handle((from_words(**{"service": "pay", "symptom": "down", "host": host, **words}),), request)


def only(forecast: Forecast) -> WouldDo:
    """The one thing that would be done."""
    (alert,) = forecast.alerts
    (would,) = alert.would
    return would


def test_what_a_rule_would_run_is_told_with_the_guards_answers(world: World) -> None:
    """Given a rule and a runbook that is safe for it, when an alert is made up, then it would run on that host."""
    place(world)
    forecast = foretell(world)
    would = only(forecast)
    assert (forecast.verdict, would.verdict, would.actor) == (Verdict.ALLOW, Verdict.ALLOW, "rule:town/mend")
    assert would.explanation is not None
    assert would.explanation.command == "run safe on web1 in lab"
    assert would.explanation.target.hosts == ("web1",)
    assert {answer.guard for answer in would.explanation.answers} >= {"roles", "automation", "brake"}


@pytest.mark.parametrize("host", ["", "*", "web1,web2", "web", "all", "~web", "nobody", "{{ 1 }}", "web1 or os=debian"])
def test_a_host_that_nobody_knows_runs_nowhere(world: World, host: str) -> None:
    """Given an alert whose host is empty, a pattern or unknown, when it is made up, then nothing would run."""
    place(world)
    forecast = foretell(world, host)
    would = only(forecast)
    assert (forecast.verdict, would.verdict, would.explanation) == (Verdict.DENY, Verdict.DENY, None)
    assert "The event names" in would.text


def test_what_is_not_safe_is_only_offered(world: World) -> None:
    """Given a runbook that no rule may start, when a rule wants it, then it would be offered, as its asker may."""
    place(world, runbook="ping")
    would = only(foretell(world))
    assert would.verdict is Verdict.ASK
    assert "ping is not declared `automation: safe`." in would.text
    assert "terminal:anna asking: It would run." in would.text


def test_a_suggestion_is_offered(world: World) -> None:
    """Given a rule that suggests, when it matches, then people are offered it."""
    place(world, action="suggest_runbook")
    assert only(foretell(world)).verdict is Verdict.ASK


def test_parameters_from_an_event_are_data(world: World) -> None:
    """Given a parameter that an alert fills with a template, when it is made up, then its words are the value."""
    world.runbook("noted", "parameters: {note: {type: str}}\nsafety: {automation: safe}\n")
    place(world, runbook="noted", parameters='{note: "{{ event.alert.service }}"}')
    would = only(foretell(world, service="{{ lookup('pipe', 'id') }}"))
    assert would.explanation is not None
    assert would.explanation.plan is not None
    assert would.explanation.plan.parameters == {"note": "{{ lookup('pipe', 'id') }}"}


def test_a_rule_without_a_role_is_refused(world: World) -> None:
    """Given a policy that knows no rules, when a rule wants a run, then it would be refused."""
    place(world)
    world.write("signalbox.yml", POLICY.replace("rule:town/*", "rule:other/*"))
    assert only(foretell(world)).verdict is Verdict.DENY


def test_no_rule_wants_anything(world: World) -> None:
    """Given an alert that no rule is about, when it is made up, then people would see it, and why no rule matched."""
    place(world)
    forecast = foretell(world, symptom="slow")
    (alert,) = forecast.alerts
    assert forecast.verdict is Verdict.ASK
    assert alert.would == ()
    assert alert.rules[0].why == ('event.alert.symptom == "down": no (event.alert.symptom is "slow")',)
    assert (alert.rules[0].file, alert.rules[0].line) == ("rulebooks/town.yml", 4)


def test_alerts_of_one_forecast_are_grouped(world: World) -> None:
    """Given two alerts of one service, when both are made up, then the second would join the first."""
    place(world)
    alerts = tuple(from_words(service="pay", symptom="down", host=host) for host in ("web1", "web2"))
    request = Request(text="", actor=ANNA, conversation=HERE)
    told = world.converse.inquire.foretell().handle(alerts, request)
    assert [alert.effect for alert in told.alerts] == ["opened", "joined"]


def test_a_muted_alert_asks_no_rule(world: World) -> None:
    """Given a mute that fits, when the alert is made up, then no rule is asked."""
    place(world)
    flow = world.converse.inquire.foretell()
    now = datetime.now(UTC)
    world.incidents.mute(Mute(matchers={"service": "pay"}, at=now, until=now + timedelta(hours=1), by="a", why="w"))
    assert flow.incidents() is world.incidents
    (alert,) = foretell(world).alerts
    assert (alert.effect, alert.rules, alert.would) == ("muted", (), ())


def test_facts_and_posted_events_go_on_to_other_rules(world: World) -> None:
    """Given a rule that posts an event, when it matches, then the rules that it is for are asked too."""
    world.write(
        "rulebooks/a.yml",
        """
        - name: one
          hosts: all
          rules:
            - name: post
              condition: event.alert.symptom == "down"
              action: {post_event: {ruleset: two, event: {seen: "{{ event.alert.host }}"}}}
        - name: two
          hosts: all
          rules:
            - name: say
              condition: event.seen == "web1"
              action: {notify: {text: "{{ event.seen }} is down"}}
        """,
    )
    (alert,) = foretell(world).alerts
    assert [would.action for would in alert.would] == ["post_event", "notify"]
    assert "web1 is down" in alert.would[1].text


def test_nothing_is_done(world: World) -> None:
    """Given a rule that would run, when it is foretold in chat, then there is no run, no incident and no audit row."""
    place(world)
    reply = world.told("simulate service=pay symptom=down host=web1")
    assert "It would run." in repr(reply)
    assert world.ledger.find() == []
    assert world.incidents.find(also_closed=True) == []
    assert world.audit() == []
    assert world.queue.depth() == 0
