"""A plan is shown, and that plan is what happens: checks, apply, and what changes between asking and starting."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.fleet import Fleet
from tests.e2e import processes
from tests.e2e.place import Place

pytestmark = pytest.mark.xdist_group("e2e-plans")

WRITE = "- {name: Write, copy: {content: 'now\\n', dest: '{{ inventory_dir }}/../../../out-{{ inventory_hostname }}'}}"


@pytest.fixture
def checked(town: Place) -> int:
    """The number of a check of `write` on two hosts, from a clean tree."""
    town.inventory("lab", {"lab": ["a", "b"]})
    town.playbook("write", WRITE)
    town.commit()
    result = town.ask("run write in lab --check --diff")
    assert (result.status, result.run["check"]) == (0, True)
    assert all(each["changed"] for each in result.run["outcomes"])
    assert any("+now" in event["diff"] for event in result.of("event"))
    assert not written(town)
    return int(result.run["id"])


def written(town: Place) -> set[str]:
    """What the playbook wrote, and takes it away."""
    found = set(town.root.glob("out-*"))
    for path in found:
        path.unlink()
    return {path.name for path in found}


def test_a_check_is_applied_exactly(town: Place, checked: int) -> None:
    """The check changes nothing; apply does the same plan for real, and says whose plan it is."""
    result = town.ask(f"apply {checked}")
    assert (result.status, result.run["hosts"], result.run["check"]) == (0, ["a", "b"], False)
    assert written(town) == {"out-a", "out-b"}
    row = town.rows("SELECT parent, parent_how FROM runs WHERE id=?", result.run["id"])
    assert row == [{"parent": checked, "parent_how": "apply"}]
    twice = town.ask(f"apply {result.run['id']}")
    assert (twice.status, "no check" in twice.said) == (2, True)


def test_a_canary_goes_on_when_a_person_says_so(town: Place) -> None:
    """Two hosts, one first; another chat says go, and both are done: one run, its events in one stream."""
    town.inventory("lab", {"lab": ["a", "b"]})
    town.playbook("write", WRITE)
    town.commit()
    talking = town.talking("run write in lab --canary 1", json=True)
    talking.until(lambda out: "waiting for a person" in out)
    assert written(town) == {"out-a"}
    (row,) = town.rows("SELECT id FROM runs ORDER BY id DESC LIMIT 1")
    assert "goes on with wave 2" in town.ask(f"confirm {row['id']}").said
    result = talking.result()
    assert (result.status, result.run["status"], written(town)) == (0, "successful", {"out-b"})
    counters = town.rows("SELECT counter, kind FROM run_events WHERE run_id=? ORDER BY counter", row["id"])
    assert [each["counter"] for each in counters] == list(range(1, len(counters) + 1))
    assert [each["kind"] for each in counters].count("playbook_on_stats") == len(["a", "b"])


def test_batches_stop_when_a_host_fails(town: Place) -> None:
    """Three hosts one by one, the second fails: the third is not touched, and is named."""
    town.inventory("lab", {"lab": ["a", "b", "c"]})
    town.playbook("write", "- {name: Fail, fail: {msg: broken}, when: inventory_hostname == 'b'}\n" + WRITE)
    town.commit()
    result = town.ask("run write in lab --batch 1")
    assert (result.status, result.run["status"], written(town)) == (1, "failed", {"out-a"})
    assert "Not reached: c." in result.run["reason"]


def test_a_check_of_another_playbook_is_not_applied(town: Place, checked: int) -> None:
    """After an edit of the playbook, committed or not, apply is refused and nothing happens."""
    town.playbook("write", WRITE.replace("now", "later"))
    refused = town.ask(f"apply {checked}")
    assert (refused.status, written(town)) == (2, set())
    assert "Check again" in refused.said


def test_a_check_of_another_inventory_is_not_applied(town: Place, checked: int) -> None:
    """After an edit of the inventory apply is refused and nothing happens."""
    town.inventory("lab", {"lab": ["a", "b", "c"]})
    refused = town.ask(f"apply {checked}")
    assert (refused.status, written(town)) == (2, set())
    assert "Check again" in refused.said


@pytest.mark.fleet
@pytest.mark.xdist_group("e2e-fleet-road")
def test_a_check_leaves_real_hosts_alone(fleet: Fleet, fleet_town: Place) -> None:
    """A restart that is only checked leaves the service's process; applied, it is another one."""
    show = "systemctl show --property=MainPID --value nginx"
    before = fleet.run("web2", show).stdout
    check = fleet_town.ask("run restart-service on web2 in fleet service=nginx --check")
    assert check.status == 0, check.out
    assert fleet.run("web2", show).stdout == before
    fleet_town.commit()  # what the inventory's check wrote is no part of the plan
    again = fleet_town.ask("run restart-service on web2 in fleet service=nginx --check")
    assert fleet_town.ask(f"apply {again.run['id']}").status == 0
    assert fleet.run("web2", show).stdout != before


@contextlib.contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Processes that do nothing for as long as the block lasts."""
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _another_host(place: Place) -> None:
    place.inventory("lab", {"lab": ["a", "b", "c"]})


def _a_host_less(place: Place) -> None:
    place.inventory("lab", {"lab": ["a"]})


def _another_way(place: Place) -> None:
    place.inventory("lab", {"lab": ["a", "b"]}, ansible_host="127.0.0.9")


def _another_playbook(place: Place) -> None:
    place.playbook("write", WRITE.replace("now", "later"))


def _no_runbook(place: Place) -> None:
    Path(place.project / "playbooks" / "write.runbook.yml").unlink()


@pytest.mark.parametrize("change", [_another_host, _a_host_less, _another_way, _another_playbook, _no_runbook])
def test_what_changes_between_asking_and_starting_stops_the_run(late: Place, change: object) -> None:
    """A run that was queued before the project changed ends as an error that says so, and nothing was run."""
    late.inventory("lab", {"lab": ["a", "b"]})
    late.playbook("write", WRITE)
    with stopped(processes.named(late.root, "-m", "bot", "worker")):
        talking = late.talking("run write in lab", json=True)
        talking.until(lambda out: '"queued"' in out)
        change(late)  # type: ignore[operator]
    result = talking.result()
    assert (result.status, result.run["status"]) == (1, "error")
    assert "has changed since this was asked" in result.run["reason"]
    assert "Nothing was run" in result.run["reason"]
    assert {event["kind"] for event in result.of("event")} == {"run_ended"}
    assert not written(late)
