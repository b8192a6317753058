"""stats: figures of what really ran, for who may use it there."""

import json

import pytest

from bot.errors import NotUnderstood
from bot.model.people import Actor

from .rule_town import RuleTown
from .world import World

EVE = Actor(transport="terminal", name="eve")


def test_what_rules_did_is_counted(world: World) -> None:
    """Given an alert that a rule's run has ended, when figures are asked for, then run, fix and incident are there."""
    town = RuleTown(world)
    town.alert()
    world.finish()
    town.later(minutes=5)
    town.alert(resolved=True)
    town.verify.handle()
    told = str(world.say("stats last 300"))
    assert "('safe', '1', '1 (100%)', '0 (0%)'" in told
    assert "'1 of 1'" in told
    assert "down" in told


def test_nothing_is_told_of_what_somebody_may_not_use(world: World) -> None:
    """Given a person without a grant for a runbook, when he asks for figures, then that runbook is not named."""
    world.run("run ping")
    world.finish()
    grant = {"runbooks": ["uptime"], "environments": ["lab"]}
    roles = {"few": {"members": ["terminal:eve"], "may": [grant]}}
    world.write("signalbox.yml", json.dumps({"roles": roles}))
    assert "ping" not in str(world.say("stats", actor=EVE))


@pytest.mark.parametrize("text", ["stats last 0", "stats last 367", "stats last 99999999999"])
def test_too_many_days_are_refused(world: World, text: str) -> None:
    """Given a number of days that makes no sense, when figures are asked for, then a sentence says what would."""
    with pytest.raises(NotUnderstood, match="some days"):
        world.say(text)
