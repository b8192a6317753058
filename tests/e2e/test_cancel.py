"""A cancel from a second chat enters; the run ends at once, and nothing of it goes on on the controller."""

import json

import pytest

from bot.fleet import Fleet
from tests.e2e import processes
from tests.e2e.place import Place
from tests.e2e.talk import Result, Talking

SLOW = "run slow on {} seconds=600"


def under_way(talking: Talking, hosts: int) -> None:
    """Wait until the long step has begun on so many hosts."""

    def begun(out: str) -> bool:
        events = [json.loads(line) for line in out.split("\n")[:-1]]
        return sum(e.get("kind") == "runner_on_start" and e["task"].startswith("Step") for e in events) == hosts

    talking.until(begun)


def asked_at(place: Place, number: int) -> float:
    """When the cancel was asked for, in seconds since the epoch."""
    sql = "SELECT strftime('%s', at) AS at FROM automation_events WHERE run_id=? AND status='cancel_asked'"
    return float(place.rows(sql, number)[0]["at"])


def assert_canceled(place: Place, first: Result, hosts: set[str]) -> None:
    """Exit status 1, canceled in SQL and recap, with the hosts that may be busy, within seconds, nothing left."""
    assert (first.status, first.run["status"], place.status(first.run["id"])) == (1, "canceled", "canceled")
    assert set(first.run["busy_hosts"]) == hosts
    assert all(host in first.run["reason"] for host in hosts)
    assert first.of("event")[-1]["at"] - asked_at(place, first.run["id"]) < 10
    left = processes.of(place.home / "runs")
    assert not left, processes.described(left)


def test_a_second_chat_cancels_what_the_first_one_waits_for(place: Place) -> None:
    """Two local hosts sleep; the cancel ends the run, its sleeps too, and the busy hosts are said."""
    first = place.talking(SLOW.format("web1,web2 in local"), json=True)
    under_way(first, 2)
    place.note_modules()
    assert processes.of(place.home / "runs")
    second = place.ask("cancel 1", as_="somebody")
    assert second.status == 0
    assert_canceled(place, first.result(), {"web1", "web2"})
    again = place.ask("cancel 1")
    assert again.status == 2
    assert "ended already" in again.said


@pytest.mark.fleet
@pytest.mark.xdist_group("e2e-fleet-ends")
def test_a_run_on_real_hosts_is_canceled(fleet: Fleet, place: Place) -> None:
    """Three hosts sleep over SSH; the cancel ends Ansible and every ssh of it on the controller."""
    fleet.inventory_dir(place.project / "inventories" / "fleet")
    first = place.talking(SLOW.format("web in fleet"), json=True)
    under_way(first, 3)
    assert place.ask("cancel 1").status == 0
    assert_canceled(place, first.result(), {"web1", "web2", "web3"})


def test_a_run_that_waits_is_canceled_before_it_starts(place: Place) -> None:
    """The only worker is busy: the second run is taken out of the queue, never starts, and is said so."""
    place.extra["SIGNALBOX_WORKERS"] = "1"
    first = place.talking(SLOW.format("web1 in local"), json=True)
    under_way(first, 1)
    second = place.talking("run ping in local", json=True)
    second.until(lambda out: '"queued"' in out)
    third = place.ask("cancel 2", "cancel 1")
    assert "it had not started" in third.said
    waited = second.result()
    assert (waited.status, waited.run["status"]) == (1, "canceled")
    assert [event["kind"] for event in waited.of("event")] == ["run_ended"]
    assert first.result().run["status"] == "canceled"
