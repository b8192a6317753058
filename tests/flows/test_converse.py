"""Whatever is said: an answer, or one of our own errors with a sentence; never anything else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Misconfigured, NotUnderstood, Refused, SignalboxError
from bot.model.reply import Reply
from bot.model.request import Accepted, Answer, SecretsNeeded
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.targets import ansible_door

from .world import ANNA, World

POLICY = "roles: {all: {members: ['*'], may: [{runbooks: ['*'], environments: ['*']}]}}\nlimits: {queue: 100000}\n"
PLAIN = """
run rerun retry apply cancel show log help runbooks describe hosts envs runs mine active failed last 1 2 #1 0
99999999999 ping restart token greet lab web web1 all in on for service=nginx service= app=x token=y --check --diff
--tags a,b --forks 5 -vvvv -vvvvv --limit @/etc/passwd web:!web1 ~web[12] ~( web[0:9] web[ $(id) <!channel> “x”
= [ ] \\ * ! & , : - —check é
"""
ODD = [
    "key=[a, b]",
    "{{ lookup('pipe','id') }}",
    "; rm -rf /",
    "\u202e",
    "\u200b",
    '"',
    "'",
    "\n",
    "\t",
    "\x00",
    "\ud800",
]
WORDS = [*PLAIN.split(), *ODD, "k" * 500]
TEXT = st.one_of(
    st.text(),
    st.text(st.characters(codec=None), max_size=60),  # lone surrogates too
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=10).map(" ".join),
    st.builds(
        "{} {} in {} {}".format,
        st.sampled_from(["run", "hosts", "restart", "greet", "describe"]),
        st.one_of(st.sampled_from(WORDS), st.text(max_size=20)),
        st.one_of(st.just("lab"), st.text(max_size=10)),
        st.one_of(st.just(""), st.text(max_size=20).map("service={}".format)),
    ),
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with a run of every kind in its ledger, where everybody may do everything."""
    with pytest.MonkeyPatch.context() as patch:
        imported = ansible_door.config_file()
        patch.delenv("ANSIBLE_CONFIG", raising=False)
        if imported is not None:
            patch.setenv("ANSIBLE_CONFIG", imported)
        world = World(tmp_path_factory.mktemp("busy") / "project")
        world.write("signalbox.yml", POLICY)
        world.runbook("broken", "parameters: [")
        world.run("run ping")
        world.work()
        world.turn(world.new_relay(), times=2)
        world.run("run ping --check")
        failed = world.run("run restart service=nginx")
        for status in (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.FAILED):
            world.ledger.set_status(failed.id, status)
        world.ledger.set_outcomes(failed.id, [HostOutcome(host="web1", failed=1)])
        yield world


def outcome(world: World, text: str, **more: Any) -> Answer | SignalboxError:
    """What comes of a text: an answer, or an error of ours; any other error is the test's."""
    try:
        return world.say(text, **more)
    except SignalboxError as error:
        return error


def settled(examples: int) -> settings:
    """So many examples, however slow the machine is just now."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settled(400)
@given(text=TEXT, secret=st.text(max_size=30))
def test_any_text_is_answered_or_refused(busy: World, text: str, secret: str) -> None:
    """Given any text whatsoever, when it is said, then an answer comes, or an error of ours whose sentence is shown."""
    answer = outcome(busy, text)
    if isinstance(answer, SecretsNeeded):
        answer = outcome(busy, text, secrets={name: secret for name, _ in answer.questions})
    if isinstance(answer, SignalboxError):
        assert answer.what
        assert answer.what in str(answer)
    else:
        assert isinstance(answer, Reply | Accepted | SecretsNeeded)


@settled(150)
@given(text=TEXT)
def test_every_refusal_says_what_to_do_next(busy: World, text: str) -> None:
    """Given any text that is refused, when its sentences are read, then one says what was wrong, one what is right."""
    refusal = outcome(busy, text)
    if isinstance(refusal, Refused):
        assert refusal.remedy
        assert refusal.what[-1] in ".?:"
        assert refusal.remedy[-1] in ".?"
        assert len(str(refusal)) < 2_000


@settled(150)
@given(text=TEXT)
def test_everything_accepted_stays_within_the_inventory(busy: World, text: str) -> None:
    """Given any text that makes a run, when its plan is looked at, then its hosts are some of those that there are."""
    answer = outcome(busy, text)
    if isinstance(answer, Accepted):
        hosts = answer.run.plan.target.hosts
        assert hosts
        assert set(hosts) <= {"web1", "web2", "web3", "db1", "db2"}


def test_nothing_said_is_refused(world: World) -> None:
    """Given an empty text, when it is said, then the refusal leads to `help`."""
    for text in ("", " ", "\u200b"):
        with pytest.raises(NotUnderstood, match="`help`"):
            world.say(text)


@pytest.mark.parametrize(
    ("text", "action"),
    [("cancel 1", "cancel"), ("retry 1", "retry"), ("log 9", "log"), ("describe nothing", "parse"), ("", "parse")],
)
def test_refusals_are_audited_under_what_was_asked(world: World, text: str, action: str) -> None:
    """Given a refused command, when the audit is read, then its action is the command, or `parse` for no command."""
    with pytest.raises(Refused):
        world.say(text)
    assert world.audit() == [(action, "refused", world.ledger.recorded()[0].result)]


def test_questions_leave_no_trace(world: World) -> None:
    """Given questions that are answered, when the audit is read, then it is empty."""
    for text in ("help", "runbooks", "envs", "hosts web in lab", "runs", "describe ping"):
        world.told(text)
    assert world.audit() == []


def test_an_error_that_is_no_refusal_is_not_called_one(world: World) -> None:
    """Given a policy that can't be used, when a run is asked for, then the error passes, and no refusal is written."""
    world.write("signalbox.yml", "roles: 5\n")
    with pytest.raises(Misconfigured):
        world.say("run ping")
    assert world.audit() == []


def test_a_project_without_anything_still_talks(tmp_path: Path) -> None:
    """Given an empty project, when one asks around, then every answer says what would make the first of its kind."""
    world = World(tmp_path / "project")
    for path in sorted((tmp_path / "project").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert "playbooks/ping.runbook.yml makes one" in repr(world.told("runbooks"))
    assert "a folder below inventories/ makes one" in repr(world.told("envs"))
    assert "Nothing has run yet." in repr(world.told("runs"))
    with pytest.raises(Refused, match="a folder below inventories/ makes an environment"):
        world.say("hosts all")
    with pytest.raises(Refused):
        world.say("run ping", actor=ANNA)
