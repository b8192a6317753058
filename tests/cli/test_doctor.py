"""`doctor`: what it says of a real project with a real Redis, and what it keeps to itself."""

from pathlib import Path

import pytest

from bot.cli import main
from tests.queue.redis_server import RedisServer

SECRET = "s3cret-4711"
SLACK = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL")
CHECKS = [
    "redis",
    "database",
    "workers",
    "relay",
    "engine",
    "project",
    "environments",
    "policy",
    "alerts",
    "home",
    "ansible",
    "ssh",
    "git",
]


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, bool], str]:
    """Status, what is well by name, and all that was printed."""
    status = main(["doctor"])
    captured = capsys.readouterr()
    well = {
        line.split()[1]: line.startswith("ok") for line in captured.out.splitlines() if line[:5] in ("ok   ", "FAILS")
    }
    return status, well, captured.out + captured.err


@pytest.mark.usefixtures("project")
def test_every_dependency_has_its_line(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a project and a Redis, nobody at work, when doctor looks, then all is well but workers and relay."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    status, well, told = doctor(capsys)
    assert status == 1
    assert list(well) == CHECKS
    assert [name for name, fine in well.items() if not fine] == ["workers", "relay"]
    assert told.count("→ ") == 2
    assert "SIGNALBOX_PROJECT" in told
    for name in SLACK:
        assert f"{name:<20} unset" in told


@pytest.mark.usefixtures("project")
def test_slack_has_its_line_where_it_is_used(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a bot token, when doctor looks, then it says what the relay found out about it."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    monkeypatch.setenv("SLACK_BOT_TOKEN", f"xoxb-{SECRET}")
    _, well, told = doctor(capsys)
    assert well["slack"]
    assert f"{'SLACK_BOT_TOKEN':<20} set" in told
    assert SECRET not in told


@pytest.mark.parametrize("broken", [True, False], ids=["nothing answers", "database only"])
def test_no_password_is_ever_shown(
    project: Path,
    server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    broken: bool,
) -> None:
    """Given passwords in every setting that may hold one, when doctor looks, then none of them is told, well or not."""
    away = f"redis://user:{SECRET}@127.0.0.1:1/0"
    monkeypatch.setenv("REDIS_URL", away if broken else f"unix://{server.socket}")
    monkeypatch.setenv("DATABASE_URL", f"postgresql+psycopg://user:{SECRET}@127.0.0.1:1/signalbox")
    monkeypatch.setenv("SIGNALBOX_KEY", f"{SECRET}-is-no-key")
    for name in SLACK:
        monkeypatch.setenv(name, f"http://127.0.0.1:1/{SECRET}/")
    (project / "signalbox.yml").write_text(f"roles: [{SECRET}\n")
    status, well, told = doctor(capsys)
    assert status == 1
    assert (well["redis"], well["database"], well["workers"]) == (not broken, False, False)
    assert SECRET not in told
    assert "Traceback" not in told
    for name in ("REDIS_URL", "DATABASE_URL", "SIGNALBOX_KEY", *SLACK):
        assert f"{name:<20} set" in told


def test_an_empty_folder_is_no_project(
    place: Path, server: RedisServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a project that is not there, when doctor looks, then the setting to mend is named."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    monkeypatch.setenv("SIGNALBOX_PROJECT", str(place / "nowhere"))
    status, well, told = doctor(capsys)
    assert status == 1
    assert (well["project"], well["environments"]) == (False, False)
    assert "Set SIGNALBOX_PROJECT to its folder." in told


def test_a_redis_url_that_is_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a REDIS_URL that is no URL, when doctor looks, then it says how one looks, and not what was written."""
    monkeypatch.setenv("REDIS_URL", f"{SECRET}:6379")
    _, well, told = doctor(capsys)
    assert not well["redis"]
    assert "redis://localhost:6379/0" in told
    assert SECRET not in told
