"""Playbooks in the style of public roles, for real: what their card and their recap say is what happened."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.chat.terminal import card_lines, recap_lines
from bot.flows.log_text import log_lines
from bot.model.command import RunOptions
from bot.model.view import RunCard
from bot.progress import fold
from tests.engine.playbooks import HOSTS, MORE, PLAYBOOKS
from tests.engine.world import Project, Recorder, a_plan

OPTIONS = {"tags": RunOptions(tags=("config",))}
PIN = "Zq81kd93"
pytestmark = pytest.mark.xdist_group("engine-playbooks")
Shown = tuple[RunCard, list[str], Recorder]


def show_all(folder: Path) -> dict[str, Shown]:
    """Every playbook, carried out by one warm engine, two at a time."""
    (folder / "project").mkdir()
    project = Project(folder / "project", folder / "home")
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    groups = {"web": {"hosts": {host: {} for host in HOSTS[:3]}}, "db": {"hosts": {HOSTS[3]: {}}}}
    project.write("inventories/local/hosts.yml", {"all": {"children": groups, "vars": local}})
    for name, text in PLAYBOOKS.items():
        project.write(f"playbooks/{name}.yml", textwrap.dedent(text).lstrip("\n"))
    for name, text in MORE.items():
        project.write(name, text)
    _vault(project)
    engine = project.engine(warm=True)
    engine.keep_warm()

    def shown(name: str) -> Shown:
        told = Recorder()
        plan = a_plan(playbook=f"playbooks/{name}.yml", hosts=HOSTS, options=OPTIONS.get(name))
        told.outcome = engine.carry_out(1, plan, {}, told, lambda: False)
        card = _card(name, told)
        return card, recap_lines(card), told

    try:
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(PLAYBOOKS, pool.map(shown, PLAYBOOKS), strict=True))
    finally:
        engine.cool_down()


def _vault(project: Project) -> None:
    """A variable that a vault holds, and the password beside it."""
    password = project.write(".vault", "correct horse\n")
    project.write("ansible.cfg", "[defaults]\nvault_password_file = .vault\n")
    secret = project.write("inventories/local/group_vars/all.yml", {"pin": PIN})
    tool = str(Path(sys.executable).with_name("ansible-vault"))
    subprocess.run([tool, "encrypt", "--vault-password-file", str(password), str(secret)], check=True)


def _card(name: str, told: Recorder) -> RunCard:
    return RunCard(
        run_id=1,
        runbook=name,
        summary="",
        environment="local",
        limit="all",
        hosts=HOSTS,
        actor="terminal:anna",
        revision="",
        check=False,
        view=fold(1, HOSTS, told.events),
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """What was shown of every playbook: they run once for all tests here."""
    return show_all(tmp_path_factory.mktemp("playbooks"))


OK, CHANGED = (1, 0, 0, 0, 0, 0), (1, 1, 0, 0, 0, 0)
# Status; per host ok, changed, failed, skipped, rescued, ignored; per failure host and task; lines of the recap.
EXPECTED: dict[str, tuple[str, dict[str, tuple[int, ...]], list[tuple[str, str]], list[str]]] = {
    "handlers": (
        "successful",
        dict.fromkeys(HOSTS[:3], (5, 3, 0, 0, 0, 0)),
        [],
        ["4 hosts: 3 changed, 1 without result", "next: log 1"],
    ),
    "failing_handler": (
        "failed",
        {"web2": (1, 1, 1, 0, 0, 0), "web1": (1, 1, 0, 1, 0, 0), "web3": (1, 1, 0, 1, 0, 0)},
        [("web2", "Restart")],
        ["web2 failed, in TASK Restart", "it does not come up", "next: log 1 \u00b7 retry 1"],
    ),
    "rescue": (
        "successful",
        {"web1": (3, 1, 0, 0, 1, 0), "web2": (1, 0, 0, 1, 0, 0), "web3": (1, 0, 0, 1, 0, 0)},
        [],
        ["4 hosts: 1 changed, 2 ok, 1 without result"],
    ),
    "rescue_fails": (
        "failed",
        {"web1": (1, 0, 1, 0, 1, 0)},
        [("web1", "Roll back")],
        ["web1 failed, in TASK Roll back", "no backup"],
    ),
    "delegate": (
        "failed",
        {"web3": (1, 1, 1, 0, 0, 0), "web1": (2, 2, 0, 1, 0, 0), "web2": (1, 1, 0, 1, 0, 0)},
        [("web3", "Record locally")],
        ["4 hosts: 1 failed, 2 changed, 1 without result"],
    ),
    "async": ("successful", dict.fromkeys(HOSTS[:3], (3, 3, 0, 0, 0, 0)), [], []),
    "loops": (
        "failed",
        {"web1": (1, 1, 1, 0, 0, 1)},
        [("web1", "Until it answers")],
        ["non-zero return code (rc 1)"],
    ),
    "roles": ("successful", dict.fromkeys(HOSTS[:3], (6, 3, 0, 0, 0, 0)), [], []),
    "tags": ("successful", dict.fromkeys(HOSTS[:3], (2, 1, 0, 0, 0, 0)), [], []),
    "vault": ("failed", {"web1": (1, 0, 1, 0, 0, 0)}, [("web1", "Fail with it")], ["*** was refused"]),
    "become": ("failed", {"web1": (0, 0, 1, 0, 0, 0)}, [("web1", "Who am I")], []),
    "ignored": (
        "successful",
        {"web1": (2, 2, 0, 0, 0, 1), "web2": (2, 2, 0, 0, 0, 1), "web3": (1, 1, 0, 1, 0, 0)},
        [],
        ["next: log 1"],
    ),
    "any_errors_fatal": (
        "failed",
        {"web2": (0, 0, 1, 0, 0, 0), "web1": (0, 0, 0, 1, 0, 0), "web3": (0, 0, 0, 1, 0, 0)},
        [("web2", "Prepare")],
        ["no room", "4 hosts: 1 failed, 2 skipped, 1 without result"],
    ),
    "serial": (
        "failed",
        {"web2": (0, 0, 1, 0, 0, 0), "web1": CHANGED},
        [("web2", "Upgrade")],
        ["4 hosts: 1 failed, 1 changed, 2 without result"],
    ),
    "max_fail": (
        "failed",
        {"web2": (0, 0, 1, 0, 0, 0), "web1": (2, 1, 0, 0, 0, 0), "web3": (2, 1, 0, 0, 0, 0)},
        [("web2", "Upgrade")],
        ["4 hosts: 1 failed, 2 changed, 1 without result"],
    ),
    "set_stats": ("successful", {"web1": OK}, [], ["4 hosts: 1 ok, 3 without result"]),
    "end_host": (
        "successful",
        {"web2": CHANGED, "web3": CHANGED},
        [],
        ["4 hosts: 2 changed, 2 without result"],
    ),
    "two_plays": ("failed", {"web1": (0, 0, 1, 0, 0, 0)}, [("web1", "Fail")], ["4 hosts: 1 failed, 3 without result"]),
}


def counts(card: RunCard) -> dict[str, tuple[int, ...]]:
    """Hosts with any result, and their counts."""
    made = {
        each.host: (each.ok, each.changed, each.failed, each.skipped, each.rescued, each.ignored)
        for each in card.view.outcomes
    }
    return {host: found for host, found in made.items() if any(found)}


def test_every_playbook_has_an_expected_view() -> None:
    """Given the playbooks, when their expectations are looked for, then there is one for each and no other."""
    assert set(PLAYBOOKS) == set(EXPECTED)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_card_and_recap_say_what_happened(shown: dict[str, Shown], name: str) -> None:
    """Given a playbook that was carried out, when it is shown, then status, hosts, failures and sentences are right."""
    card, recap, _ = shown[name]
    status, hosts, failures, sentences = EXPECTED[name]
    assert card.view.status.value == status
    assert counts(card) == hosts
    assert [(each.host, each.task) for each in card.view.failures] == failures
    assert [line for line in sentences if line not in [said.strip() for said in recap]] == []
    console = Console(file=StringIO(), width=120)
    console.print(card_lines(card, card.view.ended_at or 0.0, 120))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"#1 {name}" in said
    assert [line for line in (f"{host} failed, in TASK {task}" for host, task in failures) if line not in said] == []


PROVISIONAL = frozenset({"rescue_fails", "loops", "ignored", "end_host"})
"""Where only Ansible's statistics know: a failure in a rescue before an always, what an ignored failure had changed,
and that a skipped `meta` counts as nothing."""


@pytest.mark.parametrize("name", [name for name in PLAYBOOKS if name not in PROVISIONAL])
def test_what_is_shown_under_way_is_what_ansible_counts_in_the_end(shown: dict[str, Shown], name: str) -> None:
    """Given events up to Ansible's statistics, when they are folded, then the counts are those of the statistics."""
    card, _, told = shown[name]
    before = [event for event in told.events if event.kind not in {"playbook_on_stats", "run_ended"}]
    assert counts(replace(card, view=fold(1, HOSTS, before))) == counts(card)


