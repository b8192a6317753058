"""Promotions: a runbook runs in one more environment, for exactly the content that was looked at, by those who may."""

import pytest

from bot.errors import NotAllowed, NotUnderstood, UnknownName, WrongState
from bot.model.people import Actor
from bot.model.run import Run

from .test_execute import end_of
from .world import ANNA, LAB, NIGHT, PLAYBOOK, World

LEA = Actor(transport="terminal", name="lea")
POLICY = """
roles:
  operator:
    members: ["terminal:anna"]
    may: [{runbooks: ["*"], environments: ["*"]}]
  lead:
    members: ["terminal:lea", "rule:*", "schedule:*"]
    may: [{runbooks: ["*"], environments: [lab, live], promote: true}]
"""
URL = "https://ci.example.org/7"


@pytest.fixture(autouse=True)
def place(world: World) -> None:
    """A second environment, and a runbook that stays in the first."""
    world.write("inventories/live/hosts.yml", LAB)
    world.write("playbooks/careful.yml", PLAYBOOK)
    world.write("playbooks/careful.runbook.yml", runbook())
    world.write("signalbox.yml", POLICY)


def runbook(summary: str = "Be careful") -> str:
    """The file of the runbook."""
    return f"id: careful\nsummary: {summary}\nplaybook: careful.yml\nsafety: {{scopes: [lab]}}\n"


def proven(world: World, text: str = "run careful on web1 in lab") -> Run:
    """A run that has ended well."""
    run = world.run(text)
    world.finish()
    return run


def test_a_run_beyond_the_scopes_says_what_is_missing(world: World) -> None:
    """Given a runbook that is for lab, when it is asked for in live, then the answer says which promotion it takes."""
    with pytest.raises(NotAllowed, match="It takes a promotion: `promote careful to live because …`"):
        world.say("run careful in live")
    assert "careful" not in repr(world.told("why run ping in live"))


def test_a_successful_run_elsewhere_is_evidence(world: World) -> None:
    """Given a run that ended well in lab, when a lead promotes on it, then the runbook runs in live, on every side."""
    run = proven(world)
    told = repr(world.told(f"promote careful to live because run {run.id}", actor=LEA))
    assert f"because run {run.id}" in told
    live = world.run("run careful on web1 in live")
    world.finish()
    assert end_of(world, live.id)[0] == "successful"
    assert "yes" in repr(world.told("promotions"))
    assert "was promoted to live by terminal:lea, because run 1" in repr(world.told("why run careful in live"))


def test_a_page_is_evidence(world: World) -> None:
    """Given the address of a page, when a lead promotes on it, then the runbook may run in live."""
    world.say(f"promote careful to live because {URL}", actor=LEA)
    world.run("run careful on web1 in live")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("playbooks/careful.yml", f"{PLAYBOOK}# another\n"),
        ("playbooks/careful.runbook.yml", runbook("Be more careful")),
    ],
)
def test_any_change_voids_it(world: World, file: str, text: str) -> None:
    """Given a promotion, when playbook or runbook changes, then it holds no more, says so, and can be made anew."""
    world.say(f"promote careful to live because {URL}", actor=LEA)
    world.write(file, text)
    with pytest.raises(NotAllowed, match=r"terminal:lea promoted it as content .* and it has changed since"):
        world.say("run careful in live")
    assert "no: its content is" in repr(world.told("promotions"))
    world.say(f"promote careful to live because {URL}", actor=LEA)
    world.run("run careful on web1 in live")


def test_a_run_that_waits_is_held_to_its_promotion(world: World) -> None:
    """Given a promoted run in the queue, when the playbook changes meanwhile, then it is not carried out."""
    world.say(f"promote careful to live because {URL}", actor=LEA)
    run = world.run("run careful on web1 in live")
    world.write("playbooks/careful.yml", f"{PLAYBOOK}# another\n")
    world.finish()
    assert end_of(world, run.id)[0] == "error"
    assert world.engine.carried_out == []


def test_what_shows_nothing_is_no_evidence(world: World) -> None:
    """Given runs of something else, checks, runs that failed or are older, when one is named, then it is refused."""
    other, check = proven(world, "run ping on web1 in lab"), proven(world, "run careful on web1 in lab --check")
    waiting = world.run("run careful on web2 in lab")
    for run, why in ((other, "it was ping"), (check, "it was a check"), (waiting, "it is queued")):
        with pytest.raises(WrongState, match=f"Run {run.id} is no evidence: {why}"):
            world.say(f"promote careful to live because run {run.id}", actor=LEA)
    world.finish()
    world.write("playbooks/careful.yml", f"{PLAYBOOK}# another\n")
    with pytest.raises(WrongState, match="careful has changed since"):
        world.say(f"promote careful to live because run {waiting.id}", actor=LEA)
    with pytest.raises(UnknownName):
        world.say("promote careful to live because run 77", actor=LEA)


