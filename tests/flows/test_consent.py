"""Runs that wait for people: confirmed, approved, denied, expired, canceled, void; each queued once at most."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat import LetterKind
from bot.errors import BadParameters, NotAllowed, WrongState
from bot.model.command import AskApprove, AskConfirm
from bot.model.consent import Stage
from bot.model.people import Actor, Conversation
from bot.model.request import Accepted, Request
from bot.model.run import Run
from tests.flows.world import ANNA, HERE, World

LEA = Actor(transport="terminal", name="lea")
MAX = Actor(transport="terminal", name="max")
BEN = Actor(transport="terminal", name="ben")
ROLES = """
roles:
  all: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
  lead:
    members: ["terminal:lea", "terminal:max", "terminal:anna"]
    may: [{runbooks: ["*"], environments: ["*"], approve: true}]
  boss:
    members: ["terminal:lea", "terminal:anna"]
    may: [{runbooks: [risky], environments: ["*"], break_glass: true}]
"""
RISKY = """
parameters: {version: {type: str, required: true}, token: {type: str, no_log: true}}
safety: {requires_approval: true, approvals: {count: 2, expires: 1h}}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Everybody may run, two may approve, one may break glass."""
    world = World(tmp_path / "project")
    world.write("signalbox.yml", ROLES)
    world.runbook("risky", RISKY)
    world.runbook("sure", "safety: {confirm: {message: Really?, timeout: 60}}")
    world.runbook("both", "safety: {confirm: true, requires_approval: true}")
    return world


def ask(world: World, text: str = "run risky on web in lab version=2", **more: object) -> Run:
    """A run that waits."""
    return world.waits(text, secrets={"token": "s3cret"}, **more)


def later(seconds: int) -> datetime:
    """A time from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def status_of(world: World, run: Run) -> tuple[str, str]:
    """Status and reason, once a relay has seen it."""
    return world.ledger.get(run.id).status.value, world.ledger.get(run.id).reason


def test_a_run_that_asks_waits_in_sql(world: World) -> None:
    """Given a runbook that wants approvals, when it is asked for, then it is stored, sealed, and in no queue."""
    run = ask(world)
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert (run.status.value, pending.stage, pending.count) == ("awaiting_approval", Stage.APPROVE, 2)
    assert pending.reasons == ("risky requires 2 approvals.",)
    assert world.queue.depth() == 0
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    assert envelope.secrets == {"token": "s3cret"}
    assert world.audit() == [("risky", "requires_manual", "")]


def test_the_relay_leaves_a_run_alone_that_waits(world: World) -> None:
    """Given a run that waits for people, when relays look at it for long, then it is shown, and never queued."""
    run = ask(world)
    world.turn(world.new_relay(), times=60)
    world.held.clear()
    world.turn(world.new_relay(), times=60)
    assert world.queue.depth() == 0
    (letter,) = world.letters(LetterKind.CARD)
    assert letter.card is not None
    assert letter.card.view.status.value == "awaiting_approval"
    assert status_of(world, run) == ("awaiting_approval", "")


def test_the_last_approval_queues_it(world: World) -> None:
    """Given a run that wants two approvals, when two people give them, then it runs, with their yes in its envelope."""
    run = ask(world)
    assert "waits for 1 more approval." in repr(world.told(f"approve {run.id} because it was reviewed", actor=LEA))
    assert world.queue.depth() == 0
    assert "it is queued" in repr(world.told(f"approve {run.id}", actor=MAX))
    world.finish()
    assert status_of(world, run) == ("successful", "")
    assert [row[1] for row in world.audit()] == [
        "requires_manual",
        "approval",
        "approval",
        "accepted",
        "started",
        "successful",
    ]
    assert [change.then.value for change in world.ledger.statuses(run.id)] == [
        "awaiting_approval",
        "queued",
        "starting",
        "running",
        "successful",
    ]


