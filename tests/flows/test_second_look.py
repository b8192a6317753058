"""What was allowed when it was asked for is judged again when a worker starts it."""

from dataclasses import replace

import pytest

from bot.model.people import Actor
from bot.model.request import Consent
from bot.model.status import RunStatus
from bot.queue import Envelope

from .test_execute import end_of
from .world import World

GRANT = "may: [{runbooks: ['*'], environments: [lab]}]"
OPEN = f"roles: {{all: {{members: ['terminal:*'], {GRANT}}}}}\n"
FROZEN = "{from: 2020-01-01, until: 2120-01-01, reason: the move}"


def asked_under(world: World, before: str, text: str = "run ping on web1") -> int:
    """A run that was asked for under a policy."""
    world.write("signalbox.yml", before)
    return world.run(text).id


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("roles: {}\n", "terminal:anna has no role in signalbox.yml"),
        (OPEN.replace("[lab]", "[other]"), "No role of terminal:anna grants ping in lab from here"),
        (
            OPEN.replace(GRANT, f"{GRANT}, may_not: [{{runbooks: [ping]}}]"),
            "The role all may not run ping in lab this way",
        ),
        (OPEN.replace("environments: [lab]", "environments: [lab], check: only"), "only with --check"),
        (OPEN + "environments: {lab: {channels: [elsewhere]}}\n", "lab may be touched from elsewhere only"),
        (OPEN + f"environments: {{lab: {{freeze: [{FROZEN}]}}}}\n", "lab is frozen until 2120-01-01 00:00 (UTC)"),
        (OPEN + "environments: {lab: {approvals: 1}}\n", "Every run in lab requires an approval"),
    ],
    ids=["no role", "no grant", "a denial", "only checks", "channel", "freeze", "approval"],
)
def test_a_run_that_is_no_longer_allowed_does_not_start(world: World, after: str, reason: str) -> None:
    """Given a run in the queue, when the policy changes before a worker has it, then it is denied, with the reason."""
    run_id = asked_under(world, OPEN)
    world.write("signalbox.yml", after)
    world.finish()
    status, told = end_of(world)
    assert status == "denied"
    assert told.startswith("When it was to start, it was no longer allowed: ")
    assert reason in told
    assert told.endswith("Nothing was run.")
    assert world.engine.carried_out == []
    assert world.queue.envelope(run_id) is None
    assert world.ledger.get(run_id).status is RunStatus.DENIED


def test_a_smaller_bound_stops_a_waiting_run(world: World) -> None:
    """Given a run on two hosts that waits, when the environment takes one from now on, then it does not start."""
    asked_under(world, OPEN, "run ping on web1,web2")
    world.write("signalbox.yml", OPEN + "environments: {lab: {max_hosts: 1}}\n")
    world.work()
    assert end_of(world)[0] == "denied"


def test_a_policy_that_changes_elsewhere_is_no_matter(world: World) -> None:
    """Given a run in the queue, when the policy changes where it does not concern it, then it is carried out."""
    asked_under(world, OPEN)
    world.write("signalbox.yml", OPEN + "environments: {other: {approvals: 1}}\n")
    world.work()
    assert end_of(world) == ("successful", "")


def test_a_policy_that_breaks_meanwhile_keeps_its_last_word(world: World) -> None:
    """Given a worker that knows a good policy, when the file breaks, then the good one judges."""
    asked_under(world, OPEN)
    world.write("signalbox.yml", "roles: [")
    world.work()
    assert end_of(world) == ("successful", "")


def test_a_worker_without_a_good_policy_starts_nothing(world: World) -> None:
    """Given a worker that has never seen a good policy, when it takes a run, then it ends as an error, unstarted."""
    asked_under(world, OPEN)
    world.write("signalbox.yml", "roles: [")
    fresh = World(world.root)
    fresh.queue, fresh.stream = world.queue, world.stream
    world.execute = fresh.worker()
    world.work()
    status, reason = end_of(world)
    assert status == "error"
    assert "signalbox.yml cannot be used" in reason
    assert fresh.engine.carried_out == world.engine.carried_out == []


def test_groups_and_channel_travel_with_the_run(world: World) -> None:
    """Given a grant for a user group from a channel, when its member asks, then the worker knows of both."""
    world.write(
        "signalbox.yml",
        "roles: {g: {members: ['slack-group:S1'], may: [{runbooks: ['*'], environments: [lab], channels: [ops]}]}}\n",
    )
    run = world.run("run ping on web1", actor=Actor(transport="slack", name="U1"), groups=("S1",))
    world.work()
    assert end_of(world, run.id) == ("successful", "")


def test_the_cooldown_that_a_run_began_itself_does_not_stop_it(world: World) -> None:
    """Given a runbook with a cooldown, when its run starts, then its own cooldown is no reason against it."""
    world.runbook("careful", "safety: {cooldown: {host: 10m, runbook: 1h}}")
    asked_under(world, OPEN, "run careful on web1")
    world.work()
    assert end_of(world) == ("successful", "")


@pytest.mark.parametrize(
    ("consent", "status"),
    [
        (Consent(), "denied"),
        (Consent(approvals=1), "denied"),
        (Consent(approvals=2), "denied"),
        (Consent(confirmed=True, approvals=1), "denied"),
        (Consent(confirmed=True, approvals=2), "successful"),
        (Consent(confirmed=True, broke_glass=True), "successful"),
        (Consent(broke_glass=True), "denied"),
    ],
)
def test_what_people_said_travels_with_the_run(world: World, consent: Consent, status: str) -> None:
    """Given a run that needs two approvals and a confirmation, when a worker has it, then it counts what was said."""
    run_id = asked_under(world, OPEN)
    envelope = world.queue.envelope(run_id)
    assert envelope is not None
    assert envelope.asked is not None
    world.write("signalbox.yml", OPEN + "environments: {lab: {approvals: 2}}\n")
    world.runbook("ping", "safety: {confirm: true}")
    plan = replace(envelope.plan, revision=world.catalog.revision(world.catalog.get("ping")))
    world.queue._envelopes[run_id] = replace(envelope, plan=plan, asked=replace(envelope.asked, consent=consent))
    world.work()
    assert end_of(world)[0] == status


def test_what_an_older_version_queued_is_not_started(world: World) -> None:
    """Given an envelope that does not say who asked, when a worker has it, then it ends as an error that says so."""
    run_id = asked_under(world, OPEN)
    envelope = world.queue.envelope(run_id)
    assert envelope is not None
    world.queue._envelopes[run_id] = Envelope(run_id=run_id, plan=envelope.plan)
    world.work()
    assert end_of(world) == (
        "error",
        f"An older version queued this, and did not say who asked. Ask again: `rerun {run_id}`.",
    )
