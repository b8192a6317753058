"""Lists, help and completion show a person what they may use; what they ask for by name is answered honestly."""

import pytest

from bot.commands import complete
from bot.errors import NotAllowed, Refused, SignalboxError, UnknownName
from bot.guards import Reach
from bot.model.people import Actor
from bot.model.request import Request

from .test_inquire import facts, table, texts
from .world import ANNA, HERE, World

BOB = Actor(transport="terminal", name="bob")
POLICY = """
    roles:
      all:
        members: ["terminal:anna"]
        may: [{runbooks: ["*"], environments: ["*"]}]
      pinger:
        members: ["terminal:bob"]
        may: [{runbooks: [ping], environments: [lab]}]
      nobody:
        members: ["terminal:carl"]
        may: [{runbooks: [ping], environments: [lab], channels: [elsewhere]}]
"""
CARL = Actor(transport="terminal", name="carl")


@pytest.fixture
def town(world: World) -> World:
    """A world with two environments, and people who may use different things."""
    world.write("inventories/prod/hosts.yml", "all: {hosts: {p1: {}}}\n")
    world.write("signalbox.yml", POLICY)
    return world


def offered(world: World, text: str, actor: Actor) -> set[str]:
    """What completion offers somebody."""
    names = world.converse.understand.offered(Request(text="", actor=actor, conversation=HERE))
    return {each.text for each in complete(text, names)}


def test_runbooks_lists_what_one_may_use(town: World) -> None:
    """Given two people, when each lists the runbooks, then each sees those that they may use, and where."""
    assert [row[0] for row in table(town.told("runbooks"), "Runbooks").rows] == ["ping", "restart", "token"]
    assert table(town.told("runbooks"), "Runbooks").rows[0][2] == "any environment"
    assert table(town.told("runbooks", actor=BOB), "Runbooks").rows == (("ping", "The ping of it", "lab"),)
    assert "no runbook that you may use from here" in texts(town.told("runbooks", actor=CARL))
    assert "No runbook has" in texts(town.told("runbooks restart", actor=BOB))


def test_environments_are_those_where_one_may_do_something(town: World) -> None:
    """Given two people, when each lists the environments, then each sees those where a runbook is open to them."""
    assert [row[0] for row in table(town.told("envs"), "Environments").rows] == ["lab", "prod"]
    assert [row[0] for row in table(town.told("envs", actor=BOB), "Environments").rows] == ["lab"]
    assert "no environment in which you may run anything" in texts(town.told("envs", actor=CARL))


def test_a_description_names_the_environments_that_are_open(town: World) -> None:
    """Given a runbook that is open in one place, when it is described, then that place is named, and no other."""
    assert facts(town.told("describe ping"))["may run in"] == "lab, prod"
    assert facts(town.told("describe ping", actor=BOB))["may run in"] == "lab"


@pytest.mark.parametrize("text", ["describe restart", "help restart"])
def test_asking_by_name_is_answered_honestly(town: World, text: str) -> None:
    """Given a runbook that one may use nowhere, when it is asked for by name, then it is refused for what it is."""
    with pytest.raises(NotAllowed, match=r"terminal:bob may run restart in no environment from here\. `why run"):
        town.say(text, actor=BOB)


@pytest.mark.parametrize(
    "text", ["run restart service=nginx in lab", "restart nginx on web", "run ping in prod", "ping p1 in prod"]
)
def test_running_what_one_does_not_see_is_refused_by_the_guards(town: World, text: str) -> None:
    """Given a runbook, phrase or place that one does not see, when it is asked for, then the guards say why not."""
    with pytest.raises(SignalboxError) as refusal:
        town.say(text, actor=BOB)
    assert isinstance(refusal.value, NotAllowed | UnknownName)
    assert "There is no runbook" not in str(refusal.value)


@pytest.mark.parametrize("text", ["run restrat in lab", "describe tokne", "run ping in prdo"])
def test_a_refusal_names_nothing_that_one_does_not_see(town: World, text: str) -> None:
    """Given a misspelled name, when it is refused, then near names are those that one may use; for others all are."""
    with pytest.raises(Refused) as refusal:
        town.say(text, actor=BOB)
    assert not {"restart", "token", "prod"} & {word.strip('".,`?:') for word in str(refusal.value).split()[4:]}
    with pytest.raises(Refused) as other:
        town.say(text, actor=ANNA)
    assert {"restart", "token", "prod"} & {word.strip('".,`?:') for word in str(other.value).split()}


def test_completion_offers_what_one_may_use(town: World) -> None:
    """Given two people, when they press Tab, then each is offered the names that they may use, phrases too."""
    town.told("hosts all in lab")
    assert offered(town, "run ", ANNA) == {"ping", "restart", "token"}
    assert offered(town, "run ", BOB) == {"ping"}
    assert offered(town, "run ping in ", BOB) == {"lab"}
    assert "restart" not in offered(town, "re", BOB)
    assert "restart" in offered(town, "re", ANNA)
    assert offered(town, "why run ", BOB) == {"ping"}
    assert offered(town, "can I run ping in ", BOB) == {"lab"}


def test_a_broken_policy_offers_no_names_and_help_still_works(world: World) -> None:
    """Given a policy that was never good, when Tab is pressed or help asked for, then no name is told, and help is."""
    world.write("signalbox.yml", "roles: [")
    assert offered(world, "run ", ANNA) == set()
    assert table(world.told("help"), "What you can say").rows


def test_help_about_a_runbook_takes_a_role(town: World) -> None:
    """Given somebody without a role, when they ask for help about a runbook, then they are told that they have none."""
    stranger = Actor(transport="terminal", name="dora")
    assert town.told("help run", actor=stranger)
    with pytest.raises(NotAllowed, match="has no role"):
        town.say("help ping", actor=stranger)


def test_a_channel_that_is_not_known_yet_may_be_any(town: World) -> None:
    """Given a grant and a denial that hold in one channel, when nobody knows yet from where, then both stay open."""
    town.write(
        "signalbox.yml",
        """
        roles:
          some:
            members: ["*"]
            may: [{runbooks: [ping], environments: ["*"], channels: [elsewhere]}]
            may_not: [{environments: [lab], channels: [ops]}]
          none: {members: ["*"], may_not: [{environments: [prod]}]}
        """,
    )
    ping = town.catalog.get("ping")
    for channel, usable in (("", True), ("elsewhere", True), ("ops", False), ("third", False)):
        reach = Reach(policy=town.policy.policy(), actor=CARL, channel=channel)
        assert reach.usable(ping, "lab") is usable
        assert not reach.usable(ping, "prod")
