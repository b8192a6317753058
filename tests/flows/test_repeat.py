"""Once more: rerun, retry and apply give the same plan again, or say why not."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine import Outcome, ScriptedEngine
from bot.errors import BadParameters, BadTarget, NotAllowed, Refused, UnknownName, WrongState
from bot.model.command import AskRun
from bot.model.event import Result
from bot.model.request import Request
from bot.model.run import HostOutcome
from bot.model.status import RunStatus

from .world import ANNA, HERE, World, event

TYPES = """
parameters:
  text: {type: str}
  path: {type: path}
  whole: {type: int}
  number: {type: float}
  flag: {type: bool}
  texts: {type: list, elements: str}
  numbers: {type: list, elements: int}
  mixed: {type: list}
  mapping: {type: dict}
  deep:
    type: list
    elements: dict
    options: {name: {type: str}, size: {type: int, default: 3}, tags: {type: list, elements: str}}
  raw: {type: raw}
  bits: {type: bytes}
  given: {type: raw, default: {a: [1, true, null]}}
  small: {type: int, default: 0}
"""
NASTY = 'a b\t"q" \'x\' \\ = [1, 2] {"a": 1} {{ x }} $(id) ; Zürich \U0001f511 \u202e --check in on, \n end'


def started(world: World, **parameters: Any) -> int:
    """A run of the runbook of all types."""
    ask = AskRun(runbook="types", environment="lab", parameters=parameters)
    answer = world.start.handle(ask, Request(text="", actor=ANNA, conversation=HERE))
    return world.ledger.find()[0].id if answer else 0


def end(world: World, run_id: int, status: RunStatus = RunStatus.SUCCESSFUL) -> None:
    """The run has come to its end."""
    for step in (RunStatus.STARTING, RunStatus.RUNNING, status):
        world.ledger.set_status(run_id, step)


@pytest.mark.parametrize(
    "parameters",
    [
        {"text": NASTY},
        {"text": "[1, 2]"},
        {"text": '{"a": 1}'},
        {"text": "true"},
        {"text": "007"},
        {"text": ""},
        {"path": "~/$HOME/{{ x }}"},
        {"whole": "-5"},
        {"whole": "9223372036854775807"},
        {"number": "1e300"},
        {"number": "0.1"},
        {"number": "-0.0"},
        {"flag": "yes"},
        {"flag": "off"},
        {"texts": ["a,b", "c d", "[x]", '"', "", NASTY]},
        {"texts": "a,b"},
        {"texts": []},
        {"numbers": ["1", "-2"]},
        {"mixed": '[1, "1", true, null, 1.5, {"a": ["b"]}]'},
        {"mixed": ["1", "true", "null"]},
        {"mapping": "a=1,b=two"},
        {"mapping": '{"a": {"b": [1, "1", true, null]}, "ü": "\\u202e"}'},
        {"deep": '[{"name": "x", "tags": ["a", "b"]}, {"name": "y", "size": 7}]'},
        {"raw": "5"},
        {"raw": ["5", "x"]},
        {"bits": "1K"},
        {},
    ],
    ids=str,
)
def test_values_of_every_type_come_back_as_they_were(world: World, parameters: dict[str, Any]) -> None:
    """Given values of every type, when a run is repeated twice over, then each plan has exactly the same values."""
    world.runbook("types", TYPES)
    first = world.ledger.get(started(world, **parameters))
    again = world.run(f"rerun {first.id}")
    assert json.dumps(again.plan.parameters) == json.dumps(first.plan.parameters)
    assert again.plan == first.plan
    assert world.run(f"rerun {again.id}").plan == first.plan


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(mapping=st.dictionaries(st.text(max_size=5), JSON, max_size=4), mixed=st.lists(JSON, max_size=4), text=st.text())
def test_any_value_that_is_taken_comes_back(world: World, mapping: Any, mixed: Any, text: str) -> None:
    """Given any JSON and any text, when a run with them is accepted and repeated, then nothing has changed."""
    if not world.catalog.problems() and "types" not in {book.id for book in world.catalog.runbooks()}:
        world.runbook("types", TYPES)
    while (waiting := world.queue.take()) is not None:
        world.queue.forget(waiting)
    try:
        first = started(world, mapping=json.dumps(mapping), mixed=json.dumps(mixed), text=text)
    except BadParameters:  # control characters, and numbers that no JSON reader agrees on
        return
    again = world.run(f"rerun {first}")
    assert json.dumps(again.plan.parameters) == json.dumps(world.ledger.get(first).plan.parameters)


def test_a_rerun_knows_what_it_repeats(world: World) -> None:
    """Given a run with options, when it is repeated, then the new one has them too, and names its parent."""
    first = world.run("run restart service=redis on db in lab --check --forks 2")
    again = world.run(f"rerun {first.id}")
    assert (again.parent, again.parent_how) == (first.id, "rerun")
    assert again.plan == first.plan
    assert again.plan.options.check


def test_guards_are_asked_again(world: World) -> None:
    """Given a run from before a policy, when somebody without a role repeats it, then it is refused."""
    world.run("run ping")
    world.write("signalbox.yml", "roles: {}\n")
    with pytest.raises(NotAllowed):
        world.say("rerun 1")


def test_secrets_are_asked_for_again(world: World) -> None:
    """Given a run with a secret, when it is repeated, then the secret is asked for, and the old value is nowhere."""
    world.run("run token app=mail in lab", secrets={"token": "old", "pin": ""})
    assert world.asked("rerun 1") == ("token", "pin")
    again = world.run("rerun 1", secrets={"token": "new", "pin": ""})
    envelope = world.queue.envelope(again.id)
    assert envelope is not None
    assert envelope.secrets == {"token": "new"}


def test_a_parameter_that_is_gone_is_refused_by_name(world: World) -> None:
    """Given a run whose runbook lost a parameter since, when it is repeated, then the refusal names it."""
    world.runbook("types", TYPES)
    started(world, text="x")
    world.runbook("types", "")
    with pytest.raises(BadParameters) as refusal:
        world.say("rerun 1")
    assert "text" in refusal.value.problems[0]


def test_a_runbook_that_is_gone_can_not_be_repeated(world: World) -> None:
    """Given a run whose runbook was removed, when it is repeated, then it is refused, and nothing is queued."""
    world.run("run ping")
    world.queue.take()
    (world.root / "playbooks/ping.runbook.yml").unlink()
    for how in ("rerun", "apply"):
        with pytest.raises(Refused):
            world.say(f"{how} 1")
    assert world.queue.depth() == 0


@pytest.mark.parametrize("how", ["rerun", "retry", "apply"])
def test_a_run_that_never_was_can_not_be_repeated(world: World, how: str) -> None:
    """Given no runs, when one is to be repeated, then the refusal says where to look."""
    with pytest.raises(UnknownName, match=r"There is no run 7\. `runs` lists"):
        world.say(f"{how} 7")


def test_a_retry_takes_the_hosts_that_came_out_badly(world: World) -> None:
    """Given a run with a failed and an unreachable host, when it is retried, then those two are all it touches."""
    hosts = ("web1", "web2", "web3", "db1", "db2")
    results = dict.fromkeys(hosts, Result.OK) | {"web2": Result.FAILED, "db2": Result.UNREACHABLE}
    reported = [event(f"runner_on_{result}", 0, host=host, result=result) for host, result in results.items()]
    outcome = Outcome(status=RunStatus.FAILED, reason="Two failed.", rc=2, final_counter=0)
    world.execute = world.worker(engine=ScriptedEngine(reported, outcome))
    world.run("run ping")
    with pytest.raises(WrongState, match=r"Run 1 is still queued\. Retry it when it has ended"):
        world.say("retry 1")
    world.finish()
    again = world.run("retry 1")
    assert again.plan.target.hosts == ("web2", "db2")
    assert (again.parent, again.parent_how) == (1, "retry")


def test_a_retry_of_a_run_without_trouble_is_refused(world: World) -> None:
    """Given a run in which nothing failed, when it is retried, then the refusal offers `rerun`."""
    world.run("run ping")
    world.finish()
    with pytest.raises(WrongState, match=r"No host failed .* `rerun 1` repeats it all"):
        world.say("retry 1")


def test_a_retry_touches_no_host_that_was_not_planned(world: World) -> None:
    """Given a run in which a host failed that nobody had planned, when it is retried, then that one is left out."""
    run = world.run("run ping on web")
    world.ledger.set_outcomes(run.id, [HostOutcome(host="web1", failed=1), HostOutcome(host="db1", failed=1)])
    end(world, run.id, RunStatus.FAILED)
    assert world.run("retry 1").plan.target.hosts == ("web1",)


def test_a_retry_says_when_a_host_is_gone(world: World) -> None:
    """Given a failed host that has left the inventory, when its run is retried, then it is refused with its name."""
    run = world.run("run ping on web")
    world.ledger.set_outcomes(run.id, [HostOutcome(host="web1", failed=1), HostOutcome(host="web2", unreachable=1)])
    end(world, run.id, RunStatus.FAILED)
    world.write("inventories/lab/hosts.yml", "all: {hosts: {web2: {}, web3: {}}}\n")
    with pytest.raises(BadTarget, match="web1"):
        world.say("retry 1")


def test_six_thousand_hosts_can_be_retried(world: World) -> None:
    """Given 6,000 hosts that failed, when the run is retried and that one repeated, then all are in both plans."""
    names = [f"node{number:04}.example.com" for number in range(6_001)]
    world.write("inventories/lab/hosts.yml", json.dumps({"all": {"hosts": {name: {} for name in names}}}))
    run = world.run("run ping")
    world.ledger.set_outcomes(run.id, [HostOutcome(host=name, failed=1) for name in names[:-1]])
    end(world, run.id, RunStatus.FAILED)
    again = world.run("retry 1")
    assert again.plan.target.hosts == tuple(names[:-1])
    assert world.run("rerun 2").plan.target.hosts == tuple(names[:-1])


def checked(world: World, text: str = "run ping on web --check") -> int:
    """A check that was successful."""
    run = world.run(text)
    end(world, run.id)
    return run.id


def test_apply_does_what_was_checked(world: World) -> None:
    """Given a successful check, when it is applied, then all of its plan is the same but the check itself."""
    first = world.ledger.get(checked(world, "run restart service=redis on db --check --diff --tags x"))
    applied = world.run("apply 1")
    assert not applied.plan.options.check
    assert applied.plan.options.diff
    assert applied.plan.options.tags == ("x",)
    same = ("runbook", "target", "parameters", "revision", "timeout", "expect", "playbook")
    assert all(getattr(applied.plan, name) == getattr(first.plan, name) for name in same)
    assert (applied.parent, applied.parent_how) == (1, "apply")


def test_only_a_check_can_be_applied(world: World) -> None:
    """Given a run in earnest, when it is to be applied, then the refusal says what a check is."""
    end(world, world.run("run ping").id)
    with pytest.raises(WrongState, match=r"Run 1 was no check\. Apply takes a run that was asked for with --check"):
        world.say("apply 1")


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELED, RunStatus.LOST, RunStatus.QUEUED])
def test_only_a_successful_check_can_be_applied(world: World, status: RunStatus) -> None:
    """Given a check that was not successful, when it is to be applied, then it is refused with its status."""
    run = world.run("run ping --check")
    if status is not RunStatus.QUEUED:
        end(world, run.id, status)
    with pytest.raises(WrongState, match=f"The check 1 is {status}"):
        world.say("apply 1")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (
            "inventories/lab/hosts.yml",
            "all: {children: {web: {hosts: {web1: {}, web2: {}}}}}",
            "the hosts are no longer",
        ),
        (
            "inventories/lab/hosts.yml",
            "all: {children: {web: {hosts: {web1: {ansible_host: 192.0.2.9}, web2: {}, web3: {}}}}}",
            "the hosts are no longer",
        ),
        ("playbooks/site.yml", "- hosts: web\n  tasks: []\n", "no longer at the revision"),
        ("playbooks/ping.runbook.yml", "id: ping\nsummary: Other\nplaybook: site.yml\n", "no longer at the revision"),
        ("inventories/lab/group_vars/all.yml", "a: 1\n", "no longer at the revision"),
    ],
    ids=["hosts", "address", "playbook", "runbook", "variables"],
)
def test_apply_is_refused_when_anything_has_changed(world: World, name: str, text: str, why: str) -> None:
    """Given a check, when hosts, addresses, playbook or runbook change before it is applied, then it is refused."""
    checked(world)
    world.queue.take()
    world.write(name, text)
    with pytest.raises(WrongState, match=why) as refusal:
        world.say("apply 1")
    assert refusal.value.remedy == "Check again, and apply that."
    assert world.queue.depth() == 0


def test_apply_asks_for_secrets_again(world: World) -> None:
    """Given a check with a secret, when it is applied, then the secret is asked for."""
    run = world.run("run token app=mail in lab --check", secrets={"token": "x", "pin": ""})
    end(world, run.id)
    assert world.asked("apply 1") == ("token", "pin")
    assert not world.run("apply 1", secrets={"token": "x", "pin": ""}).plan.options.check
