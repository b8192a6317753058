"""The wiring: nothing connects before it is asked to, and what does not belong together is found out."""

from pathlib import Path

import pytest

from bot.app import App
from bot.errors import Misconfigured, ProjectBroken, Unavailable
from bot.settings import load
from tests.queue.redis_server import RedisServer


def test_an_app_touches_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given settings where nothing answers, when an app is made and Redis wired, then no file and no connection is."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    app = App(load())
    assert app.redis
    assert app.stream
    assert app.policy.policy().written is False
    assert app.health
    assert list(place.iterdir()) == []


@pytest.mark.usefixtures("project")
def test_everything_can_be_wired(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a project and a Redis, when every flow is asked for, then each is there, and made once."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    app = App(load())
    assert app.converse is app.converse
    assert app.relay is app.relay
    assert app.worker.execute is app.worker.execute
    app.belong_together()
    app.worker.tidy()
    app.worker.died(1)
    app.worker.leave()


@pytest.mark.usefixtures("project")
def test_a_worker_sweeps_its_own_dead_at_once_and_no_others(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a run whose process died and one that is silent, then the one goes when buried, the other at the end."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    app = App(load())
    runs = app.settings.home_dir / "runs"
    for name in ("1-abc", "2-def", "3-ghi"):
        (runs / name).mkdir(parents=True)
    server.client().set("signalbox:run:1:alive", "1", px=5000)  # it died between two beats
    with app.queue.living(3):
        app.worker.died(1)
        assert sorted(path.name for path in runs.iterdir()) == ["2-def", "3-ghi"]
        app.worker.leave()
        assert [path.name for path in runs.iterdir()] == ["3-ghi"]


def test_a_project_that_is_not_there(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Given a project that does not exist, when its runbooks are asked for, then the setting to mend is named."""
    monkeypatch.setenv("SIGNALBOX_PROJECT", str(place / "nowhere"))
    for station in ("catalog", "inventories"):
        with pytest.raises(ProjectBroken, match="Set SIGNALBOX_PROJECT"):
            getattr(App(load()), station)


@pytest.mark.parametrize("url", ["nonsense", "http://somewhere", "redis://somewhere:port/0", "somewhere:6379"])
def test_a_redis_url_that_is_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given something that is no URL of a Redis, when Redis is wired, then the variable is named, not its value."""
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(Misconfigured, match="REDIS_URL is no URL") as error:
        assert App(load()).redis
    assert url not in str(error.value)


@pytest.mark.usefixtures("project")
def test_redis_and_database_belong_together(place: Path, server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a Redis with the runs of one database, when another comes with it, then it is refused; the first is not."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    App(load()).belong_together()
    App(load()).belong_together()
    monkeypatch.setenv("SIGNALBOX_HOME", str(place / "another"))
    with pytest.raises(Misconfigured, match="another Signalbox database"):
        App(load()).belong_together()


@pytest.mark.usefixtures("project")
def test_a_redis_that_is_away_is_a_sentence(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a Redis that does not answer, when a process makes sure of it, then that is a sentence with a remedy."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    app = App(load())
    server.stop()
    with pytest.raises(Unavailable, match=r"Redis does not answer\. Start it, or mend REDIS_URL"):
        app.belong_together()
