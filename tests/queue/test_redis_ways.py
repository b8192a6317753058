"""Redis over TLS, with a user of few rights, and behind Sentinels; what is wrong is told without a secret."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bot.app_redis import client
from bot.errors import Misconfigured, Unavailable
from bot.queue import RedisQueue, SealedBox
from tests.e2e.place import free_port

from .conftest import KEY, envelope, until
from .redis_ways import PASSWORD, QUOTED, USER, Server, certify, locked
from .workers import WorkerProcess

pytestmark = pytest.mark.xdist_group("redis-ways")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL, all but its options, of a Redis that speaks TLS only; `ca.pem` lies in the folder `authority`."""
    folder = tmp_path_factory.mktemp("tls")
    certify(folder)
    port = free_port()
    lines = [f"tls-port {port}", f"tls-cert-file {folder}/server.pem", f"tls-key-file {folder}/server.key"]
    lines += [f"tls-ca-cert-file {folder}/ca.pem", "tls-auth-clients no"]
    server = Server(folder / "redis", *locked(0), *lines)
    url = f"rediss://{USER}:{QUOTED}@127.0.0.1:{port}/0?ssl_ca_certs={folder}/ca.pem"
    server.answers(client(url))
    yield url
    server.kill()


def queue_at(url: str) -> RedisQueue:
    """The queue in the Redis of a URL."""
    return RedisQueue(client(url), SealedBox(KEY))


def test_a_run_goes_over_tls_with_few_rights(tls: str, tmp_path: Path) -> None:
    """Given TLS and a user with the rights that the page names, when a run is queued, then a worker carries it out."""
    queue = queue_at(tls)
    worker = WorkerProcess(tls, tmp_path / "worker")
    try:
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the run")
        queue.forget(1)
        assert (queue.workers(), queue.depth()) == (1, 0)
        assert PASSWORD not in worker.log()
        assert QUOTED not in worker.log()
    finally:
        worker.end()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((QUOTED, "wrong"), "Redis does not accept the user and password of REDIS_URL."),
        (("ca.pem", "server.pem"), "Redis shows no certificate that is trusted."),
        (("127.0.0.1", "127.0.0.2"), "Redis does not answer."),
        (("rediss://", "redis://"), None),
    ],
    ids=["password", "certificate", "address", "options of TLS without it"],
)
def test_what_is_wrong_with_redis_is_said(tls: str, change: tuple[str, str], said: str | None) -> None:
    """Given a URL with one thing wrong, when Redis is asked, then that is told, and nothing of the URL."""
    with pytest.raises((Unavailable, Misconfigured)) as error:
        queue_at(tls.replace(*change)).depth()
    assert error.value.what == (said or "REDIS_URL is no URL of a Redis.")
    assert not any(part in str(error.value) for part in (PASSWORD, QUOTED, "127.0.0", "wrong"))


def test_a_user_without_rights_is_told_so(tmp_path: Path) -> None:
    """Given a user who may read only, when a run is queued, then the sentence names the user's rights."""
    port = free_port()
    server = Server(tmp_path / "redis", *locked(port, rights="~* +@read +@connection"))
    try:
        url = f"redis://{USER}:{QUOTED}@127.0.0.1:{port}/0"
        server.answers(client(url))
        with pytest.raises(Unavailable, match="does not let the user of REDIS_URL do this"):
            queue_at(url).submit(envelope(1))
    finally:
        server.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_redis_whose_disk_is_full_loses_nothing(small_disk: Path) -> None:
    """Given a Redis whose disk fills up, when runs are queued, then that is said; with room again all goes on."""
    port = free_port()
    server = Server(small_disk / "redis", f"port {port}", "bind 127.0.0.1", "appendonly yes", 'save ""')
    try:
        url = f"redis://127.0.0.1:{port}/0"
        server.answers(client(url))
        (small_disk / "ballast").write_bytes(b"x" * 2**20)
        queue = queue_at(url)
        last = _fill(queue)
        (small_disk / "ballast").unlink()
        until(lambda: _takes(queue, last), "Redis to take it")
        assert [queue.waiting(run_id) for run_id in range(1, last + 1)] == [True] * last
    finally:
        server.kill()


def _fill(queue: RedisQueue) -> int:
    """Queue runs until that is refused; the number of the first one that was."""
    for run_id in range(1, 1000):
        try:
            queue.submit(envelope(run_id, word="x" * 10_000))
        except Unavailable as error:
            assert error.what == "Redis cannot write to its disk."  # noqa: PT017 (which one is what we look for)
            return run_id
    raise AssertionError("everything fitted")


