"""From what somebody asks to a run in the queue, or to a refusal that starts nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import BadParameters, Misconfigured, NotAllowed, Refused, SignalboxError, UnknownName
from bot.model.command import AskRun
from bot.model.people import Actor
from bot.model.request import Request
from bot.model.status import RunStatus

from .world import ANNA, HERE, World

BOB = Actor(transport="slack", name="U2")
SECRET = "s3cret-4711"  # looked for in everything that is kept

OPEN = "roles: {all: {members: ['*'], may: [{runbooks: ['*'], environments: ['*']}]}}\n"


def nothing_started(world: World) -> bool:
    """Whether neither the ledger nor the queue has a run."""
    return world.ledger.find() == [] and world.queue.depth() == 0


def test_a_run_is_stored_before_it_is_queued(world: World) -> None:
    """Given a runbook, when it is asked for, then ledger, audit and queue have the run, and the answer carries it."""
    run = world.run("run ping on web in lab --check --tags a,b -vv")
    assert run == world.ledger.get(run.id)
    assert run.status is RunStatus.QUEUED
    assert run.plan.target.hosts == ("web1", "web2", "web3")
    assert (run.plan.options.check, run.plan.options.tags, run.plan.options.verbosity) == (True, ("a", "b"), 2)
    assert run.command == "run ping on web in lab --check --tags a,b -vv"
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    assert envelope.plan == run.plan
    assert world.audit() == [("ping", "accepted", "")]


def test_an_audit_row_says_who_asked_for_what_where(world: World) -> None:
    """Given an accepted run, when its audit row is read, then runbook, hosts, parameters, actor, place are in it."""
    run = world.run("run restart service=nginx on db in lab")
    (row,) = world.ledger.recorded(run.id)
    assert (row.action, row.service, row.environment) == ("restart", "nginx", "lab")
    assert (row.actor, row.origin) == ("terminal:anna", "chat")
    assert row.channel == str(HERE)
    assert row.hosts == ("db1", "db2")
    assert row.parameters == {"service": "nginx", "tcp_port": 80}
    assert run.plan.revision.content_hash in row.revision


@pytest.mark.parametrize(
    ("text", "kind", "action"),
    [
        ("run nothing in lab", "UnknownName", "parse"),
        ("what is this", "UnknownName", "parse"),
        ("run restart on web in lab", "BadParameters", "restart"),
        ("run restart service=nginx on nowhere in lab", "BadTarget", "restart"),
        ("cancel 5", "UnknownName", "cancel"),
        ("rerun 5", "UnknownName", "rerun"),
        ("show 5", "UnknownName", "show"),
    ],
)
def test_a_refusal_is_in_the_audit_without_its_text(world: World, text: str, kind: str, action: str) -> None:
    """Given something that is refused, when the audit is read, then it has who, where and why, and never the text."""
    with pytest.raises(Refused):
        world.say(text)
    (row,) = world.ledger.recorded()
    assert (row.action, row.status, row.result) == (action, "refused", kind)
    assert (row.actor, row.channel) == (str(ANNA), str(HERE))
    assert text not in repr(row)
    assert nothing_started(world)


def test_permission_comes_before_any_question(world: World) -> None:
    """Given somebody without a role, when a runbook with a secret is asked for, then no secret is asked for."""
    world.write(
        "signalbox.yml", "roles: {lead: {members: ['slack:U2'], may: [{runbooks: ['*'], environments: ['*']}]}}"
    )
    with pytest.raises(NotAllowed, match="has no role"):
        world.say("run token app=x in lab")
    assert world.asked("run token app=x in lab", actor=BOB) == ("token", "pin")


def test_permission_comes_before_the_parameters_are_judged(world: World) -> None:
    """Given somebody who may not, when parameters are wrong too, then only the guard's reasons are told."""
    world.write("signalbox.yml", "roles: {}\n")
    with pytest.raises(NotAllowed):
        world.say("run restart service=unknown nonsense=1 on web in lab")


def test_a_broken_policy_lets_nobody_in(world: World) -> None:
    """Given a signalbox.yml that can't be read, when a run is asked for, then nothing runs, and the file is named."""
    world.write("signalbox.yml", "roles: [")
    with pytest.raises(Misconfigured, match=r"signalbox\.yml cannot be used"):
        world.say("run ping in lab")
    assert nothing_started(world)


def test_what_nobody_can_approve_is_not_stored(world: World) -> None:
    """Given a runbook that requires an approval and no policy, when it is asked for, then it is refused, with why."""
    world.runbook("risky", "safety: {requires_approval: true}")
    with pytest.raises(NotAllowed, match="risky requires an approval") as refusal:
        world.say("run risky in lab")
    assert "nobody can give it" in refusal.value.what
    assert nothing_started(world)


