"""Processes on one machine or several: what `up`, `serve`, `worker`, `relay`, `doctor` promise, with real stores."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from bot import log
from bot.supervise import EmbeddedRedis
from tests.e2e import processes
from tests.e2e.place import Place, free_port, http
from tests.ledger.postgres import PostgresServer


@pytest.fixture
def elsewhere() -> Iterator[Place]:
    """Another machine: a worker's own folder."""
    made = Place()
    try:
        yield made
        made.assert_quiet()
    finally:
        made.close()


def doctor(place: Place, **env: str) -> "subprocess.CompletedProcess[str]":
    """`python -m bot doctor`."""
    argv = [sys.executable, "-m", "bot", "doctor"]
    return subprocess.run(
        argv, env=place.environment(env), cwd=place.root, capture_output=True, text=True, check=False, timeout=120
    )


def test_healthz_has_a_line_for_each_dependency(place: Place) -> None:
    """200 while all answer; when the workers are gone for good, 503 with the line that says so; doctor agrees."""
    port = free_port()
    redis = EmbeddedRedis(place.root / "r")
    redis.start()
    env = {"REDIS_URL": redis.url}
    try:
        with place.process("relay", env=env), place.process("serve", "--port", str(port), env=env):
            url = f"http://127.0.0.1:{port}/healthz"
            with place.process("worker", env=env):
                processes.until(lambda: http(url)[0] == 200, 120, "healthz")
                names = [line.partition(":")[0] for line in http(url)[1].splitlines()]
                assert names == ["redis", "database", "workers", "relay", "engine"]
                well = doctor(place, **env)
                assert well.returncode == 0, well.stdout
            processes.until(lambda: http(url)[0] == 503, 60, "no worker")
            assert "workers: FAILS No worker listens." in http(url)[1]
            ill = doctor(place, **env)
            assert ill.returncode == 1
            assert "python -m bot worker" in ill.stdout
            assert "Traceback" not in ill.stdout + ill.stderr
    finally:
        redis.end()


