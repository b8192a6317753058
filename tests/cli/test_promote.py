"""`promote` on the command line: the same words, the same permission and the same row as in chat, without Redis."""

from pathlib import Path

import pytest

from bot.cli import main
from bot.ledger.sql import SqlLedger

POLICY = """
roles:
  lead: {members: ["terminal:lea"], may: [{runbooks: [careful], environments: ["*"], channels: [ops], promote: true}]}
"""
RUNBOOK = "id: careful\nsummary: Be careful\nplaybook: ping.yml\nsafety: {scopes: [local]}\n"


@pytest.fixture
def careful(project: Path) -> Path:
    """The example project with a runbook that stays in `local`, and somebody who may promote it."""
    (project / "signalbox.yml").write_text(POLICY)
    (project / "playbooks/careful.runbook.yml").write_text(RUNBOOK)
    return project


def promote(*more: str, to: str = "example", evidence: str = "https://ci.example.org/7") -> int:
    """The status of the command."""
    return main(["promote", "--action", "careful", "--env", to, "--evidence-url", evidence, *more])


def test_who_may_promotes(careful: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a lead, when she promotes from her channel, then it stands in SQL, and is in the audit, said by her."""
    del careful
    assert promote("--as", "lea", "--channel", "ops") == 0
    assert "careful may run in example as long as its content is" in capsys.readouterr().out
    ledger = SqlLedger(f"sqlite:///{place}/home/signalbox.db")
    (standing,) = ledger.promotions()
    assert (standing.runbook, standing.environment, standing.actor) == ("careful", "example", "terminal:lea")
    assert [(row.status, row.origin) for row in ledger.recorded()] == [("promoted", "cli")]
    ledger.close()


@pytest.mark.parametrize(
    ("arguments", "how", "said"),
    [
        (("--as", "eve", "--channel", "ops"), {}, "terminal:eve has no role"),
        (("--as", "lea"), {}, "may promote careful to example from here"),
        (("--as", "lea", "--channel", "ops"), {"to": "local"}, "may run in local already"),
        (("--as", "lea", "--channel", "ops"), {"evidence": "http://ci.example.org"}, "no evidence"),
        (("--as", "lea", "--channel", "ops"), {"evidence": "https://x y"}, "no evidence"),
        (("--as", "lea", "--channel", "ops"), {"to": "nowhere"}, 'no environment "nowhere"'),
    ],
)
def test_what_is_refused_exits_with_2(
    careful: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], how: dict[str, str], said: str
) -> None:
    """Given a stranger, another channel, a place or evidence that will not do, then one sentence, and the status 2."""
    del careful
    assert promote(*arguments, **how) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_run_that_is_not_there_is_no_evidence(careful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given no run, when its number is given as evidence, then it is refused."""
    del careful
    arguments = ["--action", "careful", "--env", "example", "--evidence-run", "12", "--as", "lea", "--channel", "ops"]
    assert main(["promote", *arguments]) == 2
    assert "There is no run 12" in capsys.readouterr().err