def test_the_card_has_all_that_one_should_know(world: World) -> None:
    """Given a run that waits, when its card is read, then why, who, what, files and votes are there, and no secret."""
    world.run("run ping on web in lab")
    world.finish()
    run = ask(world)
    world.say(f"approve {run.id} because looks right", actor=LEA)
    world.turn(world.new_relay(), times=5)
    card = next(each.card for each in world.letters(LetterKind.CARD) if each.card and each.card.run_id == run.id)
    assert card.waiting is not None
    told = repr(card)
    assert "s3cret" not in told
    assert card.hosts == ("web1", "web2", "web3")
    assert card.waiting.parameters == (("version", '"2"'), ("token", "********"))
    assert [excerpt.name for excerpt in card.waiting.pending.excerpts] == [
        "playbooks/risky.runbook.yml",
        "playbooks/site.yml",
    ]
    assert "requires_approval: true" in card.waiting.pending.excerpts[0].text
    assert [(vote.actor, vote.yes, vote.reason) for vote in card.waiting.pending.votes] == [
        ("terminal:lea", True, "looks right")
    ]


def test_earlier_runs_of_the_same_are_on_the_card(world: World) -> None:
    """Given a run of the same runbook there, when the next one waits, then its card tells how that one went."""
    first = ask(world)
    world.say(f"deny {first.id}", actor=LEA)
    world.finish()
    ask(world)
    world.turn(world.new_relay(), times=5)
    (waiting,) = [each.card.waiting for each in world.letters(LetterKind.CARD) if each.card and each.card.waiting]
    assert waiting.last_runs[0].startswith(f"run {first.id}: denied, ")


def test_one_no_ends_it(world: World) -> None:
    """Given a run that has one yes of two, when somebody says no, then it is denied, with who and why, and no more."""
    run = ask(world)
    world.say(f"approve {run.id}", actor=LEA)
    world.say(f"deny {run.id} because it is Friday", actor=MAX)
    with pytest.raises(WrongState, match="is over: denied"):
        world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert status_of(world, run) == ("denied", "terminal:max denied it: it is Friday")
    assert world.queue.envelope(run.id) is None
    assert world.audit()[-2:] == [("approve", "refused", "WrongState"), ("risky", "denied", "denied")]
    (recap,) = world.letters(LetterKind.RECAP)
    assert recap.card is not None
    assert recap.card.view.status.value == "denied"


def test_a_vote_stays(world: World) -> None:
    """Given somebody who has said yes, when they vote again, either way, then it is refused, and counts once."""
    run = ask(world)
    world.say(f"approve {run.id}", actor=LEA)
    for again in ("approve", "deny"):
        with pytest.raises(WrongState, match="You have voted on run 1 already"):
            world.say(f"{again} {run.id}", actor=LEA)
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert (pending.approvals, pending.stage) == (1, Stage.APPROVE)


@pytest.mark.parametrize(
    ("actor", "why"),
    [(ANNA, "You asked for it, so others have to approve it"), (BEN, "No role of terminal:ben may approve risky")],
)
@pytest.mark.parametrize("word", ["approve", "deny"])
def test_who_may_not_changes_nothing(world: World, actor: Actor, why: str, word: str) -> None:
    """Given who asked, and somebody without the right, when they vote, then they are told why, and nothing counts."""
    run = ask(world)
    with pytest.raises(NotAllowed, match=why):
        world.say(f"{word} {run.id}", actor=actor)
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert pending.votes == ()


def test_the_runbook_may_name_who_approves(world: World) -> None:
    """Given a runbook whose approvals are a role's, when somebody else with the right votes, then it is refused."""
    world.runbook("risky", "safety: {requires_approval: true, approvals: {roles: boss, exclude_requester: false}}")
    run = world.waits("run risky in lab")
    with pytest.raises(NotAllowed, match="Only the role boss may approve risky"):
        world.say(f"approve {run.id}", actor=MAX)
    assert isinstance(world.say(f"approve {run.id}", actor=ANNA), Accepted)


def test_nobody_can_approve_without_a_policy(world: World) -> None:
    """Given no signalbox.yml, when a run would wait for an approval, then it is refused: nobody could give it."""
    (world.root / "signalbox.yml").unlink()
    with pytest.raises(NotAllowed, match="risky requires 2 approvals") as refusal:
        world.say("run risky in lab version=1", secrets={"token": ""})
    assert "nobody can give it" in refusal.value.what
    assert world.ledger.find() == []