def test_what_a_vault_holds_is_in_no_view(shown: dict[str, Shown]) -> None:
    """Given a playbook that prints and fails with a vaulted value, when it is shown, then the value is nowhere."""
    card, recap, told = shown["vault"]
    assert PIN not in repr(card) + "".join(recap) + told.everything()


def test_what_set_stats_tells_is_in_the_log(shown: dict[str, Shown]) -> None:
    """Given set_stats, when the events are looked at, then the value that was set is there."""
    _, _, told = shown["set_stats"]
    (statistics,) = told.of("playbook_on_stats")
    assert statistics.message == 'set_stats: {"build": 42}'
    assert any('set_stats: {"build": 42}' in line for line in log_lines(told.events))


def test_handlers_items_and_attempts_have_events_of_their_own(shown: dict[str, Shown]) -> None:
    """Given handlers, a loop and retries, when their events are looked at, then each happened so often."""
    _, _, told = shown["handlers"]
    assert {event.task for event in told.of("playbook_on_task_start") if event.data.get("handler")} == {
        "Restart",
        "Tell",
    }
    assert len(told.of("runner_on_ok", task="Restart")) == len(HOSTS[:3])
    _, _, told = shown["loops"]
    assert len(told.of("runner_item_on_ok")) + len(told.of("runner_item_on_failed")) == len(["anna", "ben", "carl"])
    assert len(told.of("runner_retry")) == len(["first", "second"])
