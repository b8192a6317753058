"""What could be done next about an incident: offers first, then what helped before; and the same once more."""

from datetime import UTC, datetime

import pytest

from bot.errors import WrongState
from bot.flows.explain import Explain
from bot.flows.next_action import NextActions
from bot.model.command import AskRun
from bot.model.next_action import Past, ranked
from bot.model.people import Origin
from bot.model.request import Accepted
from bot.model.suggestion import Suggestion, SuggestionState

from .rule_town import MEND, RuleTown
from .test_inquire import texts
from .world import World

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def past(runbook: str, incident_id: int, seconds: float, limit: str = "web1", *, on_its_hosts: bool = True) -> Past:
    """A run that helped."""
    ask = AskRun(runbook=runbook, environment="lab", limit=limit)
    return Past(
        incident_id=incident_id,
        run_id=incident_id * 10,
        ask=ask,
        actor=f"terminal:{runbook}",
        seconds=seconds,
        on_its_hosts=on_its_hosts,
    )


def test_rules_come_first_then_what_helped_most_often_and_quickest() -> None:
    """Given an offer and what helped before, when they are ranked, then in that order, with how often and how fast."""
    ask = AskRun(runbook="rare", environment="lab", limit="web2")
    offer = Suggestion(
        id=7,
        key="k",
        incident_id=9,
        actor="rule:town/mend",
        ask=ask,
        state=SuggestionState.OFFERED,
        at=NOW,
        changed_at=NOW,
    )
    before = [past("slow", 8, 90), past("quick", 7, 10), past("often", 6, 60), past("often", 5, 20), past("rare", 4, 5)]
    found = ranked([offer], before, {"lab": ["web3"]})
    assert [(each.ask.runbook, each.times, each.seconds) for each in found] == [
        ("rare", 1, 5),
        ("often", 2, 40),
        ("quick", 1, 10),
        ("slow", 1, 90),
    ]
    assert (found[0].suggestion_id, found[0].ask.limit, found[0].run_id) == (7, "web2", 40)
    assert [each.ask.limit for each in found[1:]] == ["web3"] * 3
    assert found[1].actors == ("terminal:often",)


def test_what_was_for_other_hosts_keeps_its_limit() -> None:
    """Given a run that was for more than the alert's host, when it is offered again, then for the same pattern."""
    (found,) = ranked([], [past("all", 1, 5, "web", on_its_hosts=False)], {"lab": ["web3"]})
    assert found.ask.limit == "web"


def test_what_was_for_hosts_that_are_not_there_now_is_left_out() -> None:
    """Given alerts that name no known host, when what helped before was for the alert's host, then it is left out."""
    assert ranked([], [past("mend", 7, 5)], {"lab": []}) == ()


def flow(town: RuleTown) -> NextActions:
    """The flow in a town."""
    world = town.world
    return NextActions(
        memory=world.memory(),
        explain=Explain(planning=world.start.planning),
        start=world.start,
        story=town.story,
    )


def again_in(world: World) -> RuleTown:
    """A town in which a rule's run has ended incident 1, and its like has come; the rule only offers now."""
    town = RuleTown(world)
    town.alert()
    world.finish()
    town.later(minutes=5)
    town.alert(resolved=True)
    town.verify.handle()
    town.later(hours=5)
    town.rules(MEND.replace("run_runbook", "suggest_runbook").replace(", verify: 10m", ""))
    town.alert("web2")
    return town


def test_what_ended_an_earlier_incident_is_found(world: World) -> None:
    """Given an incident that a rule's run has ended, when its like comes, then it is found, and can be replayed."""
    town = again_in(world)
    (only,) = flow(town).handle(2, town.request())
    assert (only.action.rule, only.action.times, only.action.incident_id) == ("rule:town/mend", 1, 1)
    assert only.explanation is not None
    assert only.explanation.target.hosts == ("web2",)
    shown = str(world.say("incident 2 next"))
    assert "rule:town/mend offers it; ended the like once" in shown
    assert "web2" in shown
    story = str(world.say("incident 1 timeline"))
    assert "asks for it: run safe on web1 in lab" in story
    assert "run 1 of safe in lab successful" in story
    answer = flow(town).replay(2, town.request())
    assert isinstance(answer, Accepted)
    assert (answer.run.parent, answer.run.origin, answer.run.plan.target.hosts) == (1, Origin.REPLAY, ("web2",))
    assert town.kinds(2)[-1] == "replayed"


def test_a_card_tells_what_is_suggested_and_how_the_last_one_ended(world: World) -> None:
    """Given an incident like one that a run ended, and an offer, when its card is made, then both are there."""
    again_in(world)
    recall = world.recall()
    card = recall.handle(world.incidents.card(2))
    (offer,) = card.offers
    assert (offer.suggestion_id, offer.rule, offer.hosts) == (1 + 1, "rule:town/mend", ("web2",))
    assert offer.command == "run safe on web2 in lab"
    assert card.earlier is not None
    assert (card.earlier.incident_id, card.earlier.run_id, card.earlier.actor) == (1, 1, "rule:town/mend")
    assert (card.earlier.command, card.earlier.again) == ("run safe on web1 in lab", "run safe on web2 in lab")
    shown = str(world.say("incident 2"))
    assert "run safe on web1 in lab ended it within " in shown
    assert "`incident 2 replay`: run safe on web2 in lab" in shown
    assert "`take 2`: run safe on web2 in lab, by rule:town/mend" in shown
    world.say("take 2")
    assert recall.handle(world.incidents.card(2)).offers == ()
    assert recall.handle(world.incidents.card(1)) == world.incidents.card(1)


def test_a_card_tells_of_the_last_one_that_ended_by_itself(world: World) -> None:
    """Given an incident like one that no run has ended, when its card is made, then it tells when that was."""
    town = RuleTown(world, MEND.replace('"down"', '"other"'))
    town.alert()
    town.later(minutes=5)
    town.alert(resolved=True)
    town.later(hours=5)
    town.alert("web2")
    recall = world.recall()
    earlier = recall.handle(world.incidents.card(2)).earlier
    assert earlier is not None
    assert (earlier.incident_id, earlier.command, earlier.again) == (1, "", "")
    assert recall.handle(world.incidents.card(1)).earlier is None


def test_nothing_is_known(world: World) -> None:
    """Given an incident without its like, when it is asked what to do, then nothing is, and nothing can be replayed."""
    town = RuleTown(world, MEND.replace('"down"', '"other"'))
    town.alert()
    assert flow(town).handle(1, town.request()) == ()
    with pytest.raises(WrongState):
        flow(town).replay(1, town.request())
    assert "Nothing is known to help incident 1" in texts(world.say("incident 1 next"))
    with pytest.raises(WrongState):
        world.say("replay 1")


@pytest.mark.parametrize("host", ["*", "web", "web1,web2", "~web", ""])
def test_a_host_that_nobody_knows_becomes_no_limit(world: World, host: str) -> None:
    """Given an alert whose host is a pattern, when what helped before is looked for, then nothing is offered for it."""
    town = RuleTown(world)
    town.alert()
    world.finish()
    town.alert(resolved=True)
    town.rules(MEND.replace('"down"', '"other"'))
    town.later(hours=5)
    town.alert(host)
    assert flow(town).handle(2, town.request()) == ()
    with pytest.raises(WrongState):
        flow(town).replay(2, town.request())