def test_who_asked_confirms(world: World) -> None:
    """Given a runbook that wants a confirmation, when who asked confirms it, then it runs; a check needs none."""
    run = world.waits("run sure in lab")
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert (pending.stage, pending.message) == (Stage.CONFIRM, "Really?")
    with pytest.raises(NotAllowed, match="Only terminal:anna asked for run 1"):
        world.say(f"confirm {run.id}", actor=LEA)
    with pytest.raises(WrongState, match="has to confirm run 1 first"):
        world.say(f"approve {run.id}", actor=LEA)
    assert isinstance(world.say(f"confirm {run.id}"), Accepted)
    with pytest.raises(WrongState, match="approved already"):
        world.say(f"confirm {run.id}")
    world.finish()
    assert status_of(world, run) == ("successful", "")
    world.run("run sure in lab --check")


def test_who_confirms_elsewhere_gets_a_sentence(world: World) -> None:
    """Given a run asked for in one conversation, when it is confirmed in another, then a sentence is the answer."""
    run = world.waits("run sure in lab")
    there = Conversation(transport="terminal", channel="ops", thread="t2")
    answer = world.converse.handle(Request(text=f"confirm {run.id}", actor=ANNA, conversation=there))
    assert "it is queued" in repr(answer)


def test_confirmed_first_then_approved(world: World) -> None:
    """Given a run that wants both, when it is confirmed, then its time for approval begins, and one yes starts it."""
    run = world.waits("run both in lab")
    assert "1 more approval." in repr(world.told(f"confirm {run.id}"))
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert pending.stage is Stage.APPROVE
    assert pending.deadline > later(3500)
    world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert status_of(world, run) == ("successful", "")


@pytest.mark.parametrize(
    ("text", "seconds", "answer", "why"),
    [
        ("run sure in lab", 61, AskConfirm(run_id=1), "Nobody confirmed it in time."),
        ("run risky in lab version=1", 3601, AskApprove(run_id=1), "It had 0 of 2 approvals after 1 h."),
    ],
)
def test_time_runs_out(world: World, text: str, seconds: int, answer: AskConfirm | AskApprove, why: str) -> None:
    """Given a run that waits, when its time is over, then the relay ends it as expired, and nobody can answer it."""
    run = world.waits(text, secrets={"token": ""})
    late = world.consenting(now=lambda: later(seconds))
    with pytest.raises(WrongState, match="The time in which run 1 could be answered is over"):
        late.handle(answer, _request(ANNA if isinstance(answer, AskConfirm) else LEA))
    relay = world.new_relay(clock=lambda: later(seconds))
    world.turn(relay, times=5)
    assert status_of(world, run) == ("expired", why)
    assert world.queue.envelope(run.id) is None
    assert world.queue.depth() == 0


def _request(actor: Actor) -> Request:
    return Request(text="", actor=actor, conversation=HERE)


def test_who_asked_takes_it_back(world: World) -> None:
    """Given a run that waits, when who asked cancels it, then it is canceled, and an approval comes too late."""
    run = ask(world)
    world.say(f"cancel {run.id}")
    with pytest.raises(WrongState, match="is over: canceled"):
        world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert status_of(world, run) == ("canceled", "terminal:anna canceled it before it started.")
    assert world.queue.envelope(run.id) is None


def test_a_changed_plan_is_void(world: World) -> None:
    """Given a run that waits, when its playbook or hosts change, then the next yes makes it void, and says why."""
    run, other = ask(world), ask(world)
    world.write("playbooks/site.yml", "- hosts: all\n  tasks: []\n")
    with pytest.raises(WrongState, match=r"Run 1 is void\. risky has changed since this was asked"):
        world.say(f"approve {run.id}", actor=LEA)
    world.write("inventories/lab/hosts.yml", "all: {children: {web: {hosts: {web1: {}}}}}")
    with pytest.raises(WrongState, match=r"Run 2 is void\. The inventory has changed .* gone web2, web3"):
        world.say(f"approve {other.id}", actor=LEA)
    world.finish()
    assert status_of(world, run) == ("denied", "risky has changed since this was asked.")


def test_a_plan_with_other_variables_is_void(world: World) -> None:
    """Given a run that waits, when a variable of its environment changes, then the next yes makes it void."""
    run = ask(world)
    world.write("inventories/lab/group_vars/all.yml", "a: 1\n")
    with pytest.raises(WrongState, match=r"Run 1 is void\. The project has changed .*: other group_vars or host_vars"):
        world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert status_of(world, run)[0] == "denied"


