"""`why` and simulate: what every guard says to a command, and what would be queued, without doing any of it."""

import pytest

from bot.errors import NotAllowed, NotUnderstood, Refused, Unavailable, WrongState
from bot.flows.explain import Explain
from bot.flows.explained import explanation_json
from bot.flows.planning import Planning
from bot.flows.simulate import Simulate
from bot.model.decision import Verdict
from bot.model.people import Actor
from bot.model.request import Request
from bot.model.simulation import Simulation

from .test_inquire import facts, table, texts
from .test_start import nothing_started
from .world import ANNA, HERE, World

SECRET = "s3cret-4711"


def answers(world: World, text: str) -> dict[str, str]:
    """Every guard's answer."""
    return {row[0]: row[1] for row in table(world.told(text), "What the guards say").rows}


def simulate(world: World, text: str, actor: Actor = ANNA, *, ledger: bool = True) -> Simulation:
    """What a rehearsal comes to."""
    planning = Planning(
        catalog=world.catalog,
        inventories=world.inventories,
        policy=world.policy,
        ledger=world.ledger if ledger else None,
        stops=world.stops if ledger else None,
        default_timeout=60,
    )
    flow = Simulate(
        permission=world.permission, understand=world.converse.understand, explain=Explain(planning=planning)
    )
    return flow.handle(Request(text=text, actor=actor, conversation=HERE))


def test_why_tells_what_every_guard_says(world: World) -> None:
    """Given a command that may run, when it is explained, then target, values and every guard are there; none runs."""
    reply = world.told("why run restart service=nginx on web1 in lab --check")
    said = facts(reply)
    assert said["understood as"] == "run restart on web1 in lab service=nginx --check"
    assert said["target"] == "web1 in lab: web1"
    assert said["parameters"] == 'service="nginx" tcp_port=80'
    assert said["mode"].startswith("check")
    assert set(answers(world, "why run ping in lab").values()) == {"yes"}
    assert texts(reply) == "It would run."
    assert nothing_started(world)
    assert world.audit() == []


@pytest.mark.parametrize("text", ["can I run ping in lab?", "Can i ping web in lab ?", "WHY greet web", "why rerun 1"])
def test_there_are_several_ways_to_ask(world: World, text: str) -> None:
    """Given `why`, `can I`, phrases and repetitions, when they are asked about, then each is explained."""
    world.run("run ping in lab")
    assert texts(world.told(text)) == "It would run."
    assert world.queue.depth() == 1


@pytest.mark.parametrize("text", ["why", "can I", "why runs", "why why run ping", "why cancel 1", "can I ?"])
def test_only_what_starts_a_run_is_explained(world: World, text: str) -> None:
    """Given a question, or nothing, when it is asked about, then the refusal says how it is written."""
    with pytest.raises(NotUnderstood, match="Only what starts a run can be explained"):
        world.say(text)


def test_a_denial_is_explained_by_its_guards(world: World) -> None:
    """Given a runbook out of scope and over its bound, when it is explained, then both say no, and all others yes."""
    world.runbook("narrow", "safety: {scopes: [other], max_hosts: 1}")
    said = answers(world, "why run narrow in lab")
    assert {guard for guard, answer in said.items() if answer == "no"} == {"scopes", "max_hosts"}
    assert texts(world.told("why run narrow in lab")) == "It would be refused."


def test_what_it_would_take_is_told(world: World) -> None:
    """Given a runbook that asks twice, when it is explained, then who has to answer, and how soon, is there."""
    world.write(
        "signalbox.yml", "roles: {lead: {members: ['terminal:*'], may: [{runbooks: ['*'], environments: ['*']}]}}\n"
    )
    world.runbook(
        "risky", "safety: {requires_approval: true, approvals: {count: 2, roles: lead, expires: 2h}, confirm: true}"
    )
    told = texts(world.told("why run risky on web1 in lab"))
    assert "The asker has to confirm it within 2 min." in told
    assert "2 others of the role lead have to approve it within 2 h." in told


def test_values_that_do_not_fit_are_told_after_the_guards(world: World) -> None:
    """Given wrong values, when they are explained, then the guards' answers are there, and what is wrong with them."""
    reply = world.told("why run restart service=apache on web1 in lab")
    assert "It would be refused. One problem with the parameters of restart" in texts(reply)
    assert table(reply, "What the guards say").rows[0][1] == "yes"