def test_a_full_queue_takes_no_more(world: World) -> None:
    """Given a queue with as many runs as may wait, when one more is asked for, then it is refused and not stored."""
    world.write("signalbox.yml", OPEN + "limits: {queue: 2}\n")
    world.queue.listening = {"default": 1}
    world.run("run ping in lab")
    world.run("run ping in lab")
    with pytest.raises(Refused, match=r"The queue is full, 2 waiting\. Try again when some have run\.$"):
        world.say("run ping in lab")
    assert len(world.ledger.find()) == 2
    world.queue.take()
    world.run("run ping in lab")


def test_a_full_queue_stops_no_other_environment(world: World) -> None:
    """Given an environment whose queue is full and without workers, when runs are asked for, then others take them."""
    world.write("inventories/other/hosts.yml", "all: {hosts: {far1: {}}}\n")
    world.write("signalbox.yml", OPEN + "limits: {queue: 1}\nenvironments: {other: {queue: dc1}}\n")
    world.run("run ping in other")
    with pytest.raises(Refused) as refusal:
        world.say("run ping in other")
    assert refusal.value.what == "The queue dc1 is full, 1 waiting."
    assert "no worker listens to the queue dc1" in refusal.value.remedy
    world.run("run ping in lab")
    assert [world.queue.take("dc1"), world.queue.take("default")] == [1, 2]


def test_the_cooldown_holds_on_the_same_hosts_only(world: World) -> None:
    """Given a run on one host, when it is asked for again within its cooldown, then other hosts are still free."""
    world.runbook("careful", "safety: {cooldown: 10m}")
    world.run("run careful on web1 in lab")
    with pytest.raises(NotAllowed, match="careful ran on web1 less than 10 min ago"):
        world.say("run careful on web in lab")
    world.run("run careful on web2 in lab")
    world.run("run careful on web1 in lab --check")


def test_a_host_of_the_same_name_elsewhere_has_no_cooldown(world: World) -> None:
    """Given a run in one environment, when another has a host of that name, then its cooldown is not touched."""
    world.runbook("careful", "safety: {cooldown: 10m}")
    world.write("inventories/other/hosts.yml", "all: {hosts: {web1: {}}}\n")
    world.run("run careful on web1 in lab")
    world.run("run careful on web1 in other")


def test_a_check_begins_no_cooldown(world: World) -> None:
    """Given a check, when the same is asked for in earnest, then nothing has to be waited for."""
    world.runbook("careful", "safety: {cooldown: 10m}")
    world.run("run careful on web1 in lab --check")
    world.run("run careful on web1 in lab")


def test_secrets_are_asked_for_and_never_kept(world: World) -> None:
    """Given a runbook with secrets, when they are answered, then only the envelope has them, the plan their names."""
    assert world.asked("run token app=mail in lab") == ("token", "pin")
    assert nothing_started(world)
    run = world.run("run token app=mail in lab", secrets={"token": SECRET, "pin": "1234567"})
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    assert envelope.secrets == {"token": SECRET, "pin": "1234567"}
    assert run.plan.secret_names == ("pin", "token")
    kept = repr((world.ledger.get(run.id), world.ledger.recorded()))
    assert SECRET not in kept
    assert "1234567" not in kept


def test_a_secret_that_is_not_required_may_stay_empty(world: World) -> None:
    """Given a required and another secret, when only the first gets a value, then the run goes on without the other."""
    run = world.run("run token app=mail in lab", secrets={"token": SECRET, "pin": ""})
    assert run.plan.secret_names == ("token",)


def test_a_required_secret_is_asked_for_again(world: World) -> None:
    """Given an empty answer for a required secret, when it is handed in, then the question comes again."""
    assert world.asked("run token app=mail in lab", secrets={"token": "", "pin": ""}) == ("token",)


@pytest.mark.parametrize(
    "text",
    [
        f"run token app=mail token={SECRET} pin=x in lab",
        f"run token app=mail key={SECRET} pin=x in lab",
    ],
)
def test_a_typed_secret_is_not_in_the_stored_command(world: World, text: str) -> None:
    """Given a secret in the command, by its name or under an alias, when all is stored, then it is in none of it."""
    run = world.run(text)
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    assert envelope.secrets["token"] == SECRET
    assert "********" in run.command
    assert SECRET not in repr((world.ledger.get(run.id), world.ledger.recorded(), world.told(f"show {run.id}")))


