"""`export`: the audit as other programs get it, and whether its chain holds."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.ledger import AutomationEvent
from bot.ledger.sql import SqlLedger


@pytest.fixture
def ledger(place: Path, monkeypatch: pytest.MonkeyPatch) -> SqlLedger:
    """The ledger of the command's own home, with a row of last month and two of today."""
    monkeypatch.setenv("SIGNALBOX_HOME", str(place / "home"))
    (place / "home").mkdir()
    made = SqlLedger(f"sqlite:///{place}/home/signalbox.db")
    made.migrate()
    month_ago = datetime.now(UTC) - timedelta(days=31)
    made.record(AutomationEvent(action="ping", status="accepted", at=month_ago))
    made.record(AutomationEvent(action="ping", status="refused", reason="=cmd()", parameters={"a": 1}, hosts=("web1",)))
    made.record(AutomationEvent(action="restart", status="requires_manual"))
    return made


def export(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Status, and what was said on both outputs."""
    status = main(["export", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_lines_of_json(ledger: SqlLedger, capsys: pytest.CaptureFixture[str]) -> None:
    """Given rows, when they are exported since a day, then each is one object, and each hash is in the next one."""
    status, said, _ = export(capsys, "--since", "1d")
    first, second = [json.loads(line) for line in said.splitlines()]
    assert status == 0
    assert (first["id"], first["parameters"], first["hosts"]) == (2, {"a": 1}, ["web1"])
    assert second["previous"] == first["hash"]
    assert second["hash"] == ledger.audit_chain().head_hash


@pytest.mark.usefixtures("ledger")
def test_csv_holds_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    """Given a reason that a spreadsheet would compute, when CSV is asked for, then it is a text."""
    _, said, _ = export(capsys, "--format", "csv", "--since", "2020-01-01")
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["reason"] == "'=cmd()"


def test_a_chain_that_holds_and_one_that_does_not(ledger: SqlLedger, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a chain, when it is verified before and after a row was changed, then the status and the row are told."""
    status, said, told = export(capsys, "--verify")
    assert (status, said) == (0, "")
    assert told == f"3 rows hold, from the first row. Row 3 has the hash {ledger.audit_chain().head_hash}.\n"
    with ledger._database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER automation_events_no_update")
        connection.exec_driver_sql("UPDATE automation_events SET actor = 'nobody' WHERE id = 1")
    status, said, told = export(capsys, "--verify", "--since", "1h")
    assert status == 1
    assert len(said.splitlines()) == 2
    assert told == "The audit is broken at row 2: It does not follow from row 1.\n"


@pytest.mark.usefixtures("ledger")
def test_a_time_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Given a word that is no time, when it is asked for, then it is said, and the status is two."""
    with pytest.raises(SystemExit, match="2"):
        export(capsys, "--since", "yesterday")
    assert "no age such as 7d" in capsys.readouterr().err