def test_wrong_values_are_no_matter_to_somebody_who_may_not(world: World) -> None:
    """Given somebody who may not, when they ask why with wrong values, then only the guards answer."""
    world.write("signalbox.yml", "roles: {some: {members: ['terminal:*'], may: []}}\n")
    assert texts(world.told("why run restart service=apache in lab")) == "It would be refused."


@pytest.mark.parametrize("word", ["token", "key"])
def test_a_secret_is_not_taken_in_a_question(world: World, word: str) -> None:
    """Given a secret in what is asked about, when it is explained, then it is refused, and nowhere kept."""
    with pytest.raises(NotAllowed, match="A secret does not belong into a question") as refusal:
        world.say(f"why run token app=x {word}={SECRET} in lab")
    assert SECRET not in str(refusal.value)
    assert SECRET not in repr(world.ledger.recorded())


def test_secrets_that_would_be_asked_for_are_named(world: World) -> None:
    """Given a runbook with secrets, when it is explained, then their names are there, and it would run."""
    reply = world.told("why run token app=x in lab")
    assert facts(reply)["secrets"] == "asked for first: token, pin"
    assert texts(reply) == "It would run."


def test_a_repetition_is_explained_as_it_would_be_done(world: World) -> None:
    """Given a run that did not fail, when a retry of it is explained, then the answer is that of the retry itself."""
    world.run("run ping in lab")
    world.finish()
    with pytest.raises(WrongState):
        world.say("why retry 1")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("run ping in lab", Verdict.ALLOW),
        ("run risky in lab", Verdict.DENY),
        ("run sure in lab", Verdict.ASK),
        ("run sure in lab --check", Verdict.ALLOW),
        ("run narrow in lab", Verdict.DENY),
        ("run restart service=apache in lab", Verdict.DENY),
        ("run nothing in lab", Verdict.DENY),
        ("run ping on nowhere in lab", Verdict.DENY),
        ("runbooks", Verdict.ALLOW),
        ("why run narrow in lab", Verdict.ALLOW),
        ("cancel 1", Verdict.DENY),
        ("", Verdict.DENY),
        ("\x00", Verdict.DENY),
    ],
)
@pytest.mark.parametrize("ledger", [True, False])
def test_a_rehearsal_says_what_would_become_of_it(world: World, text: str, verdict: Verdict, ledger: bool) -> None:
    """Given a command, when it is rehearsed, with SQL and without, then the verdict is there, and nothing is done."""
    world.runbook("risky", "safety: {requires_approval: true}")
    world.runbook("sure", "safety: {confirm: true}")
    world.runbook("narrow", "safety: {scopes: [other]}")
    simulated = simulate(world, text, ledger=ledger)
    assert simulated.verdict is verdict
    assert simulated.text
    assert nothing_started(world)
    assert world.audit() == []


def test_a_rehearsal_tells_what_would_be_queued(world: World) -> None:
    """Given a command that would run, when its rehearsal is read by a program, then the plan is the one of the run."""
    simulated = simulate(world, "run restart service=nginx on web in lab")
    assert simulated.explanation is not None
    run = world.run("run restart service=nginx on web in lab")
    assert simulated.explanation.plan == run.plan
    told = explanation_json(simulated.explanation)
    assert told["hosts"] == ["web1", "web2", "web3"]
    assert told["plan"]["parameters"] == {"service": "nginx", "tcp_port": 80}
    assert {guard["verdict"] for guard in told["guards"]} == {"allow"}


def test_without_sql_a_rehearsal_says_what_it_does_not_know(world: World) -> None:
    """Given no database, when a runbook with a cooldown is rehearsed, then the answer says that runs are unknown."""
    world.runbook("careful", "safety: {cooldown: 10m}")
    world.run("run careful on web1 in lab")
    assert simulate(world, "run careful on web1 in lab").verdict is Verdict.DENY
    blind = simulate(world, "run careful on web1 in lab", ledger=False)
    assert blind.verdict is Verdict.ALLOW
    assert "cooldowns, and how many runs there are, are unknown" in blind.text
    with pytest.raises(Unavailable):
        simulate(world, "rerun 1", ledger=False)


def test_a_rehearsal_refuses_whom_the_bot_would_refuse(world: World) -> None:
    """Given somebody without a role, when their command is rehearsed, then it would be refused, with the same words."""
    stranger = Actor(transport="slack", name="U9")
    simulated = simulate(world, "run ping in lab", stranger)
    with pytest.raises(Refused) as refusal:
        world.say("run ping in lab", actor=stranger)
    assert simulated.text == f"It would be refused. {refusal.value}"
