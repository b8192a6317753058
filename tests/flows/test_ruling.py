"""What rules do when alerts come: runs, offers, words, facts; under the same guards as people, each once."""

from dataclasses import replace

import pytest

from bot.alerts import acknowledge
from bot.errors import Unavailable, UnknownName, WrongState
from bot.flows.act_run import ActRun
from bot.flows.made_up import from_words
from bot.flows.start import Start
from bot.flows.wishes import Wish
from bot.model.decision import Verdict
from bot.model.people import Origin
from bot.model.request import Accepted
from bot.model.status import RunStatus
from bot.model.suggestion import SuggestionState
from bot.rules import Match

from .rule_town import MEND, POLICY, RuleTown
from .world import World


def test_a_rule_runs_what_is_safe_as_itself(world: World) -> None:
    """Given a rule and a runbook that is safe for it, when the alert comes, then it runs on that host, as the rule."""
    town = RuleTown(world)
    town.alert()
    (run,) = world.ledger.find()
    assert (str(run.actor), run.origin, run.plan.target.hosts) == ("rule:town/mend", Origin.ALERT, ("web1",))
    assert (town.only().state, town.only().run_id, town.only().verify) == (SuggestionState.STARTED, run.id, 600)
    assert town.kinds() == ["opened", "run_asked"]
    assert ("safe", "accepted", "") in world.audit()
    world.finish()
    assert world.ledger.get(run.id).status is RunStatus.SUCCESSFUL


def test_an_event_that_comes_again_counts_once(world: World) -> None:
    """Given an alert that rules have dealt with, when it is handed over again, then nothing more is done."""
    town = RuleTown(world)
    alert = town.alert()
    town.tell(alert, 1)
    town.ruling.tick()
    assert len(world.ledger.find()) == 1
    assert town.counted()["signalbox_rule_matches_total", "town/mend"] == 1


@pytest.mark.parametrize("host", ["", "*", "all", "web", "web1,web2", "~web", "nobody"])
def test_a_host_that_nobody_knows_runs_nowhere(world: World, host: str) -> None:
    """Given an alert whose host is empty, a pattern or unknown, when it comes, then there is no run, and it is told."""
    town = RuleTown(world)
    town.alert(host)
    assert world.ledger.find() == []
    assert town.all() == []
    assert town.kinds() == ["opened", "rule_refused"]
    assert town.counted()["signalbox_automatic_runs_total", "refused"] == 1


def test_what_is_not_safe_is_offered(world: World) -> None:
    """Given a runbook that rules may not start, when a rule wants it, then people are offered it, with the reason."""
    town = RuleTown(world, MEND.replace("safe", "ping"))
    town.alert()
    assert world.ledger.find() == []
    assert town.only().state is SuggestionState.OFFERED
    assert "automation: safe" in town.only().reason
    assert town.kinds() == ["opened", "suggested"]


def test_what_the_guards_deny_is_offered(world: World) -> None:
    """Given an environment that is locked, when a rule wants a run there, then it is refused, audited, and offered."""
    town = RuleTown(world)
    world.policy.policy()
    world.write("signalbox.yml", POLICY.replace("rule:town", "rule:other"))
    town.alert()
    assert world.ledger.find() == []
    assert town.only().state is SuggestionState.OFFERED
    assert "has no role" in town.only().reason
    assert ("safe", "refused", "NotAllowed: roles") in world.audit()


def test_the_brake_holds_rules(world: World) -> None:
    """Given a brake for more than one automatic run, when three alerts come, then the third is only offered."""
    town = RuleTown(world, policy=POLICY + "environments:\n  lab: {brake: {automatic: 1, within: 10m}}\n")
    for host in ("web1", "web2", "web3"):
        town.alert(host)
    assert len(world.ledger.find()) == 2
    assert [each.state.value for each in town.all()] == ["started", "started", "offered"]


def test_a_cooldown_holds_for_a_host(world: World) -> None:
    """Given a cooldown for each host, when the same trouble begins again at once, then it is offered, not run."""
    town = RuleTown(world)
    world.runbook("safe", "safety: {automation: safe, cooldown: {host: 10m}}\n")
    town.alert()
    world.finish()
    town.alert(service="other")
    assert [each.state.value for each in town.all()] == ["started", "offered"]
    assert "10 min" in town.all()[1].reason


