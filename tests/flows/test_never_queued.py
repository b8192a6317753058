"""No command reaches the queue without an allow on exactly what runs: any policy, any command, over the real flow."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SignalboxError
from bot.guards import Question, decide
from bot.model.decision import Verdict
from bot.model.people import Actor
from bot.model.request import Accepted, SecretsNeeded
from bot.model.run import Run
from tests.guards.test_properties import POLICIES

from .world import HERE, World

HOSTS = "all: {children: {web: {hosts: {h1: {}, h2: {}}}}, hosts: {h3: {}}}"
OPEN = {"members": ["*"], "may": [{"runbooks": ["*"], "environments": ["*"]}]}
ACTORS = st.sampled_from(["terminal:op", "slack:U1", "slack:U3", "rule:x"])
COMMANDS = st.builds(
    lambda what, where, limit, check: f"run {what}{limit}{where}{check}",
    st.sampled_from(
        [
            "ping",
            "restart service=nginx",
            "restart service=redis tcp_port=1",
            "restart unit=redis",
            "restart",
            "deploy version=1.5",
            "deploy version=2",
            "deploy version=2 token=x",
            "wipe",
        ]
    ),
    st.sampled_from(["", " in local", " in prod"]),
    st.sampled_from(["", " on all", " on web", " on h1"]),
    st.sampled_from(["", " --check"]),
)
SAFETY = st.sampled_from(
    [
        "{}",
        "{scopes: [local]}",
        "{requires_approval: true}",
        "{requires_approval: {when: {environments: [prod], hosts_over: 1, parameters: {version: ['2']}}}}",
        "{confirm: true, automation: safe}",
        "{max_hosts: 1, cooldown: 10m}",
    ]
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One project for all examples; what was stored is forgotten before each."""
    world = World(Path(tmp_path_factory.mktemp("town")) / "project")
    (world.root / "inventories/lab/hosts.yml").unlink()
    (world.root / "inventories/lab").rmdir()
    for name in ("local", "prod"):
        world.write(f"inventories/{name}/hosts.yml", HOSTS)
    world.runbook("wipe")
    return world


def asked_now(world: World, run: Run) -> Question:
    """The question that the stored plan stands for, made without the flow that stored it."""
    runbook = world.catalog.get(run.plan.runbook)
    return Question(
        actor=run.actor,
        conversation=run.conversation,
        origin=run.origin,
        runbook=runbook,
        target=world.inventories.resolve(run.plan.target.environment, run.plan.target.limit),
        environment_hosts=3,
        parameters=run.plan.parameters,
        check=run.plan.options.check,
        now=run.created_at,
        recent=(),
        active=(),
    )


@settings(deadline=None, max_examples=150, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(POLICIES, st.booleans(), SAFETY, st.lists(st.tuples(ACTORS, COMMANDS), min_size=1, max_size=4))
def test_nothing_is_queued_that_the_guards_do_not_allow(
    town: World, policy: dict[str, Any], generous: bool, safety: str, said: list[tuple[str, str]]
) -> None:
    """Given any policy and runbook, when anything is asked, then whatever is queued is allowed as it stands there."""
    town.forget()
    policy["roles"] |= {"open": OPEN} if generous else {}
    town.write("signalbox.yml", json.dumps(policy))
    parameters = "{version: {type: str, required: true}, token: {type: str, no_log: true}}"
    town.runbook("deploy", f"parameters: {parameters}\nsafety: {safety}")
    started = 0
    for who, text in said:
        transport, _, name = who.partition(":")
        try:
            answer = town.say(text, actor=Actor(transport=transport, name=name), secrets={"token": "t"})
        except SignalboxError:
            continue
        assert not isinstance(answer, SecretsNeeded)
        started += isinstance(answer, Accepted)
    assert town.queue.depth() == len(town.ledger.find()) - len(town.ledger.awaiting()) == started
    while (run_id := town.queue.take()) is not None:
        run, envelope = town.ledger.get(run_id), town.queue.envelope(run_id)
        assert envelope is not None
        assert envelope.plan == run.plan
        assert (envelope.asked.actor, envelope.asked.conversation) == (run.actor, HERE)
        assert decide(town.policy.policy(), asked_now(town, run)).verdict is Verdict.ALLOW
