"""SQLite on a disk that fills up, and on one that is read-only: a sentence, and what was stored before is there."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Unavailable
from bot.ledger.sql import SqlLedger

from .conftest import event, make_run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


@pytest.fixture
def cramped(small_disk: Path) -> Iterator[SqlLedger]:
    """A ledger with little room."""
    ledger = SqlLedger(f"sqlite:///{small_disk}/signalbox.db")
    ledger.migrate()
    yield ledger
    ledger.close()


def test_a_full_disk_loses_nothing(cramped: SqlLedger, small_disk: Path) -> None:
    """Given events that no longer fit, when there is room again, then the same events are stored, each once."""
    (small_disk / "ballast").write_bytes(b"x" * 2**20)
    run = make_run(cramped, "web1")
    counter = _fill(cramped, run.id)
    with pytest.raises(Unavailable, match="the disk is full"):
        make_run(cramped, "web2")
    assert [each.counter for each in cramped.events(run.id)] == list(range(1, counter))
    (small_disk / "ballast").unlink()
    cramped.add_events(run.id, [event(each, message="x" * 4000) for each in (counter - 1, counter)])
    assert [each.counter for each in cramped.events(run.id)] == list(range(1, counter + 1))
    assert make_run(cramped, "web2").id == run.id + 1


def _fill(ledger: SqlLedger, run_id: int) -> int:
    """Store events until one does not fit; its counter."""
    for counter in range(1, 1000):
        try:
            ledger.add_events(run_id, [event(counter, message="x" * 4000)])
        except Unavailable as error:
            assert "the disk is full" in error.what  # noqa: PT017 (which of them raises is what we look for)
            return counter
    raise AssertionError("everything fitted")


def test_a_read_only_disk_is_told(cramped: SqlLedger, small_disk: Path) -> None:
    """Given a disk that became read-only, when a run is to be stored, then that is said, and reading goes on."""
    run = make_run(cramped, "web1")
    cramped.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Unavailable, match=r"cannot be written|cannot be opened"):
        make_run(cramped, "web2")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert cramped.get(run.id).plan.target.hosts == ("web1",)