def test_where_approval_is_asked_the_run_waits(world: World) -> None:
    """Given an environment that wants approvals, when a rule wants a run, then it waits for people."""
    town = RuleTown(world, policy=POLICY + "environments:\n  lab: {approvals: 1}\n")
    town.alert()
    (run,) = world.ledger.find()
    assert run.status is RunStatus.AWAITING_APPROVAL
    assert town.only().run_id == run.id


def test_a_person_takes_what_was_offered(world: World) -> None:
    """Given an offer, when a person takes it, then it runs as theirs, and nobody can take it again."""
    town = RuleTown(world, MEND.replace("run_runbook", "suggest_runbook").replace(", verify: 10m", ""))
    town.alert()
    offered = town.only()
    answer = town.take.handle(offered.id, town.request())
    assert isinstance(answer, Accepted)
    assert (str(answer.run.actor), answer.run.command) == ("terminal:anna", "run safe on web1 in lab")
    assert (town.only().state, town.only().taken_by) == (SuggestionState.TAKEN, "terminal:anna")
    assert town.kinds() == ["opened", "suggested", "suggestion_taken"]
    with pytest.raises(WrongState):
        town.take.handle(offered.id, town.request())


def test_an_offer_that_is_refused_stays(world: World) -> None:
    """Given an offer, when somebody takes it who may not, then it is refused, and stays offered."""
    town = RuleTown(world, MEND.replace("run_runbook", "suggest_runbook").replace(", verify: 10m", ""))
    town.alert()
    world.write("signalbox.yml", POLICY.replace("terminal:*", "terminal:lea"))
    with pytest.raises(Exception, match="no role"):
        town.take.handle(town.only().id, town.request())
    assert town.only().state is SuggestionState.OFFERED


class Dying(ActRun):
    """One that dies as soon as it is asked."""

    def handle(self, _wish: Wish, _match: Match, _key: str) -> None:
        """No further."""
        raise Unavailable("dead", "")


def test_who_dies_before_acting_leaves_it_to_the_next(world: World) -> None:
    """Given a relay that died with a match in hand, when another one has its turn, then it is dealt with, once."""
    town = RuleTown(world)
    runs = town.ruling.act.runs
    dead = Dying(**{name: getattr(runs, name) for name in runs.__dataclass_fields__})
    town.ruling = town.new_ruling(runs=dead)
    with pytest.raises(Unavailable):
        town.alert()
    assert world.ledger.find() == []
    town.ruling = town.new_ruling()
    town.ruling.tick()
    town.ruling.tick()
    assert len(world.ledger.find()) == 1


def test_who_dies_after_asking_does_not_ask_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a relay that died after its run was stored, when another one has its turn, then it finds that run."""
    town = RuleTown(world)
    real = Start.handle

    def die(self: Start, *given: object, **more: object) -> object:
        real(self, *given, **more)  # type: ignore[arg-type]
        raise Unavailable("dead", "")

    monkeypatch.setattr(Start, "handle", die)
    with pytest.raises(Unavailable):
        town.alert()
    monkeypatch.setattr(Start, "handle", real)
    town.ruling.tick()
    (run,) = world.ledger.find()
    assert (town.only().state, town.only().run_id) == (SuggestionState.STARTED, run.id)
    assert world.ledger.asked(f"rule {town.only().key}") == run.id


def test_two_who_ask_for_the_same_make_one_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a relay that is held while it asks, when another one asked meanwhile, then both have the same run."""
    town = RuleTown(world)
    world.runbook("safe", "safety: {automation: safe, concurrency: replace}\n")
    real = Start.handle

    def held(self: Start, *given: object, **more: object) -> object:
        monkeypatch.setattr(Start, "handle", real)
        town.new_ruling().tick()
        return real(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Start, "handle", held)
    town.alert()
    world.finish()
    (run,) = world.ledger.find()
    assert run.status is RunStatus.SUCCESSFUL
    assert (town.only().state, town.only().run_id) == (SuggestionState.STARTED, run.id)
    assert "refused" not in {status for _, status, _ in world.audit()}


def test_trouble_that_is_over_is_left_alone(world: World) -> None:
    """Given an incident that closed before rules were told, when they are told, then nothing is started."""
    town = RuleTown(world)
    alert = from_words(service="pay", symptom="down", host="web1")
    town.store(alert)
    town.store(from_words(service="pay", symptom="down", host="web1", resolved=True))
    town.tell(alert, 1)
    assert world.ledger.find() == []
    assert town.kinds() == ["opened", "closed", "rule_refused"]


