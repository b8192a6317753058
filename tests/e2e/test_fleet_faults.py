"""Hosts die and links break in the midst of things: the recap says so, the others are done, a retry heals it."""

from collections.abc import Iterator

import pytest

from bot.fleet import Fleet
from tests.e2e.place import Place
from tests.e2e.talk import Result

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("e2e-fleet-ends")]


@pytest.fixture
def web3(fleet: Fleet) -> Iterator[Fleet]:
    """The fleet whose web3 is healed afterwards."""
    yield fleet
    fleet.heal("web3")


def unreachable(result: Result) -> set[str]:
    """Hosts that the recap calls unreachable."""
    return {each["host"] for each in result.run["outcomes"] if each["unreachable"]}


def assert_web3_is_unreachable(result: Result) -> None:
    """Exit status 1; the other two have no failure."""
    assert (result.status, result.run["status"]) == (1, "failed")
    assert unreachable(result) == {"web3"}
    assert {each["host"] for each in result.run["outcomes"] if each["ok"]} >= {"web1", "web2"}
    assert "web3" in result.run["reason"]
    assert "unreachable" in result.run["reason"]


def test_a_dead_host_is_unreachable_until_it_is_back(web3: Fleet, fleet_town: Place) -> None:
    """A killed host is unreachable and the others are done; back again, a retry touches it alone and succeeds."""
    web3.kill("web3")
    result = fleet_town.ask("run ping on web in fleet")
    assert_web3_is_unreachable(result)
    web3.start("web3")
    again = fleet_town.ask(f"retry {result.run['id']}")
    assert (again.status, again.run["hosts"], again.run["status"]) == (0, ["web3"], "successful")


def test_a_cut_host_ends_the_run_within_its_timeouts(web3: Fleet, fleet_town: Place) -> None:
    """A host whose cable is pulled costs the connection's timeout, not more, and is unreachable."""
    web3.cut("web3")
    result = fleet_town.ask("run ping on web in fleet")
    assert_web3_is_unreachable(result)
    assert result.run["seconds"] < 60


def test_a_host_that_is_cut_off_in_a_task_does_not_hang_the_run(web3: Fleet, fleet_town: Place) -> None:
    """The cable is pulled while the task runs: keep-alives notice, and the others finish their work."""
    talking = fleet_town.talking("run slow on web in fleet seconds=2 steps=3", json=True)
    talking.until(lambda out: out.count("Step 1 of 3") > 3)
    web3.cut("web3")
    assert_web3_is_unreachable(talking.result())