def _takes(queue: RedisQueue, run_id: int) -> bool:
    try:
        queue.submit(envelope(run_id))
    except Unavailable:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel:///boss",
        "redis+sentinel://:26379/boss",
        "redis+sentinel://host:port/boss",
        "redis+sentinel://one:1,two:2/boss/three",
        "redis+sentinel://one/boss?nonsense=1",
        "redis://one/0?nonsense=1",
        "redis+sentinel://one/boss?ssl_ca_certs=ca.pem",
        "valkey://one",
    ],
)
def test_a_url_that_can_not_be_used(url: str) -> None:
    """Given a URL that names no Redis, or options nobody knows, when it is read, then that is said at once."""
    with pytest.raises(Misconfigured, match=r"^REDIS_URL is no URL of a Redis\.") as error:
        client(url)
    assert url not in str(error.value)


class Watched:
    """A leader and a replica behind one Sentinel, each with a password."""

    def __init__(self, folder: Path) -> None:
        self.ports = leader, replica = free_port(), free_port()
        copied = ("masteruser inner", "masterauth inner", "repl-diskless-sync-delay 0")
        self.servers = [
            Server(folder / "leader", *locked(leader), *copied),
            Server(folder / "replica", *locked(replica), *copied, f"replicaof 127.0.0.1 {leader}"),
        ]
        port = free_port()
        lines = [f"port {port}", "bind 127.0.0.1", f"sentinel monitor boss 127.0.0.1 {leader} 1"]
        lines += ["sentinel auth-user boss inner", "sentinel auth-pass boss inner", "requirepass watch"]
        lines += ["sentinel down-after-milliseconds boss 300", "sentinel failover-timeout boss 2000"]
        for server, own in zip(self.servers, self.ports, strict=True):
            server.answers(redis.Redis(port=own, username="inner", password="inner"))
        self.servers.append(Server(folder / "sentinel", *lines, sentinel=True))
        self.url = f"redis+sentinel://{USER}:{QUOTED}@127.0.0.1:{port}/boss/0?sentinel_password=watch"
        self.replica = redis.Redis(port=replica, username="inner", password="inner")
        until(lambda: self.replica.info("replication")["master_link_status"] == "up", "the replica")
        self.servers[-1].answers(redis.Redis(port=port, password="watch"))
        self.sentinel = redis.Redis(port=port, password="watch")
        until(lambda: self.sentinel.sentinel_master("boss")["num-slaves"] == 1, "the Sentinel to know the replica")

    def close(self) -> None:
        """End them all."""
        self.replica.close()
        self.sentinel.close()
        for server in self.servers:
            server.kill()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One for all tests; the last one kills its leader."""
    made = Watched(tmp_path_factory.mktemp("watched"))
    yield made
    made.close()


def test_sentinels_that_know_no_leader(watched: Watched) -> None:
    """Given a Sentinel of other servers, or none that answers, when Redis is asked, then that is said."""
    for url in (watched.url.replace("/boss/", "/other/"), f"redis+sentinel://127.0.0.1:{free_port()}/boss"):
        with pytest.raises(Unavailable, match="No Sentinel of REDIS_URL knows a Redis that leads"):
            queue_at(url).depth()


def test_a_leader_that_dies_takes_no_run_with_it(watched: Watched, tmp_path: Path) -> None:
    """Given a worker and a waiting run, when the leader dies, then the replica leads, and both go on with it."""
    queue = queue_at(watched.url)
    worker = WorkerProcess(watched.url, tmp_path / "worker")
    try:
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the first run")
        queue.hold(envelope(2))
        until(lambda: watched.replica.exists("signalbox:run:2:envelope"), "the envelope to be copied")
        watched.servers[0].kill()
        until(lambda: watched.replica.info("replication")["role"] == "master", "the replica to lead")
        until(lambda: _answers(queue), "the queue to find it")
        queue.resubmit(2, envelope(2).plan)
        until(lambda: worker.carried(2), "the second run")
        assert worker.process.poll() is None
        assert QUOTED not in worker.log()
    finally:
        worker.end()


def _answers(queue: RedisQueue) -> bool:
    try:
        return queue.envelope(2) is not None
    except Unavailable:
        return False