SEVERAL = """
- name: say
  condition: event.alert.symptom == "down"
  actions:
    - notify: {text: "{{ event.alert.host }} is down", channel: ops}
    - notify: {text: "{{ event.alert.nothing }}"}
    - set_fact: {fact: {down: "{{ event.alert.host }}"}}
    - post_event: {event: {seen: "{{ event.alert.host }}"}}
    - none:
- name: fact
  condition: fact.down == "web1"
  action: {notify: {text: "a fact"}}
- name: posted
  condition: event.seen == "web1"
  action: {notify: {text: "posted"}}
- name: endless
  condition: event.seen is defined
  action: {post_event: {event: {seen: again}}}
"""


def test_words_facts_and_events(world: World) -> None:
    """Given actions of all kinds, when the alert comes, then each is done once; what cannot be filled in is told."""
    town = RuleTown(world, SEVERAL)
    town.alert()
    assert town.said("ops") == ["web1 is down"]
    assert sorted(town.said()) == ["a fact", "posted"]
    assert town.kinds().count("rule_refused") == 1
    assert town.states.read("town").open == ()


def test_what_has_become_due_is_done(world: World) -> None:
    """Given a rule that waits until a window is over, when it is, then a turn of the relay acts on it."""
    rules = """
    - name: late
      condition: event.alert.symptom == "down"
      throttle: {once_after: 5 minutes, group_by_attributes: [event.alert.host]}
      action: {notify: {text: "{{ events.m_0.alert.host }} and others"}}
    """
    town = RuleTown(world, rules)
    town.alert("web1")
    town.alert("web2")
    town.ruling.tick()
    assert town.said() == []
    town.later(minutes=6)
    town.ruling.tick()
    town.ruling.tick()
    assert town.said() == ["web1 and others"]


def test_a_fix_is_verified_when_the_alert_resolves(world: World) -> None:
    """Given a run of a rule that was successful, when the alert resolves in time, then the fix is verified."""
    town = RuleTown(world)
    town.alert()
    world.finish()
    town.verify.handle()
    assert town.only().state is SuggestionState.STARTED
    town.alert(resolved=True)
    town.verify.handle()
    assert town.only().state is SuggestionState.VERIFIED
    assert town.counted()["signalbox_fixes_total", "verified"] == 1
    assert town.counted()["signalbox_automatic_runs_total", "successful"] == 1


def test_a_fix_that_does_not_help_escalates_and_stops_the_rule(world: World) -> None:
    """Given a run that was no help, when its time is over, then people are told, and the rule stops there."""
    town = RuleTown(world)
    town.alert()
    world.finish()
    town.later(minutes=11)
    town.verify.handle()
    town.verify.handle()
    assert town.only().state is SuggestionState.UNVERIFIED
    assert len(town.said()) == 1
    assert "did not resolve within 10 min" in town.said()[0]
    assert town.kinds().count("escalated") == 1
    town.alert(service="pay2")  # other trouble on the same host, and on another one
    town.alert("web2", service="pay3")
    assert [each.state.value for each in town.all()] == ["unverified", "offered", "started"]
    assert "has stopped there" in town.all()[1].reason


def test_the_rule_goes_on_when_the_incident_is_over(world: World) -> None:
    """Given a rule that has stopped for a host, when that incident is over, then it acts there again."""
    town = RuleTown(world)
    town.alert()
    world.finish()
    town.later(minutes=11)
    town.verify.handle()
    town.alert(resolved=True)
    town.alert(service="pay2")
    assert [each.state.value for each in town.all()] == ["unverified", "started"]


def test_a_run_that_fails_escalates_at_once(world: World) -> None:
    """Given a run of a rule that goes wrong, when it has ended, then people are told without waiting."""
    town = RuleTown(world)
    town.alert()
    (run,) = world.ledger.find()
    assert world.queue.take() == run.id
    for status in (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.FAILED):
        world.ledger.set_status(run.id, status)
    town.verify.handle()
    assert town.only().state is SuggestionState.UNVERIFIED
    assert town.counted()["signalbox_automatic_runs_total", "failed"] == 1


def test_offers_are_withdrawn_when_the_incident_is_over(world: World) -> None:
    """Given an offer that nobody took, when its incident closes, then it is withdrawn."""
    town = RuleTown(world, MEND.replace("safe", "ping"))
    town.alert()
    town.alert(resolved=True)
    town.verify.handle()
    assert town.only().state is SuggestionState.WITHDRAWN


