"""Fixtures of the whole road: a fresh place for one test, or one that is up for all tests of a module."""

from collections.abc import Iterator

import pytest

from bot.fleet import Fleet
from tests.e2e.place import Place


@pytest.fixture
def place() -> Iterator[Place]:
    """A fresh installation; the test ends with nothing left of it: no process, no private folder."""
    made = Place()
    try:
        yield made
        made.leave()
        made.assert_quiet()
    finally:
        made.close()


@pytest.fixture(scope="module")
def town() -> Iterator[Place]:
    """An installation that is up for all tests of a module."""
    made = Place()
    try:
        with made.up():
            yield made
        made.leave()
        made.assert_quiet()
    finally:
        made.close()


@pytest.fixture(scope="module")
def fleet_town(fleet: Fleet) -> Iterator[Place]:
    """The same with the environment `fleet`: real hosts over SSH."""
    made = Place()
    fleet.inventory_dir(made.project / "inventories" / "fleet")
    made.write("inventories/fleet/group_vars/all.yml", "clear_cache_allowed: [/var/tmp/signalbox-cache]\n")
    made.commit()
    try:
        with made.up():
            yield made
        made.leave()
        made.assert_quiet()
    finally:
        made.close()


@pytest.fixture(scope="module")
def late() -> Iterator[Place]:
    """An installation that is up with one worker, to be stopped for a while."""
    made = Place()
    try:
        with made.up("--workers", "1"):
            yield made
        made.leave()
        made.assert_quiet()
    finally:
        made.close()
