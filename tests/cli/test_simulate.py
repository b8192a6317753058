"""`simulate`: on the example project alone, without Redis and SQL, by its words, its JSON and its exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.cli.who import anybody
from bot.ledger.sql import SqlLedger

POLICY = """
roles:
  some:
    members: ["terminal:anna", "slack:U1", "slack-group:S1"]
    may: [{runbooks: ["*"], environments: [local], channels: [ops]}]
  robots: {members: ["rule:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
environments:
  example: {approvals: 2}
"""


@pytest.fixture
def policy(project: Path) -> Path:
    """The example project with a policy."""
    path = project / "signalbox.yml"
    path.write_text(POLICY)
    return path


def simulated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The status, and the one object that is printed."""
    status = main(["simulate", "--json", *arguments])
    (line,) = capsys.readouterr().out.splitlines()
    return status, json.loads(line)


@pytest.mark.parametrize(
    ("arguments", "status", "verdict"),
    [
        (["--as", "anna", "--channel", "ops", "run ping in local"], 0, "allow"),
        (["--as", "terminal:anna", "--channel", "ops", "run ping in local"], 0, "allow"),
        (["--as", "U1", "--channel", "ops", "run ping in local"], 0, "allow"),
        (["--as", "slack:U1", "--channel", "ops", "run ping in local"], 0, "allow"),
        (["--as", "U2", "--group", "S1", "--channel", "ops", "run ping in local"], 0, "allow"),
        (["--as", "U2", "--group", "S2", "--channel", "ops", "run ping in local"], 2, "deny"),
        (["--as", "anna", "run ping in local"], 2, "deny"),
        (["--as", "bob", "--channel", "ops", "run ping in local"], 2, "deny"),
        (["--as", "rule:disk", "run ping in local"], 2, "deny"),
        (["--as", "schedule:night", "run ping in local"], 2, "deny"),
        (["--as", "anna", "--channel", "ops", "run nothing in local"], 2, "deny"),
        (["--as", "anna", "--channel", "ops", "runbooks"], 0, "allow"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_status_tells_what_would_become_of_it(
    policy: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, verdict: str
) -> None:
    """Given a policy, when somebody's command is simulated, then status and verdict say what would become of it."""
    assert policy.is_file()
    found, told = simulated(capsys, *arguments)
    assert (found, told["type"], told["verdict"]) == (status, "simulation", verdict)
    assert told["text"]


def test_a_run_that_would_ask_exits_with_one(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given an environment that wants approvals, when a run there is simulated, then it would ask, and for what."""
    policy.write_text(POLICY.replace("[local]", "['*']"))
    status, told = simulated(capsys, "--as", "anna", "--channel", "ops", "run ping in example")
    assert (status, told["verdict"]) == (1, "ask")
    assert told["approval"] == {"count": 2, "roles": [], "exclude_requester": True, "expires": 3600}
    assert told["hosts"]
    assert told["plan"]["runbook"] == "ping"
    assert "unknown" in told["unknown"]


def test_it_is_told_in_words(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given no `--json`, when a command is simulated, then target, guards and outcome are told in lines."""
    assert policy.is_file()
    assert main(["simulate", "--as", "anna", "--channel", "ops", "run ping on web1 in local"]) == 0
    told = capsys.readouterr().out
    assert "web1 in local: web1" in told
    assert "The role some grants ping in local." in told
    assert "It would run." in told


@pytest.mark.usefixtures("project")
def test_nothing_is_made(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a home that does not exist, when a command is simulated, then there is still none: no key, no database."""
    assert main(["simulate", "--as", "anna", "run ping in local"]) == 0
    assert "The database was not asked" in capsys.readouterr().out
    assert not (place / "home").exists()


@pytest.mark.usefixtures("project")
def test_sql_is_asked_where_it_is_there(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a database that is up to date, when a command is simulated, then it is looked into."""
    (place / "home").mkdir()
    ledger = SqlLedger(f"sqlite:///{place / 'home' / 'signalbox.db'}")
    ledger.migrate()
    ledger.close()
    assert main(["simulate", "--as", "anna", "run ping in local"]) == 0
    assert "The database was not asked" not in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_a_database_that_does_not_answer_is_no_hindrance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a database that is away, when a command is simulated, then the answer says that it was not asked."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert main(["simulate", "--as", "anna", "run ping in local"]) == 0
    assert "The database was not asked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("anna", "terminal:anna"),
        ("U1", "slack:U1"),
        ("W0ABC", "slack:W0ABC"),
        ("Ulla", "terminal:Ulla"),
        ("slack:U1", "slack:U1"),
        ("rule:disk-full", "rule:disk-full"),
        ("schedule:night", "schedule:night"),
        ("slack:", "terminal:slack:"),
        ("other:x", "terminal:other:x"),
        ("", "terminal:"),
    ],
)
def test_who_is_meant(name: str, actor: str) -> None:
    """Given a name, when it is read, then it is what it says, an id of Slack, or else somebody at a terminal."""
    assert str(anybody(name)) == actor


RULEBOOK = """
- name: shop
  hosts: all
  rules:
    - name: look
      condition: event.alert.host is defined
      action: {run_runbook: {runbook: ping, environment: local, limit: "{{ event.alert.host }}"}}
"""


@pytest.mark.parametrize(
    ("safe", "host", "status", "verdict"),
    [(True, "web1", 0, "allow"), (False, "web1", 1, "ask"), (True, "*", 2, "deny"), (True, "", 2, "deny")],
)
def test_an_alert_is_foretold_by_its_words(
    policy: Path, capsys: pytest.CaptureFixture[str], *, safe: bool, host: str, status: int, verdict: str
) -> None:
    """Given a rule, when an alert is made up, then the status tells whether it would run, be offered or be refused."""
    (policy.parent / "rulebooks").mkdir()
    (policy.parent / "rulebooks/shop.yml").write_text(RULEBOOK)
    if safe:
        with (policy.parent / "playbooks/ping.runbook.yml").open("a") as opened:
            opened.write("  automation: safe\n")
    words = ["--service", "payments", "--symptom", "elevated 5xx", "--on", host]
    found, told = simulated(capsys, "--as", "anna", "--channel", "ops", *words)
    assert (found, told["type"], told["verdict"]) == (status, "forecast", verdict)
    assert [rule["matched"] for rule in told["alerts"][0]["rules"]] == [True]


PAYLOADS = Path(__file__).resolve().parents[1] / "alerts" / "payloads"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_payload_is_known_by_its_shape(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given what senders send, when a file of it is foretold, then its alerts are told in words."""
    assert main(["simulate", "--as", "anna", "--alert", str(path)]) == 1
    assert "No rule wants anything" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "arguments",
    [[], ["run ping in local", "--service", "x"], ["--alert", "/nowhere"], ["--alert", __file__]],
    ids=["nothing", "both", "no file", "no payload"],
)
def test_what_cannot_be_foretold_is_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Given neither or both, or a file that is none, when it is foretold, then a sentence says what would be right."""
    assert main(["simulate", "--as", "anna", *arguments]) == 2
    assert "Traceback" not in (said := capsys.readouterr().err)
    assert said.strip()