def test_who_is_called_while_nobody_acts(world: World) -> None:
    """Given an escalation, when nobody acts, then one after the other is called, each once, until somebody does."""
    rules = """
    - name: call
      condition: event.alert.symptom == "down"
      action: {escalate: {to: [ops, leads, all], after: 5m}}
    """
    town = RuleTown(world, rules)
    town.alert()
    town.verify.handle()
    assert town.said("ops") == []
    for _ in range(2):
        town.later(minutes=5)
        town.verify.handle()
        town.verify.handle()
    assert (len(town.said("ops")), len(town.said("leads")), len(town.said("all"))) == (1, 1, 0)
    world.incidents.change(1, acknowledge("terminal:anna", town.now))
    town.later(minutes=5)
    town.verify.handle()
    assert town.said("all") == []


def test_people_are_called_where_the_incident_is(world: World) -> None:
    """Given an escalation to people, when nobody acts, then each is called in the incident's place, with the text."""
    rules = """
    - name: call
      condition: event.alert.symptom == "down"
      action: {escalate: {to: [channel, "slack-group:S0OPS", "slack:U01"], after: 5m, text: "{{ event.alert.host }}!"}}
    """
    town = RuleTown(world, rules)
    town.alert()
    for _ in range(3):
        town.later(minutes=5)
        town.verify.handle()
        town.verify.handle()
    called = ["channel is called: web1!", "slack-group:S0OPS is called: web1!", "slack:U01 is called: web1!"]
    assert town.said("incidents") == called


def test_rules_know_what_the_policy_calls_vars(world: World) -> None:
    """Given a variable, when an alert comes, then conditions compare with it, and texts have it."""
    rules = """
    - name: ours
      condition: event.alert.service == vars.team.service
      action: {notify: {text: "{{ team.name }} has {{ event.alert.host }}"}}
    """
    town = RuleTown(world, rules)
    town.ruling = replace(town.ruling, variables=lambda: {"team": {"service": "pay", "name": "Payments"}})
    town.alert()
    assert town.said("incidents") == ["Payments has web1"]


def test_a_forecast_says_what_would_be_done(world: World) -> None:
    """Given a rule, when its alert is foretold and then comes, then what was foretold is what was done."""
    town = RuleTown(world)
    alert = from_words(service="pay", symptom="down", host="web1")
    told = world.converse.inquire.foretell().handle((alert,), town.request())
    assert told.verdict is Verdict.ALLOW
    town.alert()
    (run,) = world.ledger.find()
    explained = told.alerts[0].would[0].explanation
    assert explained is not None
    assert (explained.command, explained.plan) == (run.command, run.plan)


def test_suggestions_are_listed_and_taken_in_chat(world: World) -> None:
    """Given an offer, when a person lists and takes it in chat, then it runs; to who may not, it is not shown."""
    town = RuleTown(world, MEND.replace("safe", "ping"))
    town.alert()
    shown = repr(world.told("suggestions"))
    assert "run ping on web1 in lab" in shown
    assert "'yes'" in shown
    assert "automation: safe" in shown
    run = world.run("take 1")
    assert (str(run.actor), run.command) == ("terminal:anna", "run ping on web1 in lab")
    assert "No rule suggests anything" in repr(world.told("suggestions"))
    with pytest.raises(WrongState):
        world.say("take 1")
    with pytest.raises(UnknownName):
        world.say("take 99")
    assert ("take", "refused", "WrongState") in world.audit()


def test_who_may_not_run_it_is_not_shown_it(world: World) -> None:
    """Given an offer, when somebody asks who may only run other things, then it is not listed."""
    town = RuleTown(world, MEND.replace("safe", "ping"))
    town.alert()
    world.write("signalbox.yml", POLICY.replace('["*"]', '["token"]', 1))
    assert "No rule suggests anything" in repr(world.told("suggestions"))


def test_an_offer_for_a_runbook_that_is_gone_is_not_shown(world: World) -> None:
    """Given an offer whose runbook is no more, when suggestions are listed, then the others are."""
    town = RuleTown(world, MEND.replace("safe", "ping"))
    town.alert()
    (world.root / "playbooks/ping.runbook.yml").unlink()
    assert "No rule suggests anything" in repr(world.told("suggestions"))


def test_the_same_is_offered_once_for_an_incident(world: World) -> None:
    """Given an offer, when a further alert of the incident wants the same, then it is not offered again."""
    town = RuleTown(world, MEND.replace("safe", "ping").replace('"{{ event.alert.host }}"', "web"))
    for host in ("web1", "web2"):
        town.alert(host)
    assert town.only().ask.limit == "web"
    assert town.kinds() == ["opened", "suggested", "joined"]