def test_a_phrase_has_no_place_for_a_secret(world: World) -> None:
    """Given a phrase with a slot for a secret, when the runbooks are listed, then it is left out, and that is said."""
    world.runbook("leak", "say: ['use {word}']\nparameters: {word: {type: str, no_log: true}}\n")
    assert "The secret word cannot stand in a phrase." in repr(world.told("runbooks"))
    with pytest.raises(UnknownName):
        world.say(f"use {SECRET}")
    assert SECRET not in repr(world.ledger.recorded())


def test_the_flow_itself_hides_a_secret_that_a_phrase_fixed(world: World) -> None:
    """Given a command whose fixed slots hold a secret, when it is stored, then its text does not have it.

    No catalog lets such a phrase in; the flow stands behind it.
    """
    said = {"token": SECRET, "app": "mail", "pin": "x"}
    ask = AskRun(runbook="token", environment="lab", parameters=said, fixed=said)
    world.start.handle(ask, Request(text="", actor=ANNA, conversation=HERE))
    assert SECRET not in repr((world.ledger.get(1), world.ledger.recorded()))


def test_a_wrong_secret_is_refused_without_being_shown(world: World) -> None:
    """Given a secret of a type, when the answer does not fit, then the refusal names it, and never its value."""
    world.runbook("pin", "parameters: {pin: {type: int, required: true, no_log: true}}")
    with pytest.raises(BadParameters) as refusal:
        world.say("run pin in lab", secrets={"pin": SECRET})
    assert "pin" in refusal.value.problems[0]
    assert SECRET not in repr(refusal.value) + repr(refusal.value.problems)
    assert SECRET not in repr(world.ledger.recorded())


@pytest.mark.parametrize(
    "text",
    [
        "restart nginx on web service=redis",
        "restart nginx on web unit=redis",
        "restart nginx on web service=nginx",
        "restart nginx on web on db",
        "ping web in lab on db",
        "ping web in lab in other",
    ],
)
def test_nothing_may_say_again_what_a_phrase_has_said(world: World, text: str) -> None:
    """Given a phrase, when a later word sets what it fixed, then the whole command is refused."""
    world.write("inventories/other/hosts.yml", LOCAL)
    with pytest.raises(Refused):
        world.say(text)
    assert nothing_started(world)


LOCAL = "all: {hosts: {localhost: {ansible_connection: local}}}\n"


def test_what_a_phrase_fixed_stands_in_the_plan(world: World) -> None:
    """Given a phrase and more parameters behind it, when it is said, then the plan has both."""
    run = world.run("restart redis on db tcp_port=6379")
    assert run.plan.parameters == {"service": "redis", "tcp_port": 6379}
    assert run.command == "run restart on db service=redis tcp_port=6379"


def test_the_flow_itself_holds_on_to_what_a_phrase_fixed(world: World) -> None:
    """Given a command whose values differ from what its phrase fixed, when it is handled, then it is refused.

    No text makes such a command; the guard stands behind the parser.
    """
    ask = AskRun(
        runbook="restart",
        limit="web",
        environment="lab",
        parameters={"service": "redis"},
        fixed={"service": "nginx", "limit": "web"},
    )
    request = Request(text="", actor=ANNA, conversation=HERE)
    with pytest.raises(BadParameters, match="already says service"):
        world.start.handle(ask, request)
    world.start.handle(replace(ask, parameters={"service": "nginx"}), request)


def test_the_only_environment_need_not_be_named(world: World) -> None:
    """Given one environment where a runbook may run, when none is named, then it is that one."""
    assert world.run("run ping").plan.target.environment == "lab"
    world.write("inventories/other/hosts.yml", LOCAL)
    world.runbook("here", "safety: {scopes: [other]}")
    assert world.run("run here").plan.target.environment == "other"


def test_the_environment_is_asked_for_when_there_are_several(world: World) -> None:
    """Given two environments, when none is named, then the refusal lists them."""
    world.write("inventories/other/hosts.yml", LOCAL)
    with pytest.raises(UnknownName, match=r"In which environment shall ping run\? Say `in` and one of: lab, other\."):
        world.say("run ping")


def test_no_environment_at_all_is_said_with_its_remedy(world: World) -> None:
    """Given a runbook whose scopes exist nowhere, when none is named, then the refusal says what makes one."""
    world.runbook("here", "safety: {scopes: [nowhere]}")
    with pytest.raises(UnknownName, match="a folder below inventories/ makes an environment"):
        world.say("run here")