def test_up_restarts_what_dies_and_ends_as_a_whole(place: Place) -> None:
    """A killed worker and relay are back; SIGTERM ends all of it, and the port is free."""
    with place.up() as url:
        for name in ("worker", "relay"):
            before = processes.named(place.root, "-m", "bot", name)
            os.kill(before[0], signal.SIGKILL)
            processes.until(lambda name=name, before=before: _others(place, name, before), 60, name)
        assert place.chat("run ping on web1 in local").status == 0
        second = subprocess.run(
            [sys.executable, "-m", "bot", "up", "--port", str(free_port())],
            env=place.environment(),
            cwd=place.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (second.returncode, "up already" in second.stderr) == (2, True)
    assert http(f"{url}/healthz")[0] == 0


def _others(place: Place, name: str, before: list[int]) -> bool:
    now = processes.named(place.root, "-m", "bot", name)
    return len(now) >= len(before) and before[0] not in now


def test_logs_of_a_home_that_is_up_make_way(place: Place) -> None:
    """Given an `up` that goes on, when its logs have grown, then their last 10 MB are kept, and Redis logs on."""
    with place.up():
        logs = [place.home / name for name in log.IN_HOME]
        for path in logs:
            with path.open("ab") as output:
                output.write(b"x" * log.MOST_BYTES + b"the last words\n")
        for path in logs:
            older = path.with_name(f"{path.name}.1")
            processes.until(lambda older=older: older.exists(), 60, f"{older} to be there")
            processes.until(lambda path=path: path.stat().st_size < log.MOST_BYTES, 60, f"{path} to begin anew")
            assert log.MOST_BYTES <= older.stat().st_size < 1.1 * log.MOST_BYTES
            assert older.read_bytes().endswith(b"the last words\n")
        with place.redis() as redis:
            redis.bgrewriteaof()
            redis_log = place.home / "redis" / "redis.log"
            processes.until(lambda: b"rewriting" in redis_log.read_bytes(), 60, "Redis to log")
            assert b"\0" not in redis_log.read_bytes()


def test_a_worker_elsewhere_needs_redis_the_project_and_the_key(place: Place, elsewhere: Place) -> None:
    """A worker with its own state and no database carries out what is asked in a chat; its own home holds no SQL."""
    redis = EmbeddedRedis(place.root / "r")
    redis.start()
    shared = {"REDIS_URL": redis.url, "SIGNALBOX_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode()}
    try:
        with elsewhere.process("worker", env={**shared, "SIGNALBOX_PROJECT": str(place.project)}):
            processes.until(lambda: b"rq:workers:signalbox" in _keys(redis.url), 120, "the worker")
            result = place.ask("run ping on web1 in local", env=shared)
            token = place.chat(
                stdin="run set-token on web1 in local application=mail\ns3cret-word\n",
                env={"REDIS_URL": redis.url, "SIGNALBOX_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode()},
            )
        assert (result.status, result.run["status"]) == (0, "successful")
        assert token.status == 1
        assert "same SIGNALBOX_KEY" in token.out
        assert not (elsewhere.home / "signalbox.db").exists()
        assert not (elsewhere.home / "key").exists()
        assert not processes.named(place.root, "-m", "bot", "worker")
    finally:
        redis.end()


def _keys(url: str) -> set[bytes]:
    from redis import Redis

    client = Redis.from_url(url)
    try:
        return set(client.keys())
    finally:
        client.close()


def test_postgresql_takes_the_whole_road(place: Place) -> None:
    """With DATABASE_URL runs, events, hosts and audit stand in PostgreSQL, and there is no SQLite file."""
    server = PostgresServer()
    try:
        server.start()
        url = server.url()
        env = {"DATABASE_URL": url}
        result = place.ask("run failing on web1,web2 in local", "runs", "show 1", "log 1", env=env)
        assert result.status == 0, result.out + result.err + place.log("stack")
        assert result.run["status"] == "failed"
        with psycopg.connect(url) as connection:
            counters = connection.execute("SELECT counter FROM run_events WHERE run_id=1 ORDER BY counter").fetchall()
            hosts = connection.execute("SELECT host FROM run_hosts WHERE run_id=1 ORDER BY host").fetchall()
            audit = connection.execute("SELECT status FROM automation_events WHERE run_id=1 ORDER BY id").fetchall()
        assert [row[0] for row in counters] == list(range(1, len(result.of("event")) + 1))
        assert hosts == [("web1",), ("web2",)]
        assert audit == [("accepted",), ("started",), ("failed",)]
        assert not list(place.home.glob("*.db"))
    finally:
        server.remove()


def test_doctor_names_what_is_wrong_and_the_remedy(place: Place) -> None:
    """Without Redis and with a broken runbook doctor says both, each with a remedy, and shows no password."""
    place.write("playbooks/bad.runbook.yml", "id: bad\nsumary: x\nplaybook: ping.yml\n")
    result = doctor(place, REDIS_URL="redis://:hidden-word@127.0.0.1:1/0")
    assert result.returncode == 1
    assert "playbooks/bad.runbook.yml" in result.stdout
    assert "REDIS_URL" in result.stdout
    assert "hidden-word" not in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert json.dumps(result.stdout)


def test_a_chat_without_its_redis_says_so(place: Place) -> None:
    """A REDIS_URL where nobody answers is one sentence with the remedy, status 2, and nothing stays."""
    result = place.chat("run ping in local", env={"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert result.status == 2
    assert result.err.splitlines() == ["Redis does not answer.", "Mend REDIS_URL."]


def test_a_chat_whose_stack_cannot_start_says_so_at_once(place: Place) -> None:
    """A home whose path is too long for a socket: the chat ends with a sentence that says where to look."""
    home = place.root / ("long" * 30)
    result = place.chat("run ping in local", env={"SIGNALBOX_HOME": str(home)}, seconds=60)
    assert result.status == 2
    assert "stack.log tells why" in result.err
    assert "too long for a socket" in (home / "stack.log").read_text()
