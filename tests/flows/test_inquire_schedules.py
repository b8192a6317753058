"""`schedules`: what is asked for at which times, when next, and how it went, as far as somebody may run it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.flows.schedules import schedule_actor
from bot.model.people import Actor, Origin
from bot.model.reply import Reply
from bot.model.run import Run
from bot.model.status import RunStatus

from .test_inquire import table, texts
from .world import ANNA, World

NOW = datetime(2026, 11, 27, 20, 0, 30, tzinfo=UTC)
BOB = Actor(transport="terminal", name="bob")
CARL = Actor(transport="terminal", name="carl")
POLICY = """
roles:
  people: {members: ["terminal:anna"], may: [{runbooks: ["*"], environments: ["*"]}]}
  pinger: {members: ["terminal:bob"], may: [{runbooks: [ping], environments: [lab]}]}
  away: {members: ["terminal:carl"], may: [{runbooks: ["*"], environments: ["*"], channels: [elsewhere]}]}
  clock: {members: ["schedule:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
schedules:
  night: {cron: "0 3 * * *", say: "run safe on web1 in lab", channel: ops}
  early: {cron: "30 5 * * mon", say: "ping web1 in lab", channel: ops, timezone: Europe/Berlin}
"""
OTHERS = """\
  far: {cron: "0 3 * * *", say: "run ping on p1 in prod", channel: ops}
  somewhere: {cron: "0 3 * * *", say: "run ping on web1", channel: ops}
  anywhere: {cron: "0 3 * * *", say: "run safe on web1", channel: ops}
  wrong: {cron: "0 3 * * *", say: "run tokne token=s3cret-4711 in lab", channel: ops}
  question: {cron: "0 3 * * *", say: "describe token", channel: ops}
"""


@pytest.fixture
def town(world: World) -> World:
    """A world with two schedules, and people who may use different things."""
    world.runbook("safe", "safety: {automation: safe}\n")
    world.write("inventories/prod/hosts.yml", "all: {hosts: {p1: {}}}\n")
    world.write("signalbox.yml", POLICY)
    return world


def listed(world: World, actor: Actor = ANNA, now: datetime = NOW) -> Reply:
    """What `schedules` is answered with at a time."""
    inquire = world.converse.inquire
    schedules = replace(inquire.schedules, clock=lambda: now)
    world.converse = replace(world.converse, inquire=replace(inquire, schedules=schedules))
    return world.told("schedules", actor=actor)


def rows(reply: Reply) -> dict[str, tuple[str, ...]]:
    """The rows of the answer by the schedule's name, in their order."""
    return {row[0]: row[1:] for row in table(reply, "Schedules").rows}


def asked_by(world: World, name: str) -> Run:
    """A run that a schedule has asked for."""
    return world.run("run safe on web1 in lab", actor=schedule_actor(name), origin=Origin.SCHEDULE)


def ended(world: World, run: Run, status: RunStatus, at: datetime) -> None:
    """The run comes to its end at that time."""
    for each in (RunStatus.STARTING, RunStatus.RUNNING, status):
        assert world.ledger.set_status(run.id, each, at=at)


def test_without_schedules_a_sentence_says_how_there_would_be_some(world: World) -> None:
    """Given no schedule, when they are listed, then the one sentence says so, and where they are written."""
    (part,) = world.told("schedules").parts
    assert part.text.startswith("There are no schedules")
    assert "`schedules:` in signalbox.yml makes one (docs/policy.md)" in part.text


def test_schedules_are_listed_by_name_with_their_next_time(town: World) -> None:
    """Given two schedules, when they are listed, then each has its command, times and next time, on its own clocks."""
    assert list(rows(listed(town)).items()) == [
        ("early", ("ping web1 in lab", "30 5 * * mon Europe/Berlin", "2026-11-30 05:30 CET", "")),
        ("night", ("run safe on web1 in lab", "0 3 * * *", "2026-11-28 03:00 UTC", "")),
    ]


def test_the_next_time_follows_the_clocks_of_the_schedule(town: World) -> None:
    """Given a schedule in a zone with summer time, when clocks are put forward, then its next time says so."""
    assert rows(listed(town, now=datetime(2026, 7, 5, 12, 0, tzinfo=UTC)))["early"][2] == "2026-07-06 05:30 CEST"


def test_the_last_run_is_told_with_its_number_status_and_age(town: World) -> None:
    """Given runs of a schedule, and one of a person, when it is listed, then its own last one is told, and its end."""
    ended(town, asked_by(town, "night"), RunStatus.SUCCESSFUL, NOW - timedelta(days=1))
    ended(town, asked_by(town, "night"), RunStatus.FAILED, NOW - timedelta(hours=2, minutes=3))
    town.run("run safe on web1 in lab", actor=ANNA)
    found = rows(listed(town))
    assert (found["night"][3], found["early"][3]) == ("#2 failed, 2 h 3 min ago", "")


def test_a_run_that_has_not_ended_is_as_old_as_its_asking(town: World) -> None:
    """Given a run of a schedule that waits, when it is listed, then the time since it was asked for is told."""
    run = asked_by(town, "night")
    assert rows(listed(town, now=run.created_at + timedelta(minutes=5)))["night"][3] == "#1 queued, 5 min ago"


def test_one_sees_the_schedules_of_what_one_may_run(town: World) -> None:
    """Given somebody who may use one runbook in one place, when they list, then they see what asks for that."""
    town.write("signalbox.yml", POLICY + OTHERS)
    assert list(rows(listed(town))) == ["anywhere", "early", "far", "night", "question", "somewhere", "wrong"]
    assert list(rows(listed(town, BOB))) == ["early", "question", "somewhere", "wrong"]


def test_who_may_use_nothing_is_told_of_none(town: World) -> None:
    """Given somebody who may use nothing from here, when they list, then it is as if there were no schedules."""
    town.write("signalbox.yml", POLICY + OTHERS)
    seen = listed(town, CARL)
    town.write("signalbox.yml", POLICY.partition("schedules:")[0])
    assert seen == listed(town, CARL) == listed(town, ANNA)
    assert texts(seen).startswith("There are no schedules")


def test_a_command_that_means_no_run_is_not_said_back(town: World) -> None:
    """Given commands that mean no run, when they are listed, then so much is told, and none of their words."""
    town.write("signalbox.yml", POLICY + OTHERS)
    reply = listed(town, BOB)
    assert rows(reply)["wrong"][0] == rows(reply)["question"][0] == "no run that is understood"
    assert not [word for word in ("tokne", "s3cret", "describe") if word in repr(reply)]


def test_a_secret_in_a_command_is_not_shown(town: World) -> None:
    """Given a command with a secret in it, when it is listed, then it is there but for the secret."""
    town.write("signalbox.yml", POLICY.replace("run safe on web1", "run token app=web token=s3cret-4711"))
    assert rows(listed(town))["night"][0] == "run token in lab app=web token=********"