def test_defaults_of_a_runbook_fill_what_is_left_out(world: World) -> None:
    """Given a runbook with a default environment and limit, when neither is said, then they hold; else they do not."""
    world.write("inventories/other/hosts.yml", LOCAL)
    world.runbook("tidy", "defaults: {environment: lab, limit: db}")
    assert world.run("run tidy").plan.target.hosts == ("db1", "db2")
    assert world.run("run tidy on web1").plan.target.hosts == ("web1",)
    assert world.run("run tidy on all in other").plan.target.hosts == ("localhost",)


def test_a_timeout_is_the_runbooks_own_or_the_places(world: World) -> None:
    """Given a runbook with a timeout and one without, when they are planned, then each has the right one."""
    assert world.run("run restart service=nginx").plan.timeout == 300
    assert world.run("run ping").plan.timeout == 3600


@pytest.mark.parametrize(
    "command",
    [
        "run ping in lab",
        "run restart service=nginx",
        "restart nginx on web",
        "run ping on web:!web3 in lab --forks 3 -v",
    ],
)
def test_the_stored_command_means_the_same_run(world: World, command: str) -> None:
    """Given a run, when its stored command is said again, then the plan is the same."""
    first = world.run(command)
    assert world.run(first.command).plan == first.plan


Breaks = Callable[[World], object]


@pytest.mark.parametrize(
    "breaks",
    [
        lambda world: world.write("inventories/lab/hosts.yml", "all: ["),
        lambda world: (world.root / "playbooks/site.yml").unlink(),
        lambda world: (world.root / "playbooks/ping.runbook.yml").unlink(),
    ],
    ids=["inventory", "playbook", "runbook"],
)
def test_a_broken_project_is_answered_with_a_sentence(world: World, breaks: Breaks) -> None:
    """Given a project that broke, when a run is asked for, then a sentence with a remedy says so; nothing starts."""
    breaks(world)
    with pytest.raises(SignalboxError) as error:
        world.say("run ping in lab")
    assert error.value.what
    assert error.value.remedy
    assert nothing_started(world)


def test_an_environment_has_a_default_limit(world: World) -> None:
    """Given an environment with a limit of its own, when neither command nor runbook has one, then it holds."""
    world.write("signalbox.yml", OPEN + "environments: {lab: {default_limit: db}}\n")
    world.runbook("tidy", "defaults: {limit: web1}")
    assert world.run("run ping in lab").plan.target.hosts == ("db1", "db2")
    assert world.run("run ping on all in lab").plan.target.hosts == ("web1", "web2", "web3", "db1", "db2")
    assert world.run("run tidy in lab").plan.target.hosts == ("web1",)


def test_no_more_runs_at_once_than_the_environment_takes(world: World) -> None:
    """Given an environment that takes one run at once, when a second is asked for, then it has to wait."""
    world.write("inventories/other/hosts.yml", LOCAL)
    world.write("signalbox.yml", OPEN + "environments: {lab: {max_concurrent: 1}}\n")
    world.run("run ping in other")
    world.run("run ping in lab")
    with pytest.raises(NotAllowed, match="lab takes 1 runs at once, and 1 are not over"):
        world.say("run ping in lab")
    world.finish()
    world.run("run ping in lab")


def test_a_confirmation_is_waited_for(world: World) -> None:
    """Given a runbook that wants a confirmation, when it is asked for, then it waits, and its check does not."""
    world.runbook("sure", "safety: {confirm: {message: Really?}}")
    world.waits("run sure in lab")
    assert world.queue.depth() == 0
    world.run("run sure in lab --check")


def test_values_decide_before_a_secret_is_asked_for(world: World) -> None:
    """Given a grant for some values, when another is asked for, then it is refused, and no secret is asked for."""
    world.write(
        "signalbox.yml",
        "roles: {all: {members: ['*'], may: [{runbooks: ['*'], environments: ['*'], parameters: {app: [mail]}}]}}\n",
    )
    with pytest.raises(NotAllowed, match="only with other values of app"):
        world.say("run token app=bank in lab")
    assert world.asked("run token app=mail in lab") == ("token", "pin")


def test_a_default_value_counts_as_a_value(world: World) -> None:
    """Given a denial of a value that is the default, when the parameter is left out, then the denial holds."""
    grant = "may: [{runbooks: ['*'], environments: ['*']}], may_not: [{parameters: {tcp_port: [80]}}]"
    world.write("signalbox.yml", f"roles: {{all: {{members: ['*'], {grant}}}}}\n")
    with pytest.raises(NotAllowed, match="may not run restart in lab this way"):
        world.say("run restart service=nginx in lab")
    world.run("run restart service=nginx tcp_port=81 in lab")