def test_a_lost_envelope_is_void(world: World) -> None:
    """Given a run whose sealed envelope is gone, when somebody approves, then it is void, and to be asked for again."""
    run = ask(world)
    world.queue.forget(run.id)
    with pytest.raises(WrongState, match="is just being stored"):
        world.say(f"approve {run.id}", actor=LEA)
    later_on = world.consenting(now=lambda: later(60))
    with pytest.raises(WrongState, match=r"no longer in Redis\. Ask again: `rerun 1`"):
        later_on.handle(AskApprove(run_id=run.id), _request(LEA))
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert pending.stage is Stage.VOID


def test_guards_are_asked_again(world: World) -> None:
    """Given a run that waits, when a denial comes into the policy, then no yes counts, and later one may again."""
    run = ask(world)
    frozen = "environments: {lab: {freeze: [{from: 2020-01-01, until: 2099-01-01, reason: the fair}]}}\n"
    world.write("signalbox.yml", ROLES + frozen)
    with pytest.raises(NotAllowed, match="the fair") as refusal:
        world.say(f"approve {run.id}", actor=LEA)
    assert "waits on" in refusal.value.remedy
    world.write("signalbox.yml", ROLES)
    world.say(f"approve {run.id}", actor=LEA)


def test_a_run_that_waits_stands_in_nobodys_way(world: World) -> None:
    """Given a cooldown and a bound on runs at once, when two runs wait, then the first does not stop itself."""
    world.write("signalbox.yml", ROLES + "environments: {lab: {max_concurrent: 1}}\n")
    world.runbook("cool", "safety: {requires_approval: true, cooldown: 10m}")
    run, second = world.waits("run cool in lab"), world.waits("run cool in lab")
    world.say(f"approve {run.id}", actor=LEA)
    world.turn(world.new_relay(), times=3)
    with pytest.raises(NotAllowed, match="Wait a while"):
        world.say(f"approve {second.id}", actor=LEA)


def test_glass_is_broken_loudly(world: World) -> None:
    """Given who may skip approvals, when they do, then it runs, and conversation, channel, audit and card say so."""
    run = ask(world)
    with pytest.raises(BadParameters, match="needs a reason"):
        world.say(f"approve {run.id} --break-glass")
    with pytest.raises(NotAllowed, match="No role of terminal:max may skip the approvals"):
        world.say(f"approve {run.id} --break-glass because it burns", actor=MAX)
    assert isinstance(world.say(f"approve {run.id} --break-glass because it burns"), Accepted)
    there = Conversation(transport="slack", channel="C9")
    world.work()
    world.turn(world.new_relay(notify=lambda _environment: there), times=6)
    assert status_of(world, run) == ("successful", "")
    said = (
        "Break-glass: terminal:anna skipped the approval of run 1 (risky in lab, asked for by terminal:anna): it burns"
    )
    assert [letter.text for letter in world.letters(LetterKind.TEXT)] == [said]
    assert [letter.text for letter in world.chat.letters(there)] == [said]
    assert ("risky", "break_glass", "") in world.audit()
    (recap,) = world.letters(LetterKind.RECAP)
    assert recap.card is not None
    assert recap.card.broke_glass == said


def test_a_relay_finishes_what_a_voter_began(world: World) -> None:
    """Given the last yes in SQL whose giver died before the run was queued, when a relay looks, then it queues it."""
    run = ask(world)
    consenting = world.consenting()
    for actor in (LEA, MAX):
        world.ledger.change_consent(run.id, consenting._vote(_request(actor), "", yes=True))
    assert world.queue.depth() == 0
    relay = world.new_relay()
    world.turn(relay, times=3)
    relay.give_back()
    world.finish()
    assert status_of(world, run) == ("successful", "")


def test_show_tells_what_it_waits_for(world: World) -> None:
    """Given a run with one yes, when it is shown, then what it waits for, and the vote, are there."""
    run = ask(world)
    world.say(f"approve {run.id} because fine", actor=LEA)
    told = repr(world.told(f"show {run.id}"))
    assert "('approvals', '1 of 2')" in told
    assert "terminal:lea says yes: fine" in told