def test_a_run_where_it_is_to_go_is_no_evidence(world: World) -> None:
    """Given a promoted run in live itself, when it is named for live, then it is refused."""
    world.say(f"promote careful to live because {URL}", actor=LEA)
    run = proven(world, "run careful on web1 in live")
    with pytest.raises(WrongState, match="it was in live itself"):
        world.say(f"promote careful to live because run {run.id}", actor=LEA)


@pytest.mark.parametrize(
    "actor", [ANNA, NIGHT, Actor(transport="terminal", name="eve"), Actor(transport="rule", name="r")]
)
def test_only_those_who_may_promote_and_demote(world: World, actor: Actor) -> None:
    """Given an operator, a stranger, a rule and a schedule, when they promote or demote, then they may not."""
    for text in (f"promote careful to live because {URL}", "demote careful in live because so"):
        with pytest.raises(NotAllowed):
            world.say(text, actor=actor)
    assert world.ledger.promotions() == []


def test_without_a_policy_nobody_promotes(world: World) -> None:
    """Given no signalbox.yml, when somebody in a terminal promotes, then it is refused: no role says that they may."""
    (world.root / "signalbox.yml").unlink()
    with pytest.raises(NotAllowed, match="promote: true"):
        world.say(f"promote careful to live because {URL}", actor=LEA)


def test_what_needs_no_promotion_is_not_promoted(world: World) -> None:
    """Given a runbook that may run there already, a place that is not there, no evidence, then it is refused."""
    for text in (f"promote careful to lab because {URL}", f"promote ping to live because {URL}"):
        with pytest.raises(WrongState, match="already"):
            world.say(text, actor=LEA)
    with pytest.raises(UnknownName):
        world.say(f"promote careful to nowhere because {URL}", actor=LEA)
    for evidence in ("http://ci.example.org", "it works", "https://user@host/"):
        with pytest.raises(NotUnderstood):
            world.say(f"promote careful to live because {evidence}", actor=LEA)


def test_a_promotion_is_taken_back(world: World) -> None:
    """Given a promotion, when a lead takes it back, then the runbook stays in lab again, and nothing is listed."""
    world.say(f"promote careful to live because {URL}", actor=LEA)
    world.say("demote careful in live because it did harm", actor=LEA)
    with pytest.raises(NotAllowed, match="It takes a promotion"):
        world.say("run careful in live")
    with pytest.raises(WrongState, match="careful is not promoted to live"):
        world.say("demote careful in live because it did harm", actor=LEA)
    assert "Nothing is promoted" in repr(world.told("promotions"))


def test_what_is_promoted_is_shown_where_it_may_run(world: World) -> None:
    """Given somebody who may use live only, when it is promoted there, then the runbook is among what they may use."""
    world.write(
        "signalbox.yml",
        POLICY + "  late: {members: ['terminal:eve'], may: [{runbooks: ['*'], environments: [live]}]}\n",
    )
    eve = Actor(transport="terminal", name="eve")
    assert "careful" not in repr(world.told("runbooks", actor=eve))
    world.say(f"promote careful to live because {URL}", actor=LEA)
    assert "careful" in repr(world.told("runbooks", actor=eve))


def test_all_of_it_is_on_record(world: World) -> None:
    """Given promotions made, refused and taken back, when the audit is read, then each has its row and content."""
    world.say(f"promote careful to live because {URL}", actor=LEA)
    world.say("demote careful in live because it did harm", actor=LEA)
    with pytest.raises(NotAllowed):
        world.say(f"promote careful to live because {URL}")
    rows = world.ledger.recorded()[::-1]
    assert [(row.action, row.status, row.environment) for row in rows] == [
        ("careful", "promoted", "live"),
        ("careful", "demoted", "live"),
        ("careful", "refused", "live"),
    ]
    content = world.catalog.revision(world.catalog.get("careful")).content_hash
    assert rows[0].reason == URL
    assert content in rows[0].revision
    assert rows[1].reason == "it did harm"
