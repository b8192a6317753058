"""`export`: the audit as other programs get it, and whether its chain holds."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.alerts import Grouping, acknowledge, decider, group_of
from bot.cli import main
from bot.ledger import AutomationEvent
from bot.ledger.sql import SqlLedger
from bot.model.incident import Notice
from bot.model.run import HostOutcome
from tests.alerts.story import START, alert
from tests.ledger.conftest import make_run


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


@pytest.fixture
def incident(ledger: SqlLedger) -> int:
    """An incident with hostile text, which somebody took, and a run that mended it."""
    incidents, grouping = ledger.incidents(), Grouping()
    said = alert("a", host="web1", title="Errors | **are** <b>high</b>\n# x")
    notice = Notice(alert=said, group=group_of(said, grouping), at=START)
    incidents.take([notice], decider(grouping))
    incidents.change(1, acknowledge("slack:U1", START + timedelta(seconds=90)))
    run = make_run(ledger, "web1", "web2")
    ledger.set_outcomes(run.id, [HostOutcome(host="web1", changed=1, ok=1), HostOutcome(host="web2", ok=1)])
    at = START + timedelta(minutes=4)
    done = AutomationEvent(action="ping", status="successful", result="successful", actor="slack:U1", at=at)
    ledger.record(replace(done, run_id=run.id, incident_id=1))
    return 1


@pytest.mark.usefixtures("incident")
def test_an_incident_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Given an incident, when it is exported, then its story is there in order, and what alerts wrote is no markup."""
    status, said, _ = export(capsys, "--incident", "1")
    assert status == 0
    lines = said.splitlines()
    assert lines[0] == r"# Incident 1: Errors \| \*\*are\*\* \<b\>high\</b\> \# x"
    assert "- time to acknowledge: 1 min 30 s" in lines
    assert "- time to mitigate: 4 min" in lines
    assert "- time to resolve: not yet" in lines
    told = [line for line in lines if line.startswith("| 2026")]
    assert "looks after it" in told[1]
    assert "successful; changed web1 |" in told[2]


@pytest.mark.usefixtures("incident")
def test_an_incident_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """Given an incident, when JSON is asked for, then it is one object with everything as it was."""
    status, said, _ = export(capsys, "--incident", "1", "--format", "json")
    told = json.loads(said)
    assert status == 0
    assert told["alerts"][0]["alert"]["title"] == "Errors | **are** <b>high</b>\n# x"
    assert [entry["kind"] for entry in told["timeline"]] == ["opened", "acknowledged", "run"]
    assert told["times"]["time to mitigate"] == "4 min"


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize(
    "arguments", [("--incident", "7"), ("--incident", "1", "--format", "csv"), ("--format", "md", "--since", "1d")]
)
def test_what_cannot_be_exported_is_said(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """Given an incident that is not there, or a format for something else, when asked, then a sentence, and not 0."""
    status, said, why = export(capsys, *arguments)
    assert status != 0
    assert said == ""
    assert "Traceback" not in why
    assert "There is no incident 7." in why or "Write --format" in why
