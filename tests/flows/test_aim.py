"""Runs on hosts that facts choose: the explicit list is shown and run, stale facts never choose for a real run."""

import json
import os
import time

import pytest

from bot.commands import parse, to_text
from bot.errors import BadTarget, NotUnderstood
from bot.model.command import AskHosts, AskRun, Vocabulary
from bot.model.status import RunStatus

from .test_inquire import table, texts
from .world import World

OLD, NEW = 30 * 3600 + 30, 2 * 3600 + 30
CONFIG = "[defaults]\nfact_caching = jsonfile\nfact_caching_connection = kept\n"


@pytest.fixture
def town(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that keeps facts: web1 is new, web2 old, db1 has stale ones, db2 and web3 none."""
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    world.write("ansible.cfg", CONFIG)
    keep(world, "web1", "Debian", "12.5", NEW)
    keep(world, "web2", "Debian", "11.9", NEW)
    keep(world, "db1", "Debian", "10.1", OLD)
    return world


def keep(world: World, host: str, system: str, version: str, age: int) -> None:
    """Facts of a host in the cache, as Ansible writes them."""
    facts = {"ansible_distribution": system, "ansible_distribution_version": version}
    path = world.write(f"kept/s1_{host}", json.dumps({"__payload__": json.dumps(facts)}))
    gathered = time.time() - age
    os.utime(path, (gathered, gathered))


def test_hosts_are_shown_with_the_age_of_their_facts(town: World) -> None:
    """Given facts of some hosts, when hosts are asked for by them, then age, stale ones and hosts without are told."""
    reply = town.told("hosts os=debian and version<12 in lab")
    found = table(reply, "os=debian and version<12 in lab: 2 hosts")
    assert [row[0] for row in found.rows] == ["web2", "db1"]
    assert texts(reply) == "Facts up to 30 h old. Stale ones: db1. No facts of web3, db2."


def test_what_facts_choose_is_an_explicit_list_all_the_way(town: World) -> None:
    """Given fresh facts, when a run is asked for by them and they change, then it runs on the hosts that were shown."""
    run = town.run("run ping on web and version<12")
    assert run.plan.target.hosts == ("web2",)
    assert run.plan.target.limit == "web and version<12"
    assert run.plan.target.note == "Facts up to 2 h old. No facts of web3."
    assert run.command == 'run ping on "web and version<12"'
    keep(town, "web2", "Debian", "12.5", 0)
    town.finish()
    assert town.ledger.get(run.id).status is RunStatus.SUCCESSFUL
    assert [plan.target.hosts for _, plan in town.engine.carried_out] == [("web2",)]
    with pytest.raises(BadTarget, match="No host is so"):
        town.say(f"rerun {run.id}")


def test_stale_facts_choose_for_checks_only(town: World) -> None:
    """Given a host with stale facts, when it would be touched, then it is refused with the way out; a check is not."""
    with pytest.raises(BadTarget) as refusal:
        town.say("run ping on version<12")
    assert refusal.value.what == "The facts of db1 are older than 24 h, so nothing is run on them."
    assert "with a playbook that has `gather_facts: true`" in refusal.value.remedy
    town.write(
        "playbooks/look.runbook.yml", "id: look\nsummary: Look\nmodule: ansible.builtin.setup\nargs: {filter: [x]}\n"
    )
    with pytest.raises(BadTarget, match="Gather them: `run look on db1 in lab`"):
        town.say("run ping on version<12")
    with pytest.raises(BadTarget, match="db1"):
        town.say("why run ping on version<12")
    check = town.run("run ping on version<12 --check")
    assert check.plan.target.hosts == ("web2", "db1")
    town.finish()
    with pytest.raises(BadTarget, match="older than 24 h"):
        town.say(f"apply {check.id}")
    assert town.run("run ping on version>11").plan.target.hosts == ("web1",)


def test_one_sentence_says_that_nothing_is_left(town: World) -> None:
    """Given conditions that hold nowhere, when a run is asked for, then it is refused, and says who was not judged."""
    with pytest.raises(BadTarget, match=r"No host is so: os=rocky\. .*No facts of web3, db2\."):
        town.say("run ping on os=rocky")


def test_the_card_tells_of_the_facts(town: World) -> None:
    """Given a run whose hosts facts chose, when its card is shown, then their age stands in it."""
    run = town.run("run ping on web and version<12")
    town.finish()
    del run
    assert town.letters()[0].card.note == "Facts up to 2 h old. No facts of web3."


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("run ping on os=debian and version<12 in lab", "os=debian and version<12"),
        ("run ping on os = debian AND version < 12 in lab", "os=debian and version<12"),
        ("run ping on web:!web3 and os='red hat' in lab", 'web:!web3 and os="red hat"'),
        ('run ping on "os=debian and version<12" in lab', "os=debian and version<12"),
    ],
)
def test_conditions_are_part_of_the_one_grammar(text: str, limit: str) -> None:
    """However a condition is written, the limit is one text that means the same again."""
    names = Vocabulary(runbooks=("ping",), environments=("lab",))
    asked = parse(text, names)
    assert asked == AskRun(runbook="ping", limit=limit, environment="lab")
    assert parse(to_text(asked), names) == asked
    hosts = parse(text.replace("run ping on", "hosts"), names)
    assert hosts == AskHosts(pattern=limit, environment="lab")


@pytest.mark.parametrize("text", ["run ping on os=", "run ping on os=debian and", "hosts os=debian or os=x"])
def test_half_a_condition_is_not_understood(world: World, text: str) -> None:
    """Given a condition that is not complete, or another joint, when it is said, then it is refused as a command."""
    with pytest.raises((NotUnderstood, BadTarget)):
        world.say(text)
